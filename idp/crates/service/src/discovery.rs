//! Provider metadata (OpenID Connect Discovery section 3, RFC 8414 section 2): one typed value for both documents.

use idp_domain::client::{AuthMethod, GrantType};
use idp_domain::scope::Scope;
use idp_domain::signing_key::SigningAlg;
use serde::Serialize;

use crate::authorize::ResponseMode;
use crate::endpoint::{Endpoint, Issuer};

/// What the provider says of itself; every value is in use somewhere and tested there.
#[derive(Debug, Serialize)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: String,
    response_types_supported: [&'static str; 1],
    response_modes_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: Vec<&'static str>,
    scopes_supported: Vec<&'static str>,
    claims_supported: Vec<&'static str>,
    claim_types_supported: [&'static str; 1],
    code_challenge_methods_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    acr_values_supported: [&'static str; 1],
    ui_locales_supported: [&'static str; 1],
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    /// Said explicitly: its default is true.
    request_uri_parameter_supported: bool,
    authorization_response_iss_parameter_supported: bool,
}

const CLAIMS: [&str; 39] = [
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
    "security_role",
    "databases",
];

impl Metadata {
    pub fn of(issuer: &Issuer) -> Self {
        let address = |endpoint| issuer.address(endpoint);
        let for_people = Scope::VARIANTS.iter().filter(|scope| !scope.is_administrative());
        Self {
            issuer: issuer.as_str().to_owned(),
            authorization_endpoint: address(Endpoint::Authorization),
            token_endpoint: address(Endpoint::Token),
            userinfo_endpoint: address(Endpoint::Userinfo),
            jwks_uri: address(Endpoint::Jwks),
            end_session_endpoint: address(Endpoint::EndSession),
            response_types_supported: ["code"],
            response_modes_supported: ResponseMode::VARIANTS.map(ResponseMode::as_str).to_vec(),
            grant_types_supported: GrantType::VARIANTS.map(GrantType::as_str).to_vec(),
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: SigningAlg::VARIANTS.map(SigningAlg::as_str).to_vec(),
            scopes_supported: for_people.map(|scope| scope.as_str()).collect(),
            claims_supported: CLAIMS.to_vec(),
            claim_types_supported: ["normal"],
            code_challenge_methods_supported: ["S256"],
            token_endpoint_auth_methods_supported: AuthMethod::VARIANTS.map(AuthMethod::as_str).to_vec(),
            acr_values_supported: [crate::authorize::ACR_PASSWORD],
            ui_locales_supported: ["en"],
            claims_parameter_supported: false,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            authorization_response_iss_parameter_supported: true,
        }
    }
}
