//! The `openidconnect` crate as a client of the FAPI 2.0 Security Profile. What the crate knows nothing of (assertions, pushed
//! requests, DPoP) goes in where its documentation lets it: extra parameters, and the HTTP client that it is handed.

use josekit::jwk::Jwk;
use josekit::jws::{ES256, JwsHeader};
use josekit::jwt::{self, JwtPayload};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreTokenResponse, CoreTokenType, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AdditionalProviderMetadata, AuthorizationCode, ClientId, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpClientError, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::openidconnect::MetadataWith;
use super::outbound::send;
use super::registration::Registration;
use super::{now, provider};
use crate::support::dpop::DpopKey;
use crate::support::rig::{PASSWORD, Rig, USER_NAME, http};
use crate::support::visitor::Visitor;

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What the crate does not read of discovery by itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Pushing {
    pushed_authorization_request_endpoint: String,
}

impl AdditionalProviderMetadata for Pushing {}

type Metadata = MetadataWith<Pushing>;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// One registered client: what it signs with, and the key that its tokens are bound to.
struct RelyingParty {
    client: Client,
    issuer: String,
    push_to: String,
    signs: Jwk,
    key: DpopKey,
}

impl RelyingParty {
    async fn discovers(rig: &Rig, registration: &Registration) -> Self {
        let issuer = rig.address();
        let metadata = Metadata::discover_async(IssuerUrl::new(issuer.clone()).expect("a URL"), &send).await;
        let metadata = metadata.expect("discovery");
        let push_to = metadata.additional_metadata().pushed_authorization_request_endpoint.clone();
        let client_id = ClientId::new(registration.text("client_id").to_owned());
        let callback = RedirectUrl::new("https://portal.example/callback".to_owned()).expect("a URL");
        let client = CoreClient::from_provider_metadata(metadata, client_id, None).set_redirect_uri(callback);
        let signs = Jwk::from_bytes(registration.told(&issuer)["private_key"].to_string()).expect("its key");
        Self { client, issuer, push_to, signs, key: DpopKey::new() }
    }

    /// RFC 7523 section 2.2: each is another one.
    fn assertion(&self) -> String {
        let id = self.client.client_id().as_str();
        let mut payload = JwtPayload::new();
        payload.set_issuer(id);
        payload.set_subject(id);
        payload.set_jwt_id(CsrfToken::new_random().secret());
        let claims =
            [("aud", self.issuer.clone().into()), ("iat", now().into()), ("exp", (now() + 60).into())];
        for (name, value) in claims {
            payload.set_claim(name, Some(value)).expect("a claim");
        }
        let mut header = JwsHeader::new();
        header.set_token_type("JWT");
        let signer = ES256.signer_from_jwk(&self.signs).expect("a signer");
        jwt::encode_with_signer(&payload, &header, &signer).expect("an assertion")
    }

