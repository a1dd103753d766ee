//! What an open page learns when it asks whether its session still stands, and where it goes when not.

use std::time::{Duration, Instant};

use serde_json::json;

use super::browser::{Browser, settings};
use super::provider::Provider;
use super::{log_in, logged_in, tokens_of};
use crate::oidc::{OidcError, RelyingParty};

/// The open page of a browser, by what it sends.
async fn open_page(browser: &mut Browser) -> String {
    browser.get("/").await.hidden("csrf")
}

#[tokio::test]
async fn an_open_page_stays_while_its_session_stands_and_leaves_when_the_provider_ended_it() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let page = open_page(&mut browser).await;
    assert_eq!(browser.ask(&page).await, 204);

    let token = provider.sign(&provider.log_out_claims(json!({ "sub": "sam" })));
    browser.neighbour().post("/backchannel-logout", &format!("logout_token={token}")).await;
    assert_eq!(browser.ask(&page).await, 401);
}

/// `rules.md` section 5: without back-channel logout it closes, too.
#[tokio::test]
async fn an_open_page_leaves_when_user_info_and_the_refresh_are_refused() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let page = open_page(&mut browser).await;
    provider.set(|world| world.access_tokens.clear());
    assert_eq!(browser.ask(&page).await, 204, "a refresh helps");
    provider.set(|world| {
        world.access_tokens.clear();
        world.refuses_refresh = Some("invalid_grant");
    });
    assert_eq!(browser.ask(&page).await, 401);
    assert_eq!(browser.get("/").await.location().path(), "/login");
}

/// For instance because this portal is no client any more.
#[tokio::test]
async fn an_open_page_leaves_whatever_words_the_provider_refuses_the_refresh_with() {
    for (error, status) in [
        ("invalid_client", 401),
        ("unauthorized_client", 401),
        ("access_denied", 401),
        ("made_up", 401),
        ("temporarily_unavailable", 503),
        ("server_error", 503),
        ("slow_down", 503),
    ] {
        let provider = Provider::start().await;
        let mut browser = logged_in(&provider).await;
        let page = open_page(&mut browser).await;
        provider.set(|world| {
            world.access_tokens.clear();
            world.refuses_refresh = Some(error);
        });
        assert_eq!(browser.ask(&page).await, status, "{error}");
        provider.set(|world| world.refuses_refresh = None);
        assert_eq!(browser.ask(&page).await == 204, status == 503, "{error}");
    }
}

/// OIDC Core section 5.3.2.
#[tokio::test]
async fn an_open_page_leaves_when_user_info_is_about_somebody_else() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let page = open_page(&mut browser).await;
    provider.set(|world| world.user_info_subject = "somebody-else");
    assert_eq!(browser.ask(&page).await, 401);
}

#[tokio::test]
async fn a_provider_that_is_away_closes_no_page() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let page = open_page(&mut browser).await;
    provider.set(|world| world.ill_for = 1);
    assert_eq!(browser.ask(&page).await, 503);
    assert_eq!(browser.ask(&page).await, 204);
}

#[tokio::test]
async fn a_provider_that_stays_away_for_an_hour_does() {
    let provider = Provider::start().await;
    let relying_party = RelyingParty::new(&settings(&["--issuer", &provider.issuer])).unwrap();
    let mut tokens = tokens_of("sam", None);
    provider.set(|world| world.ill_for = usize::MAX);
    let now = Instant::now();
    let early = relying_party.current_person(&mut tokens, now).await;
    assert!(matches!(early, Err(OidcError::Unavailable(_))), "{early:?}");
    let late = relying_party.current_person(&mut tokens, now + Duration::from_secs(60 * 60)).await;
    assert!(matches!(late, Err(OidcError::Refused(_))), "{late:?}");
}

#[tokio::test]
async fn a_provider_that_talks_nonsense_for_an_hour_does_too() {
    let provider = Provider::start().await;
    let relying_party = RelyingParty::new(&settings(&["--issuer", &provider.issuer])).unwrap();
    let mut tokens = tokens_of("sam", None);
    provider.set(|world| {
        world.access_tokens.push("access".into());
        world.persons = json!(["nonsense"]);
    });
    let now = Instant::now();
    let early = relying_party.current_person(&mut tokens, now).await;
    assert!(matches!(early, Err(OidcError::Unusable(_))), "{early:?}");
    let late = relying_party.current_person(&mut tokens, now + Duration::from_secs(60 * 60)).await;
    assert!(matches!(late, Err(OidcError::Refused(_))), "{late:?}");
}

/// On a shared computer somebody else logs in in another tab: the first one's page may not stay.
#[tokio::test]
async fn a_page_of_the_person_before_leaves_although_somebody_is_logged_in() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let former = open_page(&mut browser).await;
    log_in(&provider, &mut browser).await;
    assert_eq!(browser.ask(&former).await, 401);
    let page = open_page(&mut browser).await;
    assert_eq!(browser.ask(&page).await, 204);
    assert_eq!(
        browser.get("/ended").await.location().path(),
        "/",
        "whoever is logged in sees their own page"
    );
}

#[tokio::test]
async fn the_page_of_an_ended_session_says_what_happened_and_leads_to_log_in() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    assert_eq!(browser.get("/session").await.status, 401);
    let page = browser.get("/ended").await;
    assert_eq!((page.status, page.text("session-ended").as_str()), (200, "Your session has ended"));
    assert!(page.body.contains("id=\"portal-login\"") && !page.body.contains("<script"));
}

#[tokio::test]
async fn only_the_pages_with_a_session_ask_and_the_policy_lets_the_portals_own_script_run() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let home = browser.get("/").await;
    assert!(home.body.contains("src=\"/portal.js\" data-session=\"/session\" data-ended=\"/ended\""));
    for directive in ["script-src 'self';", "connect-src 'self';"] {
        assert!(home.header("content-security-policy").contains(directive), "{directive}");
    }
    assert_eq!(browser.get("/portal.js").await.header("content-type"), "text/javascript; charset=utf-8");
}
