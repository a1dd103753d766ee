//! Proving the new address: from here on it is the user name. Sessions stay, and so does `sub` (R72).
//!
//! What an agency proposed, its office may have the mailbox of: there the link proves nothing about the person, who says with
//! the present password that it is they who want it. What the person proposed was behind that password from the start.

use idp_domain::Secret;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::email_change::EmailChangeState;
use idp_domain::outbox::SecurityEvent;
use idp_domain::ports::StoreError;

use super::{Landing, end_proofs, pending, reload};
use crate::devices::KnownDevices;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::notice;
use crate::reauthenticate::{Refusal, password_of};
use crate::throttle::Guess;

/// What the button sends.
#[derive(Debug)]
pub struct Consent<'a> {
    /// Looked at only where [`Landing::asks_password`].
    pub password: Secret<String>,
    pub devices: &'a KnownDevices,
    pub origin: &'a Origin,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// The address is the account's now.
    Changed,
    /// Nothing was changed, and why stands in [`Landing::standing`], read again.
    Unchanged,
    PasswordMissing,
    Password(Refusal),
}

/// Uses the link up. A refused password leaves everything as it was.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being checked.
pub async fn confirm(env: &Env, landing: &Landing, consent: &Consent<'_>) -> Result<Confirmed, Fault> {
    // A link that leads nowhere is no place to guess at a password.
    if landing.verdict.is_err() {
        return Ok(Confirmed::Unchanged);
    }
    let Consent { password, devices, origin } = consent;
    let mut right = None;
    if landing.asks_password() {
        if password.expose().is_empty() {
            return Ok(Confirmed::PasswordMissing);
        }
        // Whoever opened the link is nobody yet.
        let whose = (&landing.account, Actor::Anonymous);
        match password_of(env, whose, (password, devices), origin).await? {
            Ok(guess) => right = Some(guess),
            Err(refusal) => return Ok(Confirmed::Password(refusal)),
        }
    }
    match store(env, landing, right.as_ref(), origin).await {
        // Somebody else has the address (R73), perhaps since this very moment.
        Err(Fault::Store(StoreError::Conflict("user_name"))) => {
            give_up(env, landing, right.as_ref(), origin).await.map(|()| Confirmed::Unchanged)
        }
        stored => stored.map(|changed| if changed { Confirmed::Changed } else { Confirmed::Unchanged }),
    }
}

/// One transaction: the ticket is used up, the account renamed, its other links dead, the old address told.
async fn store(
    env: &Env,
    landing: &Landing,
    right: Option<&Guess<'_>>,
    origin: &Origin,
) -> Result<bool, Fault> {
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
    if let Some(right) = right {
        right.right(&mut *tx).await?;
    }
    let old = account.user_name.clone();
    let Ok(account) = account.change_user_name(change.new) else { return Ok(false) };
    tx.accounts().update(&account).await?;
    pending::leave_with(env, &mut *tx, &account, &old).await?;
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
async fn give_up(
    env: &Env,
    landing: &Landing,
    right: Option<&Guess<'_>>,
    origin: &Origin,
) -> Result<(), Fault> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    let Some(Landing { ticket, account, change, .. }) = reload(env, &mut *tx, landing).await? else {
        return Ok(());
    };
    if let Some(right) = right {
        right.right(&mut *tx).await?;
    }
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
