//! The crate's types with the one claim of an ID token that the portal needs beyond them: `sid`, the name of the provider's
//! session, by which a logout token ends ours (OpenID Connect Back-Channel Logout 1.0 section 2.1).

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields,
    StandardErrorResponse, StandardTokenResponse,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct SessionClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<String>,
}

impl AdditionalClaims for SessionClaims {}

pub(crate) type IdToken = openidconnect::IdToken<
    SessionClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
pub(super) type TokenAnswer = StandardTokenResponse<
    IdTokenFields<
        SessionClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
pub(super) type TokenRefusal = StandardErrorResponse<CoreErrorResponseType>;
type Endpoints<AuthUrl, TokenUrl> = openidconnect::Client<
    SessionClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    TokenRefusal,
    TokenAnswer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    AuthUrl,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    TokenUrl,
    TokenUrl,
>;
/// A client whose provider was discovered: token and UserInfo endpoint may be there.
pub(super) type Client = Endpoints<EndpointSet, EndpointMaybeSet>;
