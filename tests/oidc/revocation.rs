//! Revocation: RFC 7009; `protocol.md`, "UserInfo, introspection, revocation"; attack 56.

use axum::body::Body;
use axum::http::{Method, Request, header};
use idp_domain::client::{AuthMethod, ClientId};
use serde_json::json;

use super::{CALLBACK, FRANK, franks_tokens, provider, provider_with_frank, register};
use crate::support::admin::caregiver_body;
use crate::support::app::{PASSWORD, SECRET, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, answer};

const PORTAL: &str = "portal.99999";

/// RFC 7009 section 2.2: 200, and the body says nothing.
fn assert_revoked(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{answer:?}");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

async fn assert_alive(client: &RelyingParty<'_>, tokens: &Answer) {
    assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200);
    for token in ["access_token", "refresh_token"] {
        assert_eq!(client.introspect(tokens.text(token)).await.json["active"], true, "{token}");
    }
}

async fn assert_dead(client: &RelyingParty<'_>, tokens: &Answer) {
    let userinfo = client.userinfo(tokens.text("access_token")).await;
    assert_eq!(userinfo.status, 401, "at once, not at expiry");
    let challenge = userinfo.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    assert_eq!(client.refresh(tokens.text("refresh_token")).await.error(), (400, "invalid_grant"));
    for token in ["access_token", "refresh_token"] {
        assert_eq!(client.introspect(tokens.text(token)).await.json, json!({"active": false}), "{token}");
    }
}

async fn revocations(app: &TestApp) -> usize {
    app.audited().await.iter().filter(|action| **action == "grant.revoked").count()
}

on_each_database! {
    /// RFC 7009 section 2.1: the family and its access tokens; no other family of the same person and client.
    async fn a_revoked_refresh_token_ends_its_family_and_no_other(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let other = franks_tokens(&app, &client).await;
        assert_revoked(&client.revoke(tokens.text("refresh_token")).await);
        assert_dead(&client, &tokens).await;
        assert_alive(&client, &other).await;
        assert_revoked(&client.revoke(tokens.text("refresh_token")).await);
        assert_eq!(revocations(&app).await, 1, "once is enough");
    }

    /// An earlier token of the family stands for the family as well.
    async fn a_rotated_refresh_token_ends_its_successors(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let first = franks_tokens(&app, &client).await;
        let second = client.refresh(first.text("refresh_token")).await;
        assert_revoked(&client.revoke(first.text("refresh_token")).await);
        assert_dead(&client, &second).await;
    }

    /// RFC 7009 section 2.1: the refresh token behind it may go with an access token; whoever gives one up is done.
    async fn a_revoked_access_token_ends_its_family(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let other = franks_tokens(&app, &client).await;
        assert_revoked(&client.revoke(tokens.text("access_token")).await);
        assert_dead(&client, &tokens).await;
        assert_alive(&client, &other).await;
    }

    async fn a_family_that_outlives_its_session_ends_like_any_other(app) {
        app.enrol(FRANK).await;
        let mut client = app.relying_party();
        client.scope = "openid offline_access".to_owned();
        let mut browser = app.browser();
        let tokens = client.tokens(&mut browser, FRANK, PASSWORD).await;
        assert_revoked(&client.revoke(tokens.text("refresh_token")).await);
        assert_dead(&client, &tokens).await;
        let page = client.with("prompt", "none").authorize(&mut browser).await;
        assert!(page.sent("code").is_some(), "the person is still signed in: {page:?}");
    }

    /// A token without a grant is revoked by itself.
    async fn a_revoked_client_credentials_token_is_refused_by_our_own_api(app) {
        let office = RelyingParty::new(&app, "office.99999", "");
        let (revoked, kept) = (app.admin().token().await, app.admin().token().await);
        assert_revoked(&office.revoke(&revoked).await);
        assert_revoked(&office.revoke(&revoked).await);
        let create = async |token: &str| {
            let authorization = format!("Bearer {token}");
            app.admin().post(&caregiver_body(FRANK), &[("authorization", &authorization)]).await
        };
        assert_eq!(create(&revoked).await.status, 401);
        assert_eq!(create(&kept).await.status, 201);
        assert_eq!(office.introspect(&revoked).await.json, json!({"active": false}));
        assert_eq!(office.introspect(&kept).await.json["active"], true);
    }

    /// RFC 7009 section 2.1: a token issued to another client stays what it is; nobody is told that it exists.
    async fn another_clients_token_is_left_alone(app) {
        app.enrol(FRANK).await;
        register(&app, |client| {
            client.id = ClientId::parse("portal.second").unwrap();
            client.initiate_login_uri = None;
        })
        .await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let office = app.admin().token().await;
        let second = RelyingParty::new(&app, "portal.second", CALLBACK);
        for token in [tokens.text("refresh_token"), tokens.text("access_token"), &office] {
            assert_revoked(&second.revoke(token).await);
        }
        assert_alive(&client, &tokens).await;
        let office_client = RelyingParty::new(&app, "office.99999", "");
        assert_eq!(office_client.introspect(&office).await.json["active"], true);
        assert_eq!(revocations(&app).await, 0);
    }

    /// Attack 56 (CVE-2020-15223): what was not stored is not claimed. RFC 7009 section 2.2.1: 503, and the client knows
    /// that the token still stands.
    async fn a_revocation_that_cannot_be_stored_is_not_claimed(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let office = RelyingParty::new(&app, "office.99999", "");
        let machine = app.admin().token().await;
        for token in ["refresh_token", "access_token"] {
            // The family is marked first; then its entry in the audit log cannot be written.
            app.database().execute("ALTER TABLE audit_events RENAME TO away").await;
            let failed = client.revoke(tokens.text(token)).await;
            app.database().execute("ALTER TABLE away RENAME TO audit_events").await;
            assert_eq!(failed.error(), (503, "temporarily_unavailable"), "{token}");
            assert_eq!(failed.headers["retry-after"], "5");
            assert_eq!(failed.headers["cache-control"], "no-store");
            assert_alive(&client, &tokens).await;
        }
        for (table, client, token) in [
            ("grants", &client, tokens.text("access_token")),
            ("refresh_tokens", &client, tokens.text("refresh_token")),
            ("revoked_tokens", &office, machine.as_str()),
        ] {
            app.database().execute(&format!("ALTER TABLE {table} RENAME TO away")).await;
            let failed = client.revoke(token).await;
            app.database().execute(&format!("ALTER TABLE away RENAME TO {table}")).await;
            assert_eq!(failed.error(), (503, "temporarily_unavailable"), "{table}");
            assert_eq!(client.introspect(token).await.json["active"], true, "{table}");
        }
        assert_revoked(&client.revoke(tokens.text("refresh_token")).await);
        assert_dead(&client, &tokens).await;
        assert_eq!(revocations(&app).await, 1);
    }
}

