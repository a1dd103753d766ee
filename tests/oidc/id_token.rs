//! What tokens say: OpenID Connect Core sections 2 and 3.1.3.6, RFC 9068 section 2; `company.md` section 3.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::Digest as _;

use super::{FRANK, MINUTE, franks_tokens, names, provider_with_frank, register};
use crate::support::app::{ISSUER, PASSWORD, START};
use crate::support::relying_party::RelyingParty;

/// `protocol.md`: exactly these claims; what a profile scope asks for is in UserInfo alone (Core section 5.4).
#[tokio::test]
async fn an_id_token_says_exactly_this() {
    let app = provider_with_frank().await;
    let mut client = app.relying_party();
    client.scope = "openid profile email address phone company".to_owned();
    let mut browser = app.browser();
    let code = client.code(&mut browser, FRANK, PASSWORD).await;
    app.advance(MINUTE / 2);
    let tokens = client.redeem(&code).await;
    let (claims, header) = client.verify(tokens.text("id_token")).await;
    let expected = [
        "acr",
        "amr",
        "at_hash",
        "aud",
        "auth_time",
        "company_code",
        "company_id",
        "company_name",
        "databases",
        "exp",
        "iat",
        "iss",
        "member_id",
        "member_type",
        "nonce",
        "person_ref",
        "security_role",
        "sid",
        "sub",
        "tenant",
    ];
    assert_eq!(names(&claims), expected);
    let now = START.seconds() + 30;
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], "portal.99999");
    assert_eq!(claims["nonce"], "nonce-of-the-flow");
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 300)));
    assert_eq!(claims["auth_time"], json!(START.seconds()), "the log-in, not the redemption");
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!("1"), &json!(["pwd"])),
        "RFC 8176; never a question (Q1)"
    );
    assert_eq!(claims["company_code"], "99999");
    assert_eq!(claims["company_id"], json!(app.maple.id));
    assert_eq!(claims["tenant"], json!(app.maple.id));
    assert_eq!(claims["company_name"], "Maple Home Care");
    assert_eq!((&claims["member_type"], &claims["security_role"]), (&json!("caregiver"), &json!("none")));
    assert_eq!(claims["person_ref"], FRANK);
    assert_eq!(header["alg"], "RS256", "RS256 unless the client registered another");

    let digest = sha2::Sha256::digest(tokens.text("access_token"));
    assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(&digest[..16]), "Core section 3.1.3.6");
}

/// Core section 2: `sub` is the person, `sid` the person's session at this client, and neither is a name.
#[tokio::test]
async fn sub_is_stable_and_sid_is_of_one_session_at_one_client() {
    let app = provider_with_frank().await;
    register(&app, |client| client.id = idp_domain::client::ClientId::parse("portal.second").unwrap()).await;
    let client = app.relying_party();
    let second = RelyingParty::new(&app, "portal.second", &client.redirect_uri);
    let mut browser = app.browser();
    let claims = async |client: &RelyingParty<'_>, code: &str| {
        client.verify(client.redeem(code).await.text("id_token")).await.0
    };
    let first = claims(&client, &client.code(&mut browser, FRANK, PASSWORD).await).await;
    let again = claims(&client, &client.authorize(&mut browser).await.sent("code").unwrap()).await;
    let at_second = claims(&second, &second.authorize(&mut browser).await.sent("code").unwrap()).await;
    let elsewhere = claims(&client, &client.code(&mut app.browser(), FRANK, PASSWORD).await).await;
    for other in [&again, &at_second, &elsewhere] {
        assert_eq!(first["sub"], other["sub"], "public subjects: the same person everywhere");
    }
    assert_eq!(first["sid"], again["sid"]);
    assert_ne!(first["sid"], at_second["sid"]);
    assert_ne!(first["sid"], elsewhere["sid"]);
    assert_ne!(first["sub"], FRANK, "an e-mail address is no subject");
}

/// RFC 9068 section 2: `at+jwt`, one audience, ES256; `grant` lets a revocation be seen at once.
#[tokio::test]
async fn an_access_token_says_exactly_this() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    let (claims, header) = client.verify(tokens.text("access_token")).await;
    assert_eq!(names(&header), ["alg", "kid", "typ"]);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("ES256")));
    let expected = [
        "acr",
        "aud",
        "auth_time",
        "client_id",
        "company_code",
        "company_id",
        "databases",
        "exp",
        "grant",
        "iat",
        "iss",
        "jti",
        "member_id",
        "member_type",
        "person_ref",
        "scope",
        "security_role",
        "sub",
    ];
    assert_eq!(names(&claims), expected);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(ISSUER)));
    assert_eq!(claims["client_id"], "portal.99999");
    assert_eq!(claims["scope"], tokens.text("scope"));
    assert_eq!(claims["exp"], json!(START.seconds() + 600), "10 minutes (rules section 5)");
    let another = franks_tokens(&app, &client).await;
    assert_ne!(claims["jti"], client.verify(another.text("access_token")).await.0["jti"]);
}

/// `company.md` section 3: the ID token names the company only when the scope asks for it.
#[tokio::test]
async fn without_the_company_scope_the_id_token_names_no_company() {
    let app = provider_with_frank().await;
    let mut client = app.relying_party();
    client.scope = "openid".to_owned();
    let tokens = franks_tokens(&app, &client).await;
    let (claims, _) = client.verify(tokens.text("id_token")).await;
    assert_eq!(
        names(&claims),
        ["acr", "amr", "at_hash", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub"]
    );
}

/// Core section 3.1.2.1: no nonce asked, none told.
#[tokio::test]
async fn a_nonce_comes_back_only_when_one_was_sent() {
    let app = provider_with_frank().await;
    let client = app.relying_party().with("nonce", "");
    let tokens = franks_tokens(&app, &client).await;
    assert!(!client.verify(tokens.text("id_token")).await.0.contains_key("nonce"));
}
