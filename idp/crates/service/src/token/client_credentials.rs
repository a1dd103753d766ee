//! Client credentials grant (RFC 6749 section 4.4): a client's token for the provisioning API of its own company, or for
//! another API it may ask for (RFC 8707).
//! Never a refresh token, never an ID token.

use idp_domain::client::{AuthMethod, Resource};
use idp_domain::ports::JwtKind;
use idp_domain::scope::{Scope, Scopes};
use serde_json::json;

use super::mint::{confirmation, envelope, fresh_jti};
use super::{Asked, TokenSet, TokenType};
use crate::access;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::resources;

pub(super) async fn issue(asked: &Asked<'_>) -> Result<TokenSet, Refusal> {
    let Asked { env, client, params, key, .. } = *asked;
    // RFC 6749 section 4.4: confidential clients only.
    ensure(client.auth_method != AuthMethod::None, || {
        OAuthError::new(OAuthCode::UnauthorizedClient, "public clients have no credentials")
    })?;
    // The client proved who it is; it is its company that may do nothing (R89).
    let is_suspended = access::is_suspended(&mut *env.store.read().await?, client).await?;
    ensure(!is_suspended, || {
        OAuthError::new(OAuthCode::UnauthorizedClient, "the company of this client is suspended")
    })?;
    let own = env.issuer.admin_audience();
    let mut allowed = client.resources.clone();
    allowed.extend(Resource::parse(&own));
    let audience = resources::audience(params, &allowed)?.filter(|named| named.as_str() != own);
    let scopes = match &audience {
        // Our scopes mean nothing to somebody else's API, and a scope that is not granted is never left out in silence.
        Some(_) => {
            ensure(params.get("scope").is_none(), || {
                OAuthError::new(OAuthCode::InvalidScope, "this resource has no scopes here")
            })?;
            Scopes::default()
        }
        None => negotiate(&client.scopes, params.get("scope"))?,
    };
    let (now, life) = (env.now(), env.policy.admin_access_token_life);
    let mut claims = envelope(env, now, life);
    claims.insert("sub".to_owned(), json!(client.id));
    let audience = audience.map_or(own, Resource::into);
    claims.insert("aud".to_owned(), json!(audience));
    claims.insert("client_id".to_owned(), json!(client.id));
    claims.insert("jti".to_owned(), json!(fresh_jti(env)));
    if !scopes.is_empty() {
        claims.insert("scope".to_owned(), json!(scopes));
    }
    claims.extend(confirmation(key));
    if let Some(company) = client.company {
        claims.insert("company_id".to_owned(), json!(company));
    }
    let access_token =
        env.keyring.sign(JwtKind::AccessToken, client.response_algs().access_token, &claims, now)?;
    Ok(TokenSet {
        access_token,
        token_type: TokenType::bound_to(key),
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
