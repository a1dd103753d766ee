//! Access tokens that are bound to a key, at UserInfo and at introspection: RFC 9449 sections 6 and 7; attack 90
//! (CVE-2024-49755); `protocol.md`, "PAR, DPoP, FAPI 2.0". The same at the provisioning API: `api/matrix/bound.rs`.

mod introspection;
mod nonces;
mod proofs;

use axum::body::Body;
use axum::http::{Method, Request};
use idp_domain::client::AssertionAlg;
use idp_domain::ports::PROOF_ALGS;
use idp_domain::scope::Scopes;
use serde_json::{Value, json};

use super::{FRANK, franks_tokens, provider_with_frank, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::dpop::{DpopKey, Proof, bound};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, VERIFIER, answer};

const PATH: &str = "/userinfo";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const INVALID_TOKEN: &str = "invalid_token";
const INVALID_PROOF: &str = "invalid_dpop_proof";

async fn send(app: &TestApp, method: Method, headers: &[(&str, &str)], body: &str) -> Answer {
    send_to(app, method, PATH, headers, body).await
}

async fn send_to(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(app.send(request.body(Body::from(body.to_owned())).unwrap()).await).await
}

/// GET with the scheme `DPoP` and this proof.
async fn present(app: &TestApp, token: &str, proof: &Proof<'_>) -> Answer {
    let dpop = format!("DPoP {token}");
    send(app, Method::GET, &[("authorization", &dpop), ("dpop", &proof.sign())], "").await
}

/// Frank's access token of the portal, bound to nothing.
async fn franks_token(app: &TestApp) -> String {
    franks_tokens(app, &app.relying_party()).await.text("access_token").to_owned()
}

/// The tokens for a code of Frank's, asked for with a proof of `key` (RFC 9449 section 5).
pub(super) async fn tokens_bound_to(app: &TestApp, key: &DpopKey) -> Answer {
    let client = app.relying_party();
    let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &client.redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let (basic, proof) = (client.basic(), key.proof(app, "POST", "/token").sign());
    let headers = [("authorization", basic.as_str()), FORM, ("dpop", &proof)];
    let tokens = send_to(app, Method::POST, "/token", &headers, &form).await;
    assert_eq!((tokens.status, &tokens.json["token_type"]), (200, &json!("DPoP")), "{tokens:?}");
    tokens
}

/// UserInfo for such a token, with a good proof.
pub(super) async fn userinfo_with_proof(app: &TestApp, key: &DpopKey, token: &str) -> Answer {
    present(app, token, &key.proof(app, "GET", PATH).of(token)).await
}

/// Every challenge of a refusal, in their order.
fn challenges(answer: &Answer) -> Vec<&str> {
    answer.headers.get_all("www-authenticate").iter().map(|value| value.to_str().unwrap()).collect()
}

/// 401 for this reason, under the one scheme that was used: a client reads it wherever it looks.
fn assert_refused(answer: &Answer, code: &str, why: &str) {
    assert_eq!((answer.status, answer.body.as_str()), (401, ""), "{why}: {answer:?}");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let [challenge] = challenges(answer)[..] else { panic!("{why}: {answer:?}") };
    assert!(challenge.starts_with("DPoP "), "{why}: {challenge}");
    assert!(challenge.contains(&format!("error=\"{code}\"")), "{why}: {challenge}");
    assert!(challenge.contains(&algs()), "RFC 9449 section 7.1: {challenge}");
}

fn algs() -> String {
    format!("algs=\"{}\"", PROOF_ALGS.map(AssertionAlg::as_str).join(" "))
}

