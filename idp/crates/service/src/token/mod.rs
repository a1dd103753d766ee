//! The token endpoint (RFC 6749 section 3.2): which grant, for which client.

mod client_credentials;
mod code;
mod device;
mod issue;
mod mint;
mod refresh;
mod replay;
mod switch;

use idp_domain::audit::Origin;
use idp_domain::client::{AuthMethod, GrantType};
use idp_domain::thumbprint::Thumbprint;
use serde::Serialize;

pub(crate) use mint::{fresh_jti, sid};

use crate::client_auth::AuthenticatedClient;
use crate::dpop;
use crate::encrypted;
use crate::endpoint::Endpoint;
use crate::env::Env;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::params::Params;

/// The successful answer (RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3).
#[derive(Serialize)]
pub struct TokenSet {
    pub access_token: String,
    pub token_type: TokenType,
    /// Seconds.
    pub expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
}

/// How the access token is to be presented (RFC 6750, RFC 9449 section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum TokenType {
    Bearer,
    #[serde(rename = "DPoP")]
    Dpop,
}

impl TokenType {
    /// The type of a token that is bound to this key, or to none.
    pub(crate) const fn bound_to(key: Option<Thumbprint>) -> Self {
        match key {
            Some(_) => Self::Dpop,
            None => Self::Bearer,
        }
    }
}

impl std::fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenSet").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// A token request of an authenticated client.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'a> {
    pub client: &'a AuthenticatedClient,
    pub params: &'a Params,
    pub origin: &'a Origin,
    /// The DPoP proof it came with.
    pub proof: Option<&'a str>,
}

/// The same, once its proof has held.
#[derive(Clone, Copy)]
struct Asked<'a> {
    env: &'a Env,
    client: &'a AuthenticatedClient,
    params: &'a Params,
    origin: &'a Origin,
    /// Whose tokens only its holder can use; `None`: bearer tokens.
    key: Option<Thumbprint>,
}

impl Asked<'_> {
    /// The key that a family of refresh tokens is bound to which begins with this request (RFC 9449 section 5).
    fn family_key(&self) -> Option<Thumbprint> {
        self.key.filter(|_| self.client.auth_method == AuthMethod::None)
    }
}

/// Answers a token request.
///
/// # Errors
/// RFC 6749 section 5.2, RFC 9449 section 5.
pub async fn grant(env: &Env, request: &TokenRequest<'_>) -> Result<TokenSet, Refusal> {
    let TokenRequest { client, params, origin, proof } = *request;
    let sent = params.get("grant_type").ok_or_else(|| OAuthError::request("grant_type is missing"))?;
    let unsupported = || {
        let known = GrantType::VARIANTS.map(GrantType::as_str).join(", ");
        OAuthError::new(OAuthCode::UnsupportedGrantType, format!("grant_type must be one of {known}"))
    };
    let grant = GrantType::parse(sent).ok_or_else(unsupported)?;
    let unauthorized =
        || OAuthError::new(OAuthCode::UnauthorizedClient, "this client may not use this grant_type");
    ensure(client.may_use(grant), unauthorized)?;
    // Before anything is used up.
    if grant != GrantType::ClientCredentials {
        encrypted::ensure_readable(env, client, client.encryption.id_token).await?;
    }
    let key = dpop::proven_at(env, Endpoint::Token, proof).await?;
    // RFC 9449 section 5.2 names no error; a parameter that is missing is no proof that is invalid (RFC 6749 section 5.2).
    ensure(key.is_some() || !client.requires().dpop_bound_access_tokens, || {
        OAuthError::request("this client must send a DPoP proof")
    })?;
    let asked = Asked { env, client, params, origin, key };
    match grant {
        GrantType::AuthorizationCode => code::redeem(&asked).await,
        GrantType::RefreshToken => refresh::rotate(&asked).await,
        GrantType::ClientCredentials => client_credentials::issue(&asked).await,
        GrantType::DeviceCode => device::redeem(&asked).await,
    }
}
