//! Who was away for too long loses nothing that was typed: the form waits on a page until the same person has logged in again in
//! another tab. For another site, and for the next person at the PC, that page opens nothing (CVE-2023-34927).

use idp_domain::member::Authority;

use super::{FRANK, GRACE, MINUTE, RUTH, TOO_OLD, at, log_in, notice, open_person, problems, ruth};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const AWAY: &str = "You were away for too long";
const NOTHING_SAVED: &str =
    "You were away for too long, so nothing was saved. Log in again and make your changes once more.";
const TYPED: [(&str, &str); 7] = [
    ("user_name", FRANK),
    ("email", FRANK),
    ("given_name", "Frank \"><b>"),
    ("family_name", "Jones"),
    ("member_type", "caregiver"),
    ("role", "none"),
    ("note", "Nights and days"),
];

/// Ruth types, is away until her session is idle, and presses the button.
async fn away<'a>(app: &'a TestApp) -> (Browser<'a>, Page) {
    let mut browser = ruth(app).await;
    let form = browser.get(&at(&app.maple, "/add")).await;
    app.advance(MINUTE * 61);
    let page = browser.fill_named(&form, "create", &TYPED).await;
    assert_eq!((page.status, page.heading().as_str()), (200, AWAY), "{page:?}");
    (browser, page)
}

/// Follows the link to the log-in, as in another tab of the same browser.
async fn log_in_again(browser: &mut Browser<'_>, away: &Page, user_name: &str) -> Page {
    let page = browser.get(&away.attribute("#log-in-again", "href").unwrap()).await;
    assert_eq!((page.heading().as_str(), page.select("#again")), ("Log In", vec![]), "{page:?}");
    browser.fill(&page, "login-submit", &[("UserName", user_name), ("Password", PASSWORD)]).await
}

async fn is_added(app: &TestApp) -> bool {
    app.count("SELECT count(*) FROM memberships").await > 1
}

