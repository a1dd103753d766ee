//! The `openidconnect` crate, used as its documentation shows.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreProviderMetadata, CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreSubjectIdentifierType,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IntrospectionUrl, IssuerUrl,
    LogoutProviderMetadata, LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl, RefreshToken, RevocationUrl, Scope,
    SubjectIdentifier, TokenIntrospectionResponse as _, TokenResponse as _, UserInfoError,
};
use serde::{Deserialize, Serialize};

use super::outbound::{behind_tls, send};
use super::provider;
use super::registration::Registration;
use crate::support::rig::{PASSWORD, PORTAL, PORTAL_SECRET, Rig, USER_NAME};
use crate::support::visitor::Visitor;

/// What the crate does not read of discovery by itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct TokenEndpoints {
    introspection_endpoint: String,
    revocation_endpoint: String,
}

impl AdditionalProviderMetadata for TokenEndpoints {}

/// What discovery says, with what the crate does not read of it by itself.
pub(super) type MetadataWith<A> = ProviderMetadata<
    A,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Metadata = MetadataWith<LogoutProviderMetadata<TokenEndpoints>>;

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointMaybeSet, EndpointMaybeSet>;

/// One registered client, and the browser of the person who uses it.
struct RelyingParty {
    client: Client,
    endpoints: LogoutProviderMetadata<TokenEndpoints>,
    registration: Registration,
    visitor: Visitor,
}

impl RelyingParty {
    async fn discovers(rig: &Rig, registration: Registration) -> Self {
        let issuer = IssuerUrl::new(rig.address()).expect("a URL");
        let metadata = Metadata::discover_async(issuer, &send).await.expect("discovery");
        let endpoints = metadata.additional_metadata().clone();
        let TokenEndpoints { introspection_endpoint, revocation_endpoint } = &endpoints.additional_metadata;
        let introspection = IntrospectionUrl::new(introspection_endpoint.clone()).expect("a URL");
        let revocation = RevocationUrl::new(behind_tls(revocation_endpoint)).expect("a URL");
        let client_id = ClientId::new(registration.text("client_id").to_owned());
        let secret = Some(ClientSecret::new(PORTAL_SECRET.to_owned()));
        let client = CoreClient::from_provider_metadata(metadata, client_id, secret)
            .set_introspection_url(introspection)
            .set_revocation_url(revocation)
            .set_redirect_uri(RedirectUrl::new(format!("{PORTAL}/callback")).expect("a URL"));
        Self { client, endpoints, registration, visitor: Visitor::new() }
    }

    /// From the authorization request to tokens whose `nonce` and `at_hash` are good.
    async fn signs_in(&self) -> (CoreTokenResponse, SubjectIdentifier) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let request = self.client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let scopes = ["profile", "email", "company"].map(|scope| Scope::new(scope.to_owned()));
        let (url, state, nonce) = request.add_scopes(scopes).set_pkce_challenge(challenge).url();
        let page = self.visitor.open(url.as_str()).await;
        let back = self.visitor.log_in(&page, USER_NAME, PASSWORD).await;
        assert_eq!(&back.sent("state"), state.secret());

        let code = AuthorizationCode::new(back.sent("code"));
        let request = self.client.exchange_code(code).expect("a token endpoint").set_pkce_verifier(verifier);
        let tokens = request.request_async(&send).await.expect("tokens");
        let id_token = tokens.id_token().expect("an ID token");
        let id_verifier = self.client.id_token_verifier();
        let claims = id_token.claims(&id_verifier, &nonce).expect("a valid ID token");
        let alg = id_token.signing_alg().expect("an algorithm");
        let registered = self.registration.text("id_token_signed_response_alg");
        assert_eq!(serde_json::to_value(alg).expect("JSON"), registered);
        let key = id_token.signing_key(&id_verifier).expect("its key");
        let hash = AccessTokenHash::from_token(tokens.access_token(), alg, key).expect("a hash");
        assert_eq!(claims.access_token_hash(), Some(&hash));
        let subject = claims.subject().clone();
        (tokens, subject)
    }

    async fn user_info(
        &self,
        token: &AccessToken,
        subject: &SubjectIdentifier,
    ) -> Result<CoreUserInfoClaims, UserInfoError<impl std::error::Error + use<>>> {
        let request = self.client.user_info(token.clone(), Some(subject.clone())).expect("UserInfo");
        let signed = self.registration.has("userinfo_signed_response_alg");
        request.require_signed_response(signed).request_async(&send).await
    }

    async fn refreshes(&self, token: &RefreshToken, subject: &SubjectIdentifier) -> CoreTokenResponse {
        let request = self.client.exchange_refresh_token(token).expect("a token endpoint");
        let refreshed = request.request_async(&send).await.expect("tokens");
        assert_ne!(refreshed.refresh_token().map(|token| token.secret()), Some(token.secret()));
        let id_token = refreshed.id_token().expect("an ID token");
        let any_nonce = |_: Option<&Nonce>| Ok(());
        let claims = id_token.claims(&self.client.id_token_verifier(), any_nonce).expect("a valid ID token");
        assert_eq!(claims.subject(), subject);
        refreshed
    }

    async fn introspects(&self, token: &AccessToken) -> Option<SubjectIdentifier> {
        let request = self.client.introspect(token).set_token_type_hint("access_token");
        let known = request.request_async(&send).await.expect("an answer");
        known.active().then(|| SubjectIdentifier::new(known.sub().expect("a subject").to_owned()))
    }

    async fn revokes(&self, token: impl Into<CoreRevocableToken>) {
        let request = self.client.revoke_token(token.into()).expect("https");
        request.request_async(&send).await.expect("revoked");
    }

    async fn leaves(&self, tokens: &CoreTokenResponse) {
        let state = CsrfToken::new_random();
        let signed_out = format!("{PORTAL}/signed-out");
        let out = LogoutRequest::from(self.endpoints.end_session_endpoint.clone().expect("a log-out"))
            .set_id_token_hint(tokens.id_token().expect("an ID token"))
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(signed_out.clone()).expect("a URL"))
            .set_state(state.clone());
        let out = self.visitor.open(out.http_get_url().as_str()).await;
        assert_eq!(&out.sent("state"), state.secret());
        assert!(out.leads_to.is_some_and(|to| to.as_str().starts_with(&signed_out)));
    }
}

