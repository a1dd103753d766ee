//! Where computer and person are, with an operator's file of locations (rules section 6, "Proximity" and "place"; BCP 247
//! section 6.1.1): city and country are told, and another country is refused.

use std::sync::Arc;

use idp::adapter::LocationFile;
use idp_domain::audit::{AuditAction, Outcome};
use idp_service::device::OtherCountry;
use idp_testkit::mmdb::{Located, mmdb};

use super::{
    ASKED, DENIED, LET_IN, NOT_LET_IN, PENDING, browser_of, events, forge, hidden, prepare, type_code,
};
use crate::account::FRANK;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::desktop::{Codes, Desktop};
use crate::support::on_each_database;

const REFUSED: &str = "This computer is in another country";
const WARNED: &str = "Is it really your computer?";

const TORONTO: [u8; 4] = [99, 224, 0, 1];
const OTTAWA: [u8; 4] = [99, 225, 0, 1];
const LONDON: [u8; 4] = [81, 2, 69, 142];
/// Public, and not in the file.
const SOMEWHERE: [u8; 4] = [9, 9, 9, 9];
const PRIVATE: [u8; 4] = [10, 1, 2, 3];
const PLACES: [Located<'static>; 4] = [
    ("99.224.0.0/16", "CA", "Canada", "Toronto"),
    ("99.225.0.0/16", "CA", "Canada", "Ottawa"),
    ("81.2.69.0/24", "GB", "United Kingdom", "London"),
    ("10.0.0.0/8", "GB", "United Kingdom", "London"),
];

/// With a file of locations; the desktop program is registered, and Frank is asked for nothing but his password.
async fn with_places(app: TestApp) -> TestApp {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("places.mmdb");
    std::fs::write(&path, mmdb(&PLACES)).unwrap();
    let app = app.restarted_with_places(Arc::new(LocationFile::open(path).unwrap())).await;
    prepare(&app).await;
    app
}

/// Frank in one place types the code of a computer in another.
async fn frank_types<'a>(
    app: &'a TestApp,
    (frank, computer): ([u8; 4], [u8; 4]),
) -> (Browser<'a>, Desktop<'a>, Codes, Page) {
    let mut desktop = Desktop::new(app);
    desktop.address = computer;
    let mut browser = browser_of(app, FRANK).await;
    browser.address = frank;
    let codes = desktop.ask().await;
    let page = type_code(&mut browser, &codes.user_code).await;
    (browser, desktop, codes, page)
}

/// Where the computer is said to be, and where Frank.
fn told(page: &Page) -> (String, String) {
    (page.select("#location").concat(), page.select("#here-location").concat())
}

fn pair(computer: &str, frank: &str) -> (String, String) {
    (computer.to_owned(), frank.to_owned())
}

