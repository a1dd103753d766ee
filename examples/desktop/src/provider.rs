//! The provider as discovery describes it (OIDC Discovery section 4), and the verification of what it signs.
//! Never takes metadata whose `issuer` is not the configured one, nor an ID token signed with a shared secret.

mod http;
mod person;

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType,
    CoreIdToken, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, ClaimsVerificationError, ClientId,
    DeviceAuthorizationUrl, DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl,
    NonceVerifier, ProviderMetadata, RefreshToken, RevocationUrl, SignatureVerificationError,
    SubjectIdentifier,
};
use serde::{Deserialize, Serialize};

pub(crate) use self::http::{Http, HttpError};
pub(crate) use self::person::{Agency, MemberType, Person, PersonClaims};
use crate::problem::Problem;

/// Asymmetric only: a key from the JWKS proves who signed, a shared secret would not.
const SIGNING_ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What the crate's own metadata do not read.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Extensions {
    /// RFC 8628 section 4.
    device_authorization_endpoint: Option<DeviceAuthorizationUrl>,
    /// RFC 8414 section 2.
    revocation_endpoint: Option<RevocationUrl>,
    /// RFC 9207 section 3.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Extensions {}

type Metadata = ProviderMetadata<
    Extensions,
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
/// `Device`: whether the device authorization endpoint is set.
pub(crate) type Client<Device = EndpointNotSet> =
    CoreClient<EndpointSet, Device, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The provider, and the program as its client: a public one, which has no secret to hide in what is shipped to people.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    metadata: Metadata,
    pub(crate) client: Client,
    pub(crate) http: Http,
}

impl Provider {
    /// Asks the provider about itself and for its keys.
    pub(crate) async fn discover(issuer: &IssuerUrl, client_id: &ClientId) -> Result<Self, Problem> {
        let http = Http::new(issuer).map_err(Problem::unusable)?;
        let metadata =
            Metadata::discover_async(issuer.clone(), &http).await.map_err(|error| match error {
                DiscoveryError::Request(_) => Problem::unreachable(error),
                _ => Problem::unusable(error),
            })?;
        let client = Client::from_provider_metadata(metadata.clone(), client_id.clone(), None);
        Ok(Self { metadata, client, http })
    }

    /// The same, with today's keys.
    pub(crate) async fn discover_again(&self) -> Result<Self, Problem> {
        Self::discover(self.metadata.issuer(), self.client.client_id()).await
    }

    /// RFC 9207 section 2.4: the `iss` of an answer is the provider's; absent only when it does not announce to send it.
    pub(crate) fn is_issuer_of_answer(&self, iss: Option<&str>) -> bool {
        match iss {
            Some(iss) => iss == self.metadata.issuer().as_str(),
            None => !self.extensions().authorization_response_iss_parameter_supported,
        }
    }

    /// A client that can ask for codes, if the provider gives any out.
    pub(crate) fn device_client(&self) -> Result<Client<EndpointSet>, Problem> {
        let endpoint = self.extensions().device_authorization_endpoint.clone();
        let endpoint = endpoint.ok_or_else(|| Problem::unusable(anyhow::anyhow!("no device grant there")))?;
        Ok(self.client.clone().set_device_authorization_url(endpoint))
    }

    /// Ends a family of tokens (RFC 7009 section 2.1). By hand, because the crate refuses plain http also on this machine,
    /// where a provider is tried.
    pub(crate) async fn revoke(&self, token: &RefreshToken) -> Result<(), Problem> {
        let endpoint = self.extensions().revocation_endpoint.as_ref();
        let endpoint =
            endpoint.ok_or_else(|| Problem::unusable(anyhow::anyhow!("nothing is revoked there")))?;
        let form = [
            ("client_id", self.client.client_id().as_str()),
            ("token", token.secret()),
            ("token_type_hint", "refresh_token"),
        ];
        self.http.post(endpoint.url(), &form).await.map_err(Problem::unreachable)
    }

    /// OIDC Core sections 3.1.3.7 and 3.1.3.8: signature, `iss`, `aud`, `exp`, nonce, and `at_hash` when there.
    pub(crate) fn verify(
        &self,
        id_token: &CoreIdToken,
        access: &AccessToken,
        nonce: impl NonceVerifier,
    ) -> Result<SubjectIdentifier, ClaimsVerificationError> {
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
        Ok(claims.subject().clone())
    }

    fn extensions(&self) -> &Extensions {
        self.metadata.additional_metadata()
    }
}

/// Whether an ID token was signed with a key that is not in the JWKS as we know it (OIDC Core section 10.1.1).
pub(crate) fn is_unknown_key(refusal: &ClaimsVerificationError) -> bool {
    use ClaimsVerificationError::SignatureVerification;
    matches!(refusal, SignatureVerification(SignatureVerificationError::NoMatchingKey))
}
