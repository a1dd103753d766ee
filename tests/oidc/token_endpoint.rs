//! The token endpoint's manners: RFC 6749 sections 3.2, 5.1 and 5.2.

use axum::body::Body;
use axum::http::{Method, Request, header};

use super::{CALLBACK, FRANK, franks_tokens, names, provider, provider_with_frank};
use crate::support::app::{PASSWORD, SECRET, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER, answer};

/// RFC 6749 sections 4.3, 4.2 and 5.2; attack 59 (CVE-2026-9792): the password grant is always unsupported.
#[tokio::test]
async fn other_grants_are_unsupported() {
    let app = provider_with_frank().await;
    for grant in [
        "password",
        "implicit",
        "token",
        "none",
        "AUTHORIZATION_CODE",
        "authorization_code ",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:openid:params:grant-type:ciba",
    ] {
        let params =
            [("grant_type", grant), ("username", FRANK), ("password", PASSWORD), ("scope", "openid")];
        let refused = app.relying_party().token(&params).await;
        assert_eq!(refused.error(), (400, "unsupported_grant_type"), "{grant}");
    }
    for params in [&[][..], &[("grant_type", "")]] {
        assert_eq!(app.relying_party().token(params).await.error(), (400, "invalid_request"));
    }
}

type Form = &'static [(&'static str, &'static str)];

/// RFC 6749 section 5.2, RFC 8707 section 2: what is wrong, and what is told of it.
const REFUSALS: [(&str, Form, &str); 24] = [
    ("nothing", &[], "invalid_request"),
    ("an empty grant_type", &[("grant_type", "")], "invalid_request"),
    ("two grant types", &[("grant_type", "password"), ("grant_type", "refresh_token")], "invalid_request"),
    ("no code", &[CODE, CALLED_BACK], "invalid_request"),
    ("an empty code", &[CODE, CALLED_BACK, ("code", "")], "invalid_request"),
    ("two codes", &[CODE, CALLED_BACK, ("code", "a"), ("code", "b")], "invalid_request"),
    ("a code of nobody", &[CODE, CALLED_BACK, ("code", "x")], "invalid_grant"),
    ("a hostile code", &[CODE, CALLED_BACK, ("code", "\"\\\u{e9}<script>\0")], "invalid_grant"),
    ("a code and no redirect URI", &[CODE, ("code", "x")], "invalid_request"),
    ("no refresh token", &[REFRESH], "invalid_request"),
    ("an empty refresh token", &[REFRESH, ("refresh_token", "")], "invalid_request"),
    ("two refresh tokens", &[REFRESH, ("refresh_token", "a"), ("refresh_token", "b")], "invalid_request"),
    ("a refresh token of nobody", &[REFRESH, ("refresh_token", "x")], "invalid_grant"),
    ("a hostile refresh token", &[REFRESH, ("refresh_token", "\u{0}' OR 1=1 --")], "invalid_grant"),
    ("another company", &[REFRESH, ("refresh_token", "x"), ("company", "22222")], "invalid_grant"),
    ("a grant that is not registered", &[("grant_type", "client_credentials")], "unauthorized_client"),
    ("the password grant", &[("grant_type", "password"), ("username", FRANK)], "unsupported_grant_type"),
    ("the implicit grant", &[("grant_type", "implicit")], "unsupported_grant_type"),
    ("another case", &[("grant_type", "Refresh_Token")], "unsupported_grant_type"),
    ("another client's name", &[REFRESH, ("client_id", "portal.22222")], "invalid_client"),
    ("a client of nobody", &[REFRESH, ("client_id", "nobody")], "invalid_client"),
    ("a second method", &[REFRESH, ("client_secret", SECRET)], "invalid_request"),
    ("a third method", &[REFRESH, ("client_assertion", "x")], "invalid_request"),
    ("a repeated unknown parameter", &[REFRESH, ("unknown", "a"), ("unknown", "b")], "invalid_request"),
];
const CODE: (&str, &str) = ("grant_type", "authorization_code");
const REFRESH: (&str, &str) = ("grant_type", "refresh_token");
const CALLED_BACK: (&str, &str) = ("redirect_uri", CALLBACK);

