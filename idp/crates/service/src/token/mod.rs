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
use idp_domain::client::GrantType;
use serde::Serialize;

pub(crate) use mint::{fresh_jti, sid};

use crate::client_auth::AuthenticatedClient;
use crate::env::Env;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::params::Params;

/// The successful answer (RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3).
#[derive(Serialize)]
pub struct TokenSet {
    pub access_token: String,
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
}

impl std::fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenSet").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// Answers a token request of an authenticated client.
///
/// # Errors
/// RFC 6749 section 5.2.
pub async fn grant(
    env: &Env,
    client: &AuthenticatedClient,
    params: &Params,
    origin: &Origin,
) -> Result<TokenSet, Refusal> {
    let sent = params.get("grant_type").ok_or_else(|| OAuthError::request("grant_type is missing"))?;
    let unsupported = || {
        let known = GrantType::VARIANTS.map(GrantType::as_str).join(", ");
        OAuthError::new(OAuthCode::UnsupportedGrantType, format!("grant_type must be one of {known}"))
    };
    let grant = GrantType::parse(sent).ok_or_else(unsupported)?;
    let unauthorized =
        || OAuthError::new(OAuthCode::UnauthorizedClient, "this client may not use this grant_type");
    ensure(client.may_use(grant), unauthorized)?;
    match grant {
        GrantType::AuthorizationCode => code::redeem(env, client, params).await,
        GrantType::RefreshToken => refresh::rotate(env, client, params, origin).await,
        GrantType::ClientCredentials => client_credentials::issue(env, client, params).await,
        GrantType::DeviceCode => device::redeem(env, client, params).await,
    }
}
