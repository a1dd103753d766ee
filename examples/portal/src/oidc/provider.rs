//! What discovery says about the provider (OIDC Discovery section 4), fetched at first use, kept for an hour,
//! and fetched again when an ID token names a key that is not known yet (OIDC Core section 10.1.1).
//! Never takes metadata whose `issuer` is not the configured one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// What was learned so far. Read and written at once, never while somebody waits for the provider.
#[derive(Default)]
struct Knowledge {
    provider: Option<Arc<Provider>>,
    /// When it last failed to answer; `None` once it has answered again.
    failed: Option<Instant>,
    /// When an unknown key last made us ask, whatever came of it.
    keys_sought: Option<Instant>,
}

impl Knowledge {
    /// What to say without asking; `None` when somebody has to ask. Aged knowledge is better than none when the provider
    /// does not answer.
    fn answer(&self, now: Instant) -> Option<Result<Arc<Provider>, OidcError>> {
        let rests = self.failed.is_some_and(|at| now < at + REST_AFTER_FAILURE);
        match &self.provider {
            Some(known) if rests || now < known.fetched + FRESH_FOR => Some(Ok(Arc::clone(known))),
            None if rests => Some(Err(failed_a_moment_ago())),
            _ => None,
        }
    }
}

fn failed_a_moment_ago() -> OidcError {
    OidcError::Unavailable(anyhow::anyhow!("discovery failed a moment ago"))
}

/// Finds the provider, once for all who ask at the same time.
pub(super) struct Registry {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    redirect_uri: RedirectUrl,
    knowledge: Mutex<Knowledge>,
    /// Whose turn it is to ask the provider. Nobody waits for it who can do with what is known.
    turn: tokio::sync::Mutex<()>,
}

impl Registry {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            issuer: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            redirect_uri: RedirectUrl::from_url(settings.link("callback")),
            knowledge: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// The provider; discovers it when it is not known or what is known has aged.
    pub(super) async fn provider(&self, http: &HttpClient, now: Instant) -> Result<Arc<Provider>, OidcError> {
        if let Some(answer) = self.knowledge().answer(now) {
            return answer;
        }
        let aged = self.known();
        let _turn = match &aged {
            None => self.turn.lock().await,
            Some(aged) => match self.turn.try_lock() {
                Ok(turn) => turn,
                Err(_) => return Ok(Arc::clone(aged)),
            },
        };
        // Whoever had the turn before may have learned it.
        if let Some(answer) = self.knowledge().answer(now) {
            return answer;
        }
        let Some(aged) = aged else {
            return self.fetch(http, now, &PAUSES).await;
        };
        Ok(self.fetch(http, now, &[]).await.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "keeping aged metadata");
            aged
        }))
    }

    /// The provider if anybody has needed it yet. Contacts nobody.
    pub(super) fn known(&self) -> Option<Arc<Provider>> {
        self.knowledge().provider.clone()
    }

    /// Fetches again because `stale` lacks a key. Whoever comes while somebody else did so shares the
    /// answer; the provider is not asked more often than every ten seconds, whatever it answers: anybody can name keys
    /// that nobody knows.
    pub(super) async fn fetch_again(
        &self,
        http: &HttpClient,
        stale: &Arc<Provider>,
        now: Instant,
    ) -> Result<Arc<Provider>, OidcError> {
        let _turn = self.turn.lock().await;
        {
            let knowledge = self.knowledge();
            let rests = knowledge.keys_sought.is_some_and(|sought| now < sought + REST_BETWEEN_KEYS);
            match &knowledge.provider {
                Some(current) if !Arc::ptr_eq(current, stale) => return Ok(Arc::clone(current)),
                // The key may be a good one.
                Some(_) if rests && knowledge.failed.is_some() => return Err(failed_a_moment_ago()),
                Some(current) if rests => return Ok(Arc::clone(current)),
                _ => {}
            }
        }
        let outcome = self.fetch(http, now, &[]).await;
        self.knowledge().keys_sought = Some(Instant::now());
        outcome
    }

    /// Asks the provider, again after every pause, and notes what came of it. For whoever has the turn.
    async fn fetch(
        &self,
        http: &HttpClient,
        now: Instant,
        pauses: &[Duration],
    ) -> Result<Arc<Provider>, OidcError> {
        let mut outcome = self.discover(http, now).await;
        for pause in pauses {
            if outcome.is_ok() {
                break;
            }
            tokio::time::sleep(*pause).await;
            outcome = self.discover(http, now).await;
        }
        let mut knowledge = self.knowledge();
        match outcome {
            Ok(provider) => {
                let provider = Arc::new(provider);
                knowledge.provider = Some(Arc::clone(&provider));
                knowledge.failed = None;
                Ok(provider)
            }
            Err(error) => {
                // Not `now`: those who waited for their turn meanwhile are answered as well.
                knowledge.failed = Some(Instant::now());
                Err(error)
            }
        }
    }

    fn knowledge(&self) -> MutexGuard<'_, Knowledge> {
        self.knowledge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn discover(&self, http: &HttpClient, now: Instant) -> Result<Provider, OidcError> {
        let metadata = Metadata::discover_async(self.issuer.clone(), http)
            .await
            .map_err(|cause| OidcError::Unavailable(cause.into()))?;
        let secret = Some(self.client_secret.clone());
        let client = Client::from_provider_metadata(metadata.clone(), self.client_id.clone(), secret)
            .set_redirect_uri(self.redirect_uri.clone())
            .set_auth_type(client_authentication(&metadata));
        Ok(Provider { metadata, client, fetched: now })
    }
}

/// `client_secret_basic`, the default of OIDC Discovery section 3, unless only the form is offered.
fn client_authentication(metadata: &Metadata) -> AuthType {
    match metadata.token_endpoint_auth_methods_supported() {
        Some(methods) if !methods.contains(&CoreClientAuthMethod::ClientSecretBasic) => AuthType::RequestBody,
        _ => AuthType::BasicAuth,
    }
}