/// RFC 6749 section 5.2: 400 for everything but `invalid_client`, as JSON that nobody keeps, described in
/// %x20-21 / %x23-5B / %x5D-7E.
fn assert_refused(answer: &Answer, expected: &str, what: &str) {
    let status = if expected == "invalid_client" { 401 } else { 400 };
    assert_eq!(answer.error(), (status, expected), "{what}");
    assert_eq!(names(answer.json.as_object().unwrap()), ["error", "error_description"], "{what}");
    assert_eq!(answer.headers["content-type"], "application/json", "{what}");
    assert_eq!(answer.headers["cache-control"], "no-store", "{what}");
    for absent in ["set-cookie", "location", "retry-after"] {
        assert!(!answer.headers.contains_key(absent), "{what}: {absent}");
    }
    let description = answer.text("error_description");
    let printable = |byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(!description.is_empty() && description.bytes().all(printable), "{what}: {description}");
}

on_each_database! {
    /// RFC 6749 section 5.1; `expires_in` is always present (`protocol.md`).
    async fn a_success_is_uncacheable_json(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let redeemed = franks_tokens(&app, &client).await;
        let refreshed = client.refresh(redeemed.text("refresh_token")).await;
        let again = client.refresh(redeemed.text("refresh_token")).await;
        let office = RelyingParty::new(&app, "office.99999", "");
        let granted = office.token(&[("grant_type", "client_credentials")]).await;
        for (tokens, expires_in) in [(redeemed, 600), (refreshed, 600), (again, 600), (granted, 300)] {
            assert_eq!(tokens.status, 200);
            assert_eq!(tokens.headers["content-type"], "application/json");
            assert_eq!(tokens.headers["cache-control"], "no-store");
            assert_eq!(tokens.json["expires_in"], expires_in, "seconds, as a number");
            assert_eq!(tokens.text("token_type"), "Bearer");
            assert!(!tokens.headers.contains_key("set-cookie"));
            assert!(tokens.json.as_object().unwrap().values().all(|value| !value.is_null()), "{tokens:?}");
        }
    }

    /// `protocol.md`: "Every other OAuth error is 400", and 401 says how to authenticate when a header was tried.
    async fn every_refusal_has_its_status_and_headers(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        for (what, params, expected) in REFUSALS {
            let refused = client.token(params).await;
            assert_refused(&refused, expected, what);
            let challenge = refused.headers.get("www-authenticate").map(|value| value.to_str().unwrap());
            let challenged = (expected == "invalid_client").then_some("Basic realm=\"token\"");
            assert_eq!(challenge, challenged, "{what}");
        }
        let tokens = franks_tokens(&app, &client).await;
        let known = ("refresh_token", tokens.text("refresh_token"));
        for (what, params, expected) in [
            ("a wider scope", [REFRESH, known, ("scope", "openid phone")], "invalid_scope"),
            ("an unknown scope", [REFRESH, known, ("scope", "openid unheard_of")], "invalid_scope"),
            ("a resource", [REFRESH, known, ("resource", "https://api.example/")], "invalid_target"),
            ("no resource", [REFRESH, known, ("resource", "api")], "invalid_target"),
        ] {
            assert_refused(&client.token(&params).await, expected, what);
        }
        let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
        let refused = client.token(&[CODE, CALLED_BACK, ("code", &code)]).await;
        assert_refused(&refused, "invalid_grant", "no verifier");
        assert_eq!(client.refresh(tokens.text("refresh_token")).await.status, 200, "and nothing was used up");
        assert_eq!(client.redeem(&code).await.status, 200);
    }

    /// What a beginner forgets is named, so that the answer is enough to mend it.
    async fn what_is_missing_is_named(app) {
        let client = app.relying_party();
        let described = async |params: &[(&str, &str)]| {
            let refused = client.token(params).await;
            assert_refused(&refused, "invalid_request", "missing");
            refused.text("error_description").to_owned()
        };
        assert_eq!(described(&[]).await, "grant_type is missing");
        assert_eq!(described(&[CODE, CALLED_BACK]).await, "code is missing");
        assert_eq!(described(&[CODE, ("code", "x")]).await, "redirect_uri is missing");
    }

    /// RFC 6749 section 5.2: `WWW-Authenticate` only for a client that tried a header.
    async fn an_unknown_client_is_told_how_to_authenticate_when_it_tried(app) {
        let client = app.relying_party();
        let unauthorized = async |authorization: Option<&str>, params: &[(&str, &str)]| {
            let refused = client.post("/token", &[&[REFRESH], params].concat(), authorization).await;
            assert_refused(&refused, "invalid_client", authorization.unwrap_or("no header"));
            refused.headers.contains_key("www-authenticate")
        };
        assert!(!unauthorized(None, &[]).await);
        assert!(!unauthorized(None, &[("client_id", "portal.99999")]).await);
        assert!(!unauthorized(None, &[("client_id", "portal.99999"), ("client_secret", "x")]).await);
        for tried in ["Basic eDp5", "basic eDp5", "Basic", "Bearer x", "Digest x", "x"] {
            assert!(unauthorized(Some(tried), &[]).await, "{tried}");
        }
    }

    /// RFC 6749 section 3.2: parameters must not be repeated, whichever they are, and unknown ones are ignored.
    async fn repeated_parameters_are_refused_and_unknown_ones_ignored(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
        let genuine = [CODE, CALLED_BACK, ("code", code.as_str()), ("code_verifier", VERIFIER)];
        for name in ["grant_type", "code", "redirect_uri", "code_verifier", "scope", "unknown"] {
            let params = [&genuine[..], &[(name, "again"), (name, "and again")]].concat();
            assert_eq!(client.token(&params).await.error(), (400, "invalid_request"), "{name}");
        }
        let params =
            [&genuine[..], &[("unknown", "x"), ("audience", "https://api.example/"), ("scope", "")]].concat();
        assert_eq!(client.token(&params).await.status, 200, "and nothing was used up");
    }
}

