//! What the portal does with logout tokens (OpenID Connect Back-Channel Logout 1.0): a sentence for each rule of section 2.6.

use serde_json::{Value, json};

use super::browser::{Answer, Browser, provider_secret};
use super::provider::{Key, Provider};
use super::{DISCOVERY, log_in, logged_in};

async fn tell(browser: &Browser, token: &str) -> Answer {
    browser.neighbour().post("/backchannel-logout", &format!("logout_token={token}")).await
}

/// The provider says that the sessions of `who` are over.
async fn told(browser: &Browser, provider: &Provider, who: Value) -> u16 {
    let answer = tell(browser, &provider.sign(&provider.log_out_claims(who))).await;
    assert_eq!(answer.header("cache-control"), "no-store", "section 2.8");
    answer.status
}

/// Refused for good, with the JSON of section 2.8.
async fn refusal(browser: &Browser, token: &str) -> String {
    let answer = tell(browser, token).await;
    assert_eq!((answer.status, answer.header("cache-control")), (400, "no-store"), "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["error"], "invalid_request");
    body["error_description"].as_str().unwrap().to_owned()
}

async fn is_open(browser: &mut Browser) -> bool {
    browser.get("/").await.status == 200
}

/// Two browsers of one person, each with a session of its own name.
async fn two_browsers(provider: &Provider) -> (Browser, Browser) {
    let first = logged_in(provider).await;
    let mut second = first.neighbour();
    provider.set(|world| world.sid = Some("second".into()));
    log_in(provider, &mut second).await;
    (first, second)
}

/// Section 2.7.
#[tokio::test]
async fn a_logout_token_ends_the_session_it_names_and_no_other() {
    let provider = Provider::start().await;
    let (mut first, mut second) = two_browsers(&provider).await;
    assert_eq!(told(&first, &provider, json!({ "sub": "sam", "sid": "first" })).await, 204);
    assert_eq!((is_open(&mut first).await, is_open(&mut second).await), (false, true));
    assert_eq!(told(&first, &provider, json!({ "sid": "second" })).await, 204, "a sid alone will do");
    assert!(!is_open(&mut second).await);
}

#[tokio::test]
async fn a_logout_token_without_a_sid_ends_every_session_of_the_person() {
    let provider = Provider::start().await;
    let (mut first, mut second) = two_browsers(&provider).await;
    assert_eq!(told(&first, &provider, json!({ "sub": "ana" })).await, 204, "nobody here is no fault");
    assert_eq!((is_open(&mut first).await, is_open(&mut second).await), (true, true));
    assert_eq!(told(&first, &provider, json!({ "sub": "sam" })).await, 204);
    assert_eq!((is_open(&mut first).await, is_open(&mut second).await), (false, false));
}

#[tokio::test]
async fn a_logout_token_for_several_clients_is_for_us_too() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let aud = json!({ "sub": "sam", "aud": ["portal.22222", "portal.99999"] });
    assert_eq!(told(&browser, &provider, aud).await, 204);
    assert!(!is_open(&mut browser).await);
}

