//! The `openidconnect` crate, used as its documentation shows.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpClientError, HttpRequest,
    HttpResponse, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, Scope, TokenResponse,
};

use super::provider;
use crate::support::rig::{PASSWORD, PORTAL, PORTAL_SECRET, USER_NAME, http};
use crate::support::visitor::Visitor;

/// The crate's way out.
async fn send(request: HttpRequest) -> Result<HttpResponse, HttpClientError<reqwest::Error>> {
    let request = reqwest::Request::try_from(request).map_err(Box::new)?;
    let mut response = http().execute(request).await.map_err(Box::new)?;
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let mut answer = HttpResponse::new(response.bytes().await.map_err(Box::new)?.to_vec());
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}

async fn signs_in_refreshes_and_logs_out(alg: &str) {
    let (rig, server) = provider(alg).await;
    let issuer = IssuerUrl::new(rig.address()).expect("a URL");
    let metadata = ProviderMetadataWithLogout::discover_async(issuer, &send).await.expect("discovery");
    let end_session =
        metadata.additional_metadata().end_session_endpoint.clone().expect("an end_session_endpoint");
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new("portal.99999".to_owned()),
        Some(ClientSecret::new(PORTAL_SECRET.to_owned())),
    )
    .set_redirect_uri(RedirectUrl::new(format!("{PORTAL}/callback")).expect("a URL"));

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "email", "company"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let visitor = Visitor::new();
    let page = visitor.open(url.as_str()).await;
    let back = visitor.log_in(&page, USER_NAME, PASSWORD).await;
    assert_eq!(&back.sent("state"), state.secret());

    let code = AuthorizationCode::new(back.sent("code"));
    let request = client.exchange_code(code).expect("a token endpoint").set_pkce_verifier(verifier);
    let tokens = request.request_async(&send).await.expect("tokens");
    let id_token = tokens.id_token().expect("an ID token");
    let id_verifier = client.id_token_verifier();
    let claims: &CoreIdTokenClaims = id_token.claims(&id_verifier, &nonce).expect("a valid ID token");
    let signed_with = id_token.signing_alg().expect("an algorithm");
    assert_eq!(serde_json::to_value(signed_with).expect("JSON"), alg);
    let key = id_token.signing_key(&id_verifier).expect("its key");
    let hash = AccessTokenHash::from_token(tokens.access_token(), signed_with, key).expect("a hash");
    assert_eq!(claims.access_token_hash(), Some(&hash));

    let asked = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()));
    let person: CoreUserInfoClaims =
        asked.expect("a UserInfo endpoint").request_async(&send).await.expect("claims");
    assert_eq!(person.email().map(|email| email.as_str()), Some(USER_NAME));

    let refresh_token = tokens.refresh_token().expect("a refresh token");
    let request = client.exchange_refresh_token(refresh_token).expect("a token endpoint");
    let refreshed = request.request_async(&send).await.expect("tokens");
    assert_ne!(refreshed.refresh_token().map(|token| token.secret()), Some(refresh_token.secret()));
    let asked = client.user_info(refreshed.access_token().clone(), Some(claims.subject().clone()));
    let _: CoreUserInfoClaims =
        asked.expect("a UserInfo endpoint").request_async(&send).await.expect("claims");

    let state = CsrfToken::new_random();
    let out = LogoutRequest::from(end_session)
        .set_id_token_hint(id_token)
        .set_post_logout_redirect_uri(
            PostLogoutRedirectUrl::new(format!("{PORTAL}/signed-out")).expect("a URL"),
        )
        .set_state(state.clone());
    let out = visitor.open(out.http_get_url().as_str()).await;
    assert_eq!(&out.sent("state"), state.secret());
    assert!(out.leads_to.is_some_and(|to| to.as_str().starts_with(&format!("{PORTAL}/signed-out"))));
    server.stop().await;
}

#[tokio::test]
async fn the_openidconnect_crate_signs_in_refreshes_and_logs_out_with_rs256() {
    signs_in_refreshes_and_logs_out("RS256").await;
}

#[tokio::test]
async fn the_openidconnect_crate_signs_in_refreshes_and_logs_out_with_es256() {
    signs_in_refreshes_and_logs_out("ES256").await;
}

/// A relying party that was told another issuer than the provider is does not start (Discovery section 4.3).
#[tokio::test]
async fn discovery_under_another_name_is_refused() {
    let (rig, server) = provider("RS256").await;
    let other = IssuerUrl::new(rig.address().replace("127.0.0.1", "localhost")).expect("a URL");
    let refused = CoreProviderMetadata::discover_async(other, &send).await.expect_err("another issuer");
    assert!(refused.to_string().contains("unexpected issuer"), "{refused}");
    server.stop().await;
}