async fn send(app: &TestApp, method: Method, content_type: Option<&str>, body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri("/token");
    if let Some(content_type) = content_type {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    answer(app.send(request.body(Body::from(body.to_owned())).unwrap()).await).await
}

/// RFC 6749 section 3.2: POST alone.
#[tokio::test]
async fn only_post_is_answered() {
    let app = provider().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD] {
        let refused = send(&app, method.clone(), None, "").await;
        assert_eq!(refused.status, 405, "{method}");
        assert_eq!(refused.headers["cache-control"], "no-store", "{method}");
        assert_eq!(refused.headers["allow"], "POST", "RFC 9110 section 15.5.6");
    }
}

/// RFC 6749 appendix B: the form encoding, and only it.
#[tokio::test]
async fn only_forms_are_read() {
    let app = provider().await;
    let form = "grant_type=client_credentials&client_id=portal.99999";
    for content_type in [None, Some("application/json"), Some("text/plain"), Some("multipart/form-data")] {
        let refused = send(&app, Method::POST, content_type, form).await;
        assert_eq!(refused.error(), (400, "invalid_request"), "{content_type:?}");
    }
    for content_type in
        ["application/x-www-form-urlencoded; charset=UTF-8", "APPLICATION/X-WWW-FORM-URLENCODED"]
    {
        let read = send(&app, Method::POST, Some(content_type), form).await;
        assert_eq!(read.error(), (401, "invalid_client"), "{content_type}");
    }
}

/// `protocol.md`: 413 stays what it is.
#[tokio::test]
async fn a_body_without_end_is_too_large() {
    let app = provider().await;
    let body = format!("grant_type=password&padding={}", "x".repeat(70_000));
    let refused = send(&app, Method::POST, Some("application/x-www-form-urlencoded"), &body).await;
    assert_eq!(refused.error(), (413, "invalid_request"));
    assert_eq!(refused.headers["cache-control"], "no-store");
}
