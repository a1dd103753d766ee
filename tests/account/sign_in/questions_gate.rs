//! No code before the questions are answered, by any route (R48); Cancel is "no access", not "skip" (R51).

use idp_domain::account::QuestionPolicy;

use super::arrived;
use crate::account::FRANK;
use crate::support::app::{PASSWORD, TestApp, default_policy};
use crate::support::browser::{Browser, Page};
use crate::support::database::TestDatabase;
use crate::support::on_each_database;

async fn asked(app: &TestApp) -> (Browser<'_>, Page) {
    app.activate(FRANK).await;
    let mut browser = app.browser();
    let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
    assert_eq!(page.heading(), "Security Questions", "{page:?}");
    (browser, page)
}

on_each_database! {
    /// R48, attack 1: every address that could go on leads back to the questions, and silent requests are told so.
    async fn no_route_goes_around_the_questions(app) {
        let (mut browser, page) = asked(&app).await;
        let flow = page.attribute("input[name=flow]", "value").unwrap();
        for path in ["continue", "questions"] {
            let page = browser.get(&format!("/{path}?flow={flow}")).await;
            assert_eq!(page.heading(), "Security Questions", "{path}: {page:?}");
        }
        for (name, value) in
            [("max_age", "3600"), ("company", "99999"), ("login_hint", FRANK), ("response_mode", "form_post")]
        {
            let page = app.relying_party().with(name, value).authorize(&mut browser).await;
            assert_eq!(page.heading(), "Security Questions", "{name}={value}: {page:?}");
        }
        let silent = app.relying_party().with("prompt", "none").authorize(&mut browser).await;
        assert_eq!(silent.sent("error").as_deref(), Some("interaction_required"), "{silent:?}");
        assert_eq!(silent.sent("code"), None);
        app.advance(std::time::Duration::from_secs(1));
        let again = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        let again =
            browser.fill(&again, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        assert_eq!(again.heading(), "Security Questions", "a second log-in does not help: {again:?}");
        let tokens = app.relying_party();
        for code in ["", "cod_00000000000000000000000000000000.AAAA", flow.as_str()] {
            let refused = tokens.redeem(code).await;
            assert!(matches!(refused.error(), (400, "invalid_grant" | "invalid_request")), "{refused:?}");
        }
        let password = [("grant_type", "password"), ("username", FRANK), ("password", PASSWORD)];
        assert_eq!(tokens.token(&password).await.error(), (400, "unsupported_grant_type"), "attack 59");
    }

    /// R48: two tabs wait at the questions; answered in one, both requests go on, each with its own code.
    async fn two_tabs_at_the_questions_both_go_on_when_one_is_answered(app) {
        let (mut browser, first) = asked(&app).await;
        let second = app.relying_party().with("state", "second").authorize(&mut browser).await;
        assert_eq!(second.heading(), "Security Questions");
        let done = browser.answer_questions(&second).await;
        assert!(arrived(&done) && done.sent("state").as_deref() == Some("second"), "{done:?}");
        let late = browser.answer_questions(&first).await;
        assert!(arrived(&late) && late.sent("state").as_deref() == Some("state-of-the-flow"), "{late:?}");
        assert_ne!(done.sent("code"), late.sent("code"));
    }

    /// R51: Cancel signs out and tells the client; the person is back at the log-in, and asked again after it.
    async fn cancel_ends_the_session_and_denies_access(app) {
        let (mut browser, page) = asked(&app).await;
        let cookie = browser.session().expect("a session").to_owned();
        let denied = browser.fill(&page, "questions-cancel", &[]).await;
        assert!(denied.left_to("https://maple.example/callback"), "{denied:?}");
        assert_eq!(denied.sent("error").as_deref(), Some("access_denied"));
        assert_eq!((denied.sent("state").as_deref(), denied.sent("code")), (Some("state-of-the-flow"), None));
        assert_eq!(browser.session(), None);
        browser.cookies.insert("__Host-idp_session".to_owned(), cookie);
        let page = app.relying_party().authorize(&mut browser).await;
        assert_eq!(page.heading(), "Log In", "the session is over, not only its cookie");
        let page = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        assert_eq!(page.heading(), "Security Questions");
        assert!(!app.account(FRANK).await.questions_enrolled);
        assert!(app.audited().await.contains(&"session.ended"));
    }

    /// Cancel in one tab: the form that waits in the other saves nothing any more.
    async fn after_cancel_a_waiting_form_saves_nothing(app) {
        let (mut browser, page) = asked(&app).await;
        browser.fill(&page, "questions-cancel", &[]).await;
        let late = browser.answer_questions(&page).await;
        assert_eq!(late.heading(), "Log In", "{late:?}");
        assert!(!app.account(FRANK).await.questions_enrolled);
    }
}

/// Q10: where the installation does without questions, nobody is asked.
#[tokio::test]
async fn an_installation_without_questions_asks_none() {
    let policy = idp_service::Policy { questions: QuestionPolicy::Off, ..default_policy() };
    let app = TestApp::with(TestDatabase::sqlite().await, policy).await;
    app.activate(FRANK).await;
    let page = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
    assert!(arrived(&page), "{page:?}");
}
