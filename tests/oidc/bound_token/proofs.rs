//! Which proofs prove anything at a resource: RFC 9449 section 4.3. The same at the token endpoint: `oidc/dpop`.

use axum::http::Method;
use idp_domain::client::AssertionAlg;
use serde_json::{Value, json};

use super::{INVALID_PROOF, PATH, assert_refused, franks_token, present, send};
use crate::oidc::provider_with_frank;
use crate::support::app::ISSUER;
use crate::support::dpop::DpopKey;

/// RFC 9449 section 4.3, rules 8 and 9: the address is that of the configuration, whatever the request says of itself.
#[tokio::test]
async fn a_proof_is_for_one_method_and_one_address() {
    let app = provider_with_frank().await;
    let key = DpopKey::new();
    let token = key.bind(&app, &franks_token(&app).await);
    for htu in [
        json!("https://evil.example/userinfo"),
        json!(format!("{ISSUER}/token")),
        json!(format!("{ISSUER}/")),
        json!("/userinfo"),
        json!(""),
        Value::Null,
        json!([format!("{ISSUER}/userinfo")]),
    ] {
        let proof = key.proof(&app, "GET", PATH).of(&token).with("htu", htu.clone());
        assert_refused(&present(&app, &token, &proof).await, INVALID_PROOF, &htu.to_string());
    }
    for htm in [json!("POST"), json!("get"), json!(""), Value::Null, json!(["GET"])] {
        let proof = key.proof(&app, "GET", PATH).of(&token).with("htm", htm.clone());
        assert_refused(&present(&app, &token, &proof).await, INVALID_PROOF, &htm.to_string());
    }
    let elsewhere =
        key.proof(&app, "GET", PATH).of(&token).with("htu", json!("https://evil.example/userinfo"));
    let (dpop, proof) = (format!("DPoP {token}"), elsewhere.sign());
    for lie in ["host", "x-forwarded-host", "forwarded"] {
        let value = if lie == "forwarded" { "host=evil.example" } else { "evil.example" };
        let headers = [("authorization", dpop.as_str()), ("dpop", &proof), (lie, value)];
        assert_refused(&send(&app, Method::GET, &headers, "").await, INVALID_PROOF, lie);
    }
}

/// The same rule, for whoever calls us under another name: the address is told as it is configured.
#[tokio::test]
async fn a_proof_for_another_address_is_told_the_right_one() {
    let app = provider_with_frank().await;
    let key = DpopKey::new();
    let token = key.bind(&app, &franks_token(&app).await);
    let proof = key.proof(&app, "GET", PATH).of(&token).with("htu", json!("http://10.0.0.7:8080/userinfo"));
    let (dpop, proof) = (format!("DPoP {token}"), proof.sign());
    let headers = [("authorization", dpop.as_str()), ("dpop", &proof), ("host", "10.0.0.7:8080")];
    let refused = send(&app, Method::GET, &headers, "").await;
    assert_refused(&refused, INVALID_PROOF, "another address");
    let challenge = refused.headers["www-authenticate"].to_str().unwrap();
    let told = format!("error_description=\"the htu of the DPoP proof must be {ISSUER}/userinfo\"");
    assert!(challenge.contains(&told), "{challenge}");
}

/// RFC 9449 section 4.3, rule 1 and section 7.1: one proof, no more and no less.
#[tokio::test]
async fn there_is_exactly_one_proof() {
    let app = provider_with_frank().await;
    let key = DpopKey::new();
    let token = key.bind(&app, &franks_token(&app).await);
    let dpop = format!("DPoP {token}");
    let proof = || key.proof(&app, "GET", PATH).of(&token).sign();
    let (one, two) = (proof(), proof());
    let joined = format!("{}, {}", proof(), proof());
    let authorization = ("authorization", dpop.as_str());
    for (headers, why) in [
        (vec![authorization], "none"),
        (vec![authorization, ("dpop", "")], "an empty one"),
        (vec![authorization, ("dpop", &one), ("dpop", &two)], "two"),
        (vec![authorization, ("dpop", &one), ("dpop", &one)], "one twice"),
        (vec![authorization, ("dpop", &joined)], "two in one header"),
        (vec![authorization, ("dpop", &token)], "a token of ours"),
        (vec![authorization, ("dpop", "\u{e9}")], "no ASCII"),
    ] {
        assert_refused(&send(&app, Method::GET, &headers, "").await, INVALID_PROOF, why);
    }
    assert_eq!(send(&app, Method::GET, &[authorization, ("dpop", &one)], "").await.status, 200);
}

