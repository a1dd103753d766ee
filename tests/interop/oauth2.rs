//! The `oauth2` crate, used as its documentation shows. It knows no OpenID Connect and no discovery: its endpoints are
//! read from the metadata of RFC 8414.

use ::oauth2::basic::{BasicClient, BasicTokenResponse, BasicTokenType};
use ::oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    IntrospectionUrl, PkceCodeChallenge, RedirectUrl, RequestTokenError, RevocationUrl, Scope,
    TokenIntrospectionResponse as _, TokenResponse as _, TokenUrl,
};
use serde_json::Value;

use super::outbound::{behind_tls, send};
use super::provider;
use super::registration::Registration;
use crate::support::rig::{OFFICE_SECRET, PASSWORD, PORTAL, PORTAL_SECRET, Rig, USER_NAME, http};
use crate::support::visitor::Visitor;

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointSet>;

async fn client(rig: &Rig, client_id: &str, secret: &str) -> Client {
    let address = format!("{}/.well-known/oauth-authorization-server", rig.address());
    let metadata: Value = http().get(address).send().await.expect("metadata").json().await.expect("JSON");
    let endpoint = |name: &str| metadata[name].as_str().unwrap_or_else(|| panic!("no {name}")).to_owned();
    let revocation = behind_tls(&endpoint("revocation_endpoint"));
    BasicClient::new(ClientId::new(client_id.to_owned()))
        .set_client_secret(ClientSecret::new(secret.to_owned()))
        .set_auth_uri(AuthUrl::new(endpoint("authorization_endpoint")).expect("a URL"))
        .set_token_uri(TokenUrl::new(endpoint("token_endpoint")).expect("a URL"))
        .set_introspection_url(IntrospectionUrl::new(endpoint("introspection_endpoint")).expect("a URL"))
        .set_revocation_url(RevocationUrl::new(revocation).expect("a URL"))
}

async fn signs_in(client: &Client) -> BasicTokenResponse {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let request = client.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge);
    let scopes = ["openid", "email"].map(|scope| Scope::new(scope.to_owned()));
    let (url, state) = request.add_scopes(scopes).url();
    let visitor = Visitor::new();
    let page = visitor.open(url.as_str()).await;
    let back = visitor.log_in(&page, USER_NAME, PASSWORD).await;
    assert_eq!(&back.sent("state"), state.secret());
    let request = client.exchange_code(AuthorizationCode::new(back.sent("code")));
    request.set_pkce_verifier(verifier).request_async(&send).await.expect("tokens")
}

async fn walks(registration: Registration, presents: AuthType) {
    let (rig, server) = provider(&[&registration]).await;
    let client = client(&rig, registration.text("client_id"), PORTAL_SECRET).await;
    let client = client
        .set_auth_type(presents)
        .set_redirect_uri(RedirectUrl::new(format!("{PORTAL}/callback")).expect("a URL"));
    let tokens = signs_in(&client).await;

    let first = tokens.refresh_token().expect("a refresh token");
    let refreshed = client.exchange_refresh_token(first).request_async(&send).await.expect("tokens");
    let second = refreshed.refresh_token().expect("a refresh token");
    assert_ne!(first.secret(), second.secret());

    let access_token = refreshed.access_token();
    let request = client.introspect(access_token).set_token_type_hint("access_token");
    let known = request.request_async(&send).await.expect("an answer");
    assert!(known.active(), "{known:?}");
    assert_eq!(known.client_id(), Some(client.client_id()));
    assert_eq!(known.token_type(), Some(&BasicTokenType::Bearer));
    assert_eq!(known.iss(), Some(rig.address().as_str()));
    let lifetime = known.exp().expect("exp") - known.iat().expect("iat");
    let promised = refreshed.expires_in().expect("expires_in").as_secs();
    assert!(lifetime.num_seconds().unsigned_abs().abs_diff(promised) <= 1, "{lifetime} and {promised} s");

    let revoke = async |token: ::oauth2::StandardRevocableToken| {
        client.revoke_token(token).expect("https").request_async(&send).await.expect("revoked");
    };
    revoke(access_token.into()).await;
    let known = client.introspect(access_token).request_async(&send).await.expect("an answer");
    assert!(!known.active(), "{known:?}");
    assert_eq!((known.client_id(), known.exp(), known.sub()), (None, None, None));
    revoke(second.into()).await;
    let refused = client.exchange_refresh_token(second).request_async(&send).await.expect_err("revoked");
    let RequestTokenError::ServerResponse(refused) = refused else { panic!("{refused}") };
    assert_eq!(refused.error().as_ref(), "invalid_grant");
    server.stop().await;
}

#[tokio::test]
async fn the_oauth2_crate_signs_in_refreshes_introspects_and_revokes() {
    walks(Registration::portal(), AuthType::BasicAuth).await;
}

#[tokio::test]
async fn the_oauth2_crate_signs_in_refreshes_introspects_and_revokes_with_its_secret_in_the_body() {
    let portal = Registration::portal().with("token_endpoint_auth_method", "client_secret_post");
    walks(portal, AuthType::RequestBody).await;
}

/// RFC 6749 section 4.4; what a client got for itself it may also revoke.
#[tokio::test]
async fn the_oauth2_crate_gets_a_token_for_the_office_itself() {
    let (rig, server) = provider(&[&Registration::portal()]).await;
    let client = client(&rig, "office.99999", OFFICE_SECRET).await;
    let request = client.exchange_client_credentials().add_scope(Scope::new("members:read".to_owned()));
    let tokens = request.request_async(&send).await.expect("a token");
    assert!(tokens.refresh_token().is_none(), "RFC 6749 section 4.4.3");
    let known = client.introspect(tokens.access_token()).request_async(&send).await.expect("an answer");
    assert!(known.active(), "{known:?}");
    assert_eq!(known.sub(), Some("office.99999"));
    let revocation = client.revoke_token(tokens.access_token().into()).expect("https");
    revocation.request_async(&send).await.expect("revoked");
    let known = client.introspect(tokens.access_token()).request_async(&send).await.expect("an answer");
    assert!(!known.active(), "{known:?}");
    server.stop().await;
}
