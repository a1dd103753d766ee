//! Invitations that nobody has accepted, when the person's address changes (R33): they were sent to an address, and stay with
//! it. An agency that waits for an answer does not learn the new one, nor that there was an account.
//!
//! The person comes to such an agency when its office corrects the address (R71), or invites the new one.

use idp_domain::account::{Account, AccountState};
use idp_domain::claims::Profile;
use idp_domain::email::EmailAddress;
use idp_domain::member::Membership;
use idp_domain::ports::Tx;

use crate::env::Env;
use crate::fault::Fault;

/// Leaves what waits for an answer with the address that `renamed` had: with an account of its own, as if the person had
/// never had another. In the caller's transaction, after the account was renamed.
///
/// # Errors
/// [`Fault`].
pub(super) async fn leave_with(
    env: &Env,
    tx: &mut dyn Tx,
    renamed: &Account,
    old: &EmailAddress,
) -> Result<(), Fault> {
    let mut waiting = tx.memberships().list_of_account(renamed.id).await?;
    waiting.retain(|membership| !membership.has_joined() && !membership.is_removed());
    let Some(first) = waiting.first() else { return Ok(()) };
    let profile = Profile {
        given_name: Some(first.particulars.given_name.clone()),
        family_name: Some(first.particulars.family_name.clone()),
        ..Profile::default()
    };
    let newcomer = Account::invite(old.clone(), profile, env.now(), env.entropy());
    tx.accounts().insert(&newcomer).await?;
    for membership in waiting {
        tx.memberships().update(&Membership { account: newcomer.id, ..membership }).await?;
    }
    Ok(())
}

/// Takes the address back for `restored` from an account that nobody opened, with the invitations that wait there. In the
/// caller's transaction, before the account is renamed.
///
/// # Errors
/// [`Fault`].
pub(super) async fn bring_back(
    env: &Env,
    tx: &mut dyn Tx,
    restored: &Account,
    old: &EmailAddress,
) -> Result<(), Fault> {
    let holder = tx.accounts().find_by_user_name(old).await?;
    let Some(holder) =
        holder.filter(|holder| holder.id != restored.id && holder.state == AccountState::Invited)
    else {
        return Ok(());
    };
    for membership in tx.memberships().list_of_account(holder.id).await? {
        let is_there = tx.memberships().find_of_account(membership.company, restored.id).await?.is_some();
        if !is_there {
            tx.memberships().update(&Membership { account: restored.id, ..membership }).await?;
        }
    }
    tx.tickets().supersede(holder.id, None, env.now()).await?;
    let Ok(gone) = holder.give_way(env.now()) else { return Ok(()) };
    Ok(tx.accounts().update(&gone).await?)
}
