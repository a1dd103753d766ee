//! After the password: no sign-in, the portal's log-in with the banner and the user name filled in (R41, R42).

use idp_domain::member::Authority;

use super::{choose, invited};
use crate::account::FRANK;
use crate::support::app::{ISSUER, PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const BANNER: &str = "Your password has been reset. Please log in and configure your Security Questions.";

/// What the agency's portal does at its `initiate_login_uri` (OpenID Connect Core section 4).
async fn arrive(app: &TestApp, browser: &mut Browser<'_>, done: &Page) -> Page {
    assert_eq!(done.sent("iss").as_deref(), Some(ISSUER));
    let hint = done.sent("login_hint").expect("a login_hint");
    app.relying_party().with("login_hint", &hint).authorize(browser).await
}

async fn activated<'a>(app: &'a TestApp) -> (Browser<'a>, Page) {
    let link = invited(app, FRANK).await;
    let mut browser = app.browser();
    let page = browser.get(&link).await;
    let done = choose(&mut browser, &page, PASSWORD, PASSWORD).await;
    (browser, done)
}

on_each_database! {
    /// R41, L7: choosing a password signs nobody in.
    async fn there_is_no_session_after_activation(app) {
        let (mut browser, done) = activated(&app).await;
        assert_eq!(done.status, 303);
        assert_eq!(browser.session(), None);
        let page = app.relying_party().with("prompt", "none").authorize(&mut browser).await;
        assert_eq!(page.sent("error").as_deref(), Some("login_required"));
    }

    /// R41, R42: banner word for word, user name filled in; the banner closes without JavaScript.
    async fn the_portals_log_in_shows_the_banner_until_it_is_closed(app) {
        let (mut browser, done) = activated(&app).await;
        let page = arrive(&app, &mut browser, &done).await;
        assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", FRANK));
        assert!(page.select("#notice")[0].contains(BANNER), "{page:?}");
        let again = arrive(&app, &mut browser, &done).await;
        assert!(again.shows(BANNER), "a reload keeps it");
        let close = again.attribute("#notice-dismiss", "href").unwrap();
        let closed = browser.get(&close).await;
        assert_eq!((closed.heading().as_str(), closed.value("UserName").as_str()), ("Log In", FRANK));
        assert!(!closed.shows(BANNER), "{closed:?}");
        let page = browser.fill(&closed, "login-submit", &[("Password", PASSWORD)]).await;
        assert_eq!(page.heading(), "Security Questions", "the request went on");
    }

    /// R41: said once; after the log-in, and beside an error, it is not there any more.
    async fn the_banner_is_gone_after_the_log_in(app) {
        let (mut browser, done) = activated(&app).await;
        let page = arrive(&app, &mut browser, &done).await;
        let wrong = browser.fill(&page, "login-submit", &[("Password", "something else")]).await;
        assert!(!wrong.shows(BANNER) && wrong.shows("Invalid username or password"), "{wrong:?}");
        let page = browser.fill(&wrong, "login-submit", &[("Password", PASSWORD)]).await;
        browser.answer_questions(&page).await;
        app.advance(std::time::Duration::from_secs(1));
        let page = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        assert_eq!(page.heading(), "Log In");
        assert!(!page.shows(BANNER), "{page:?}");
    }

    /// A dead end does not exist: an agency without a portal client gets a page with its address.
    async fn without_a_portal_client_the_page_says_where_to_log_in(app) {
        app.change_client("portal.99999", |portal| portal.initiate_login_uri = None).await;
        let (browser, done) = activated(&app).await;
        assert_eq!((done.status, done.heading().as_str()), (200, "Password created"), "{done:?}");
        assert!(done.html.contains("https://portal.maple.example/"), "{done:?}");
        assert_eq!(browser.session(), None);
    }

    /// R41, R91: whoever is to look after an agency that has no portal gets in at the office, and is accepted by that.
    async fn an_administrator_of_an_agency_without_a_portal_gets_in_at_the_office(app) {
        app.change_client("portal.99999", |portal| portal.initiate_login_uri = None).await;
        let link = invited(&app, FRANK).await;
        app.change_membership(&app.maple, FRANK, |it| it.particulars.authority = Authority::Administrator).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        let page = choose(&mut browser, &page, PASSWORD, PASSWORD).await;
        assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", FRANK), "{page:?}");
        assert!(page.shows(BANNER) && browser.session().is_none(), "{page:?}");
        let page = browser.fill(&page, "login-submit", &[("Password", PASSWORD)]).await;
        assert_eq!(page.heading(), "Security Questions");
        let page = browser.answer_questions(&page).await;
        assert_eq!((page.status, page.heading().as_str()), (200, "People"), "{page:?}");
        assert!(page.url.path().starts_with("/office/") && page.shows("Maple Home Care"), "{page:?}");
        assert!(app.membership(&app.maple, FRANK).await.is_active());
        let used = app.browser().get(&link).await;
        assert_eq!(used.attribute("#log-in", "href").as_deref(), Some("/office"), "{used:?}");
    }

    /// Everybody else begins at their own account, where there is neither a portal nor an address of one.
    async fn anybody_else_without_a_portal_gets_in_at_their_own_account(app) {
        app.change_client("portal.99999", |portal| portal.initiate_login_uri = None).await;
        app.change_company(&app.maple, |maple| maple.contact.portal_url = None).await;
        let (mut browser, page) = activated(&app).await;
        assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", FRANK), "{page:?}");
        let page = browser.fill(&page, "login-submit", &[("Password", PASSWORD)]).await;
        let page = browser.answer_questions(&page).await;
        assert_eq!(page.heading(), "Your account", "{page:?}");
    }

    /// R42: whoever is still signed in at a shared PC is not what the activated person meets.
    async fn somebody_elses_session_does_not_answer_for_the_activated_person(app) {
        app.enrol("grace.hill@example.com").await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, "grace.hill@example.com", PASSWORD).await;
        app.advance(std::time::Duration::from_secs(1));
        let link = invited(&app, FRANK).await;
        let page = browser.get(&link).await;
        let done = choose(&mut browser, &page, PASSWORD, PASSWORD).await;
        let page = arrive(&app, &mut browser, &done).await;
        assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", FRANK));
    }
}
