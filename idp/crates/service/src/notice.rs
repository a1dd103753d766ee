//! Telling a person by mail what happened to their account (L11): queued with what happened, or not at all.

use idp_domain::account::Account;
use idp_domain::audit::{Origin, Place};
use idp_domain::email::EmailAddress;
use idp_domain::id::AccountId;
use idp_domain::outbox::{Letter, Notice, OutboxMail, SecurityEvent};
use idp_domain::ports::Tx;

use crate::env::Env;
use crate::fault::Fault;

/// Queues a notice to the address the account has now. Ring [`crate::env::Queue::Mail`] after the commit.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn tell(
    env: &Env,
    tx: &mut dyn Tx,
    account: &Account,
    event: SecurityEvent,
    origin: &Origin,
) -> Result<(), Fault> {
    enqueue(env, tx, (account.id, &account.user_name), event, origin).await
}

/// The same to an address that is the account's no longer, or to one of which only the sender will know whether it has an
/// account at all.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn enqueue(
    env: &Env,
    tx: &mut dyn Tx,
    (account, to): (AccountId, &EmailAddress),
    event: SecurityEvent,
    origin: &Origin,
) -> Result<(), Fault> {
    let now = env.now();
    let notice = Notice { account, to: to.clone(), event, at: now, place: Place::from(origin) };
    let mail = OutboxMail::enqueue(Letter::Notice(notice), None, now, env.entropy());
    Ok(tx.outbox().enqueue(&mail).await?)
}