/// Section 2.6, steps 3 to 8: every claim is wrong once.
#[tokio::test]
async fn a_logout_token_with_a_wrong_claim_ends_nothing() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let event = "http://schemas.openid.net/event/backchannel-logout";
    let (long_ago, some_day) = (1_500_000_000_u64, 6_000_000_000_u64);
    for (wrong, why) in [
        (json!({ "iss": "https://evil.example" }), "iss is another issuer"),
        (json!({ "iss": format!("{}/", provider.issuer) }), "iss is another issuer"),
        (json!({ "aud": "portal.22222" }), "aud is another client"),
        (json!({ "aud": [] }), "aud is another client"),
        (json!({ "exp": long_ago }), "has expired"),
        (json!({ "iat": long_ago }), "is too old"),
        (json!({ "iat": some_day, "exp": some_day + 120 }), "is for later"),
        (json!({ "iat": u64::MAX, "exp": u64::MAX }), "is for later"),
        (json!({ "events": {} }), "events does not name"),
        (json!({ "events": { "http://schemas.openid.net/event/other": {} } }), "events does not name"),
        (json!({ "events": { event: true } }), "no signed JWT"),
        (json!({ "events": event }), "no signed JWT"),
        (json!({ "nonce": "n" }), "has a nonce"),
        (json!({ "sub": null }), "neither sub nor sid"),
        (json!({ "jti": null }), "no signed JWT"),
        (json!({ "iat": null }), "no signed JWT"),
        (json!({ "exp": null }), "no signed JWT"),
    ] {
        let (header, mut claims) = provider.log_out_claims(json!({ "sub": "sam" }));
        for (name, value) in wrong.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let said = refusal(&browser, &provider.sign(&(header, claims))).await;
        assert!(said.contains(why), "{wrong}: {said}");
    }
    assert!(is_open(&mut browser).await);
}

/// Section 2.6, steps 1 and 2; section 4: no JWT of another kind is taken for one.
#[tokio::test]
async fn a_logout_token_with_a_wrong_header_ends_nothing() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    for (wrong, why) in [
        (json!({ "typ": "JWT" }), "typ is not logout+jwt"),
        (json!({ "typ": "at+jwt" }), "typ is not logout+jwt"),
        (json!({ "typ": null }), "typ is not logout+jwt"),
        (json!({ "crit": ["exp"] }), "no signed JWT"),
        (json!({ "alg": "HS256" }), "algorithm that is not accepted"),
        (json!({ "alg": "none" }), "algorithm that is not accepted"),
        (json!({ "alg": "RS256" }), "signature does not hold"),
    ] {
        let (mut header, claims) = provider.log_out_claims(json!({ "sub": "sam" }));
        for (name, value) in wrong.as_object().unwrap() {
            header[name] = value.clone();
        }
        let said = refusal(&browser, &provider.sign(&(header, claims))).await;
        assert!(said.contains(why), "{wrong}: {said}");
    }
    assert!(is_open(&mut browser).await);
    let (mut header, claims) = provider.log_out_claims(json!({ "sub": "sam" }));
    header["typ"] = "application/Logout+JWT".into();
    assert_eq!(tell(&browser, &provider.sign(&(header, claims))).await.status, 204, "RFC 7515 section 4.1.9");
}

#[tokio::test]
async fn a_logout_token_that_somebody_else_signed_ends_nothing() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let (header, claims) = provider.log_out_claims(json!({ "sub": "sam" }));
    let forged = Key::forged("first").sign(&header, &claims);
    assert!(refusal(&browser, &forged).await.contains("signature does not hold"));

    let good = [(); 2].map(|()| provider.sign(&provider.log_out_claims(json!({ "sub": "sam" }))));
    let [(one, signature), (other, _)] = good.each_ref().map(|token| token.rsplit_once('.').unwrap());
    assert!(refusal(&browser, &format!("{other}.{signature}")).await.contains("signature does not hold"));
    for unsigned in [format!("{one}."), one.to_owned()] {
        refusal(&browser, &unsigned).await;
    }

    let mut unpublished = header;
    unpublished["kid"] = "unpublished".into();
    let said = refusal(&browser, &Key::new("unpublished").sign(&unpublished, &claims)).await;
    assert!(said.contains("key is not known"), "{said}");
    assert!(is_open(&mut browser).await);
}

/// Section 2.6, step 9.
#[tokio::test]
async fn a_logout_token_counts_once() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let token = provider.sign(&provider.log_out_claims(json!({ "sub": "sam" })));
    assert_eq!(tell(&browser, &token).await.status, 204);
    log_in(&provider, &mut browser).await;
    assert!(refusal(&browser, &token).await.contains("taken before"));
    assert!(is_open(&mut browser).await, "nobody can end the next session with the token of the last");
}

