//! Nonces for proofs, where they are asked for: RFC 9449 sections 8 and 9.

use axum::http::Method;
use serde_json::{Value, json};

use super::{INVALID_PROOF, PATH, assert_refused, franks_token, present, send, send_to};
use crate::oidc::{MINUTE, provider_with_frank};
use crate::support::app::TestApp;
use crate::support::dpop::DpopKey;
use crate::support::relying_party::Answer;

/// A provider that asks for nonces, and Frank's token bound to `key`.
async fn provider_with_nonces(key: &DpopKey) -> (TestApp, String) {
    let app = provider_with_frank().await;
    let token = key.bind(&app, &franks_token(&app).await);
    (app.restarted_under(|policy| policy.dpop_nonces = true).await, token)
}

fn nonce(answer: &Answer) -> Value {
    json!(answer.headers["dpop-nonce"].to_str().unwrap())
}

/// RFC 9449 section 9: a challenge that says which; the next one comes with every answer, so that nobody is asked twice.
#[tokio::test]
async fn a_nonce_is_asked_for_once_and_handed_on() {
    let key = DpopKey::new();
    let (app, token) = provider_with_nonces(&key).await;
    let proof = || key.proof(&app, "GET", PATH).of(&token);
    let refused = present(&app, &token, &proof()).await;
    assert_refused(&refused, "use_dpop_nonce", "RFC 9449 section 9");
    let first = nonce(&refused);
    let told = present(&app, &token, &proof().with("nonce", first.clone())).await;
    assert_eq!((told.status, nonce(&told)), (200, first.clone()), "the same as long as it lasts");
    app.advance(MINUTE * 5);
    let told = present(&app, &token, &proof().with("nonce", first.clone())).await;
    assert_eq!(told.status, 200, "the last one is good for a while");
    let second = nonce(&told);
    assert_ne!(second, first);
    for stale in [json!("x"), json!(""), json!([first]), Value::Null] {
        let refused = present(&app, &token, &proof().with("nonce", stale.clone())).await;
        assert_refused(&refused, "use_dpop_nonce", &stale.to_string());
        assert_eq!(nonce(&refused), second);
    }
    let wrong = proof().with("nonce", second).with("htm", json!("POST"));
    let refused = present(&app, &token, &wrong).await;
    assert_refused(&refused, INVALID_PROOF, "a nonce makes no proof of a wrong one");
    assert!(refused.headers.contains_key("dpop-nonce"), "and the next proof needs no round of its own");
}

/// RFC 9449 section 9: a nonce is for proofs; whoever brings none hears of none, and no cache keeps one.
#[tokio::test]
async fn nobody_else_is_asked_for_a_nonce() {
    let key = DpopKey::new();
    let (app, token) = provider_with_nonces(&key).await;
    let unbound = franks_token(&app).await;
    let told = app.relying_party().userinfo(&unbound).await;
    assert_eq!((told.status, told.headers.get("dpop-nonce")), (200, None));
    let proof = key.proof(&app, "GET", "/jwks").of(&token).sign();
    let public = send_to(&app, Method::GET, "/jwks", &[("dpop", &proof)], "").await;
    assert_eq!((public.status, public.headers.get("dpop-nonce")), (200, None), "RFC 9449 section 8");
    let without = provider_with_frank().await;
    let bound = key.bind(&without, &franks_token(&without).await);
    let told = present(&without, &bound, &key.proof(&without, "GET", PATH).of(&bound)).await;
    assert_eq!((told.status, told.headers.get("dpop-nonce")), (200, None), "none are asked for by default");
}

/// A single-page application with a key that never leaves the browser (Fetch standard, "CORS protocol").
#[tokio::test]
async fn a_page_may_send_proofs_and_read_nonces() {
    const OWN: &str = "https://maple.example";
    let key = DpopKey::new();
    let (app, token) = provider_with_nonces(&key).await;
    let asked = [
        ("origin", OWN),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization,dpop"),
    ];
    let allowed = send(&app, Method::OPTIONS, &asked, "").await;
    let names = allowed.headers["access-control-allow-headers"].to_str().unwrap().to_lowercase();
    let names: Vec<&str> = names.split(", ").collect();
    assert!(names.contains(&"dpop") && names.contains(&"authorization"), "{names:?}");
    let (dpop, proof) = (format!("DPoP {token}"), key.proof(&app, "GET", PATH).of(&token).sign());
    let headers = [("origin", OWN), ("authorization", dpop.as_str()), ("dpop", &proof)];
    let refused = send(&app, Method::GET, &headers, "").await;
    assert_refused(&refused, "use_dpop_nonce", "RFC 9449 section 9");
    let readable = refused.headers["access-control-expose-headers"].to_str().unwrap();
    for name in ["DPoP-Nonce", "WWW-Authenticate"] {
        assert!(readable.split(", ").any(|it| it == name), "{readable}");
    }
}
