//! Access tokens that are bound to a key, at UserInfo and at introspection: RFC 9449 sections 4.3, 6.2 and 7; attack 90
//! (CVE-2024-49755); `protocol.md`, "PAR, DPoP, FAPI 2.0".

use axum::body::Body;
use axum::http::{Method, Request};
use idp_domain::client::{AssertionAlg, ClientId, Resource};
use idp_domain::ports::PROOF_ALGS;
use idp_domain::scope::Scopes;
use serde_json::{Value, json};

use super::{FRANK, MINUTE, franks_tokens, names, provider_with_frank, register};
use crate::support::app::{ISSUER, PASSWORD, TestApp};
use crate::support::dpop::{DpopKey, Proof, bound};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER, answer};

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

    /// RFC 9449 section 6.2: whoever may know the token may know what it is bound to, and nobody else anything.
    async fn introspection_tells_the_key_and_the_kind(app) {
        app.enrol(FRANK).await;
        let key = DpopKey::new();
        let unbound = franks_token(&app).await;
        let bound = key.bind(&app, &unbound);
        let client = app.relying_party();
        let by_itself = client.introspect(&unbound).await.json;
        assert_eq!(by_itself["token_type"], "Bearer");
        let told = client.introspect(&bound).await.json;
        assert_eq!((&told["token_type"], &told["active"]), (&json!("DPoP"), &json!(true)));
        assert_eq!(told["cnf"], json!({"jkt": key.thumbprint()}));
        let others = |of: &Value| {
            let mut of = of.as_object().unwrap().clone();
            of.retain(|name, _| name != "cnf" && name != "token_type");
            of
        };
        assert_eq!(others(&told), others(&by_itself));
        let stranger = RelyingParty::new(&app, "portal.22222", "").introspect(&bound).await;
        assert_eq!(stranger.json, json!({"active": false}));
    }

    /// RFC 9449 section 6.2, attack 55: the server of an API has nothing else to compare the proof with.
    async fn the_server_of_an_api_learns_the_key_of_a_token_meant_for_it(app) {
        const API: &str = "https://api.maple.example/v1";
        app.enrol(FRANK).await;
        register(&app, |client| {
            client.id = ClientId::parse("api.99999").unwrap();
            client.grant_types.clear();
            client.redirect_uris.clear();
            client.initiate_login_uri = None;
            client.serves = [Resource::parse(API).unwrap()].into();
        })
        .await;
        let key = DpopKey::new();
        let for_us = key.bind(&app, &franks_token(&app).await);
        register(&app, |client| client.resources = [Resource::parse(API).unwrap()].into()).await;
        let client = app.relying_party().with("resource", API);
        let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
        let params = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &client.redirect_uri),
            ("code_verifier", VERIFIER),
            ("resource", API),
        ];
        let token = key.bind(&app, client.token(&params).await.text("access_token"));
        let server = RelyingParty::new(&app, "api.99999", "");
        let told = server.introspect(&token).await.json;
        assert_eq!((&told["aud"], &told["cnf"]["jkt"]), (&json!(API), &json!(key.thumbprint())));
        assert_eq!(server.introspect(&for_us).await.json, json!({"active": false}));
        let proof = key.proof(&app, "GET", PATH).of(&token);
        assert_refused(&present(&app, &token, &proof).await, INVALID_TOKEN, "a proof widens no audience");
    }
}

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

/// RFC 9701: signed as well.
#[tokio::test]
async fn a_signed_introspection_says_the_same_of_a_bound_token() {
    let app = provider_with_frank().await;
    let key = DpopKey::new();
    let token = key.bind(&app, &franks_token(&app).await);
    let client = app.relying_party();
    let basic = client.basic();
    let headers =
        [("authorization", basic.as_str()), FORM, ("accept", "application/token-introspection+jwt")];
    let signed = send_to(&app, Method::POST, "/introspect", &headers, &format!("token={token}")).await;
    let (claims, _) = client.verify(&signed.body).await;
    let told = &claims["token_introspection"];
    assert_eq!(told, &client.introspect(&token).await.json);
    assert!(names(told.as_object().unwrap()).contains(&"cnf"), "{told}");
}

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