/// RFC 9449 section 4.3, rules 4 to 7 and 11, at a resource as at the token endpoint.
#[tokio::test]
async fn a_proof_is_in_order_or_none_at_all() {
    let app = provider_with_frank().await;
    let key = DpopKey::new();
    let token = key.bind(&app, &franks_token(&app).await);
    let good = || key.proof(&app, "GET", PATH).of(&token);
    let now = app.env.now().seconds();
    for (proof, why) in [
        (good().with_header("typ", json!("JWT")), "another kind of JWT"),
        (good().with_header("typ", Value::Null), "of no kind"),
        (good().with_header("alg", json!("none")), "unsigned"),
        (good().with_header("alg", json!("HS256")), "symmetric"),
        (good().with_header("alg", json!("RS256")), "not what signed it"),
        (good().with_header("jwk", Value::Null), "without its key"),
        (good().with_header("crit", json!(["exp"])), "with something critical"),
        (good().with("jti", Value::Null), "without a name"),
        (good().with("iat", Value::Null), "made at no time"),
        (good().with("iat", json!(now - 61)), "a minute and a second old"),
        (good().with("iat", json!(now + 61)), "from the future"),
    ] {
        assert_refused(&present(&app, &token, &proof).await, INVALID_PROOF, why);
    }
    assert_eq!(present(&app, &token, &good()).await.status, 200);
}

/// RFC 9449 section 4.3: what else a proof says is not looked at (section 4.2), query and fragment do not count, and an address
/// may be written in every way that means the same (RFC 3986 sections 6.2.2 and 6.2.3). Conformance `dpop-negative-tests` and
/// `check-dpop-proof-nbf-exp`.
#[tokio::test]
async fn a_proof_may_say_more_and_write_its_address_otherwise() {
    let app = provider_with_frank().await;
    let key = DpopKey::new();
    let token = key.bind(&app, &franks_token(&app).await);
    let good = || key.proof(&app, "GET", PATH).of(&token);
    let now = app.env.now().seconds();
    for (proof, what) in [
        (good().with("htu", json!(format!("{ISSUER}{PATH}?a=b#c"))), "query and fragment"),
        (good().with("htu", json!("HTTPS://ID.EXAMPLE/userinfo")), "scheme and host in capitals"),
        (good().with("htu", json!("https://id.example:443/userinfo")), "the port of the scheme"),
        (good().with("nbf", json!(now)).with("exp", json!(now + 300)), "nbf and exp"),
        (good().with("own", json!({"a": [1]})).with_header("own", json!(true)), "members of its own"),
        (good().with_header("kid", json!("mine")), "a name for its key"),
    ] {
        assert_eq!(present(&app, &token, &proof).await.status, 200, "{what}");
    }
}

/// FAPI 2.0 section 5.4.1; RFC 9449 section 4.3, rule 5: whatever the token is bound to.
#[tokio::test]
async fn a_proof_is_never_signed_with_rs256() {
    let app = provider_with_frank().await;
    let key = DpopKey::of(AssertionAlg::Rs256);
    let token = key.bind(&app, &franks_token(&app).await);
    let proof = key.proof(&app, "GET", PATH).of(&token);
    assert_refused(&present(&app, &token, &proof).await, INVALID_PROOF, "RS256");
}