    /// The HTTP client for the crate: each request proves the key, and shows a token as bound to it (RFC 9449 section 7.1).
    async fn sends(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpClientError<reqwest::Error>> {
        let token = request.headers().get("authorization").and_then(|header| header.to_str().ok());
        let token = token.and_then(|header| header.strip_prefix("Bearer ")).map(str::to_owned);
        let mut proof = self.key.proof_for(request.method().as_str(), &request.uri().to_string(), now());
        if let Some(token) = token {
            proof = proof.of(&token);
            request.headers_mut().insert("authorization", format!("DPoP {token}").parse().expect("a header"));
        }
        request.headers_mut().insert("dpop", proof.sign().parse().expect("a header"));
        send(request).await
    }

    /// Pushes what the crate wrote for the browser; returns what the browser is given instead (RFC 9126).
    async fn pushes(&self, authorize: &Url) -> Url {
        let assertion = self.assertion();
        let mut form: Vec<(String, String)> = authorize.query_pairs().into_owned().collect();
        form.push(("client_assertion_type".to_owned(), ASSERTION.to_owned()));
        form.push(("client_assertion".to_owned(), assertion));
        let proof = self.key.proof_for("POST", &self.push_to, now()).sign();
        let pushed = http().post(&self.push_to).header("DPoP", proof).form(&form).send().await;
        let pushed: serde_json::Value = pushed.expect("a server").json().await.expect("JSON");
        let request_uri = pushed["request_uri"].as_str().unwrap_or_else(|| panic!("refused: {pushed}"));
        let mut short = authorize.clone();
        let named = [("client_id", self.client.client_id().as_str()), ("request_uri", request_uri)];
        short.query_pairs_mut().clear().extend_pairs(named);
        short
    }

    /// From the pushed request to tokens that are good for the holder of the key.
    async fn signs_in(&self, visitor: &Visitor) -> CoreTokenResponse {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let request = self.client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let request = request.add_scope(Scope::new("email".to_owned())).set_pkce_challenge(challenge);
        let (url, state, nonce) = request.url();
        let page = visitor.open(self.pushes(&url).await.as_str()).await;
        let back = visitor.log_in(&page, USER_NAME, PASSWORD).await;
        assert_eq!(&back.sent("state"), state.secret());

        let code = AuthorizationCode::new(back.sent("code"));
        let request = self.client.exchange_code(code).expect("a token endpoint").set_pkce_verifier(verifier);
        let request = request.add_extra_param("client_assertion_type", ASSERTION);
        let request = request.add_extra_param("client_assertion", self.assertion());
        let tokens = request.request_async(&|request| self.sends(request)).await.expect("tokens");
        assert_eq!(tokens.token_type(), &CoreTokenType::Extension("dpop".to_owned()));
        let id_token = tokens.id_token().expect("an ID token");
        id_token.claims(&self.client.id_token_verifier(), &nonce).expect("a valid ID token");
        assert_eq!(
            serde_json::to_value(id_token.signing_alg().expect("an algorithm")).expect("JSON"),
            "ES256"
        );
        tokens
    }

    async fn user_info(&self, token: &AccessToken) -> CoreUserInfoClaims {
        let request = self.client.user_info(token.clone(), None).expect("UserInfo");
        request.request_async(&|request| self.sends(request)).await.expect("claims")
    }

    async fn refreshes(&self, tokens: &CoreTokenResponse) -> CoreTokenResponse {
        let token = tokens.refresh_token().expect("a refresh token");
        let request = self.client.exchange_refresh_token(token).expect("a token endpoint");
        let request = request.add_extra_param("client_assertion_type", ASSERTION);
        let request = request.add_extra_param("client_assertion", self.assertion());
        request.request_async(&|request| self.sends(request)).await.expect("tokens")
    }
}

#[tokio::test]
async fn the_openidconnect_crate_walks_the_whole_way_as_fapi2() {
    let registration = Registration::portal().keyed("ES256").fapi2();
    let registration = registration.with("require_signed_request_object", false);
    let (rig, server) = provider(&[&registration]).await;
    let relying_party = RelyingParty::discovers(&rig, &registration).await;
    let tokens = relying_party.signs_in(&Visitor::new()).await;
    let person = relying_party.user_info(tokens.access_token()).await;
    assert_eq!(person.email().map(|email| email.as_str()), Some(USER_NAME));

    let refreshed = relying_party.refreshes(&tokens).await;
    let secret = |tokens: &CoreTokenResponse| tokens.refresh_token().map(|token| token.secret().clone());
    assert_eq!(secret(&refreshed), secret(&tokens), "it is not rotated");
    relying_party.user_info(refreshed.access_token()).await;

    // The crate as it comes presents a bearer token.
    let request = relying_party.client.user_info(refreshed.access_token().clone(), None).expect("UserInfo");
    let refused: Result<CoreUserInfoClaims, _> = request.request_async(&send).await;
    assert!(refused.is_err());
    server.stop().await;
}
