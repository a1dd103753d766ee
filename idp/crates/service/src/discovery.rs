//! Provider metadata (OpenID Connect Discovery section 3, RFC 8414 section 2): one typed value for both documents.

use idp_domain::client::{AssertionAlg, AuthMethod, ContentEncryption, EncryptionAlg, GrantType};
use idp_domain::ports::PROOF_ALGS;
use idp_domain::scope::Scope;
use idp_domain::signing_key::SigningAlg;
use serde::Serialize;

use crate::authorize::{Prompt, ResponseMode};
use crate::endpoint::{Endpoint, Issuer};
use crate::registration::Admits;

/// What the provider says of itself; every value is in use somewhere and tested there.
#[derive(Debug, Serialize)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    /// RFC 9126 section 5.
    pushed_authorization_request_endpoint: String,
    token_endpoint: String,
    /// RFC 8628 section 4.
    device_authorization_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    /// RFC 8414 section 2; absent while nobody may register.
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_endpoint: Option<String>,
    introspection_endpoint: String,
    revocation_endpoint: String,
    end_session_endpoint: String,
    response_types_supported: [&'static str; 1],
    response_modes_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    subject_types_supported: [&'static str; 2],
    id_token_signing_alg_values_supported: Vec<&'static str>,
    id_token_encryption_alg_values_supported: Vec<&'static str>,
    id_token_encryption_enc_values_supported: Vec<&'static str>,
    userinfo_signing_alg_values_supported: Vec<&'static str>,
    userinfo_encryption_alg_values_supported: Vec<&'static str>,
    userinfo_encryption_enc_values_supported: Vec<&'static str>,
    introspection_signing_alg_values_supported: Vec<&'static str>,
    scopes_supported: Vec<&'static str>,
    claims_supported: Vec<&'static str>,
    claim_types_supported: [&'static str; 1],
    code_challenge_methods_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// RFC 9449 section 5.1.
    dpop_signing_alg_values_supported: Vec<&'static str>,
    acr_values_supported: [&'static str; 1],
    display_values_supported: [&'static str; 1],
    prompt_values_supported: Vec<&'static str>,
    ui_locales_supported: [&'static str; 1],
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    /// Without `none`, which clients take for offered where this is missing.
    request_object_signing_alg_values_supported: Vec<&'static str>,
    /// RFC 9101 section 10.5; those that must are registered so.
    require_signed_request_object: bool,
    /// Said explicitly: its default is true.
    request_uri_parameter_supported: bool,
    /// Of everybody; single clients may have to.
    require_pushed_authorization_requests: bool,
    authorization_response_iss_parameter_supported: bool,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
}

const CLAIMS: [&str; 41] = [
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "sid",
    "at_hash",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "address",
    "company_id",
    "company_code",
    "company_name",
    "tenant",
    "member_id",
    "member_type",
    "person_ref",
    "persons",
    "security_role",
    "databases",
    "companies",
];

impl Metadata {
    pub fn of(issuer: &Issuer, admits: Admits) -> Self {
        let address = |endpoint| issuer.address(endpoint);
        let signing = SigningAlg::VARIANTS.map(SigningAlg::as_str).to_vec();
        let assertions = AssertionAlg::VARIANTS.map(AssertionAlg::as_str).to_vec();
        let encryption = EncryptionAlg::VARIANTS.map(EncryptionAlg::as_str).to_vec();
        let content_encryption = ContentEncryption::VARIANTS.map(ContentEncryption::as_str).to_vec();
        let auth_methods = AuthMethod::VARIANTS.map(AuthMethod::as_str).to_vec();
        let confidential = AuthMethod::VARIANTS.into_iter().filter(|method| *method != AuthMethod::None);
        // Those for administering are described with their API, and mean something to few clients (RFC 8414 section 2).
        let for_people = Scope::VARIANTS.iter().filter(|scope| !scope.is_administrative());
        Self {
            issuer: issuer.as_str().to_owned(),
            authorization_endpoint: address(Endpoint::Authorization),
            pushed_authorization_request_endpoint: address(Endpoint::PushedAuthorizationRequest),
            token_endpoint: address(Endpoint::Token),
            device_authorization_endpoint: address(Endpoint::DeviceAuthorization),
            userinfo_endpoint: address(Endpoint::Userinfo),
            jwks_uri: address(Endpoint::Jwks),
            registration_endpoint: (admits != Admits::Nobody).then(|| address(Endpoint::Registration)),
            introspection_endpoint: address(Endpoint::Introspection),
            revocation_endpoint: address(Endpoint::Revocation),
            end_session_endpoint: address(Endpoint::EndSession),
            response_types_supported: ["code"],
            response_modes_supported: ResponseMode::VARIANTS.map(ResponseMode::as_str).to_vec(),
            grant_types_supported: GrantType::VARIANTS.map(GrantType::as_str).to_vec(),
            subject_types_supported: ["public", "pairwise"],
            id_token_signing_alg_values_supported: signing.clone(),
            id_token_encryption_alg_values_supported: encryption.clone(),
            id_token_encryption_enc_values_supported: content_encryption.clone(),
            userinfo_signing_alg_values_supported: signing.clone(),
            userinfo_encryption_alg_values_supported: encryption,
            userinfo_encryption_enc_values_supported: content_encryption,
            introspection_signing_alg_values_supported: signing,
            scopes_supported: for_people.map(|scope| scope.as_str()).collect(),
            claims_supported: CLAIMS.to_vec(),
            claim_types_supported: ["normal"],
            code_challenge_methods_supported: ["S256"],
            token_endpoint_auth_methods_supported: auth_methods.clone(),
            token_endpoint_auth_signing_alg_values_supported: assertions.clone(),
            introspection_endpoint_auth_methods_supported: confidential.map(AuthMethod::as_str).collect(),
            introspection_endpoint_auth_signing_alg_values_supported: assertions.clone(),
            revocation_endpoint_auth_methods_supported: auth_methods,
            revocation_endpoint_auth_signing_alg_values_supported: assertions.clone(),
            dpop_signing_alg_values_supported: PROOF_ALGS.map(AssertionAlg::as_str).to_vec(),
            acr_values_supported: [crate::authorize::ACR_PASSWORD],
            display_values_supported: ["page"],
            prompt_values_supported: Prompt::VARIANTS.map(Prompt::as_str).to_vec(),
            ui_locales_supported: ["en"],
            claims_parameter_supported: true,
            request_parameter_supported: true,
            request_object_signing_alg_values_supported: assertions,
            require_signed_request_object: false,
            request_uri_parameter_supported: false,
            require_pushed_authorization_requests: false,
            authorization_response_iss_parameter_supported: true,
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
        }
    }
}