/// RFC 7009 section 2.2: an invalid token is not an error, the purpose is reached.
#[tokio::test]
async fn a_token_of_nobody_is_revoked_already() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    let altered = format!("{}x", tokens.text("refresh_token"));
    for token in ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "\u{e9}", tokens.text("id_token"), &altered] {
        assert_revoked(&client.revoke(token).await);
    }
    assert_alive(&client, &tokens).await;
}

/// RFC 7009 section 2.1: the hint helps us find a token, and never keeps us from it.
#[tokio::test]
async fn a_wrong_hint_is_no_hindrance() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    for (token, hint) in
        [("access_token", "refresh_token"), ("refresh_token", "access_token"), ("refresh_token", "pct")]
    {
        let tokens = franks_tokens(&app, &client).await;
        let params = [("token", tokens.text(token)), ("token_type_hint", hint)];
        assert_revoked(&client.post("/revoke", &params, Some(&client.basic())).await);
        assert_dead(&client, &tokens).await;
    }
}

/// RFC 7009 section 2.1: a public client is checked for being the one the token was issued to.
#[tokio::test]
async fn a_public_client_revokes_its_own_tokens() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    register(&app, |client| client.auth_method = AuthMethod::None).await;
    register(&app, |client| {
        client.id = ClientId::parse("portal.second").unwrap();
        client.auth_method = AuthMethod::None;
    })
    .await;
    let revoke = async |id: &str| {
        let params = [("client_id", id), ("token", tokens.text("refresh_token"))];
        client.post("/revoke", &params, None).await
    };
    assert_revoked(&revoke("portal.second").await);
    assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200);
    assert_revoked(&revoke(PORTAL).await);
    assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 401);
}

/// RFC 7009 section 2.1: authentication comes first, and fails as at the token endpoint (RFC 6749 section 5.2).
#[tokio::test]
async fn a_client_that_is_not_authenticated_revokes_nothing() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    let token = tokens.text("refresh_token");
    let bearer = format!("Bearer {}", tokens.text("access_token"));
    let unknown = RelyingParty::new(&app, "portal.unknown", "").basic();
    for authorization in [unknown.as_str(), &bearer, "Basic !"] {
        let refused = client.post("/revoke", &[("token", token)], Some(authorization)).await;
        assert_eq!(refused.error(), (401, "invalid_client"), "{authorization}");
        assert_eq!(refused.headers["www-authenticate"], "Basic realm=\"token\"");
        assert_eq!(refused.headers["cache-control"], "no-store");
    }
    for params in [&[("token", token)][..], &[("token", token), ("client_id", PORTAL)]] {
        assert_eq!(client.post("/revoke", params, None).await.error(), (401, "invalid_client"));
    }
    let two = [("token", token), ("client_id", PORTAL), ("client_secret", SECRET)];
    let two = client.post("/revoke", &two, Some(&client.basic())).await;
    assert_eq!(two.error(), (400, "invalid_request"), "one method a request");
    assert_alive(&client, &tokens).await;
}

/// RFC 7009 section 2.1: a POST of a form with one token in its body.
#[tokio::test]
async fn only_a_form_with_one_token_is_read() {
    let app = provider().await;
    let client = app.relying_party();
    let basic = client.basic();
    for params in [&[][..], &[("token", "")], &[("token", "x"), ("token", "y")]] {
        let refused = client.post("/revoke", params, Some(&basic)).await;
        assert_eq!(refused.error(), (400, "invalid_request"), "{params:?}");
    }
    let send = async |method: Method, content_type: &str| {
        let request = Request::builder().method(method).uri("/revoke?token=x");
        let request =
            request.header(header::CONTENT_TYPE, content_type).header(header::AUTHORIZATION, &basic);
        answer(app.send(request.body(Body::from("token=x")).unwrap()).await).await
    };
    for content_type in ["application/json", "text/plain"] {
        assert_eq!(
            send(Method::POST, content_type).await.error(),
            (400, "invalid_request"),
            "{content_type}"
        );
    }
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let refused = send(method.clone(), "application/x-www-form-urlencoded").await;
        assert_eq!((refused.status, &refused.headers["allow"]), (405, &"POST".parse().unwrap()), "{method}");
        assert_eq!(refused.json["error"], "invalid_request");
    }
}
