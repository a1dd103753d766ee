//! What a client is registered as, as options of the command line: the same for a new client and for a changed one.

use std::path::PathBuf;

use clap::Args;
use idp_service::clients::{
    ClientPatch, DemandsPatch, EncryptionDraft, LogInDefaultsPatch, MaxAgePatch, ResponseSigningDraft,
    SigningDraft, TypedEncryption,
};
use serde_json::Value;

use super::Failure;

/// Each is an answer to "is it said?": what is not said stays, and of a new client is as usual.
#[derive(Debug, Args)]
pub(super) struct Metadata {
    /// What people are shown
    #[arg(long)]
    name: Option<String>,
    /// authorization_code, refresh_token, client_credentials or urn:ietf:params:oauth:grant-type:device_code; say it once
    /// for each
    #[arg(long = "grant", value_name = "GRANT")]
    grants: Option<Vec<String>>,
    /// Where a browser comes back to; say it once for each
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Option<Vec<String>>,
    /// Where a browser comes back to after a log-out; say it once for each
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Option<Vec<String>>,
    /// Where the client begins a log-in that is asked for elsewhere
    #[arg(long, value_name = "URI")]
    initiate_login_uri: Option<String>,
    /// Where the client hears that a session is over
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// A JWK Set with the public keys the client signs with, and with those that its answers are encrypted to
    #[arg(long, value_name = "FILE", conflicts_with = "jwks_uri")]
    jwks: Option<String>,
    /// Where the client publishes these keys
    #[arg(long, value_name = "URI")]
    jwks_uri: Option<String>,
    /// Encrypt its ID tokens with such a key: RSA-OAEP, RSA-OAEP-256, ECDH-ES, ECDH-ES+A128KW or ECDH-ES+A256KW
    #[arg(long, value_name = "ALG")]
    id_token_encrypted_response_alg: Option<String>,
    /// How their content is encrypted: A128CBC-HS256 (unless you say otherwise), A256CBC-HS512, A128GCM or A256GCM
    #[arg(long, value_name = "ENC")]
    id_token_encrypted_response_enc: Option<String>,
    /// Encrypt its UserInfo answers with such a key: the same algorithms
    #[arg(long, value_name = "ALG")]
    userinfo_encrypted_response_alg: Option<String>,
    /// How their content is encrypted: A128CBC-HS256 (unless you say otherwise), A256CBC-HS512, A128GCM or A256GCM
    #[arg(long, value_name = "ENC")]
    userinfo_encrypted_response_enc: Option<String>,
    /// What it signs its assertions with, and nothing else: RS256, PS256, ES256 or Ed25519
    #[arg(long, value_name = "ALG")]
    token_endpoint_auth_signing_alg: Option<String>,
    /// The same of its request objects
    #[arg(long, value_name = "ALG")]
    request_object_signing_alg: Option<String>,
    /// A scope it may ask for; say it once for each
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Option<Vec<String>>,
    /// An API it may ask access tokens for; say it once for each
    #[arg(long = "resource", value_name = "URI")]
    resources: Option<Vec<String>>,
    /// The highest authority it may give to a member: none (unless you say otherwise) or administrator
    #[arg(long, value_name = "AUTHORITY")]
    may_grant: Option<String>,
    /// standard (unless you say otherwise), or fapi2 for the FAPI 2.0 Security Profile, which includes what it demands
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// Sign its ID tokens and logout tokens with RS256 (unless you say otherwise) or ES256; for a fapi2 client all is signed
    /// with ES256
    #[arg(long, value_name = "ALG")]
    id_token_signed_response_alg: Option<String>,
    /// Sign its access tokens with ES256 (unless you say otherwise) or RS256
    #[arg(long, value_name = "ALG")]
    access_token_signed_response_alg: Option<String>,
    /// Sign its UserInfo answers with RS256 or ES256; they are plain JSON unless you say so
    #[arg(long, value_name = "ALG")]
    userinfo_signed_response_alg: Option<String>,
    /// Sign its introspection answers with RS256 (unless you say otherwise) or ES256, where it asks for signed ones
    #[arg(long, value_name = "ALG")]
    introspection_signed_response_alg: Option<String>,
    /// Have people log in again who did so longer ago than so many seconds, where a request says nothing
    #[arg(long, value_name = "SECONDS", value_parser = max_age)]
    default_max_age: Option<MaxAgePatch>,
    /// Register that its ID tokens must say when the person logged in; they always do, whatever you write
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    require_auth_time: Option<bool>,
    /// Refuse its device authorization requests that carry no PKCE challenge
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    require_device_pkce: Option<bool>,
    /// Refuse its authorization requests that were not pushed beforehand
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    require_pushed_authorization_requests: Option<bool>,
    /// Refuse its authorization requests that do not come in a request object it signed
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    require_signed_request_object: Option<bool>,
    /// Refuse its token requests that carry no DPoP proof
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    dpop_bound_access_tokens: Option<bool>,
    /// Let people go on at another of their agencies without a new log-in; not for a client of one agency
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    may_switch_company: Option<bool>,
}

