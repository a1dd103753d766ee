//! What the OpenID Foundation's suite does as a dynamic client of the Basic profile that does not ask for implicit; its own name
//! for it stands at each sentence. What it does once it is registered is the same for every client, and the rest of `oidc` holds
//! it. Elsewhere here: `oidcc-registration-sector-uri` and `-sector-bad` (`metadata`), `-logo-uri` (`logo`), `-policy-uri` and
//! `-tos-uri` (`pages`).

use idp_domain::client::AssertionAlg;
use serde_json::{Value, json};

use super::super::private_key_jwt::{Pair, TYPE, with};
use super::{basic, open, register, registered};
use crate::oidc::consent::allow;
use crate::oidc::{FRANK, MINUTE, franks_browser};
use crate::support::app::{ISSUER, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER};

const BACK: &str = "https://suite.example/test/a/idp/callback";
const KEYS: &str = "https://suite.example/test/a/idp/jwks";

/// What the suite says of itself, as it writes it.
fn suite(members: &Value) -> Value {
    let itself = json!({
        "client_name": "Suite K7f2", "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "redirect_uris": [BACK], "contacts": ["certification@suite.example"],
    });
    with(&itself, members)
}

fn client<'a>(app: &'a TestApp, made: &Answer) -> RelyingParty<'a> {
    RelyingParty::new(app, made.text("client_id"), made.json["redirect_uris"][0].as_str().unwrap())
}

/// Frank allows it what it asks; the code comes back.
async fn code(app: &TestApp, client: &RelyingParty<'_>) -> String {
    let mut browser = franks_browser(app).await;
    let page = client.authorize(&mut browser).await;
    let back = allow(&mut browser, &page).await;
    back.sent("code").unwrap_or_else(|| panic!("no code: {back:?}"))
}

/// What it gets for a grant, by what proves it.
async fn token(client: &RelyingParty<'_>, grant: &[(&str, &str)], proof: Proof<'_>) -> Answer {
    let mut params = grant.to_vec();
    match proof {
        Proof::Header(header) => client.post("/token", &params, Some(header)).await,
        Proof::Body(secret) => {
            params.extend([("client_id", client.client_id.as_str()), ("client_secret", secret)]);
            client.post("/token", &params, None).await
        }
        Proof::Assertion(assertion) => {
            params.extend([("client_assertion_type", TYPE), ("client_assertion", assertion)]);
            client.post("/token", &params, None).await
        }
    }
}

enum Proof<'a> {
    Header(&'a str),
    Body(&'a str),
    Assertion(&'a str),
}

fn of_code<'a>(client: &'a RelyingParty<'_>, code: &'a str) -> [(&'a str, &'a str); 4] {
    let redirect_uri = client.redirect_uri.as_str();
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", VERIFIER),
    ]
}

