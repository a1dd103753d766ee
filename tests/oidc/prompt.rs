//! Who is asked to log in, and when: OpenID Connect Core sections 3.1.2.1 and 3.1.2.6.

use serde_json::Value;

use super::form_post::posted;
use super::{
    FRANK, HOUR, MARY, MINUTE, SECOND, authorization_error, franks_browser, franks_tokens, is_signed_in,
    post_from_client,
};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

async fn log_in(browser: &mut Browser<'_>, page: &Page, user_name: &str) -> Page {
    assert_eq!(page.heading(), "Log In", "{page:?}");
    browser.fill(page, "login-submit", &[("UserName", user_name), ("Password", PASSWORD)]).await
}

async fn id_token(client: &RelyingParty<'_>, page: &Page) -> serde_json::Map<String, Value> {
    let tokens = client.redeem(&page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))).await;
    client.verify(tokens.text("id_token")).await.0
}

async fn auth_time(client: &RelyingParty<'_>, page: &Page) -> i64 {
    id_token(client, page).await["auth_time"].as_i64().unwrap()
}

fn prompting<'a>(app: &'a TestApp, prompt: &str) -> RelyingParty<'a> {
    app.relying_party().with("prompt", prompt)
}

on_each_database! {
    /// Core section 3.1.2.6: `prompt=none` shows no page at all.
    async fn prompt_none_answers_without_a_page(app) {
        app.enrol(FRANK).await;
        let client = prompting(&app, "none");
        let mut nobody = app.browser();
        let page = nobody.get_once(&client.authorization_url()).await;
        assert_eq!(authorization_error(&page), "login_required");

        let mut browser = franks_browser(&app).await;
        let page = browser.get_once(&client.authorization_url()).await;
        assert_eq!(id_token(&client, &page).await["nonce"], "nonce-of-the-flow");

        app.advance(HOUR);
        let page = browser.get_once(&client.authorization_url()).await;
        assert_eq!(authorization_error(&page), "login_required", "idle for an hour (rules section 5)");
    }

    /// Core section 3.1.2.6, `interaction_required`; R48: no code before the questions are done, by any route.
    async fn prompt_none_does_not_go_around_the_security_questions(app) {
        app.enrol(FRANK).await;
        app.activate(MARY).await;
        let mut browser = app.browser();
        let page = app.relying_party().log_in(&mut browser, MARY, PASSWORD).await;
        assert_eq!(page.heading(), "Security Questions");
        let silent = prompting(&app, "none").authorize(&mut browser).await;
        assert_eq!(authorization_error(&silent), "interaction_required");
        let again = app.relying_party().authorize(&mut browser).await;
        assert_eq!(again.heading(), "Security Questions");
    }

    /// Core section 3.1.2.1: `login` asks although a session exists; `auth_time` moves on. Whoever logged in has selected the
    /// account, too.
    async fn prompt_login_asks_for_the_password_again(app) {
        app.enrol(FRANK).await;
        for prompt in ["login", "login select_account", "select_account login"] {
            let mut browser = franks_browser(&app).await;
            let before =
                auth_time(&app.relying_party(), &app.relying_party().authorize(&mut browser).await).await;
            app.advance(SECOND);
            let client = prompting(&app, prompt);
            let page = client.authorize(&mut browser).await;
            let page = log_in(&mut browser, &page, FRANK).await;
            assert!(auth_time(&client, &page).await > before, "{prompt}");
        }
    }

    /// Being asked is not passed by merely reloading, nor by opening the flow's next address.
    async fn prompt_login_is_not_skipped_by_continuing_the_flow(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let page = prompting(&app, "login").authorize(&mut browser).await;
        let flow = page.attribute("input[name=flow]", "value").unwrap();
        let page = browser.get(&format!("/continue?flow={flow}")).await;
        assert_eq!(page.heading(), "Log In");
    }

    /// Core section 3.1.2.1: whoever is asked anew may as well be somebody else.
    async fn prompt_login_lets_somebody_else_in(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        let mut browser = franks_browser(&app).await;
        let frank = id_token(&app.relying_party(), &app.relying_party().authorize(&mut browser).await).await;
        let client = prompting(&app, "login");
        let page = client.authorize(&mut browser).await;
        let page = log_in(&mut browser, &page, MARY).await;
        assert_ne!(id_token(&client, &page).await["sub"], frank["sub"]);
    }

    /// Core section 3.1.2.1: each `prompt` is asked for in a POST as in a GET, and answered in `form_post` as in a
    /// query.
    async fn prompt_is_obeyed_however_it_is_sent(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let silent = prompting(&app, "none").with("response_mode", "form_post").authorization_query();
        let page = post_from_client(&app, &mut browser, "/authorize", &silent).await;
        assert!(posted(&page).contains_key("code"), "{page:?}");
        let page = post_from_client(&app, &mut app.browser(), "/authorize", &silent).await;
        assert_eq!(posted(&page)["error"], "login_required");
        for (prompt, asked) in [
            ("login", "Log In"),
            ("select_account", "Continue as Frank Jones?"),
            ("login select_account", "Log In"),
        ] {
            let query = prompting(&app, prompt).authorization_query();
            let page = post_from_client(&app, &mut browser, "/authorize", &query).await;
            assert_eq!(page.heading(), asked, "{prompt}");
        }
    }

    async fn max_age_asks_again_when_the_log_in_is_older(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let client = app.relying_party().with("max_age", "10000");
        let begun = app.env.now().seconds();
        let first = auth_time(&client, &client.authorize(&mut browser).await).await;
        app.advance(MINUTE);
        let still = auth_time(&client, &client.authorize(&mut browser).await).await;
        assert_eq!(still, first, "within max_age nothing is asked and auth_time is kept");
        assert!(begun - first <= 10_000, "the log-in, not the request");

        for max_age in ["100", "0"] {
            let client = app.relying_party().with("max_age", max_age);
            let silent = app.relying_party().with("max_age", max_age).with("prompt", "none");
            assert_eq!(authorization_error(&silent.authorize(&mut browser).await), "login_required");
            let page = client.authorize(&mut browser).await;
            let page = log_in(&mut browser, &page, FRANK).await;
            assert!(auth_time(&client, &page).await > first, "max_age={max_age}");
            app.advance(MINUTE);
        }
    }

    /// Core section 3.1.2.1: `login_hint` fills in the user name; an unknown one is no error and tells nothing.
    async fn a_login_hint_fills_in_the_user_name(app) {
        app.enrol(FRANK).await;
        for hint in [FRANK, "nobody@example.com", "not an address"] {
            let page = app.relying_party().with("login_hint", hint).authorize(&mut app.browser()).await;
            assert_eq!(page.value("UserName"), hint);
            assert!(page.select("[role=alert]").is_empty(), "{page:?}");
        }
    }

    /// `protocol.md`: never continue silently as the wrong person (Core section 3.1.2.2).
    async fn a_login_hint_of_somebody_else_never_continues_silently(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        let mut browser = franks_browser(&app).await;
        let same = app.relying_party().with("login_hint", "Frank.Jones@Example.com").with("prompt", "none");
        assert!(same.authorize(&mut browser).await.sent("code").is_some(), "the same person in another case");

        let silent = app.relying_party().with("login_hint", MARY).with("prompt", "none");
        assert_eq!(authorization_error(&silent.authorize(&mut browser).await), "login_required");
        let client = app.relying_party().with("login_hint", MARY);
        let page = client.authorize(&mut browser).await;
        assert_eq!(page.value("UserName"), MARY);
        let page = log_in(&mut browser, &page, MARY).await;
        let frank = franks_tokens(&app, &client).await;
        let frank = client.verify(frank.text("id_token")).await.0;
        assert_ne!(id_token(&client, &page).await["sub"], frank["sub"]);
    }

    /// It is a hint: whoever logs in after it was shown has said who they are.
    async fn a_login_hint_does_not_hold_anybody_to_it(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        let client = app.relying_party().with("login_hint", MARY);
        let mut browser = franks_browser(&app).await;
        let page = client.authorize(&mut browser).await;
        let page = log_in(&mut browser, &page, FRANK).await;
        assert!(page.sent("code").is_some(), "{page:?}");
    }

    /// Core section 3.1.2.1: "The ID Token MAY be expired."
    async fn an_id_token_hint_of_the_same_person_continues_silently(app) {
        app.enrol(FRANK).await;
        let frank = franks_tokens(&app, &app.relying_party()).await;
        let mut browser = franks_browser(&app).await;
        for later in [SECOND, MINUTE * 10] {
            app.advance(later);
            let own = prompting(&app, "none").with("id_token_hint", frank.text("id_token"));
            assert!(own.authorize(&mut browser).await.sent("code").is_some(), "{later:?}");
        }
    }

    /// Core section 3.1.2.1 and `protocol.md`: another person's hint never continues silently. Who was meant may log
    /// in; when somebody else does, the client hears `login_required`.
    async fn an_id_token_hint_of_somebody_else_never_continues_as_the_wrong_person(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        let mary = app.relying_party().tokens(&mut app.browser(), MARY, PASSWORD).await;
        let hint = mary.text("id_token");
        let mut browser = franks_browser(&app).await;
        let silent = prompting(&app, "none").with("id_token_hint", hint);
        assert_eq!(authorization_error(&silent.authorize(&mut browser).await), "login_required");

        let client = app.relying_party().with("id_token_hint", hint);
        let asked = client.authorize(&mut browser).await;
        let page = log_in(&mut browser, &asked, FRANK).await;
        assert_eq!(authorization_error(&page), "login_required", "Frank is not who was asked for");
        assert!(is_signed_in(&app, &mut browser).await, "and stays logged in");

        app.advance(SECOND);
        let asked = client.authorize(&mut browser).await;
        let page = log_in(&mut browser, &asked, MARY).await;
        let (claims, _) = client.verify(hint).await;
        assert_eq!(id_token(&client, &page).await["sub"], claims["sub"]);
    }

    /// A hint that names nobody we know lets nobody continue silently; who then logs in has been asked.
    async fn an_id_token_hint_that_is_not_ours_asks_for_a_log_in(app) {
        app.enrol(FRANK).await;
        let tokens = franks_tokens(&app, &app.relying_party()).await;
        let id_token = tokens.text("id_token");
        let (signed, _) = id_token.rsplit_once('.').unwrap();
        let unsigned = format!("{signed}.");
        for hint in [
            "nonsense",
            "a.b.c",
            &unsigned,
            signed,
            tokens.text("access_token"),
            tokens.text("refresh_token"),
        ] {
            let mut browser = franks_browser(&app).await;
            let silent = prompting(&app, "none").with("id_token_hint", hint);
            assert_eq!(
                authorization_error(&silent.authorize(&mut browser).await),
                "login_required",
                "{hint}"
            );
            let asked = app.relying_party().with("id_token_hint", hint).authorize(&mut browser).await;
            let page = log_in(&mut browser, &asked, FRANK).await;
            assert!(page.sent("code").is_some(), "never a dead end: {hint}: {page:?}");
        }
    }
}