impl Metadata {
    /// # Errors
    /// [`Failure::Jwks`].
    pub(super) fn patch(&self) -> Result<ClientPatch, Failure> {
        let encryption = |alg: &Option<String>, enc: &Option<String>| TypedEncryption {
            alg: alg.clone(),
            enc: enc.clone(),
        };
        Ok(ClientPatch {
            client_name: self.name.clone(),
            grant_types: listed(&self.grants),
            redirect_uris: listed(&self.redirect_uris),
            post_logout_redirect_uris: listed(&self.post_logout_redirect_uris),
            backchannel_logout_uri: self.backchannel_logout_uri.clone(),
            initiate_login_uri: self.initiate_login_uri.clone(),
            jwks: self.jwks.as_deref().map(key_set).transpose()?,
            jwks_uri: self.jwks_uri.clone(),
            encryption: EncryptionDraft {
                id_token: encryption(
                    &self.id_token_encrypted_response_alg,
                    &self.id_token_encrypted_response_enc,
                ),
                userinfo: encryption(
                    &self.userinfo_encrypted_response_alg,
                    &self.userinfo_encrypted_response_enc,
                ),
            },
            scopes: listed(&self.scopes),
            resources: listed(&self.resources),
            may_grant: self.may_grant.clone(),
            signing: SigningDraft {
                token_endpoint_auth_signing_alg: self.token_endpoint_auth_signing_alg.clone(),
                request_object_signing_alg: self.request_object_signing_alg.clone(),
            },
            profile: self.profile.clone(),
            response_signing: ResponseSigningDraft {
                id_token: self.id_token_signed_response_alg.clone(),
                access_token: self.access_token_signed_response_alg.clone(),
                userinfo: self.userinfo_signed_response_alg.clone(),
                introspection: self.introspection_signed_response_alg.clone(),
            },
            demands: DemandsPatch {
                require_device_pkce: self.require_device_pkce,
                require_pushed_authorization_requests: self.require_pushed_authorization_requests,
                require_signed_request_object: self.require_signed_request_object,
                dpop_bound_access_tokens: self.dpop_bound_access_tokens,
            },
            log_in_defaults: LogInDefaultsPatch {
                default_max_age: self.default_max_age.unwrap_or_default(),
                require_auth_time: self.require_auth_time,
            },
            may_switch_company: self.may_switch_company,
        })
    }
}

/// The whole list; said once and empty, it is one without anything in it.
fn listed(said: &Option<Vec<String>>) -> Option<Vec<String>> {
    let said = said.as_ref()?;
    Some(said.iter().filter(|word| !word.trim().is_empty()).cloned().collect())
}

/// Bytes.
const LARGEST_KEY_SET: u64 = 1_000_000;

/// What is in the file; without a name, no keys.
fn key_set(file: &str) -> Result<Value, Failure> {
    if file.is_empty() {
        return Ok(Value::Null);
    }
    let unread = |why: String| Failure::Jwks { path: PathBuf::from(file), why };
    let about = std::fs::metadata(file).map_err(|why| unread(why.to_string()))?;
    if !about.is_file() || about.len() > LARGEST_KEY_SET {
        return Err(unread("is no file of at most 1 MB".to_owned()));
    }
    let text = std::fs::read_to_string(file).map_err(|why| unread(why.to_string()))?;
    // Editors on Windows begin a file with a mark.
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    serde_json::from_str(text).map_err(|why| unread(format!("is not JSON: {why}")))
}

fn max_age(said: &str) -> Result<MaxAgePatch, String> {
    match said.trim() {
        "" => Ok(MaxAgePatch::Gone),
        seconds => {
            seconds.parse().map(MaxAgePatch::Becomes).map_err(|_| "write a number of seconds".to_owned())
        }
    }
}
