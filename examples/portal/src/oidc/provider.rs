//! What discovery says about the provider (OIDC Discovery section 4), fetched at first use, kept for an hour,
//! and fetched again when an ID token names a key that is not known yet (OIDC Core section 10.1.1).
//! Never takes metadata whose `issuer` is not the configured one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, AuthType, ClaimsVerificationError, ClientId,
    ClientSecret, EndSessionUrl, IssuerUrl, LogoutProviderMetadata, NonceVerifier, ProviderMetadata,
    RedirectUrl, SignatureVerificationError,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::claims::{Client, IdToken};
use super::http::Client as HttpClient;
use super::{Holder, OidcError};
use crate::cli::Settings;

/// Discovery is tried this often, pausing in between: a provider that is just starting is waited for.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(500), Duration::from_millis(1000)];
/// After a failure nobody else waits so long again for the same answer.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(1);
const FRESH_FOR: Duration = Duration::from_secs(60 * 60);
/// Between two fetches because of unknown keys.
const REST_BETWEEN_KEYS: Duration = Duration::from_secs(10);
/// Asymmetric only: a key from the JWKS proves who signed, a shared secret would not.
pub(super) const SIGNING_ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// RFC 9207 section 3.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct ResponseIssuer {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for ResponseIssuer {}

type Metadata = ProviderMetadata<
    LogoutProviderMetadata<ResponseIssuer>,
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

/// The provider as discovered, and the portal as its client.
pub(super) struct Provider {
    pub(super) metadata: Metadata,
    pub(super) client: Client,
    fetched: Instant,
    keys_sought: Option<Instant>,
}

impl Provider {
    pub(super) fn announces_iss(&self) -> bool {
        self.metadata.additional_metadata().additional_metadata.authorization_response_iss_parameter_supported
    }

    pub(super) fn end_session_endpoint(&self) -> Option<&EndSessionUrl> {
        self.metadata.additional_metadata().end_session_endpoint.as_ref()
    }

    pub(super) fn keys(&self) -> &[CoreJsonWebKey] {
        self.metadata.jwks().keys()
    }

    /// OIDC Core sections 3.1.3.7 and 3.1.3.8: signature, `iss`, `aud`, `exp`, nonce, and `at_hash` when there.
    pub(super) fn verify(
        &self,
        id_token: &IdToken,
        access: &AccessToken,
        nonce: impl NonceVerifier,
    ) -> Result<Holder, ClaimsVerificationError> {
        let verifier = self.client.id_token_verifier().set_allowed_algs(SIGNING_ALGORITHMS);
        let claims = id_token.claims(&verifier, nonce)?;
        if let Some(expected) = claims.access_token_hash() {
            let (algorithm, key) = (id_token.signing_alg(), id_token.signing_key(&verifier));
            let algorithm = algorithm.map_err(ClaimsVerificationError::SignatureVerification)?;
            let key = key.map_err(ClaimsVerificationError::SignatureVerification)?;
            let actual = AccessTokenHash::from_token(access, algorithm, key)
                .map_err(|cause| ClaimsVerificationError::Other(cause.to_string()))?;
            if actual != *expected {
                return Err(ClaimsVerificationError::Other("at_hash is of another access token".into()));
            }
        }
        Ok(Holder { sub: claims.subject().clone(), sid: claims.additional_claims().sid.clone() })
    }
}

/// Whether an ID token was signed with a key that is not in the JWKS as we know it.
pub(super) fn is_unknown_key(refusal: &ClaimsVerificationError) -> bool {
    matches!(
        refusal,
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)
    )
}

enum Knowledge {
    Nothing,
    Failed { at: Instant },
    Known(Arc<Provider>),
}

/// Finds the provider, once for all who ask at the same time.
pub(super) struct Registry {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    redirect_uri: RedirectUrl,
    knowledge: Mutex<Knowledge>,
}

