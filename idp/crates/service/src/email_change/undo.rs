//! Taking a change back from the old address (R72). Before it took effect, it is cancelled. Afterwards the old address comes
//! back whatever the present one is: of A → B → C, the holder of A is not sent from one thief to the other, and B's own link
//! is dead from then on. Whoever did it knew the password, so nothing that hangs on it survives.

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::email_change::{EmailChange, EmailChangeState};
use idp_domain::grant::RevocationReason;
use idp_domain::outbox::SecurityEvent;
use idp_domain::ports::{StoreError, Tx};

use super::{Landing, end_proofs, pending, reload};
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::{notice, session};

/// Uses the link up; `true` when it did its work. What became of it otherwise stands in [`Landing::standing`], read again.
///
/// # Errors
/// [`Fault`].
pub async fn undo(env: &Env, landing: &Landing, origin: &Origin) -> Result<bool, Fault> {
    match store(env, landing, origin).await {
        // The old address is somebody else's by now: nothing was changed, and the link stays good.
        Err(Fault::Store(StoreError::Conflict("user_name"))) => Ok(false),
        done => done,
    }
}

async fn store(env: &Env, landing: &Landing, origin: &Origin) -> Result<bool, Fault> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    let Some(Landing { ticket, account, change, .. }) = reload(env, &mut *tx, landing).await? else {
        return Ok(false);
    };
    if !tx.account_tickets().consume(ticket.id, now).await? {
        return Ok(false);
    }
    let action = if let EmailChangeState::Confirmed { at } = change.state {
        restore(env, &mut *tx, account, (&change, at), origin).await?;
        AuditAction::EmailRestored
    } else {
        tx.email_changes().settle(&change, EmailChangeState::Cancelled { at: now }).await?;
        // Whoever proposed it knew the password. An agency's proposal says nothing about that.
        if change.proposed_by.is_none() {
            distrust(env, &mut *tx, account, origin).await?;
        }
        AuditAction::EmailChangeCancelled
    };
    let actor = Actor::Person { account: change.account };
    let event = AuditEvent::new(action, actor, now, env.entropy())
        .from(origin)
        .account(change.account)
        .subject(change.id)
        .reason("from_old_address");
    tx.audit().record(&event).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    env.bell.ring(Queue::Logout);
    Ok(true)
}

/// The address as it was before the change, and the end of everything that its thief knew, holds or has begun.
async fn restore(
    env: &Env,
    tx: &mut dyn Tx,
    account: Account,
    (change, since): (&EmailChange, Timestamp),
    origin: &Origin,
) -> Result<(), Fault> {
    let (now, left) = (env.now(), account.user_name.clone());
    pending::bring_back(env, tx, &account, &change.old).await?;
    let account = account
        .change_user_name(change.old.clone())
        .map_err(|_| Fault::Broken("an account that was judged active is not"))?;
    tx.email_changes().undo_since(account.id, since, now).await?;
    let id = account.id;
    let is_elsewhere = left != account.user_name;
    distrust(env, tx, account, origin).await?;
    if is_elsewhere {
        notice::enqueue(env, tx, (id, &left), SecurityEvent::EmailRestored, origin).await?;
    }
    Ok(())
}

/// The end of everything that hangs on a password somebody else knows; it opens nothing until it is reset.
async fn distrust(env: &Env, tx: &mut dyn Tx, account: Account, origin: &Origin) -> Result<(), Fault> {
    let distrusted =
        account.distrust_password().map_err(|_| Fault::Broken("an account that was judged active is not"))?;
    tx.accounts().update(&distrusted).await?;
    let id = distrusted.id;
    tx.email_changes().cancel_proposed(id, None, env.now()).await?;
    end_proofs(env, tx, id).await?;
    tx.throttles().clear_all(id).await?;
    session::end_all(env, tx, id, None, RevocationReason::PasswordChanged).await?;
    notice::tell(env, tx, &distrusted, SecurityEvent::EmailRestored, origin).await
}