on_each_database! {
    /// "different country => refuse": said with both places and a way on. Its program waits on and learns nothing.
    async fn a_computer_in_another_country_is_not_let_in(app) {
        let app = with_places(app).await;
        let (mut browser, desktop, codes, page) = frank_types(&app, (TORONTO, LONDON)).await;
        assert_eq!((page.status, page.heading().as_str()), (200, REFUSED), "{page:?}");
        let lead = "Nobody was let in. The code was asked for in London, United Kingdom. You are in Toronto, Canada";
        assert!(page.shows(lead) && page.shows("call your agency"), "{page:?}");
        assert_eq!(told(&page), pair("London, United Kingdom", "Toronto, Canada"));
        assert!(!page.shows("Maple"), "nothing to trust it by: {page:?}");
        assert!(page.select("#device-allow, #device-mine").is_empty(), "{page:?}");
        for answer in ["it-is-mine", "allow"] {
            let again = forge(&mut browser, &hidden(&page, "flow"), answer, &app.maple.id.to_string()).await;
            assert_eq!(again.heading(), REFUSED, "{answer}");
        }
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
        let refused = events(&app, AuditAction::DeviceAbroad).await;
        assert_eq!(refused.len(), 1, "once, however often it is looked at");
        assert_eq!((refused[0].outcome(), refused[0].account), (Outcome::Refused, Some(app.account(FRANK).await.id)));
        let noted = refused[0].changes.iter().filter_map(|it| it.after.as_deref()).collect::<Vec<_>>();
        assert_eq!(noted, ["81.2.69.142", "London, United Kingdom", "Toronto, Canada"]);
        app.advance(super::MINUTE * 10);
        assert_eq!(desktop.poll(&codes).await.error().1, "expired_token");
    }

    /// Whoever opened it first has it (CVE-2026-45337), and a no of theirs is final.
    async fn who_was_refused_may_say_no(app) {
        let app = with_places(app).await;
        let (mut browser, desktop, codes, page) = frank_types(&app, (TORONTO, LONDON)).await;
        let page = browser.fill(&page, "device-deny", &[]).await;
        assert_eq!(page.heading(), NOT_LET_IN, "{page:?}");
        assert_eq!(desktop.poll(&codes).await.error(), DENIED);
        assert_eq!(events(&app, AuditAction::DeviceDenied).await.len(), 1);
    }

    /// A traveller's phone speaks from home: with both in one network, the same code goes on.
    async fn who_comes_to_the_network_of_the_computer_goes_on(app) {
        let app = with_places(app).await;
        let (mut browser, desktop, codes, page) = frank_types(&app, (TORONTO, LONDON)).await;
        assert_eq!(page.heading(), REFUSED, "{page:?}");
        browser.address = LONDON;
        let again = page.attribute("#look-again", "href").unwrap();
        let page = browser.get(&again).await;
        assert_eq!((page.heading().as_str(), told(&page)), (ASKED, pair("London, United Kingdom", "")));
        assert_eq!(browser.fill(&page, "device-allow", &[]).await.heading(), LET_IN);
        assert_eq!(desktop.poll(&codes).await.status, 200);
    }

    /// The yes to the warning does not outlive a journey: whoever answers from another country is refused.
    async fn a_yes_from_another_country_is_not_taken(app) {
        let app = with_places(app).await;
        let (mut browser, desktop, codes, page) = frank_types(&app, (TORONTO, OTTAWA)).await;
        let page = browser.fill(&page, "device-mine", &[]).await;
        assert_eq!(page.heading(), ASKED, "{page:?}");
        browser.address = LONDON;
        assert_eq!(browser.fill(&page, "device-allow", &[]).await.heading(), REFUSED);
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
        assert_eq!(events(&app, AuditAction::DeviceAbroad).await.len(), 1);
    }

    /// "different => warning interstitial", which says where both are; so does the question.
    async fn a_computer_in_the_same_country_is_warned_of_with_both_places(app) {
        let app = with_places(app).await;
        let (mut browser, _, _, page) = frank_types(&app, (TORONTO, OTTAWA)).await;
        assert_eq!((page.heading().as_str(), told(&page)), (WARNED, pair("Ottawa, Canada", "Toronto, Canada")));
        let page = browser.fill(&page, "device-mine", &[]).await;
        assert_eq!((page.heading().as_str(), told(&page)), (ASKED, pair("Ottawa, Canada", "")));
    }

    /// `device.other_country = "warn"`.
    async fn an_operator_may_have_another_country_warned_of(app) {
        let app = app.restarted_under(|policy| policy.device_other_country = OtherCountry::Warn).await;
        let app = with_places(app).await;
        let (mut browser, desktop, codes, page) = frank_types(&app, (TORONTO, LONDON)).await;
        assert_eq!((page.heading().as_str(), told(&page)), (WARNED, pair("London, United Kingdom", "Toronto, Canada")));
        let page = browser.fill(&page, "device-mine", &[]).await;
        assert_eq!(browser.fill(&page, "device-allow", &[]).await.heading(), LET_IN);
        assert_eq!(desktop.poll(&codes).await.status, 200);
        assert!(events(&app, AuditAction::DeviceAbroad).await.is_empty());
    }

    /// Nobody is refused for an address of which nothing is known, whatever the file says of private ones.
    async fn an_unknown_or_private_address_is_in_no_other_country(app) {
        let app = with_places(app).await;
        for (frank, computer) in [(TORONTO, SOMEWHERE), (SOMEWHERE, LONDON), (TORONTO, PRIVATE), (PRIVATE, TORONTO)] {
            let (mut browser, _, _, page) = frank_types(&app, (frank, computer)).await;
            assert_eq!(page.heading(), WARNED, "{computer:?} and {frank:?}");
            let page = browser.fill(&page, "device-mine", &[]).await;
            assert_eq!(page.heading(), ASKED, "{computer:?} and {frank:?}");
        }
    }

    /// The place is that of the address which a trusted proxy forwards, and of nobody else's word.
    async fn the_place_is_that_of_the_forwarded_address(app) {
        let app = with_places(app).await;
        for (proxy, seen) in [([127, 0, 0, 1], REFUSED), (TORONTO, ASKED)] {
            let mut desktop = Desktop::new(&app);
            desktop.address = TORONTO;
            let mut browser = browser_of(&app, FRANK).await;
            browser.address = proxy;
            browser.headers.push(("x-forwarded-for".to_owned(), "81.2.69.142".to_owned()));
            let codes = desktop.ask().await;
            assert_eq!(type_code(&mut browser, &codes.user_code).await.heading(), seen, "{proxy:?}");
        }
    }

    /// Whom a code is not for is told that, and takes it from nobody.
    async fn a_code_for_somebody_else_stays_theirs(app) {
        let app = with_places(app).await;
        let mut desktop = Desktop::new(&app).with("login_hint", "mary@example.com");
        desktop.address = LONDON;
        let codes = desktop.ask().await;
        let mut browser = browser_of(&app, FRANK).await;
        browser.address = TORONTO;
        let page = type_code(&mut browser, &codes.user_code).await;
        assert_eq!(page.heading(), "This is meant for another account", "{page:?}");
        assert_eq!(super::in_state(&app, "pending").await, 1);
        assert!(events(&app, AuditAction::DeviceAbroad).await.is_empty());
    }
}
