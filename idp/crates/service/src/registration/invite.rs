//! Initial access tokens: made, listed and revoked by the operator. What was registered with one outlives it.

use idp_domain::Secret;
use idp_domain::audit::{AuditAction, AuditEvent};
use idp_domain::id::InitialTokenId;
use idp_domain::registration::{Allowance, InitialToken};

use crate::authority::OperatorScope;
use crate::env::Env;
use crate::fault::Fault;

/// A token to be handed over once.
#[derive(Debug)]
pub struct Invite {
    pub stored: InitialToken,
    pub token: Secret<String>,
}

/// Makes a token; only its digest is kept.
///
/// # Errors
/// [`Fault`].
pub async fn invite(env: &Env, operator: &OperatorScope, allowance: Allowance) -> Result<Invite, Fault> {
    let (stored, token) = InitialToken::issue(allowance, env.now(), env.entropy());
    let event = operator.caller().event(env, AuditAction::InitialTokenMade).subject(stored.id);
    let event = AuditEvent { company: stored.company, ..event };
    let event = event
        .change("note", None, Some(stored.note.as_str()))
        .change("uses", None, Some(&stored.uses))
        .change("expires_at", None, Some(stored.expires_at.to_rfc3339().as_str()));
    let mut tx = env.store.write().await?;
    tx.initial_tokens().insert(&stored).await?;
    tx.audit().record(&event).await?;
    tx.commit().await?;
    Ok(Invite { stored, token: Secret::new(token.reveal()) })
}

/// Every token that is not swept yet, the newest first.
///
/// # Errors
/// [`Fault`].
pub async fn list_invites(env: &Env) -> Result<Vec<InitialToken>, Fault> {
    Ok(env.store.read().await?.initial_tokens().list().await?)
}

/// Nobody registers with it any more; `false` when there is none.
///
/// # Errors
/// [`Fault`].
pub async fn revoke_invite(env: &Env, operator: &OperatorScope, id: InitialTokenId) -> Result<bool, Fault> {
    let mut tx = env.store.write().await?;
    let Some(token) = tx.initial_tokens().find(id).await? else { return Ok(false) };
    if !tx.initial_tokens().revoke(id).await? {
        return Ok(false);
    }
    let event = operator.caller().event(env, AuditAction::InitialTokenRevoked).subject(id);
    tx.audit().record(&AuditEvent { company: token.company, ..event }).await?;
    tx.commit().await?;
    Ok(true)
}
