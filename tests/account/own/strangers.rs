//! What other sites, old tabs and the next person at a shared PC send does nothing (attack 79; rules section 5).

use idp_domain::audit::AuditAction;

use super::{SECOND, TOO_OLD, events, frank_at, is_alive, open};
use crate::account::{FRANK, GRACE, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

/// Where a form stands, where it goes, and what it sends.
type Form = (&'static str, &'static str, Vec<(&'static str, String)>);

/// Each form of these pages.
fn forms(app: &TestApp) -> [Form; 6] {
    let company = app.maple.id.to_string();
    [
        ("/account/sessions", "/account/sessions", vec![("session", String::new())]),
        ("/account/sessions", "/account/sessions/all", vec![("here", "stay".to_owned())]),
        ("/account/sessions", "/account/sessions/all", vec![("here", "too".to_owned())]),
        ("/account/companies", "/account/companies", vec![("company", company)]),
        ("/account/data", "/account/data/download", vec![]),
        (
            "/account/close",
            "/account/close",
            vec![("password", PASSWORD.to_owned()), ("understood", "yes".to_owned())],
        ),
    ]
}

fn csrf(page: &Page) -> String {
    page.attribute("input[name=csrf]", "value").unwrap_or_else(|| panic!("no form: {page:?}"))
}

async fn send(browser: &mut Browser<'_>, to: &str, csrf: &str, fields: &[(&str, String)]) -> Page {
    let mut sent = vec![("csrf", csrf)];
    sent.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
    browser.post(to, &sent).await
}

/// Nothing was ended, left, closed or sent.
async fn assert_untouched(app: &TestApp, user_name: &str) {
    assert!(app.account(user_name).await.is_active());
    assert!(app.membership(&app.maple, user_name).await.is_active());
    for action in [
        AuditAction::SignedOutEverywhere,
        AuditAction::MembershipLeft,
        AuditAction::AccountExported,
        AuditAction::AccountClosed,
    ] {
        assert!(events(app, action).await.is_empty(), "{action:?}");
    }
}

on_each_database! {
    /// Attack 79 (CVE-2023-34927): from another origin, without a token or with a made-up one.
    async fn a_form_from_elsewhere_does_nothing(app) {
        let (mut browser, _) = frank_at(&app, "/account/sessions").await;
        let elsewhere = app.relying_party().tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let own = browser.headers.clone();
        for (at, to, fields) in forms(&app) {
            let genuine = csrf(&browser.get(at).await);
            for foreign in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
                browser.headers = vec![(foreign.0.to_owned(), foreign.1.to_owned())];
                let answer = send(&mut browser, to, &genuine, &fields).await;
                assert_eq!(problems(&answer), [TOO_OLD], "{to} {foreign:?}");
                assert_eq!(answer.url.path(), at);
            }
            browser.headers = own.clone();
            for made_up in ["", "nonsense"] {
                let answer = send(&mut browser, to, made_up, &fields).await;
                assert_eq!(problems(&answer), [TOO_OLD], "{to} {made_up}");
            }
        }
        assert_untouched(&app, FRANK).await;
        assert!(is_alive(&app.relying_party(), &elsewhere).await);
    }

    /// Rules section 5: at a shared PC the last person's tab acts neither for the last person nor for the next.
    async fn an_old_tab_does_nothing_for_the_next_person(app) {
        app.enrol(GRACE).await;
        let (mut browser, _) = frank_at(&app, "/account/sessions").await;
        let franks = csrf(&browser.get("/account/companies").await);
        app.advance(SECOND);
        let page = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        let graces = [("UserName", GRACE), ("Password", PASSWORD)];
        browser.fill(&page, "login-submit", &graces).await;
        for (at, to, fields) in forms(&app) {
            let answer = send(&mut browser, to, &franks, &fields).await;
            assert_eq!((answer.url.path(), problems(&answer)), (at, vec![TOO_OLD.to_owned()]), "{to}");
        }
        assert_untouched(&app, GRACE).await;
        assert!(app.membership(&app.maple, FRANK).await.is_active() && app.account(FRANK).await.is_active());
    }

    /// Attack 8: nobody logged in: every page and every form leads to the log-in, and a tab that outlived its session does
    /// nothing.
    async fn without_a_session_there_is_only_the_log_in(app) {
        let (mut browser, page) = frank_at(&app, "/account/sessions").await;
        let mut tab = app.browser();
        tab.cookies = browser.cookies.clone();
        let old = csrf(&browser.get("/account/data").await);
        browser.fill(&page, "everywhere-too", &[]).await;
        for (at, to, fields) in forms(&app) {
            assert_eq!(app.browser().get(at).await.heading(), "Log In", "{at}");
            assert_eq!(send(&mut app.browser(), to, "", &fields).await.heading(), "Log In", "{to}");
            assert_eq!(send(&mut tab, to, &old, &fields).await.heading(), "Log In", "{to}");
        }
        assert_eq!(app.browser().get("/account/activity").await.heading(), "Log In");
        assert!(app.account(FRANK).await.is_active() && app.membership(&app.maple, FRANK).await.is_active());
        assert_eq!(events(&app, AuditAction::SignedOutEverywhere).await.len(), 1);
    }

    /// R48: what must be done first is done first; no form of these pages goes around it.
    async fn the_questions_come_before_every_one_of_these_pages(app) {
        app.activate(FRANK).await;
        let mut browser = app.browser();
        let page = open(&mut browser, "/account/sessions", FRANK).await;
        assert_eq!(page.heading(), "Security Questions");
        let token = csrf(&page);
        for (at, to, fields) in forms(&app) {
            assert_eq!(browser.get(at).await.heading(), "Security Questions", "{at}");
            assert_eq!(send(&mut browser, to, &token, &fields).await.heading(), "Security Questions", "{to}");
        }
        assert!(app.account(FRANK).await.is_active());
        assert!(events(&app, AuditAction::AccountExported).await.is_empty());
    }
}
