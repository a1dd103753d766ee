//! The token endpoint's manners: RFC 6749 sections 3.2, 5.1 and 5.2.

use axum::body::Body;
use axum::http::{Method, Request, header};

use super::{FRANK, franks_tokens, provider, provider_with_frank};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::relying_party::{Answer, answer};

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

/// RFC 6749 section 5.1; `expires_in` is always present (`protocol.md`).
#[tokio::test]
async fn a_success_is_uncacheable_json() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let redeemed = franks_tokens(&app, &client).await;
    let refreshed = client.refresh(redeemed.text("refresh_token")).await;
    let office = crate::support::relying_party::RelyingParty::new(&app, "office.99999", "");
    let granted = office.token(&[("grant_type", "client_credentials")]).await;
    for (tokens, expires_in) in [(redeemed, 600), (refreshed, 600), (granted, 300)] {
        assert_eq!(tokens.headers["content-type"], "application/json");
        assert_eq!(tokens.headers["cache-control"], "no-store");
        assert_eq!(tokens.json["expires_in"], expires_in);
        assert_eq!(tokens.text("token_type"), "Bearer");
        assert!(!tokens.headers.contains_key("set-cookie"));
    }
}

/// RFC 6749 section 5.2: 400 for everything but `invalid_client`, described in %x20-21 / %x23-5B / %x5D-7E.
#[tokio::test]
async fn an_error_is_uncacheable_json_and_well_described() {
    let app = provider().await;
    let client = app.relying_party();
    let refused = [
        client.token(&[("grant_type", "authorization_code")]).await,
        client
            .token(&[
                ("grant_type", "authorization_code"),
                ("code", "\"\\\u{e9}<script>"),
                ("redirect_uri", "https://maple.example/callback"),
            ])
            .await,
        client.token(&[("grant_type", "refresh_token")]).await,
        client
            .token(&[("grant_type", "refresh_token"), ("refresh_token", "x"), ("refresh_token", "y")])
            .await,
        client.token(&[("grant_type", "client_credentials")]).await,
        client.token(&[("grant_type", "password")]).await,
        client.token(&[]).await,
    ];
    let codes: Vec<&str> = refused.iter().map(|answer| answer.error().1).collect();
    let expected = [
        "invalid_request",
        "invalid_grant",
        "invalid_request",
        "invalid_request",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_request",
    ];
    assert_eq!(codes, expected);
    for answer in &refused {
        assert_eq!(answer.status, 400);
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["cache-control"], "no-store");
        let description = answer.text("error_description");
        assert!(
            description.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)),
            "{description}"
        );
    }
}

/// RFC 6749 section 3.2: parameters must not be repeated, whichever they are.
#[tokio::test]
async fn repeated_parameters_are_refused() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
    for name in ["grant_type", "code", "redirect_uri", "code_verifier", "scope", "unknown"] {
        let mut params = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", &client.redirect_uri),
            ("code_verifier", crate::support::relying_party::VERIFIER),
        ];
        params.extend([(name, "again"), (name, "and again")]);
        assert_eq!(client.token(&params).await.error(), (400, "invalid_request"), "{name}");
    }
    assert_eq!(client.redeem(&code).await.status, 200, "and nothing was used up");
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