async fn walks(registration: Registration) {
    let (rig, server) = provider(&[&registration]).await;
    let relying_party = RelyingParty::discovers(&rig, registration).await;
    let (tokens, subject) = relying_party.signs_in().await;
    let person = relying_party.user_info(tokens.access_token(), &subject).await.expect("claims");
    assert_eq!(person.email().map(|email| email.as_str()), Some(USER_NAME));
    assert_eq!(relying_party.introspects(tokens.access_token()).await.as_ref(), Some(&subject));

    let refreshed = relying_party.refreshes(tokens.refresh_token().expect("a token"), &subject).await;
    let (access_token, refresh_token) = (refreshed.access_token(), refreshed.refresh_token());
    relying_party.user_info(access_token, &subject).await.expect("claims");

    relying_party.revokes(access_token).await;
    assert_eq!(relying_party.introspects(access_token).await, None);
    let refused = relying_party.user_info(access_token, &subject).await.expect_err("revoked");
    assert!(matches!(refused, UserInfoError::Response(status, ..) if status == 401), "{refused}");
    let refresh_token = refresh_token.expect("a refresh token");
    relying_party.revokes(refresh_token).await;
    let request = relying_party.client.exchange_refresh_token(refresh_token).expect("a token endpoint");
    let refused = request.request_async(&send).await.expect_err("revoked");
    assert!(refused.to_string().contains("Server returned error response"), "{refused}");

    relying_party.leaves(&refreshed).await;
    server.stop().await;
}

#[tokio::test]
async fn the_openidconnect_crate_walks_the_whole_way_with_rs256() {
    walks(Registration::portal().with("id_token_signed_response_alg", "RS256")).await;
}

#[tokio::test]
async fn the_openidconnect_crate_walks_the_whole_way_with_es256() {
    walks(Registration::portal().with("id_token_signed_response_alg", "ES256")).await;
}

/// OpenID Connect Core section 5.3.2. The crate verifies no other algorithm than RS256 here.
#[tokio::test]
async fn the_openidconnect_crate_verifies_signed_user_info() {
    walks(Registration::portal().with("userinfo_signed_response_alg", "RS256")).await;
}

/// OpenID Connect Core section 8: one `sub` in ID token, UserInfo and introspection, and it is this client's own.
#[tokio::test]
async fn the_openidconnect_crate_sees_another_subject_as_a_pairwise_client() {
    let portal = Registration::portal();
    let pairwise = portal.clone().pairwise();
    let (rig, server) = provider(&[&portal, &pairwise]).await;
    let mut seen = Vec::new();
    for registration in [portal, pairwise] {
        let relying_party = RelyingParty::discovers(&rig, registration).await;
        let (tokens, subject) = relying_party.signs_in().await;
        relying_party.user_info(tokens.access_token(), &subject).await.expect("the same subject");
        assert_eq!(relying_party.introspects(tokens.access_token()).await.as_ref(), Some(&subject));
        seen.push(subject);
    }
    assert_ne!(seen[0], seen[1]);
    server.stop().await;
}

/// A relying party that was told another issuer than the provider is does not start (Discovery section 4.3).
#[tokio::test]
async fn discovery_under_another_name_is_refused() {
    let (rig, server) = provider(&[&Registration::portal()]).await;
    let other = IssuerUrl::new(rig.address().replace("127.0.0.1", "localhost")).expect("a URL");
    let refused = CoreProviderMetadata::discover_async(other, &send).await.expect_err("another issuer");
    assert!(refused.to_string().contains("unexpected issuer"), "{refused}");
    server.stop().await;
}