impl Registry {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            issuer: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            redirect_uri: RedirectUrl::from_url(settings.link("callback")),
            knowledge: Mutex::new(Knowledge::Nothing),
        }
    }

    /// The provider; discovers it when it is not known or what is known has aged. Aged knowledge is better
    /// than none when the provider does not answer.
    pub(super) async fn provider(&self, http: &HttpClient, now: Instant) -> Result<Arc<Provider>, OidcError> {
        let mut knowledge = self.knowledge.lock().await;
        match &*knowledge {
            Knowledge::Known(provider) if now < provider.fetched + FRESH_FOR => Ok(Arc::clone(provider)),
            Knowledge::Known(aged) => {
                let provider = match self.discover(http, now, None).await {
                    Ok(provider) => Arc::new(provider),
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "keeping aged metadata");
                        return Ok(Arc::clone(aged));
                    }
                };
                *knowledge = Knowledge::Known(Arc::clone(&provider));
                Ok(provider)
            }
            Knowledge::Failed { at } if now < *at + REST_AFTER_FAILURE => {
                Err(OidcError::Unavailable(anyhow::anyhow!("discovery failed a moment ago")))
            }
            Knowledge::Nothing | Knowledge::Failed { .. } => self.meet(&mut knowledge, http, now).await,
        }
    }

    /// The provider if anybody has needed it yet. Contacts nobody.
    pub(super) async fn known(&self) -> Option<Arc<Provider>> {
        match &*self.knowledge.lock().await {
            Knowledge::Known(provider) => Some(Arc::clone(provider)),
            Knowledge::Nothing | Knowledge::Failed { .. } => None,
        }
    }

    /// Fetches again because `stale` lacks a key. Whoever comes while somebody else did so shares the
    /// answer; a provider that signs with unpublished keys is not asked more often than every ten seconds.
    pub(super) async fn fetch_again(
        &self,
        http: &HttpClient,
        stale: &Arc<Provider>,
        now: Instant,
    ) -> Result<Arc<Provider>, OidcError> {
        let mut knowledge = self.knowledge.lock().await;
        if let Knowledge::Known(current) = &*knowledge {
            let rests = current.keys_sought.is_some_and(|sought| now < sought + REST_BETWEEN_KEYS);
            if rests || !Arc::ptr_eq(current, stale) {
                return Ok(Arc::clone(current));
            }
        }
        let provider = Arc::new(self.discover(http, now, Some(now)).await?);
        *knowledge = Knowledge::Known(Arc::clone(&provider));
        Ok(provider)
    }

    /// First contact, with patience.
    async fn meet(
        &self,
        knowledge: &mut Knowledge,
        http: &HttpClient,
        now: Instant,
    ) -> Result<Arc<Provider>, OidcError> {
        let mut outcome = self.discover(http, now, None).await;
        for pause in PAUSES {
            if outcome.is_ok() {
                break;
            }
            tokio::time::sleep(pause).await;
            outcome = self.discover(http, now, None).await;
        }
        match outcome {
            Ok(provider) => {
                let provider = Arc::new(provider);
                *knowledge = Knowledge::Known(Arc::clone(&provider));
                Ok(provider)
            }
            Err(error) => {
                // Not `now`: those who waited for the lock meanwhile are answered as well.
                *knowledge = Knowledge::Failed { at: Instant::now() };
                Err(error)
            }
        }
    }

    async fn discover(
        &self,
        http: &HttpClient,
        now: Instant,
        keys_sought: Option<Instant>,
    ) -> Result<Provider, OidcError> {
        let metadata = Metadata::discover_async(self.issuer.clone(), http)
            .await
            .map_err(|cause| OidcError::Unavailable(cause.into()))?;
        let secret = Some(self.client_secret.clone());
        let client = Client::from_provider_metadata(metadata.clone(), self.client_id.clone(), secret)
            .set_redirect_uri(self.redirect_uri.clone())
            .set_auth_type(client_authentication(&metadata));
        Ok(Provider { metadata, client, fetched: now, keys_sought })
    }
}

/// `client_secret_basic`, the default of OIDC Discovery section 3, unless only the form is offered.
fn client_authentication(metadata: &Metadata) -> AuthType {
    match metadata.token_endpoint_auth_methods_supported() {
        Some(methods) if !methods.contains(&CoreClientAuthMethod::ClientSecretBasic) => AuthType::RequestBody,
        _ => AuthType::BasicAuth,
    }
}