on_each_database! {
    /// RFC 9449 section 7.1; RFC 9110 section 11.1: schemes are read in any case.
    async fn a_bound_token_opens_userinfo_with_a_proof_of_its_key(app) {
        app.enrol(FRANK).await;
        let token = franks_token(&app).await;
        let key = DpopKey::new();
        let bound = key.bind(&app, &token);
        let by_itself = app.relying_party().userinfo(&token).await;
        for (method, scheme, path) in [
            (Method::GET, "DPoP", PATH),
            (Method::POST, "DPoP", PATH),
            (Method::GET, "dpop", PATH),
            (Method::GET, "dPOP", "/userinfo?a=b"),
        ] {
            let proof = key.proof(&app, method.as_str(), PATH).of(&bound).sign();
            let authorization = format!("{scheme} {bound}");
            let headers = [("authorization", authorization.as_str()), ("dpop", &proof)];
            let told = send_to(&app, method, path, &headers, "").await;
            assert_eq!((told.status, &told.json), (200, &by_itself.json), "{scheme} {path}: {told:?}");
        }
    }

    /// The whole way, from the token endpoint on: what was asked for with a key is used with it and with nothing else.
    async fn a_token_issued_to_a_key_is_used_with_it(app) {
        app.enrol(FRANK).await;
        let key = DpopKey::new();
        let tokens = tokens_bound_to(&app, &key).await;
        let token = tokens.text("access_token");
        let told = userinfo_with_proof(&app, &key, token).await;
        assert_eq!((told.status, told.text("email")), (200, FRANK));
        let client = app.relying_party();
        assert_eq!(client.userinfo(token).await.status, 401, "attack 90");
        let introspected = client.introspect(token).await.json;
        assert_eq!(introspected["cnf"], json!({"jkt": key.thumbprint()}));
        client.revoke(tokens.text("refresh_token")).await;
        let ended = present(&app, token, &key.proof(&app, "GET", PATH).of(token)).await;
        assert_refused(&ended, INVALID_TOKEN, "a good proof does not bring back what was revoked");
    }

    /// Attack 90 (CVE-2024-49755); RFC 9449 section 7.2: never by itself, however it is brought.
    async fn a_stolen_bound_token_is_worth_nothing_by_itself(app) {
        app.enrol(FRANK).await;
        let key = DpopKey::new();
        let token = key.bind(&app, &franks_token(&app).await);
        let bearer = format!("Bearer {token}");
        let form = format!("access_token={token}");
        let proof = |method: &str| key.proof(&app, method, PATH).of(&token).sign();
        let (by_get, by_post) = (proof("GET"), proof("POST"));
        for (method, headers, body) in [
            (Method::GET, vec![("authorization", bearer.as_str())], ""),
            (Method::POST, vec![("authorization", bearer.as_str())], ""),
            (Method::POST, vec![FORM], form.as_str()),
            // What is bound is presented under the scheme that says so, and its proof is no proof of anything else.
            (Method::GET, vec![("authorization", bearer.as_str()), ("dpop", by_get.as_str())], ""),
            (Method::POST, vec![FORM, ("dpop", by_post.as_str())], form.as_str()),
        ] {
            let refused = send(&app, method, &headers, body).await;
            assert_eq!((refused.status, refused.body.as_str()), (401, ""), "{headers:?}");
            let [bearer, dpop] = challenges(&refused)[..] else { panic!("{refused:?}") };
            assert!(bearer.starts_with("Bearer error=\"invalid_token\""), "{bearer}");
            assert_eq!(dpop, format!("DPoP {}", algs()), "what it takes");
        }
    }

    /// Attack 90: whoever has the token and the proofs of the past, but not the key.
    async fn a_stolen_bound_token_needs_its_key(app) {
        app.enrol(FRANK).await;
        let (key, thief) = (DpopKey::new(), DpopKey::new());
        let token = key.bind(&app, &franks_token(&app).await);
        let own = thief.proof(&app, "GET", PATH).of(&token);
        assert_refused(&present(&app, &token, &own).await, INVALID_TOKEN, "a proof by the thief's own key");
        let claimed = own.clone().with_header("jwk", key.public().clone());
        assert_refused(&present(&app, &token, &claimed).await, INVALID_PROOF, "in the name of the right one");
        let seen = key.proof(&app, "GET", PATH).of(&token);
        assert_eq!(present(&app, &token, &seen).await.status, 200);
        assert_refused(&present(&app, &token, &seen).await, INVALID_PROOF, "a proof that was seen");
        let first = key.proof(&app, "POST", PATH).of(&token);
        assert_refused(&present(&app, &token, &first).await, INVALID_PROOF, "a proof for another method");
        let own = key.proof(&app, "GET", PATH).of(&token);
        assert_eq!(present(&app, &token, &own).await.status, 200, "and the owner is not hindered");
    }

    /// RFC 9449 section 7.1: `ath` binds the proof to the token; a token bound to no key is no DPoP token.
    async fn a_proof_is_for_the_token_it_comes_with(app) {
        app.enrol(FRANK).await;
        let key = DpopKey::new();
        let unbound = franks_token(&app).await;
        let token = key.bind(&app, &unbound);
        for (ath, why) in [
            (Value::Null, "for no token"),
            (json!(""), "an empty hash"),
            (json!(token), "the token itself"),
            (json!(["x"]), "no text"),
        ] {
            let proof = key.proof(&app, "GET", PATH).of(&token).with("ath", ath);
            assert_refused(&present(&app, &token, &proof).await, INVALID_PROOF, why);
        }
        let other = key.proof(&app, "GET", PATH).of(&unbound);
        assert_refused(&present(&app, &token, &other).await, INVALID_PROOF, "for another token");
        let proof = key.proof(&app, "GET", PATH).of(&unbound);
        assert_refused(&present(&app, &unbound, &proof).await, INVALID_TOKEN, "a token that is bound to nothing");
        assert_eq!(app.relying_party().userinfo(&unbound).await.status, 200, "which is for whoever has it");
    }

    /// RFC 9449 section 5.2: told from one moment to the next, the bearer tokens of before included.
    async fn a_client_whose_tokens_must_be_bound_has_no_others(app) {
        app.enrol(FRANK).await;
        let key = DpopKey::new();
        let client = app.relying_party();
        let unbound = franks_token(&app).await;
        let bound = key.bind(&app, &unbound);
        let office = app.admin().token().await;
        for is_demanded in [false, true] {
            let status = if is_demanded { 401 } else { 200 };
            for id in ["portal.99999", "office.99999"] {
                app.change_client(id, |it| it.demands.dpop_bound_access_tokens = is_demanded).await;
            }
            assert_eq!(client.userinfo(&unbound).await.status, status);
            assert_eq!(client.introspect(&unbound).await.json["active"], !is_demanded);
            let bearer = format!("Bearer {office}");
            let listed = app.admin().send(Method::GET, "", None, &[("authorization", &bearer)]).await;
            assert_eq!(listed.status, status);
            assert_eq!(userinfo_with_proof(&app, &key, &bound).await.status, 200);
            assert_eq!(client.introspect(&bound).await.json["active"], true);
        }
    }

}

