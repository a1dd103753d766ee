//! Telling a person by mail what happened to their account (L11): queued with what happened, or not at all.

use idp_domain::account::Account;
use idp_domain::audit::{Origin, Place};
use idp_domain::email::EmailAddress;
use idp_domain::id::AccountId;
use idp_domain::outbox::{Letter, Notice, OutboxMail, SecurityEvent};
use idp_domain::ports::Tx;

use crate::env::Env;
use crate::fault::Fault;

/// Queues a notice to the address the account has now, and to those it had lately: whoever may still take a change of
/// address back must know what else is done in their name. Ring [`crate::env::Queue::Mail`] after the commit.
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
    let recent = tx.email_changes().list_of_account(account.id).await?;
    let mut told = vec![account.user_name.clone()];
    for change in
        recent.into_iter().filter(|change| change.took_effect_since(env.now() - env.policy.email_undo_life))
    {
        if !told.contains(&change.old) {
            told.push(change.old);
        }
    }
    for address in &told {
        enqueue(env, tx, (account.id, address), event, origin).await?;
    }
    Ok(())
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