/// An assertion of this client, signed with this key.
fn assertion(app: &TestApp, client: &RelyingParty<'_>, (pair, kid): (&Pair, &str), jti: &str) -> String {
    let (id, now) = (&client.client_id, app.env.now().seconds());
    let claims = json!({"iss": id, "sub": id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": jti});
    pair.sign(&json!({"alg": "ES256", "kid": kid}), &claims)
}

/// Stopped on a page of ours, and sent nowhere.
fn is_stopped(page: &Page) {
    assert_eq!((page.status, page.location()), (400, None), "{page:?}");
}

on_each_database! {
    /// `oidcc-server`, `oidcc-server-client-secret-post`, `oidcc-idtoken-signature`: by either way to send the secret, and by no
    /// other than the registered one.
    async fn the_suite_registers_and_logs_in_by_either_way_to_send_a_secret(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        for method in ["client_secret_basic", "client_secret_post"] {
            let asked = suite(&json!({
                "token_endpoint_auth_method": method, "id_token_signed_response_alg": "RS256",
                "policy_uri": "https://suite.example/policy", "tos_uri": "https://suite.example/login",
                "client_uri": "https://suite.example/", "application_type": "web", "subject_type": "public",
                "post_logout_redirect_uris": ["https://suite.example/test/a/idp/post_logout_redirect"],
                "default_max_age": 10000, "require_auth_time": true,
            }));
            let made = registered(&app, &asked).await;
            for (name, value) in asked.as_object().unwrap() {
                assert_eq!(&made.json[name], value, "{name}");
            }
            let client = client(&app, &made);
            let code = code(&app, &client).await;
            let (header, secret) = (basic(&made), made.text("client_secret"));
            let (right, wrong) = match method {
                "client_secret_basic" => (Proof::Header(&header), Proof::Body(secret)),
                _ => (Proof::Body(secret), Proof::Header(&header)),
            };
            assert_eq!(token(&client, &of_code(&client, &code), wrong).await.error(), (401, "invalid_client"));
            let tokens = token(&client, &of_code(&client, &code), right).await;
            assert_eq!(tokens.status, 200, "{tokens:?}");
            let (claims, header) = client.verify(tokens.text("id_token")).await;
            assert_eq!((&header["alg"], &claims["aud"]), (&json!("RS256"), &made.json["client_id"]));
            assert!(claims["auth_time"].is_i64(), "{claims:?}");
        }
    }

    /// `oidcc-userinfo-rs256`: Core section 5.3.2.
    async fn user_info_is_signed_for_who_registers_it(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let made = registered(&app, &suite(&json!({"userinfo_signed_response_alg": "RS256"}))).await;
        let client = client(&app, &made);
        let code = code(&app, &client).await;
        let tokens = token(&client, &of_code(&client, &code), Proof::Header(&basic(&made))).await;
        let told = client.userinfo(tokens.text("access_token")).await;
        assert_eq!(told.headers["content-type"], "application/jwt", "{told:?}");
        let (claims, header) = client.verify(&told.body).await;
        let (of_token, _) = client.verify(tokens.text("id_token")).await;
        assert_eq!((&header["alg"], &claims["sub"]), (&json!("RS256"), &of_token["sub"]));
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &made.json["client_id"]));
    }

    /// `oidcc-redirect-uri-query-OK`, `-query-mismatch`, `-query-added`, `-regfrag`, `oidcc-ensure-registered-redirect-uri`.
    async fn a_redirect_uri_keeps_its_query_and_takes_no_other(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let asking = format!("{BACK}?foo=bar");
        let made = registered(&app, &suite(&json!({"redirect_uris": [asking]}))).await;
        let mut browser = franks_browser(&app).await;
        let page = client(&app, &made).authorize(&mut browser).await;
        let back = allow(&mut browser, &page).await;
        assert!(back.left_to(BACK), "{back:?}");
        assert_eq!(back.sent("foo").as_deref(), Some("bar"));
        assert!(back.sent("code").is_some() && back.sent("iss").is_some());
        let id = made.text("client_id");
        for other in [BACK.to_owned(), format!("{BACK}?foo=baz"), format!("{asking}&bar=foo"), format!("{asking}#x")] {
            is_stopped(&RelyingParty::new(&app, id, &other).authorize(&mut browser).await);
        }
        let plain = registered(&app, &suite(&json!({}))).await;
        for other in [format!("{BACK}?foo=bar"), format!("{BACK}/"), "https://other.example/callback".to_owned()] {
            is_stopped(&RelyingParty::new(&app, plain.text("client_id"), &other).authorize(&mut browser).await);
        }
        let fragment = suite(&json!({"redirect_uris": [format!("{BACK}#foobar")]}));
        assert_eq!(register(&app, None, &fragment).await.error(), (400, "invalid_redirect_uri"));
    }

    /// `oidcc-registration-jwks-uri`, `oidcc-refresh-token-rp-key-rotation`: a new key is known as soon as it signs, and the one
    /// that is published no more proves nothing.
    async fn a_key_that_the_suite_rotates_is_learnt_and_the_old_one_forgotten(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let (old, new) = (Pair::new(AssertionAlg::Es256), Pair::new(AssertionAlg::Es256));
        let keys = KEYS.parse().unwrap();
        app.outbound.publish(&keys, json!({"keys": [old.named("old")]}).to_string());
        let made = registered(&app, &suite(&json!({
            "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256", "jwks_uri": KEYS,
        }))).await;
        let client = client(&app, &made);
        let code = code(&app, &client).await;
        let by_old = |jti: &str| assertion(&app, &client, (&old, "old"), jti);
        let tokens = token(&client, &of_code(&client, &code), Proof::Assertion(&by_old("1"))).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");

        app.outbound.publish(&keys, json!({"keys": [new.named("new")]}).to_string());
        app.advance(MINUTE * 2);
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token"))];
        let by_new = assertion(&app, &client, (&new, "new"), "2");
        let refreshed = token(&client, &refresh, Proof::Assertion(&by_new)).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", refreshed.text("refresh_token"))];
        let refused = token(&client, &refresh, Proof::Assertion(&by_old("3"))).await;
        assert_eq!(refused.error(), (401, "invalid_client"), "{refused:?}");
    }

    /// `oidcc-request-uri-signed-rs256`, `oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported`: by value
    /// and signed as it was registered; `none` is registered by nobody and taken from nobody.
    async fn a_request_object_is_signed_as_it_was_registered(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let (rs256, es256) = (Pair::of(AssertionAlg::Rs256), Pair::es256());
        let keys = json!({"keys": [rs256.named("r"), es256.named("e")]});
        let asked = json!({"request_object_signing_alg": "RS256", "jwks": keys});
        let made = registered(&app, &suite(&asked)).await;
        assert_eq!(made.text("request_object_signing_alg"), "RS256");
        let client = client(&app, &made);
        let mut claims = json!({"iss": client.client_id, "aud": ISSUER, "exp": app.env.now().seconds() + 60});
        for (name, value) in url::form_urlencoded::parse(client.authorization_query().as_bytes()) {
            claims[name.as_ref()] = value.as_ref().into();
        }
        let ask = |object: String| {
            let beside = format!("response_type=code&scope=openid&redirect_uri={BACK}");
            format!("/authorize?client_id={}&request={object}&{beside}", client.client_id)
        };
        let mut browser = franks_browser(&app).await;
        let page = browser.get(&ask(rs256.sign(&json!({"alg": "RS256", "kid": "r"}), &claims))).await;
        assert!(allow(&mut browser, &page).await.sent("code").is_some());
        let unsigned = rs256.sign(&json!({"alg": "none"}), &claims);
        let unsigned = format!("{}.", unsigned.rsplit_once('.').unwrap().0);
        for other in [es256.sign(&json!({"alg": "ES256", "kid": "e"}), &claims), unsigned] {
            let page = browser.get(&ask(other)).await;
            assert_eq!(page.sent("error").as_deref(), Some("invalid_request_object"), "{page:?}");
        }
        let none = register(&app, None, &suite(&json!({"request_object_signing_alg": "none"}))).await;
        assert_eq!(none.error(), (400, "invalid_client_metadata"));
    }
}
