//! Tokens that are not what they claim to be: attack 61 (alg none, RS to HS, wrong `typ`), RFC 8725 section 3,
//! RFC 9068 section 4. `protocol.md`: no kind of token is ever taken for another.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::{Jwk, JwkSet};
use josekit::jws::alg::ecdsa::EcdsaJwsAlgorithm;
use josekit::jws::{HS256, JwsHeader};
use josekit::jwt::{self, JwtPayload};
use serde_json::{Map, Value, json};

use super::{FRANK, MINUTE, SECOND, authorization_error, franks_tokens};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// The token's claims under another header, with the old signature.
fn with_header(token: &str, change: impl FnOnce(&mut Map<String, Value>)) -> String {
    let mut parts = token.split('.');
    let header = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
    let mut header: Map<String, Value> = serde_json::from_slice(&header).unwrap();
    change(&mut header);
    let (claims, signature) = (parts.next().unwrap(), parts.next().unwrap());
    format!("{}.{claims}.{signature}", part(&Value::Object(header)))
}

fn claims_of(token: &str) -> Map<String, Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// The same claims signed by a key of the attacker's own, whose public half stands in the header.
fn signed_by_a_stranger(claims: &Map<String, Value>, typ: &str, kid: &str) -> String {
    let pair = EcdsaJwsAlgorithm::Es256.generate_key_pair().unwrap();
    let signer = EcdsaJwsAlgorithm::Es256.signer_from_jwk(&pair.to_jwk_private_key()).unwrap();
    let mut header = JwsHeader::new();
    header.set_token_type(typ);
    header.set_key_id(kid);
    header.set_jwk(pair.to_jwk_public_key());
    jwt::encode_with_signer(&JwtPayload::from_map(claims.clone()).unwrap(), &header, &signer).unwrap()
}

/// The same claims under HMAC, keyed with what is public.
fn signed_with_the_public_key(claims: &Map<String, Value>, typ: &str, key: &Jwk) -> String {
    let signer = HS256.signer_from_bytes(key.to_string().as_bytes()).unwrap();
    let mut header = JwsHeader::new();
    header.set_token_type(typ);
    header.set_key_id(key.key_id().unwrap());
    jwt::encode_with_signer(&JwtPayload::from_map(claims.clone()).unwrap(), &header, &signer).unwrap()
}

/// Every forgery of a genuine token.
async fn forgeries(app: &TestApp, token: &str) -> Vec<(&'static str, String)> {
    let published = app.relying_party().get("/jwks").await.json;
    let keys = JwkSet::from_bytes(published.to_string()).unwrap();
    let header = jwt::decode_header(token).unwrap();
    let text = |name| header.claim(name).and_then(Value::as_str).unwrap().to_owned();
    let (kid, typ) = (text("kid"), text("typ"));
    let other = keys.keys().into_iter().find(|key| key.key_id() != Some(kid.as_str())).unwrap();
    let own = keys.get(&kid)[0];
    let claims = claims_of(token);
    let mut later = claims.clone();
    later.insert("exp".to_owned(), json!(4_000_000_000_u64));
    let (head, rest) = token.split_once('.').unwrap();
    let (body, signature) = rest.split_once('.').unwrap();
    let none = |alg: &str| format!("{}.{body}.", part(&json!({"alg": alg, "typ": typ, "kid": kid})));
    vec![
        ("alg none", none("none")),
        ("alg None", none("None")),
        ("alg none with the signature", with_header(token, |h| drop(h.insert("alg".into(), json!("none"))))),
        ("no signature", format!("{head}.{body}.")),
        ("half a token", format!("{head}.{body}")),
        ("altered claims", format!("{head}.{}.{signature}", part(&Value::Object(later)))),
        ("altered signature", format!("{head}.{body}.{}", signature.chars().rev().collect::<String>())),
        ("another alg", with_header(token, |h| drop(h.insert("alg".into(), json!("HS256"))))),
        ("another key's kid", with_header(token, |h| drop(h.insert("kid".into(), json!(other.key_id()))))),
        ("an unknown kid", with_header(token, |h| drop(h.insert("kid".into(), json!("../../dev/null"))))),
        ("no kid", with_header(token, |h| drop(h.remove("kid")))),
        ("no typ", with_header(token, |h| drop(h.remove("typ")))),
        ("crit", with_header(token, |h| drop(h.insert("crit".into(), json!(["exp"]))))),
        ("a stranger's key", signed_by_a_stranger(&claims, &typ, &kid)),
        ("a stranger's kid", signed_by_a_stranger(&claims, &typ, "stranger")),
        ("the public key as a secret", signed_with_the_public_key(&claims, &typ, own)),
        ("the other public key as a secret", signed_with_the_public_key(&claims, &typ, other)),
    ]
}

