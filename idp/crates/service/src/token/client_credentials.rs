//! Client credentials grant (RFC 6749 section 4.4): a provisioning client's token for the API of its own company.
//! Never a refresh token, never an ID token.

use idp_domain::client::AuthMethod;
use idp_domain::ports::JwtKind;
use idp_domain::scope::{Scope, Scopes};
use idp_domain::signing_key::SigningAlg;
use serde_json::json;

use super::TokenSet;
use super::mint::{envelope, fresh_jti};
use crate::client_auth::AuthenticatedClient;
use crate::env::Env;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::params::Params;

pub(super) fn issue(env: &Env, client: &AuthenticatedClient, params: &Params) -> Result<TokenSet, Refusal> {
    // RFC 6749 section 4.4: confidential clients only.
    ensure(client.auth_method != AuthMethod::None, || {
        OAuthError::new(OAuthCode::UnauthorizedClient, "public clients have no credentials")
    })?;
    let scopes = negotiate(&client.scopes, params.get("scope"))?;
    let (now, life) = (env.now(), env.policy.admin_access_token_life);
    let mut claims = envelope(env, now, life);
    claims.insert("sub".to_owned(), json!(client.id));
    claims.insert("aud".to_owned(), json!(env.issuer.admin_audience()));
    claims.insert("client_id".to_owned(), json!(client.id));
    claims.insert("jti".to_owned(), json!(fresh_jti(env)));
    claims.insert("scope".to_owned(), json!(scopes));
    if let Some(company) = client.company {
        claims.insert("company_id".to_owned(), json!(company));
    }
    let access_token = env.keyring.sign(JwtKind::AccessToken, SigningAlg::Es256, &claims, now)?;
    Ok(TokenSet {
        access_token,
        token_type: "Bearer",
        expires_in: life.as_secs(),
        refresh_token: None,
        id_token: None,
        scope: scopes.to_string(),
    })
}

/// What was asked for of the client's administrative scopes; all of them when nothing was asked.
fn negotiate(registered: &Scopes, asked: Option<&str>) -> Result<Scopes, OAuthError> {
    let offered: Scopes = registered.iter().filter(|scope| scope.is_administrative()).collect();
    let granted = match asked {
        None => offered,
        Some(text) => {
            let known = text.split(' ').filter(|s| !s.is_empty()).all(|s| Scope::parse(s).is_some());
            let asked = Scopes::parse(text);
            ensure(known && asked.is_subset(&offered), || {
                OAuthError::new(OAuthCode::InvalidScope, "this client may not ask for this scope")
            })?;
            asked
        }
    };
    ensure(!granted.is_empty(), || {
        OAuthError::new(OAuthCode::InvalidScope, "this client has no scope to grant")
    })?;
    Ok(granted)
}
