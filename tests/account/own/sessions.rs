//! "Where you are logged in": every browser and app, and logging out of one or of all of them.

use idp_domain::audit::AuditAction;

use super::{
    HOUR, IPHONE, MINUTE, SECOND, assert_dead, browser_called, events, frank_at, is_alive, joins_birch,
    notices, open, phone, portals_listen, told,
};
use crate::account::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::desktop::{Desktop, desktop};
use crate::support::on_each_database;

const PATH: &str = "/account/sessions";

/// The programs on the page, in its order.
fn listed(page: &Page) -> Vec<String> {
    assert_eq!((page.status, page.heading().as_str()), (200, "Where you are logged in"), "{page:?}");
    page.select(".device h2")
}

fn staying(page: &Page) -> Vec<String> {
    page.select(".staying h3")
}

async fn press(browser: &mut Browser<'_>, page: &Page, button: &str) -> Page {
    browser.fill(page, button, &[]).await
}

/// The session that a browser's cookie names.
fn session_of(browser: &Browser<'_>) -> String {
    browser.session().expect("a session").split_once('.').expect("an id and a secret").0.to_owned()
}

/// The sessions that [`TestApp::enrol`] left behind are over.
async fn frank_alone(app: &TestApp) -> (Browser<'_>, Page) {
    app.enrol(FRANK).await;
    app.advance(HOUR * 12);
    let mut browser = browser_called(app, super::CHROME);
    let page = open(&mut browser, PATH, FRANK).await;
    assert_eq!(listed(&page), ["Chrome on Windows"]);
    (browser, page)
}