/// OIDC Core section 10.1.1, as for ID tokens.
#[tokio::test]
async fn a_logout_token_after_a_key_rotation_is_understood_and_the_keys_are_fetched_once() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let before = provider.count("/jwks");
    provider.set(|world| world.key = Key::new("second"));
    assert_eq!(told(&browser, &provider, json!({ "sub": "sam" })).await, 204);
    assert!(!is_open(&mut browser).await);
    assert_eq!(told(&browser, &provider, json!({ "sub": "sam" })).await, 204);
    assert_eq!(provider.count("/jwks"), before + 1);
}

/// Anybody can post these.
fn with_an_unknown_key(provider: &Provider) -> String {
    let (mut header, claims) = provider.log_out_claims(json!({ "sub": "sam" }));
    header["kid"] = "unpublished".into();
    Key::new("unpublished").sign(&header, &claims)
}

#[tokio::test]
async fn while_the_keys_are_looked_for_nobody_else_waits() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let (neighbour, token) = (browser.neighbour(), with_an_unknown_key(&provider));
    let gate = provider.slow_down();
    let others = async {
        provider.asked(DISCOVERY, 2).await;
        assert!(is_open(&mut browser).await);
        gate.close();
    };
    let (said, ()) = tokio::join!(refusal(&neighbour, &token), others);
    assert!(said.contains("key is not known"), "{said}");
}

#[tokio::test]
async fn keys_that_could_not_be_fetched_are_not_looked_for_again_at_once() {
    let provider = Provider::start().await;
    let browser = logged_in(&provider).await;
    let token = with_an_unknown_key(&provider);
    provider.set(|world| world.ill_for = 1);
    for _ in 0..3 {
        assert_eq!(tell(&browser, &token).await.status, 503, "it may be a good one");
    }
    assert_eq!(provider.count(DISCOVERY), 2);
}

/// Section 2.8: 400 would be final, but the token may be a good one.
#[tokio::test]
async fn while_the_provider_cannot_be_asked_it_is_told_to_come_again() {
    let provider = Provider::start().await;
    let browser = Browser::new(&provider.issuer);
    let token = provider.sign(&provider.log_out_claims(json!({ "sub": "sam" })));
    provider.set(|world| world.ill_for = 4);
    assert_eq!(tell(&browser, &token).await.status, 503);
}

#[tokio::test]
async fn what_is_no_logout_token_is_answered_in_json() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let good = provider.sign(&provider.log_out_claims(json!({ "sub": "sam" })));
    for form in ["", "token=a", &format!("logout_token={good}&logout_token={good}")] {
        let answer = browser.neighbour().post("/backchannel-logout", form).await;
        assert_eq!((answer.status, answer.header("cache-control")), (400, "no-store"), "{form}");
        assert!(answer.body.starts_with("{\"error\":\"invalid_request\""), "{}", answer.body);
    }
    for token in ["", "a", "a.b", "a.b.c", "..", &"a".repeat(70_000), provider_secret()] {
        refusal(&browser, token).await;
    }
    assert_eq!(browser.get("/backchannel-logout").await.status, 405);
    assert!(is_open(&mut browser).await);
}

/// The browser is slower than the provider: its answer comes when the session is over already.
#[tokio::test]
async fn a_logout_token_that_overtakes_the_log_in_leaves_no_session_behind() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(&provider.issuer);
    let answer = provider.approve(&browser.get("/login").await.location());
    assert_eq!(told(&browser, &provider, json!({ "sub": "sam", "sid": "first" })).await, 204);
    let arrival = browser.get(&answer).await;
    assert_eq!(arrival.location().path(), "/ended");
    assert!(arrival.set_cookie("portal.99999_session").is_none());
    assert_eq!(log_in(&provider, &mut browser).await.location().path(), "/", "the next log-in is a new one");
}
