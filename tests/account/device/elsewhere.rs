//! A computer in another network (BCP 247 section 6.1.1; rules section 6, "Proximity"): the warning comes before the question.

use super::{ASKED, DENIED, LET_IN, NOT_LET_IN, PENDING, browser_of, forge, hidden, prepare, type_code};
use crate::account::FRANK;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::desktop::{Codes, Desktop};
use crate::support::on_each_database;

const WARNED: &str = "Is it really your computer?";

fn far(app: &TestApp) -> Desktop<'_> {
    let mut desktop = Desktop::new(app);
    desktop.address = [198, 51, 100, 7];
    desktop
}

async fn frank_is_warned<'a>(app: &'a TestApp, desktop: &Desktop<'_>) -> (Browser<'a>, Codes, Page) {
    prepare(app).await;
    let mut browser = browser_of(app, FRANK).await;
    let codes = desktop.ask().await;
    let page = type_code(&mut browser, &codes.user_code).await;
    assert_eq!(page.heading(), WARNED, "{page:?}");
    (browser, codes, page)
}

on_each_database! {
    async fn a_computer_in_another_network_is_warned_of(app) {
        let desktop = far(&app);
        let (mut browser, codes, page) = frank_is_warned(&app, &desktop).await;
        assert!(page.shows("Did somebody send you this code? Then stop."), "{page:?}");
        assert_eq!((page.select("#network"), page.select("#here")), (vec!["198.51.100.7".into()], vec!["192.0.2.1".into()]));
        assert!(!page.shows("Maple"), "nothing to trust it by: {page:?}");
        let page = browser.fill(&page, "device-deny", &[]).await;
        assert_eq!(page.heading(), NOT_LET_IN, "{page:?}");
        assert_eq!(desktop.poll(&codes).await.error(), DENIED);
    }

    /// A phone with mobile data beside the computer: asked as always once the person has said so.
    async fn a_person_may_say_that_it_is_theirs(app) {
        let desktop = far(&app);
        let (mut browser, codes, warning) = frank_is_warned(&app, &desktop).await;
        let page = browser.fill(&warning, "device-mine", &[]).await;
        assert_eq!((page.heading().as_str(), page.select("#network")), (ASKED, vec!["198.51.100.7".to_owned()]));
        assert_eq!(desktop.poll(&codes).await.error(), PENDING, "that was not a yes");
        assert_eq!(browser.fill(&page, "device-allow", &[]).await.heading(), LET_IN);
        app.advance(super::MINUTE);
        assert_eq!(desktop.poll(&codes).await.status, 200);
    }

    /// Nobody gets past the warning by a form of their own.
    async fn a_yes_to_the_warning_is_not_taken(app) {
        let desktop = far(&app);
        let (mut browser, codes, warning) = frank_is_warned(&app, &desktop).await;
        let company = app.maple.id.to_string();
        let page = forge(&mut browser, &hidden(&warning, "flow"), "allow", &company).await;
        assert_eq!(page.heading(), WARNED, "{page:?}");
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
    }
}
