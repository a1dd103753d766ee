//! Proving the new address: from here on it is the user name. Sessions stay, and so does `sub` (R72).

use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::email_change::EmailChangeState;
use idp_domain::outbox::SecurityEvent;
use idp_domain::ports::StoreError;

use super::{Landing, end_proofs, reload};
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::notice;

/// Uses the link up; `true` when the address is the account's now. What became of it otherwise stands in
/// [`Landing::standing`], read again.
///
/// # Errors
/// [`Fault`].
pub async fn confirm(env: &Env, landing: &Landing, origin: &Origin) -> Result<bool, Fault> {
    match store(env, landing, origin).await {
        // Somebody else has the address (R73), perhaps since this very moment.
        Err(Fault::Store(StoreError::Conflict("user_name"))) => {
            give_up(env, landing, origin).await.map(|()| false)
        }
        done => done,
    }
}

/// One transaction: the ticket is used up, the account renamed, its other links dead, the old address told.
async fn store(env: &Env, landing: &Landing, origin: &Origin) -> Result<bool, Fault> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    let Some(Landing { ticket, account, change, .. }) = reload(env, &mut *tx, landing).await? else {
        return Ok(false);
    };
    let confirmed = EmailChangeState::Confirmed { at: now };
    if !tx.account_tickets().consume(ticket.id, now).await?
        || !tx.email_changes().settle(&change, confirmed).await?
    {
        return Ok(false);
    }
    let old = account.user_name.clone();
    let Ok(account) = account.change_user_name(change.new) else { return Ok(false) };
    tx.accounts().update(&account).await?;
    // L3: what was mailed to the address it had.
    end_proofs(env, &mut *tx, account.id).await?;
    tx.tickets().supersede(account.id, None, now).await?;
    let told = SecurityEvent::EmailChanged { change: change.id };
    notice::enqueue(env, &mut *tx, (account.id, &old), told, origin).await?;
    let actor = Actor::Person { account: account.id };
    let event = AuditEvent::new(AuditAction::EmailChanged, actor, now, env.entropy())
        .from(origin)
        .account(account.id)
        .subject(change.id);
    tx.audit().record(&event).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    Ok(true)
}

/// The change can never take effect: it is cancelled, and its link used up.
async fn give_up(env: &Env, landing: &Landing, origin: &Origin) -> Result<(), Fault> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    let Some(Landing { ticket, account, change, .. }) = reload(env, &mut *tx, landing).await? else {
        return Ok(());
    };
    tx.account_tickets().consume(ticket.id, now).await?;
    tx.email_changes().settle(&change, EmailChangeState::Cancelled { at: now }).await?;
    let actor = Actor::Person { account: account.id };
    let event = AuditEvent::new(AuditAction::EmailChangeCancelled, actor, now, env.entropy())
        .from(origin)
        .account(account.id)
        .subject(change.id)
        .reason("taken");
    tx.audit().record(&event).await?;
    Ok(tx.commit().await?)
}
