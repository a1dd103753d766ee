//! Closing one's account for good (R3): the password once more, and then everything that was the person's own is gone, and
//! everything that opened something is shut, in one transaction. What agencies wrote about the person stays theirs.

use idp_domain::account::Account;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::grant::RevocationReason;
use idp_domain::member::Membership;
use idp_domain::outbox::SecurityEvent;
use idp_domain::ports::{StoreError, Tx};
use idp_domain::ticket::TicketPurpose;
use idp_domain::{Secret, Timestamp};

use super::companies::end_membership;
use crate::devices::KnownDevices;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::membership::is_only_administrator;
use crate::notice;
use crate::reauthenticate::{Refusal, current_password};
use crate::session::{self, SignedIn};
use crate::throttle::Guess;

/// Who asks, from where.
#[derive(Debug)]
pub struct Closing<'a> {
    pub signed_in: &'a SignedIn,
    pub devices: KnownDevices,
    pub origin: &'a Origin,
}

/// How an attempt to close the account ended.
#[derive(Debug)]
pub enum Closed {
    Done,
    Refused(Refusal),
    /// An agency would be left without an administrator.
    OnlyAdministrator,
    /// The address was changed lately, and the old one may still take that back: nobody closes an account that is not theirs.
    AddressChanged {
        /// When it can be closed.
        until: Timestamp,
    },
    /// The account or its password changed, or the session ended, meanwhile.
    Overtaken,
}

/// Closes the account, if the password is right.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being checked.
pub async fn close(env: &Env, closing: &Closing<'_>, typed: &Secret<String>) -> Result<Closed, Fault> {
    let Closing { signed_in, devices, origin } = closing;
    let guess = match current_password(env, signed_in, (typed, devices), origin).await? {
        Ok(guess) => guess,
        Err(refusal) => return Ok(Closed::Refused(refusal)),
    };
    match store(env, closing, &guess).await {
        // Something about the account or one of its memberships was changed at this very moment: look again, once.
        Err(Fault::Store(StoreError::Stale)) => store(env, closing, &guess).await,
        other => other,
    }
}

async fn store(env: &Env, closing: &Closing<'_>, guess: &Guess<'_>) -> Result<Closed, Fault> {
    let origin = closing.origin;
    let mut tx = env.store.write().await?;
    let current = session::lock(env, &mut *tx, closing.signed_in).await?;
    guess.right(&mut *tx).await?;
    let Some(SignedIn { account, .. }) = current else {
        tx.commit().await?;
        return Ok(Closed::Overtaken);
    };
    if let Some(until) = undo_until(env, &mut *tx, &account).await? {
        tx.commit().await?;
        return Ok(Closed::AddressChanged { until });
    }
    let mut memberships = tx.memberships().list_of_account(account.id).await?;
    memberships.retain(|membership| !membership.is_removed());
    if is_needed(&mut *tx, &mut memberships).await? {
        // The password was right: that much is kept.
        tx.commit().await?;
        return Ok(Closed::OnlyAdministrator);
    }
    for membership in memberships {
        end_membership(env, &mut *tx, membership, origin).await?;
    }
    empty(env, &mut *tx, &account).await?;
    session::end_all(env, &mut *tx, account.id, None, RevocationReason::AccountClosed).await?;
    // To the address that is about to be given up.
    notice::tell(env, &mut *tx, &account, SecurityEvent::AccountClosed, origin).await?;
    let Ok(closed) = account.close(env.now()) else { return Ok(Closed::Overtaken) };
    tx.accounts().update(&closed).await?;
    let actor = Actor::Person { account: closed.id };
    let event = AuditEvent::new(AuditAction::AccountClosed, actor, env.now(), env.entropy());
    tx.audit().record(&event.from(origin).account(closed.id)).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    env.bell.ring(Queue::Logout);
    Ok(Closed::Done)
}

/// Until when an older address may take a change back (R72).
async fn undo_until(env: &Env, tx: &mut dyn Tx, account: &Account) -> Result<Option<Timestamp>, Fault> {
    let life = env.policy.email_undo_life;
    let changes = tx.email_changes().list_of_account(account.id).await?;
    let open = changes.into_iter().filter(|change| change.took_effect_since(env.now() - life));
    Ok(open.filter_map(|change| change.took_effect_at()).max().map(|at| at + life))
}

/// Whether an agency would be left without an administrator. All are locked in the order of their ids: two people who close
/// their accounts at once never wait for each other.
async fn is_needed(tx: &mut dyn Tx, memberships: &mut [Membership]) -> Result<bool, Fault> {
    memberships.sort_by_key(|membership| membership.company);
    for membership in memberships.iter() {
        if is_only_administrator(tx, membership).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes what only served the account, and makes every open link of it a dead one.
async fn empty(env: &Env, tx: &mut dyn Tx, account: &Account) -> Result<(), Fault> {
    let (now, id) = (env.now(), account.id);
    tx.answers().replace(id, &[]).await?;
    tx.answers().keep_former(id, &[], now).await?;
    tx.recovery_codes().remove(id).await?;
    for consent in tx.consents().list_of_account(id).await? {
        tx.consents().remove(id, &consent.client).await?;
    }
    tx.company_choices().remove_of_account(id).await?;
    tx.tickets().supersede(id, None, now).await?;
    for purpose in TicketPurpose::WORDS {
        tx.account_tickets().supersede(id, purpose, None, now).await?;
    }
    tx.email_changes().remove_all(id).await?;
    Ok(tx.throttles().clear_all(id).await?)
}