on_each_database! {
    async fn nothing_typed_is_lost_when_the_session_ends_meanwhile(app) {
        let (mut browser, page) = away(&app).await;
        assert!(page.shows("Log in again in a new tab, come back here and press Go on: nothing you typed is lost."));
        assert_eq!(page.attribute("#log-in-again", "target").as_deref(), Some("_blank"));
        assert_eq!(page.attribute("#log-in-again", "rel").as_deref(), Some("noopener"));
        assert_eq!(page.attribute("input[name=note]", "value").as_deref(), Some("Nights and days"));
        assert_eq!(page.attribute("input[name=cell]", "value").as_deref(), Some(""), "an empty field is one, too");
        let early = browser.fill(&page, "go-on", &[]).await;
        assert_eq!(early.heading(), AWAY, "not logged in yet");
        let tab = log_in_again(&mut browser, &page, RUTH).await;
        assert_eq!((tab.url.path(), problems(&tab)), (&*at(&app.maple, "/add"), vec![]), "{tab:?}");
        let sure = browser.fill(&early, "go-on", &[]).await;
        assert_eq!((sure.heading().as_str(), is_added(&app).await), ("Are you Sure?", false), "{sure:?}");
        let added = browser.fill(&sure, "sure-yes", &[]).await;
        assert!(notice(&added).starts_with("Done. The person is added"), "{added:?}");
        assert_eq!((added.value("First name:").as_str(), added.value("Note:").as_str()), (TYPED[2].1, "Nights and days"));
    }

    /// The password is no field like the others: no page repeats it.
    async fn the_password_is_not_repeated(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        let page = open_person(&app, &mut browser, FRANK).await;
        app.advance(MINUTE * 11);
        let sure = browser.fill_named(&page, "person-save", &[("note", "Nights")]).await;
        app.advance(MINUTE * 61);
        let page = browser.fill(&sure, "sure-yes", &[("Your password", PASSWORD)]).await;
        assert_eq!((page.heading().as_str(), page.select("input[name=password]").len()), (AWAY, 0));
        assert!(!page.html.contains(PASSWORD), "{}", page.html);
        log_in_again(&mut browser, &page, RUTH).await;
        let saved = browser.fill(&page, "go-on", &[]).await;
        assert_eq!((notice(&saved).as_str(), saved.value("Note:").as_str()), ("Saved.", "Nights"), "the log-in was a moment ago");
    }

    /// CVE-2023-34927: the page vouches for no field that did not come from our own form, and makes no token.
    async fn a_forged_form_is_not_held(app) {
        let (mut browser, page) = away(&app).await;
        let token = page.attribute("input[name=csrf]", "value").unwrap();
        let form = |csrf| [TYPED.as_slice(), &[("csrf", csrf)]].concat();
        for forged in ["", "forged"] {
            let answer = browser.post(&at(&app.maple, "/add"), &form(forged)).await;
            assert_eq!(answer.heading(), "Log In", "{answer:?}");
            assert!(!answer.html.contains("Nights"), "{}", answer.html);
        }
        let sent = [TYPED.as_slice(), &[("csrf", token.as_str())]].concat();
        browser.headers = vec![("origin".to_owned(), "https://evil.example".to_owned())];
        let foreign = browser.post(&at(&app.maple, "/add"), &sent).await;
        browser.headers.clear();
        let cold = app.browser().post(&at(&app.maple, "/add"), &sent).await;
        for answer in [foreign, cold] {
            assert_eq!(answer.heading(), "Log In", "{answer:?}");
            assert!(!answer.html.contains("Nights") && !answer.html.contains(&token), "{}", answer.html);
        }
        assert!(!is_added(&app).await);
    }

    /// At a shared PC the page that the last person left open does nothing for the next one, nor for the last.
    async fn somebody_else_cannot_go_on(app) {
        app.employ(GRACE, &[(&app.maple, Authority::Administrator)]).await;
        let (mut browser, page) = away(&app).await;
        assert_eq!(log_in_again(&mut browser, &page, GRACE).await.heading(), "Add a person");
        let before = app.count("SELECT count(*) FROM memberships").await;
        let answer = browser.fill(&page, "go-on", &[]).await;
        assert_eq!((answer.heading().as_str(), problems(&answer)), ("Add a person", vec![TOO_OLD.to_owned()]));
        assert!(!answer.html.contains("Nights"), "{}", answer.html);
        assert_eq!(app.count("SELECT count(*) FROM memberships").await, before);
    }

    /// A new agency is no agency's page, and waits like them.
    async fn a_new_agency_waits_as_well(app) {
        app.enrol(FRANK).await;
        app.change_account(FRANK, |account| account.is_operator = true).await;
        let mut browser = log_in(&app, FRANK).await;
        let form = browser.get("/office/companies/new").await;
        app.advance(MINUTE * 61);
        let page = browser.fill(&form, "agency-open", &[("Name of the agency", "Elm Care")]).await;
        assert_eq!(page.heading(), AWAY, "{page:?}");
        log_in_again(&mut browser, &page, FRANK).await;
        let opened = browser.fill(&page, "go-on", &[]).await;
        assert_eq!(opened.heading(), "The agency is open", "{opened:?}");
    }

    /// A file cannot wait: the log-in page says so, and nothing says it again.
    async fn a_form_with_a_file_says_once_that_nothing_was_saved(app) {
        let mut browser = ruth(&app).await;
        let form = browser.get(&at(&app.maple, "/bulk")).await;
        app.advance(MINUTE * 61);
        let page = browser.upload(&form, "bulk-check", &[], b"Email\nann@example.com\n").await;
        assert_eq!((page.heading().as_str(), page.select("#again")), ("Log In", vec![NOTHING_SAVED.to_owned()]));
        let page = browser.fill(&page, "login-submit", &[("UserName", RUTH), ("Password", PASSWORD)]).await;
        assert_eq!((page.heading().as_str(), problems(&page)), ("People", vec![]), "{page:?}");
        assert!(problems(&browser.get(&at(&app.maple, "/bulk")).await).is_empty());
    }
}