fn assert_invalid_token(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 401, "{what}");
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{what}: {challenge}");
}

on_each_database! {
    async fn no_forged_access_token_opens_userinfo(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let genuine = tokens.text("access_token");
        for (what, forged) in forgeries(&app, genuine).await {
            assert_invalid_token(&client.userinfo(&forged).await, what);
        }
        assert_eq!(client.userinfo(genuine).await.status, 200);
    }

    async fn no_forged_token_opens_the_administration(app) {
        app.enrol(FRANK).await;
        let admin = app.admin();
        let genuine = admin.token().await;
        let listed = async |token: &str| {
            let bearer = format!("Bearer {token}");
            admin.send(axum::http::Method::GET, "", None, &[("authorization", &bearer)]).await
        };
        for (what, forged) in forgeries(&app, &genuine).await {
            assert_invalid_token(&listed(&forged).await, what);
        }
        assert_eq!(listed(&genuine).await.status, 200);
    }

    /// A forged hint never logs out by itself and is never redirected for (`protocol.md`, "Logout"); nor does anybody
    /// continue silently on it.
    async fn no_forged_id_token_is_a_hint(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let mut browser = app.browser();
        let tokens = client.tokens(&mut browser, FRANK, PASSWORD).await;
        for (what, forged) in forgeries(&app, tokens.text("id_token")).await {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("id_token_hint", &forged)
                .append_pair("post_logout_redirect_uri", "https://maple.example/signed-out")
                .finish();
            let page = browser.get(&format!("/logout?{query}")).await;
            assert_eq!((page.status, page.location()), (200, None), "{what}: {page:?}");
            assert_eq!(page.heading(), "Do you want to log out?", "{what}");
            assert_eq!(
                client.userinfo(tokens.text("access_token")).await.status,
                200,
                "{what}: nothing was ended"
            );
            let silent = app.relying_party().with("prompt", "none").with("id_token_hint", &forged);
            assert_eq!(
                authorization_error(&silent.authorize(&mut browser).await),
                "login_required",
                "{what}"
            );
        }
    }

    /// `typ` and `aud` keep the kinds apart; both ways.
    async fn no_kind_of_token_is_taken_for_another(app) {
        app.enrol(FRANK).await;
        let client: RelyingParty<'_> = app.relying_party();
        let mut browser = app.browser();
        let tokens = client.tokens(&mut browser, FRANK, PASSWORD).await;
        let admin = app.admin();
        let admin_token = admin.token().await;

        for (what, token) in [
            ("an ID token", tokens.text("id_token")),
            ("an administrative token", &admin_token),
            ("a refresh token", tokens.text("refresh_token")),
        ] {
            assert_invalid_token(&client.userinfo(token).await, what);
        }
        for (what, token) in [
            ("a person's access token", tokens.text("access_token")),
            ("an ID token", tokens.text("id_token")),
            ("a refresh token", tokens.text("refresh_token")),
        ] {
            let bearer = format!("Bearer {token}");
            let listed = admin.send(axum::http::Method::GET, "", None, &[("authorization", &bearer)]).await;
            assert_invalid_token(&listed, what);
        }
        for token in [tokens.text("access_token"), &admin_token] {
            let page = browser.get(&format!("/logout?id_token_hint={token}")).await;
            assert_eq!(page.heading(), "Do you want to log out?", "it is no hint: {page:?}");
        }
        let renamed = with_header(tokens.text("id_token"), |h| drop(h.insert("typ".into(), json!("at+jwt"))));
        assert_invalid_token(
            &client.userinfo(&renamed).await,
            "an ID token that calls itself an access token",
        );
    }

    /// RFC 9068 section 4: 10 minutes, to the second.
    async fn an_expired_access_token_is_invalid(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = client.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        app.advance(MINUTE * 10 - SECOND);
        assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200);
        app.advance(SECOND);
        assert_invalid_token(&client.userinfo(tokens.text("access_token")).await, "expired");
    }
}
