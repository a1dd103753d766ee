//! What the person and the agency both do to a membership: take back what it opened, and what it promised.

use idp_domain::grant::{Grant, RevocationReason};
use idp_domain::id::{AccountId, CompanyId, MembershipId};
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::member::Membership;
use idp_domain::ports::Tx;

use crate::env::Env;
use crate::fault::Fault;
use crate::session;

/// Whether this member is the last who may administer the agency. It stays locked until the transaction ends, so that the
/// last two cannot both leave as the last but one.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn is_only_administrator(tx: &mut dyn Tx, membership: &Membership) -> Result<bool, Fault> {
    if !membership.is_administrator() {
        return Ok(false);
    }
    tx.companies().lock(membership.company).await?;
    Ok(tx.memberships().count_administrators(membership.company).await? <= 1)
}

/// Revokes what the person holds at one agency, and queues the news for its clients (R74). Other agencies, and the session
/// itself, stay. In the caller's transaction, which has locked the account; ring [`crate::env::Queue::Logout`] after the
/// commit.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn end_access(
    env: &Env,
    tx: &mut dyn Tx,
    (account, company): (AccountId, CompanyId),
    why: RevocationReason,
) -> Result<(), Fault> {
    let told = grants_of(env, tx, account, company).await?;
    session::queue_logouts(env, tx, told).await?;
    tx.grants().revoke_of_company(account, company, why, env.now()).await?;
    Ok(())
}

/// What clients of the agency hold: what is alive, and what took part in a session that is still open, for a portal may keep
/// one of its own.
async fn grants_of(
    env: &Env,
    tx: &mut dyn Tx,
    account: AccountId,
    company: CompanyId,
) -> Result<Vec<Grant>, Fault> {
    let mut grants = tx.grants().list_live_of_account(account, env.now()).await?;
    for session in tx.sessions().list_open_of_account(account).await? {
        grants.extend(tx.grants().list_of_session(session.id).await?);
    }
    grants.retain(|grant| grant.consented.company.is_some_and(|(at, _)| at == company));
    Ok(grants)
}

/// Takes an unanswered invitation back; `false` when there is none.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn revoke_invitation(
    env: &Env,
    tx: &mut dyn Tx,
    membership: MembershipId,
) -> Result<bool, Fault> {
    let now = env.now();
    let newest = tx.invitations().find_newest(membership).await?;
    let Some(open) = newest.filter(Invitation::is_open) else { return Ok(false) };
    tx.invitations().supersede_open(membership, open.id, now).await?;
    let revoked = Invitation { state: InvitationState::Revoked { at: now }, ..open };
    tx.invitations().update(&revoked).await?;
    Ok(true)
}

/// Ends the resets that this agency started for the person (R80): it does not speak for somebody who left. In the caller's
/// transaction, which has locked the account.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn end_vouching(env: &Env, tx: &mut dyn Tx, of: &Membership) -> Result<(), Fault> {
    tx.account_tickets().supersede_vouched(of.account, of.company, env.now()).await?;
    Ok(())
}
