//! Client metadata as it travels (RFC 7591 section 2, OpenID Connect Dynamic Client Registration section 2): what a client asks
//! for, and what it got. Whatever else is sent is ignored and not said again, translated names (`client_name#fr`) too.

use idp_domain::client::{AssertionAlg, AuthMethod, Client, GrantType, SubjectType};
use idp_domain::registration::Registration;
use idp_domain::signing_key::SigningAlg;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clients::EncryptionDraft;
use crate::fault::Fault;

/// The members of the document; null and an empty text count as absent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientMetadata {
    pub application_type: Option<String>,
    pub backchannel_logout_session_required: Option<bool>,
    pub backchannel_logout_uri: Option<String>,
    pub client_name: Option<String>,
    pub client_uri: Option<String>,
    pub contacts: Option<Vec<String>>,
    pub default_acr_values: Option<Vec<String>>,
    pub default_max_age: Option<u32>,
    pub dpop_bound_access_tokens: Option<bool>,
    pub grant_types: Option<Vec<String>>,
    pub id_token_encrypted_response_alg: Option<String>,
    pub id_token_encrypted_response_enc: Option<String>,
    pub id_token_signed_response_alg: Option<String>,
    pub initiate_login_uri: Option<String>,
    pub introspection_signed_response_alg: Option<String>,
    pub jwks: Option<Value>,
    pub jwks_uri: Option<String>,
    pub logo_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub post_logout_redirect_uris: Option<Vec<String>>,
    pub redirect_uris: Option<Vec<String>>,
    pub request_object_signing_alg: Option<String>,
    pub require_auth_time: Option<bool>,
    pub require_pushed_authorization_requests: Option<bool>,
    pub require_signed_request_object: Option<bool>,
    pub response_types: Option<Vec<String>>,
    pub scope: Option<String>,
    pub sector_identifier_uri: Option<String>,
    pub subject_type: Option<String>,
    pub token_endpoint_auth_method: Option<String>,
    pub token_endpoint_auth_signing_alg: Option<String>,
    pub tos_uri: Option<String>,
    pub userinfo_encrypted_response_alg: Option<String>,
    pub userinfo_encrypted_response_enc: Option<String>,
    pub userinfo_signed_response_alg: Option<String>,
}

impl ClientMetadata {
    /// What is registered now, defaults included (RFC 7591 section 3.2.1). `registration`: of a client that registered itself.
    pub(crate) fn of(client: &Client, registration: Option<&Registration>) -> Self {
        let uri = |uri: &Option<url::Url>| uri.as_ref().map(ToString::to_string);
        let listed = |words: Vec<String>| Some(words).filter(|words| !words.is_empty());
        let grants = client.grant_types.iter().map(|grant| grant.as_str().to_owned());
        let uses_code = client.may_use(GrantType::AuthorizationCode);
        let (jwks, jwks_uri) = client.written_keys();
        let listens = client.backchannel_logout.as_ref();
        let subject_type = match client.subject_type {
            SubjectType::Public => "public",
            SubjectType::Pairwise { .. } => "pairwise",
        };
        let alg = |alg: SigningAlg| alg.as_str().to_owned();
        let signs = |alg: Option<AssertionAlg>| alg.map(|alg| alg.as_str().to_owned());
        let EncryptionDraft { id_token, userinfo } = EncryptionDraft::typed(client.encryption);
        // What counts, whatever was asked for: a profile adds to it.
        let (demands, answers) = (client.requires(), client.response_algs());
        let defaults = &client.log_in_defaults;
        Self {
            application_type: registration.map(|known| known.application_type.as_str().to_owned()),
            backchannel_logout_session_required: listens.map(|listens| listens.session_required),
            backchannel_logout_uri: listens.map(|listens| listens.uri.to_string()),
            client_name: Some(client.name.to_string()),
            client_uri: uri(&client.about.client_uri),
            contacts: listed(client.contacts.iter().map(ToString::to_string).collect()),
            default_acr_values: listed(defaults.default_acr_values.clone()),
            default_max_age: defaults.default_max_age,
            dpop_bound_access_tokens: Some(demands.dpop_bound_access_tokens),
            grant_types: Some(grants.collect()),
            id_token_encrypted_response_alg: id_token.alg,
            id_token_encrypted_response_enc: id_token.enc,
            id_token_signed_response_alg: Some(alg(answers.id_token)),
            initiate_login_uri: uri(&client.initiate_login_uri),
            introspection_signed_response_alg: Some(alg(answers.introspection)),
            jwks,
            jwks_uri,
            logo_uri: uri(&client.about.logo_uri),
            policy_uri: uri(&client.about.policy_uri),
            post_logout_redirect_uris: listed(client.post_logout_redirect_uris.clone()),
            redirect_uris: listed(client.redirect_uris.clone()),
            request_object_signing_alg: signs(client.request_algs.request_object_signing_alg),
            require_auth_time: Some(defaults.require_auth_time),
            require_pushed_authorization_requests: Some(demands.require_pushed_authorization_requests),
            require_signed_request_object: Some(demands.require_signed_request_object),
            response_types: Some(uses_code.then(|| "code".to_owned()).into_iter().collect()),
            scope: Some(client.scopes.to_string()),
            sector_identifier_uri: registration.and_then(|known| uri(&known.sector_identifier_uri)),
            subject_type: Some(subject_type.to_owned()),
            token_endpoint_auth_method: Some(AuthMethod::as_str(client.auth_method).to_owned()),
            token_endpoint_auth_signing_alg: signs(client.request_algs.token_endpoint_auth_signing_alg),
            tos_uri: uri(&client.about.tos_uri),
            userinfo_encrypted_response_alg: userinfo.alg,
            userinfo_encrypted_response_enc: userinfo.enc,
            userinfo_signed_response_alg: answers.userinfo.map(alg),
        }
    }

    /// The members that are there.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn members(&self) -> Result<Map<String, Value>, Fault> {
        let written = serde_json::to_value(self);
        let Ok(Value::Object(mut members)) = written else {
            return Err(Fault::Broken("client metadata that is no JSON"));
        };
        members.retain(|_, value| !value.is_null());
        Ok(members)
    }
}
