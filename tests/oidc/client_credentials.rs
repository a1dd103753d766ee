//! The client credentials grant: RFC 6749 section 4.4; `protocol.md`, "Token endpoint".

use idp_domain::client::{AuthMethod, ClientId, GrantType};
use idp_domain::scope::Scopes;

use super::{MINUTE, SECOND, names, provider, register};
use crate::support::app::{ISSUER, SECRET, START, TestApp};
use crate::support::relying_party::{Answer, RelyingParty};

fn office(app: &TestApp) -> RelyingParty<'_> {
    RelyingParty::new(app, "office.99999", "")
}

async fn asked_for(app: &TestApp, scope: &str) -> Answer {
    office(app).token(&[("grant_type", "client_credentials"), ("scope", scope)]).await
}

/// RFC 6749 section 4.4.3: no refresh token; no person, so no ID token; RFC 9068 section 2.2 for the claims.
#[tokio::test]
async fn a_provisioning_client_gets_an_access_token_of_its_company_and_nothing_else() {
    let app = provider().await;
    let client = office(&app);
    let tokens = client.token(&[("grant_type", "client_credentials")]).await;
    assert_eq!(tokens.status, 200);
    assert_eq!(
        names(tokens.json.as_object().unwrap()),
        ["access_token", "expires_in", "scope", "token_type"]
    );
    assert_eq!((tokens.text("token_type"), &tokens.json["expires_in"]), ("Bearer", &300.into()));
    assert_eq!(tokens.text("scope"), "members:read members:write");

    let (claims, header) = client.verify(tokens.text("access_token")).await;
    assert_eq!((header["typ"].as_str(), header["alg"].as_str()), (Some("at+jwt"), Some("ES256")));
    assert_eq!(
        names(&claims),
        ["aud", "client_id", "company_id", "exp", "iat", "iss", "jti", "scope", "sub"]
    );
    assert_eq!((&claims["iss"], &claims["aud"]), (&ISSUER.into(), &"https://id.example/admin/v1".into()));
    assert_eq!((&claims["sub"], &claims["client_id"]), (&"office.99999".into(), &"office.99999".into()));
    assert_eq!(claims["company_id"], app.maple.id.to_string());
    assert_eq!(
        claims["exp"].as_i64(),
        Some(START.seconds() + 300),
        "5 minutes for the admin API (rules section 5)"
    );
}

/// RFC 6749 section 3.3.
#[tokio::test]
async fn a_scope_can_be_narrowed_and_never_widened() {
    let app = provider().await;
    assert_eq!(asked_for(&app, "members:read").await.text("scope"), "members:read");
    assert_eq!(
        asked_for(&app, "members:write members:read").await.text("scope"),
        "members:read members:write"
    );
    for scope in ["openid", "members:read openid", "members:read unheard_of", "members:readwrite", "*"] {
        assert_eq!(asked_for(&app, scope).await.error(), (400, "invalid_scope"), "{scope}");
    }
    register(&app, |client| {
        client.id = ClientId::parse("office.99999").unwrap();
        client.grant_types = vec![GrantType::ClientCredentials];
        client.scopes = Scopes::parse("members:read openid");
    })
    .await;
    assert_eq!(asked_for(&app, "members:write").await.error(), (400, "invalid_scope"));
    assert_eq!(asked_for(&app, "").await.text("scope"), "members:read");
}

/// RFC 6749 section 4.4: "MUST only be used by confidential clients."
#[tokio::test]
async fn a_public_client_has_no_credentials_to_grant_by() {
    let app = provider().await;
    register(&app, |client| {
        client.auth_method = AuthMethod::None;
        client.grant_types = vec![GrantType::ClientCredentials];
    })
    .await;
    let params = [("grant_type", "client_credentials"), ("client_id", "portal.99999")];
    let refused = app.relying_party().post("/token", &params, None).await;
    assert_eq!(refused.error(), (400, "unauthorized_client"));
}

#[tokio::test]
async fn a_portal_may_not_use_it() {
    let app = provider().await;
    let refused = app.relying_party().token(&[("grant_type", "client_credentials")]).await;
    assert_eq!(refused.error(), (400, "unauthorized_client"));
}

/// Attack 49 (CVE-2025-64521): a switched-off client gets no token, and the one it has opens nothing.
#[tokio::test]
async fn a_disabled_provisioning_client_is_locked_out_at_once() {
    let app = provider().await;
    let admin = app.admin();
    let token = admin.token().await;
    let bearer = format!("Bearer {token}");
    let list =
        async || admin.send(axum::http::Method::GET, "", None, &[("authorization", &bearer)]).await.status;
    assert_eq!(list().await, 200);
    register(&app, |client| {
        client.id = ClientId::parse("office.99999").unwrap();
        client.grant_types = vec![GrantType::ClientCredentials];
        client.enabled = false;
    })
    .await;
    assert_eq!(
        office(&app).token(&[("grant_type", "client_credentials")]).await.error(),
        (401, "invalid_client")
    );
    assert_eq!(list().await, 401);
}

/// Rules section 5: 5 minutes, to the second.
#[tokio::test]
async fn the_token_expires() {
    let app = provider().await;
    let admin = app.admin();
    let bearer = format!("Bearer {}", admin.token().await);
    let list =
        async || admin.send(axum::http::Method::GET, "", None, &[("authorization", &bearer)]).await.status;
    app.advance(MINUTE * 5 - SECOND);
    assert_eq!(list().await, 200);
    app.advance(SECOND);
    assert_eq!(list().await, 401);
    assert!(!SECRET.is_empty() && !bearer.contains(SECRET));
}
