//! The saved recovery code (L8): 128 bits, shown once, replaced by a newer one, taken away when the person says so.

use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::audit::AuditAction;
use idp_domain::outbox::SecurityEvent;
use idp_domain::recovery_code::{RecoveryCode, StoredRecoveryCode};

use super::acting::Acting;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::notice;
use crate::session::SignedIn;

/// How making one ended.
#[derive(Debug)]
pub enum Made {
    /// To be shown now and never again.
    Code(RecoveryCode),
    /// One was made, or taken away, since the page was drawn: the same form sent twice makes one code.
    Already,
    /// The person was signed out meanwhile.
    Overtaken,
}

/// When the saved code was made, if there is one.
///
/// # Errors
/// [`Fault`].
pub async fn recovery_code_made_at(env: &Env, signed_in: &SignedIn) -> Result<Option<Timestamp>, Fault> {
    let code = env.store.read().await?.recovery_codes().find(signed_in.account.id).await?;
    Ok(code.map(|code| code.made_at))
}

/// Makes a code in place of the one that was made at `replaces`.
///
/// # Errors
/// [`Fault`].
pub async fn make_recovery_code(
    env: &Env,
    acting: &Acting<'_>,
    replaces: Option<Timestamp>,
) -> Result<Made, Fault> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    let Some(current) = acting.lock(env, &mut *tx).await? else { return Ok(Made::Overtaken) };
    let account = current.account;
    let known = tx.recovery_codes().find(account.id).await?.map(|code| code.made_at);
    if known != replaces {
        return Ok(Made::Already);
    }
    let code = RecoveryCode::draw(env.entropy());
    // Never the same instant twice: a form is known by the one it replaces.
    let made_at = known.map_or(now, |known| now.max(known + Duration::from_millis(1)));
    let stored = StoredRecoveryCode { account: account.id, digest: code.digest(), made_at };
    tx.recovery_codes().put(&stored).await?;
    notice::tell(env, &mut *tx, &account, SecurityEvent::RecoveryCodeMade, acting.origin).await?;
    tx.audit().record(&acting.event(env, AuditAction::RecoveryCodeMade)).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    Ok(Made::Code(code))
}

/// Takes the saved code away: from here on it opens nothing. `false` when the person was signed out meanwhile.
///
/// # Errors
/// [`Fault`].
pub async fn remove_recovery_code(env: &Env, acting: &Acting<'_>) -> Result<bool, Fault> {
    let mut tx = env.store.write().await?;
    let Some(current) = acting.lock(env, &mut *tx).await? else { return Ok(false) };
    let account = current.account.id;
    if tx.recovery_codes().find(account).await?.is_some() {
        tx.recovery_codes().remove(account).await?;
        tx.audit().record(&acting.event(env, AuditAction::RecoveryCodeRemoved)).await?;
        let event = SecurityEvent::RecoveryCodeRemoved;
        notice::tell(env, &mut *tx, &current.account, event, acting.origin).await?;
    }
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    Ok(true)
}