on_each_database! {
    /// Program, network, when, last use, what is open in it, and which one this is; nothing of anybody else.
    async fn every_browser_is_listed_with_what_a_person_knows_it_by(app) {
        let (mut browser, page) = frank_alone(&app).await;
        assert_eq!(page.select("#device-1 .tag"), ["This device"]);
        assert_eq!(page.select("#device-1 .network"), ["192.0.2.1"]);
        assert_eq!(page.select("#device-1 .logged-in"), ["November 22, 2026 at 12:00 AM UTC"]);
        assert!(page.select("#device-1 button").is_empty(), "the menu logs out here");

        app.enrol(crate::account::GRACE).await;
        app.advance(MINUTE * 30);
        let mut other = browser_called(&app, IPHONE);
        other.address = [198, 51, 100, 7];
        app.relying_party().tokens(&mut other, FRANK, PASSWORD).await;
        app.advance(MINUTE);
        app.relying_party().authorize(&mut other).await;
        let page = browser.get(PATH).await;
        assert_eq!(listed(&page), ["Chrome on Windows", "Safari on iPhone"]);
        assert_eq!(page.select("#device-2 .apps"), ["Portal"]);
        assert_eq!(page.select("#device-2 .network"), ["198.51.100.7"]);
        assert_eq!(page.select("#device-2 .logged-in"), ["November 22, 2026 at 12:30 AM UTC"]);
        assert_eq!(page.select("#device-2 .last-used"), ["November 22, 2026 at 12:31 AM UTC"]);
        assert!(page.select("#device-2 .tag").is_empty());
        for secret in [browser.session().unwrap(), other.session().unwrap()] {
            let (_, secret) = secret.split_once('.').unwrap();
            assert!(!page.html.contains(secret), "attack 13: no secret is ever sent back");
        }
    }

    /// Rules section 5: idle and not in use, past its life, or ended: not listed. Idle with a portal at work in it: listed,
    /// or nobody could end that.
    async fn a_browser_that_is_over_is_not_listed(app) {
        let (browser, _) = frank_alone(&app).await;
        drop(browser);
        let mut idle = browser_called(&app, IPHONE);
        open(&mut idle, PATH, FRANK).await;
        let mut working = app.browser();
        app.relying_party().tokens(&mut working, FRANK, PASSWORD).await;
        app.advance(HOUR + MINUTE);
        let mut now = browser_called(&app, super::CHROME);
        let page = open(&mut now, PATH, FRANK).await;
        assert_eq!(listed(&page), ["Chrome on Windows", "unknown browser"]);
        app.advance(HOUR * 12);
        let page = open(&mut now, PATH, FRANK).await;
        assert_eq!(listed(&page), ["Chrome on Windows"]);
    }

    /// R81: the other browser notices at its next request, and what its apps hold is refused at once, tokens that outlive a
    /// log-out included. Clients are told; this browser and its apps go on.
    async fn who_is_logged_out_from_elsewhere_sees_it_at_the_next_request(app) {
        portals_listen(&app).await;
        let (mut browser, _) = frank_alone(&app).await;
        let mine = app.relying_party().authorize(&mut browser).await;
        let mine = app.relying_party().redeem(&mine.sent("code").unwrap()).await;
        app.advance(SECOND);
        let mut lost = browser_called(&app, IPHONE);
        let tokens = app.relying_party().tokens(&mut lost, FRANK, PASSWORD).await;
        let app_of_phone = phone(&app).authorize(&mut lost).await;
        let kept = phone(&app).redeem(&app_of_phone.sent("code").unwrap()).await;
        let pending = app.relying_party().authorize(&mut lost).await.sent("code").unwrap();

        let page = browser.get(PATH).await;
        let page = press(&mut browser, &page, "device-2-log-out").await;
        assert_eq!(listed(&page), ["Chrome on Windows"]);
        assert_eq!(page.select("#notice"), ["Done. You are logged out there."]);
        assert!(staying(&page).is_empty(), "the phone's app went with it: {page:?}");
        for dead in [&tokens, &kept] {
            assert_dead(&app.relying_party(), dead).await;
        }
        assert_eq!(app.relying_party().redeem(&pending).await.error(), (400, "invalid_grant"));
        assert_eq!(lost.get(PATH).await.heading(), "Log In");
        assert!(is_alive(&app.relying_party(), &mine).await);
        assert_eq!(told(&app).await, ["maple.example"], "of one session, once");
        assert_eq!(events(&app, AuditAction::SessionEnded).await.len(), 1);
        assert!(browser.get(PATH).await.select("#notice").is_empty(), "said once");
    }

    /// An app that outlived its browser is listed by its name, and can be logged out by itself.
    async fn an_app_that_stays_logged_in_is_listed_and_logged_out_by_itself(app) {
        portals_listen(&app).await;
        let (mut browser, _) = frank_alone(&app).await;
        let mut gone = app.browser();
        let kept = phone(&app).tokens(&mut gone, FRANK, PASSWORD).await;
        let confirm = gone.get("/logout").await;
        press(&mut gone, &confirm, "logout-yes").await;
        assert_eq!(told(&app).await, ["maple.example"], "of the browser");
        let page = browser.get(PATH).await;
        assert_eq!((listed(&page).len(), staying(&page)), (1, vec!["Portal".to_owned()]));
        assert_eq!(page.select("#staying-1 .since"), ["Since November 22, 2026 at 12:00 AM UTC"]);

        let done = press(&mut browser, &page, "staying-1-log-out").await;
        assert_eq!((staying(&done).len(), done.select("#notice").len()), (0, 1));
        assert_dead(&phone(&app), &kept).await;
        assert_eq!(told(&app).await, ["maple.example"], "of the app");
        press(&mut browser, &page, "staying-1-log-out").await;
        assert!(told(&app).await.is_empty(), "pressed twice");
        assert_eq!(events(&app, AuditAction::GrantRevoked).await.len(), 1);
    }

    /// R54: a computer that was let in stands elsewhere. It is listed by itself while the browser that let it in is open, goes
    /// on when that one is logged out of, and has a button of its own.
    async fn a_computer_is_listed_and_logged_out_by_itself(app) {
        portals_listen(&app).await;
        app.put_client(&desktop()).await;
        let (mut browser, _) = frank_alone(&app).await;
        app.advance(SECOND);
        let mut phone = browser_called(&app, IPHONE);
        app.relying_party().tokens(&mut phone, FRANK, PASSWORD).await;
        let computer = Desktop::new(&app);
        let tokens = computer.let_in(&phone).await;
        let page = browser.get(PATH).await;
        assert_eq!((listed(&page).len(), staying(&page)), (2, vec!["Agency Desktop".to_owned()]));
        assert_eq!(page.select("#device-2 .apps"), ["Portal"]);

        let page = press(&mut browser, &page, "device-2-log-out").await;
        assert_eq!((listed(&page).len(), staying(&page)), (1, vec!["Agency Desktop".to_owned()]));
        assert!(is_alive(&app.relying_party(), &tokens).await);
        assert_eq!(told(&app).await, ["maple.example"], "of the phone's browser");
        let page = press(&mut browser, &page, "staying-1-log-out").await;
        assert!(staying(&page).is_empty());
        assert!(!is_alive(&app.relying_party(), &tokens).await);
        assert_eq!(computer.refresh(&tokens).await.error(), (400, "invalid_grant"));
    }

    /// Whoever let the wrong computer in can tell which one it is, by what the page that let it in said, and takes it back: also
    /// before it has gone on, and when it does so at that moment.
    async fn computers_are_told_apart_and_taken_back(app) {
        app.put_client(&desktop()).await;
        let (mut browser, _) = frank_alone(&app).await;
        let (front, back) = (Desktop::new(&app), Desktop::new(&app).with("device_name", "BACK-OFFICE"));
        let kept = front.let_in(&browser).await;
        app.advance(SECOND);
        let codes = back.ask().await;
        app.allow(&browser, &codes).await;
        let page = browser.get(PATH).await;
        assert_eq!(staying(&page), ["Agency Desktop"; 2]);
        assert_eq!(page.select(".staying .computer-name"), ["BACK-OFFICE", "FRONT-DESK-2"]);
        assert_eq!(page.select(".staying .network"), ["192.0.2.1"; 2]);
        assert_eq!(page.select(".staying .agency"), ["Maple Home Care"; 2]);
        let since = page.select(".staying .since");
        assert!(since[0].starts_with("You let this computer in. It asked on November 22, 2026"), "{since:?}");
        assert!(since[1].starts_with("Since November 22, 2026"), "{since:?}");
        for _ in 0..2 {
            let page = press(&mut browser, &page, "staying-1-log-out").await;
            assert_eq!(page.select(".staying .computer-name"), ["FRONT-DESK-2"]);
        }
        assert_eq!(back.poll(&codes).await.error(), (400, "access_denied"));
        assert_eq!(events(&app, AuditAction::DeviceDenied).await.len(), 1);

        let codes = back.ask().await;
        app.allow(&browser, &codes).await;
        let page = browser.get(PATH).await;
        let tokens = back.poll(&codes).await;
        assert!(is_alive(&app.relying_party(), &tokens).await);
        let page = press(&mut browser, &page, "staying-1-log-out").await;
        assert_eq!(page.select(".staying .computer-name"), ["FRONT-DESK-2"]);
        assert_dead(&app.relying_party(), &tokens).await;
        assert!(is_alive(&app.relying_party(), &kept).await);
    }

    /// A computer is never the browser one sits at, not even the one that was let in with it.
    async fn everywhere_else_is_also_the_computer_that_was_let_in_from_here(app) {
        app.put_client(&desktop()).await;
        let (mut browser, page) = frank_alone(&app).await;
        let computer = Desktop::new(&app);
        let tokens = computer.let_in(&browser).await;
        let page = press(&mut browser, &page, "everywhere-else").await;
        assert_eq!((listed(&page).len(), staying(&page).len()), (1, 0));
        assert_eq!(computer.refresh(&tokens).await.error(), (400, "invalid_grant"));
    }

    /// R4: a computer at two agencies is one computer, and logged out of at both.
    async fn a_computer_at_two_agencies_is_one(app) {
        app.put_client(&desktop()).await;
        let (mut browser, _) = frank_alone(&app).await;
        joins_birch(&app, FRANK).await;
        app.advance(SECOND);
        let mut gone = app.browser();
        app.relying_party().tokens(&mut gone, FRANK, PASSWORD).await;
        let computer = Desktop::new(&app).with("company", "99999");
        let maple = computer.let_in(&gone).await;
        let switch = [
            ("grant_type", "refresh_token"),
            ("client_id", &computer.client_id),
            ("refresh_token", maple.text("refresh_token")),
            ("company", "22222"),
        ];
        let birch = computer.post("/token", &switch).await;
        assert!(is_alive(&app.relying_party(), &birch).await);
        let page = browser.get(PATH).await;
        assert_eq!(staying(&page), ["Agency Desktop"]);
        let page = press(&mut browser, &page, "staying-1-log-out").await;
        assert!(staying(&page).is_empty());
        for dead in [&maple, &birch] {
            assert_eq!(computer.refresh(dead).await.error(), (400, "invalid_grant"));
        }
        assert_eq!(events(&app, AuditAction::GrantRevoked).await.len(), 1);
        let activity = browser.get("/account/activity").await;
        assert!(activity.shows("You went on at Birch Home Care in Agency Desktop"), "{activity:?}");
    }

    /// Section 5: everything but this browser and what began in it; the mail says so (L11).
    async fn logged_out_everywhere_else_keeps_this_browser(app) {
        portals_listen(&app).await;
        let (mut browser, _) = frank_alone(&app).await;
        let mine = app.relying_party().authorize(&mut browser).await;
        let mine = app.relying_party().redeem(&mine.sent("code").unwrap()).await;
        let mut others = [app.browser(), browser_called(&app, IPHONE)];
        let theirs = app.relying_party().tokens(&mut others[0], FRANK, PASSWORD).await;
        let kept = phone(&app).tokens(&mut others[1], FRANK, PASSWORD).await;
        let page = browser.get(PATH).await;
        assert_eq!(listed(&page).len(), 3);
        let page = press(&mut browser, &page, "everywhere-else").await;
        assert_eq!(listed(&page), ["Chrome on Windows"]);
        assert_eq!(page.select("#notice"), ["Done. You are logged out everywhere else."]);
        assert_dead(&app.relying_party(), &theirs).await;
        assert_dead(&phone(&app), &kept).await;
        for other in &mut others {
            assert_eq!(other.get("/account").await.heading(), "Log In");
        }
        assert!(is_alive(&app.relying_party(), &mine).await);
        assert_eq!(told(&app).await, ["maple.example", "maple.example"], "one for each browser");
        assert_eq!(notices(&app, FRANK, "everywhere").await.len(), 1);
        let frank = app.account(FRANK).await.id;
        let recorded = events(&app, AuditAction::SignedOutEverywhere).await;
        assert_eq!((recorded.len(), recorded[0].account), (1, Some(frank)));
    }

    /// The same, and this browser as well: its cookie is gone and worth nothing.
    async fn logged_out_everywhere_ends_here_too(app) {
        let (mut browser, _) = frank_alone(&app).await;
        let mine = app.relying_party().authorize(&mut browser).await;
        let mine = app.relying_party().redeem(&mine.sent("code").unwrap()).await;
        let cookie = browser.session().unwrap().to_owned();
        let page = browser.get(PATH).await;
        let page = press(&mut browser, &page, "everywhere-too").await;
        assert_eq!((page.heading().as_str(), browser.session()), ("You are signed out", None));
        assert_dead(&app.relying_party(), &mine).await;
        let mut ghost = app.browser();
        ghost.cookies.insert("__Host-idp_session".to_owned(), cookie);
        assert_eq!(ghost.get(PATH).await.heading(), "Log In");
        assert_eq!(notices(&app, FRANK, "everywhere").await.len(), 1);
    }

    /// Attack 84 (CVE-2025-27507): somebody else's session or app, one that is over, one that never was, and no id at all
    /// are answered alike and touch nobody.
    async fn another_persons_session_or_app_cannot_be_ended(app) {
        app.enrol(crate::account::GRACE).await;
        let mut graces = app.browser();
        let hers = app.relying_party().tokens(&mut graces, crate::account::GRACE, PASSWORD).await;
        let mut gone = app.browser();
        let kept = phone(&app).tokens(&mut gone, crate::account::GRACE, PASSWORD).await;
        let her_session = session_of(&graces);
        let confirm = gone.get("/logout").await;
        press(&mut gone, &confirm, "logout-yes").await;
        let grace = app.account(crate::account::GRACE).await.id;
        let grants = {
            let mut tx = app.env.store.read().await.unwrap();
            tx.grants().list_live_of_account(grace, app.env.now()).await.unwrap()
        };
        app.put_client(&desktop()).await;
        let waiting = Desktop::new(&app).ask().await;
        app.allow(&graces, &waiting).await;
        let computer = waiting.device_code.split_once('.').unwrap().0.to_owned();
        let (mut browser, _) = frank_at(&app, PATH).await;
        open(&mut app.browser(), PATH, FRANK).await;
        let page = browser.get(PATH).await;
        let ended = events(&app, AuditAction::SessionEnded).await.len();
        let mut answers = Vec::new();
        for grant in &grants {
            let sent = [("session", ""), ("app", &grant.id.to_string())];
            answers.push(browser.fill_named(&page, "device-2-log-out", &sent).await);
        }
        let sent = [("session", ""), ("computer", &computer)];
        answers.push(browser.fill_named(&page, "device-2-log-out", &sent).await);
        for session in [her_session.as_str(), "ses_00000000000070008000000000000000", "", "' OR 1=1 --"] {
            answers.push(browser.fill_named(&page, "device-2-log-out", &[("session", session)]).await);
        }
        for answer in &answers {
            assert_eq!(listed(answer).len(), listed(&page).len(), "{answer:?}");
            assert_eq!(answer.select("#notice"), ["Done. You are logged out there."]);
        }
        assert_eq!(answers.len(), grants.len() + 5);
        assert_eq!(Desktop::new(&app).poll(&waiting).await.status, 200);
        assert!(is_alive(&app.relying_party(), &hers).await && is_alive(&phone(&app), &kept).await);
        assert_eq!(graces.get(PATH).await.heading(), "Where you are logged in");
        assert_eq!(events(&app, AuditAction::SessionEnded).await.len(), ended);
        assert!(events(&app, AuditAction::GrantRevoked).await.is_empty());
    }

    /// A log-out of the browser one sits at, sent by hand, is a log-out.
    async fn ones_own_session_can_be_ended_like_any_other(app) {
        let (mut browser, _) = frank_alone(&app).await;
        let own = session_of(&browser);
        let mut second = browser_called(&app, IPHONE);
        open(&mut second, PATH, FRANK).await;
        let page = browser.get(PATH).await;
        let answer = browser.fill_named(&page, "device-2-log-out", &[("session", &own)]).await;
        assert_eq!(answer.heading(), "Log In");
        assert_eq!(listed(&second.get(PATH).await), ["Safari on iPhone"]);
    }
}
