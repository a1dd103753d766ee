//! Who is asked to log in, and when: OpenID Connect Core sections 3.1.2.1 and 3.1.2.6.

use serde_json::Value;

use super::{
    FRANK, HOUR, MARY, MINUTE, SECOND, authorization_error, franks_browser, franks_tokens,
    provider_with_frank,
};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
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

/// Core section 3.1.2.6: `prompt=none` shows no page at all.
#[tokio::test]
async fn prompt_none_answers_without_a_page() {
    let app = provider_with_frank().await;
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
#[tokio::test]
async fn prompt_none_does_not_go_around_the_security_questions() {
    let app = provider_with_frank().await;
    app.activate(MARY).await;
    let mut browser = app.browser();
    let page = app.relying_party().log_in(&mut browser, MARY, PASSWORD).await;
    assert_eq!(page.heading(), "Security Questions");
    let silent = prompting(&app, "none").authorize(&mut browser).await;
    assert_eq!(authorization_error(&silent), "interaction_required");
    let again = app.relying_party().authorize(&mut browser).await;
    assert_eq!(again.heading(), "Security Questions");
}

/// Core section 3.1.2.1: `login` and `select_account` ask although a session exists; `auth_time` moves on.
#[tokio::test]
async fn prompt_login_asks_for_the_password_again() {
    let app = provider_with_frank().await;
    for prompt in ["login", "select_account", "login consent"] {
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
#[tokio::test]
async fn prompt_login_is_not_skipped_by_continuing_the_flow() {
    let app = provider_with_frank().await;
    let mut browser = franks_browser(&app).await;
    let page = prompting(&app, "login").authorize(&mut browser).await;
    let flow = page.attribute("input[name=flow]", "value").unwrap();
    let page = browser.get(&format!("/continue?flow={flow}")).await;
    assert_eq!(page.heading(), "Log In");
}

/// Core section 3.1.2.1: first-party clients need no consent, so `consent` asks nothing.
#[tokio::test]
async fn prompt_consent_of_a_first_party_client_asks_nothing() {
    let app = provider_with_frank().await;
    let mut browser = franks_browser(&app).await;
    let page = prompting(&app, "consent").authorize(&mut browser).await;
    assert!(page.sent("code").is_some(), "{page:?}");
}

#[tokio::test]
async fn max_age_asks_again_when_the_log_in_is_older() {
    let app = provider_with_frank().await;
    let mut browser = franks_browser(&app).await;
    let client = app.relying_party().with("max_age", "10000");
    let first = auth_time(&client, &client.authorize(&mut browser).await).await;
    app.advance(MINUTE);
    let still = auth_time(&client, &client.authorize(&mut browser).await).await;
    assert_eq!(still, first, "within max_age nothing is asked and auth_time is kept");

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
#[tokio::test]
async fn a_login_hint_fills_in_the_user_name() {
    let app = provider_with_frank().await;
    for hint in [FRANK, "nobody@example.com", "not an address"] {
        let page = app.relying_party().with("login_hint", hint).authorize(&mut app.browser()).await;
        assert_eq!(page.value("UserName"), hint);
        assert!(page.select("[role=alert]").is_empty(), "{page:?}");
    }
}

/// `protocol.md`: never continue silently as the wrong person (Core section 3.1.2.2).
#[tokio::test]
async fn a_login_hint_of_somebody_else_never_continues_silently() {
    let app = provider_with_frank().await;
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

/// Core section 3.1.2.1, `id_token_hint`: expired ones are accepted; another person's never continues silently.
#[tokio::test]
async fn an_id_token_hint_of_somebody_else_never_continues_silently() {
    let app = provider_with_frank().await;
    app.enrol(MARY).await;
    let client = app.relying_party();
    let frank = franks_tokens(&app, &client).await;
    let mary = client.tokens(&mut app.browser(), MARY, PASSWORD).await;
    let mut browser = franks_browser(&app).await;
    app.advance(MINUTE * 10);

    let own = prompting(&app, "none").with("id_token_hint", frank.text("id_token"));
    assert!(own.authorize(&mut browser).await.sent("code").is_some());
    let others = prompting(&app, "none").with("id_token_hint", mary.text("id_token"));
    assert_eq!(authorization_error(&others.authorize(&mut browser).await), "login_required");
    let asked =
        app.relying_party().with("id_token_hint", mary.text("id_token")).authorize(&mut browser).await;
    assert_eq!(asked.heading(), "Log In");

    for hint in ["nonsense", frank.text("access_token")] {
        let unreadable = prompting(&app, "none").with("id_token_hint", hint);
        assert_eq!(
            authorization_error(&unreadable.authorize(&mut browser).await),
            "login_required",
            "{hint}"
        );
    }
}
