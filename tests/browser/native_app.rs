//! A native app with a scheme of its own (RFC 8252 section 7.1): the log-in in the system's browser ends at an address that
//! no page has, and that the system opens the app with.

use serde_json::Value;
use url::Url;

use super::chromium::Chromium;
use super::walker::{Hand, Walker};
use crate::support::process::eventually;
use crate::support::rig::{PASSWORD, Rig, USER_NAME, http};

/// The app of the seed.
const CLIENT: &str = "care-mobile";
const REDIRECT_URI: &str = "com.example.care:/callback";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn request(rig: &Rig) -> String {
    let query = [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid profile company offline_access"),
        ("state", "the state of the app"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let address = format!("{}/authorize", rig.address());
    Url::parse_with_params(&address, query).expect("an address").into()
}

/// The address that the browser hands to the system.
async fn handed_over(browser: &Chromium) -> Url {
    let address = eventually("an address of the app", async || {
        browser.destinations().await.into_iter().find(|address| address.starts_with(REDIRECT_URI))
    });
    Url::parse(&address.await).expect("an address")
}

async fn token(rig: &Rig, params: &[(&str, &str)]) -> (u16, Value) {
    let request = http().post(format!("{}/token", rig.address()));
    let form = [&[("client_id", CLIENT)], params].concat();
    let answer = request.form(&form).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

#[tokio::test]
async fn a_log_in_is_handed_to_the_app_and_its_code_is_redeemed_with_pkce_alone() {
    let rig = Rig::new();
    rig.seed();
    let server = rig.serve().await;
    let walker = Walker::new(Chromium::open_with_history().await, Hand::Mouse, None);
    walker.open(&request(&rig)).await;
    walker.arrive("Log In").await;
    walker.write("#username", USER_NAME).await;
    walker.write("#password", PASSWORD).await;
    walker.press("#login-submit").await;

    let back = handed_over(&walker.browser).await;
    let sent =
        |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!(sent("state").as_deref(), Some("the state of the app"));
    assert_eq!(sent("iss"), Some(rig.address()), "RFC 9207");
    walker.assert_clean_console().await;

    let code = sent("code").expect("a code");
    let grant = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT_URI)];
    let (status, refused) = token(&rig, &grant).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")), "without its verifier");
    let (status, tokens) = token(&rig, &[&grant[..], &[("code_verifier", VERIFIER)]].concat()).await;
    assert_eq!(status, 200, "{tokens}");
    let old = tokens["refresh_token"].as_str().expect("a refresh token");
    let (_, refreshed) = token(&rig, &[("grant_type", "refresh_token"), ("refresh_token", old)]).await;
    assert!(refreshed["refresh_token"].as_str().is_some_and(|new| new != old), "{refreshed}");
    walker.browser.close().await;
    server.stop().await;
}

/// Section 8.6: with the session alone no app gets a code; the person presses one button, and types nothing.
#[tokio::test]
async fn who_is_logged_in_presses_one_button_before_an_app_gets_a_code() {
    let rig = Rig::new();
    rig.seed();
    let server = rig.serve().await;
    let walker = Walker::new(Chromium::open_with_history().await, Hand::Mouse, Some("native-app"));
    walker.open(&format!("{}/account", rig.address())).await;
    walker.log_in(USER_NAME, PASSWORD).await;
    walker.arrive("Your account").await;

    walker.open(&request(&rig)).await;
    walker.arrive("Continue as Frank Albert Jones?").await;
    walker.photograph("continue").await;
    let before = walker.browser.destinations().await;
    assert!(!before.iter().any(|address| address.starts_with(REDIRECT_URI)), "{before:?}");
    walker.press("#continue").await;
    let back = handed_over(&walker.browser).await;
    assert!(back.query_pairs().any(|(name, _)| name == "code"), "{back}");
    walker.assert_clean_console().await;
    walker.browser.close().await;
    server.stop().await;
}
