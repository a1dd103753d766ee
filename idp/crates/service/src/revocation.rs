//! Revocation (RFC 7009). A refresh token ends its family and every access token of it, that of a log-in also what was
//! switched from it; so does a person's access token, because whoever gives one up is done. A token that is not the caller's,
//! or is none, is not an error (section 2.2).

use idp_domain::Timestamp;
use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::client::Client;
use idp_domain::grant::{Grant, RevocationReason};
use idp_domain::id::{GrantId, RefreshTokenId};
use idp_domain::secret::Token;
use serde_json::Value;

use crate::access;
use crate::client_auth::AuthenticatedClient;
use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::{OAuthError, Refusal};
use crate::params::Params;

/// Revokes the token the caller presents. `token_type_hint` is not needed: our tokens tell what they are.
///
/// # Errors
/// `invalid_request` without a token; [`Fault`] when it could not be stored, because a revocation is never only claimed
/// (attack 56).
pub async fn revoke(env: &Env, caller: &AuthenticatedClient, params: &Params) -> Result<(), Refusal> {
    let token = params.get("token").ok_or_else(|| OAuthError::request("token is missing"))?;
    match Token::<RefreshTokenId>::parse(token) {
        Some(token) => refresh_token(env, caller, &token).await?,
        None => access_token(env, caller, token).await?,
    }
    Ok(())
}

async fn refresh_token(env: &Env, caller: &Client, token: &Token<RefreshTokenId>) -> Result<(), Fault> {
    let mut tx = env.store.read().await?;
    let Some(row) = tx.refresh_tokens().find(token.id).await?.filter(|row| token.proves(&row.digest)) else {
        return Ok(());
    };
    let grant = tx.grants().find(row.grant).await?;
    drop(tx);
    end(env, caller, grant).await
}

async fn access_token(env: &Env, caller: &Client, token: &str) -> Result<(), Fault> {
    let Some(claims) = access::verify(env, token, env.now())? else { return Ok(()) };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("client_id") != Some(caller.id.as_str()) {
        return Ok(());
    }
    if let Some(Ok(id)) = text("grant").map(str::parse::<GrantId>) {
        let grant = env.store.read().await?.grants().find(id).await?;
        return end(env, caller, grant).await;
    }
    let (Some(jti), Some(expires)) = (text("jti"), claims.get("exp").and_then(Value::as_i64)) else {
        return Ok(());
    };
    let mut tx = env.store.write().await?;
    tx.revoked_tokens().put(jti, Timestamp::from_seconds(expires)).await?;
    Ok(tx.commit().await?)
}

/// Ends the caller's own family, and with that of a log-in what was switched from it: whoever switched with a stolen token
/// must not go on when the person is done. Once is enough.
async fn end(env: &Env, caller: &Client, grant: Option<Grant>) -> Result<(), Fault> {
    let Some(grant) = grant.filter(|grant| grant.client == caller.id) else { return Ok(()) };
    let now = env.now();
    let mut tx = env.store.write().await?;
    // A switch at this moment comes before, and is revoked, or after, and is refused.
    tx.accounts().lock(grant.consented.account).await?;
    let why = RevocationReason::RevokedByClient;
    let has_ended = match grant.switched_from {
        None => tx.grants().revoke_switched(grant.id, why, now).await? > 0,
        Some(_) => tx.grants().revoke(grant.id, why, now).await?,
    };
    if has_ended {
        let actor = Actor::Client { client: caller.id.clone() };
        let event = AuditEvent::new(AuditAction::GrantRevoked, actor, now, env.entropy())
            .account(grant.consented.account)
            .subject(grant.id);
        tx.audit().record(&event).await?;
    }
    Ok(tx.commit().await?)
}