/// RFC 6750 section 2 and RFC 9449 section 7.1: a token is brought in one way.
#[tokio::test]
async fn a_token_brought_in_two_ways_is_refused_whatever_they_are() {
    let app = provider_with_frank().await;
    let key = DpopKey::new();
    let unbound = franks_token(&app).await;
    let token = key.bind(&app, &unbound);
    let (dpop, bearer) = (format!("DPoP {token}"), format!("Bearer {unbound}"));
    let proof = || key.proof(&app, "POST", PATH).of(&token).sign();
    let in_form = format!("access_token={unbound}");
    let (first, second, third) = (proof(), proof(), proof());
    for (headers, body) in [
        (vec![("authorization", dpop.as_str()), ("dpop", &first), FORM], in_form.as_str()),
        (vec![("authorization", &dpop), ("authorization", &bearer), ("dpop", &second)], ""),
        (vec![("authorization", &bearer), ("authorization", &dpop), ("dpop", &third)], ""),
        (vec![("authorization", &bearer), ("authorization", &bearer)], ""),
    ] {
        let refused = send(&app, Method::POST, &headers, body).await;
        assert_eq!(refused.status, 400, "{headers:?}");
        assert!(challenges(&refused)[0].contains("error=\"invalid_request\""), "{refused:?}");
    }
}

/// RFC 7800 section 3.1: what we cannot check, nobody has proven.
#[tokio::test]
async fn a_token_bound_in_a_way_we_do_not_know_opens_nothing() {
    let app = provider_with_frank().await;
    let key = DpopKey::new();
    let unbound = franks_token(&app).await;
    for cnf in [
        json!({"x5t#S256": key.thumbprint()}),
        json!({"jwk": key.public()}),
        json!({"jkt": ""}),
        json!({"jkt": [key.thumbprint()]}),
        json!({}),
        json!(key.thumbprint()),
    ] {
        let token = bound(&app, &unbound, &cnf);
        let proof = key.proof(&app, "GET", PATH).of(&token);
        assert_refused(&present(&app, &token, &proof).await, INVALID_TOKEN, &cnf.to_string());
        let refused = app.relying_party().userinfo(&token).await;
        assert_eq!(refused.status, 401, "{cnf}");
        assert!(challenges(&refused)[0].contains("invalid_token"), "{cnf}");
    }
    let two = json!({"jkt": key.thumbprint(), "x5t#S256": key.thumbprint()});
    let token = bound(&app, &unbound, &two);
    let proof = key.proof(&app, "GET", PATH).of(&token);
    assert_refused(&present(&app, &token, &proof).await, INVALID_TOKEN, "bound twice, proven once");
}

/// RFC 9449 section 7.1: whoever brings nothing is told both ways; a scope that is missing is no matter of the proof.
#[tokio::test]
async fn a_challenge_names_the_ways_there_are() {
    let app = provider_with_frank().await;
    let nothing = send(&app, Method::GET, &[], "").await;
    assert_eq!(challenges(&nothing), ["Bearer realm=\"idp\"".to_owned(), format!("DPoP {}", algs())]);
    let garbage = send(&app, Method::GET, &[("authorization", "Bearer garbage")], "").await;
    assert_eq!(garbage.status, 401);
    let [bearer, dpop] = challenges(&garbage)[..] else { panic!("{garbage:?}") };
    assert!(bearer.starts_with("Bearer error=\"invalid_token\"") && !bearer.contains("algs"), "{bearer}");
    assert_eq!(dpop, format!("DPoP {}", algs()));

    let key = DpopKey::new();
    let token = key.bind(&app, &franks_token(&app).await);
    register(&app, |client| client.scopes = Scopes::parse("profile")).await;
    let refused = present(&app, &token, &key.proof(&app, "GET", PATH).of(&token)).await;
    assert_eq!(refused.status, 403);
    let [challenge] = challenges(&refused)[..] else { panic!("{refused:?}") };
    assert!(challenge.starts_with("DPoP error=\"insufficient_scope\", scope=\"openid\""), "{challenge}");
}
