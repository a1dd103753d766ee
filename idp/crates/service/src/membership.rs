//! What the person and the agency both do to a membership: take back what it opened, and what it promised.

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::grant::{Grant, RevocationReason};
use idp_domain::id::{AccountId, CompanyId, MembershipId};
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::member::{Authority, MemberType, Membership};
use idp_domain::ports::{StoreError, Tx};

use crate::authorize::OwnPage;
use crate::company_claims::CompanyContext;
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

/// Where somebody begins who has no portal to go to: at the office if they look after an agency, or are invited to; else at
/// their own account.
pub(crate) fn home<'a>(account: &Account, of: impl IntoIterator<Item = &'a Membership>) -> OwnPage {
    let looks_after =
        |it: &Membership| it.may_enter() && it.particulars.authority == Authority::Administrator;
    if account.is_operator || of.into_iter().any(looks_after) { OwnPage::Office } else { OwnPage::Account }
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

/// Notes that the member came with this log-in, and the first time also in the agency's log, because the session itself belongs
/// to no agency (R94). In the caller's transaction.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn note_sign_in(
    env: &Env,
    tx: &mut dyn Tx,
    (of, auth_time): (&Membership, Timestamp),
    origin: &Origin,
) -> Result<(), Fault> {
    let now = env.now();
    if of.is_first_visit(auth_time) {
        let actor = Actor::Person { account: of.account };
        let event = AuditEvent::new(AuditAction::MemberSignedIn, actor, now, env.entropy());
        let event = event.from(origin).company(of.company).account(of.account).subject(of.id);
        tx.audit().record(&event).await?;
    }
    Ok(tx.memberships().record_sign_in(of.company, of.id, now).await?)
}

/// Lets the person in with this log-in: notes the visit of a member, accepts the invitation of one who was invited. In the
/// caller's transaction.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn admit(
    env: &Env,
    tx: &mut dyn Tx,
    (context, auth_time): (CompanyContext, Timestamp),
    origin: &Origin,
) -> Result<CompanyContext, Fault> {
    let CompanyContext { company, membership } = context;
    if membership.is_active() {
        note_sign_in(env, tx, (&membership, auth_time), origin).await?;
        return Ok(CompanyContext { company, membership });
    }
    let membership = accept(env, tx, membership, origin).await?;
    Ok(CompanyContext { company, membership })
}

/// Accepts an invitation by logging in (R91), which answers its mail as activating does, so that both look the same to the
/// agency (R26, R33). In the caller's transaction.
///
/// # Errors
/// [`Fault`]; `Broken` when the member is not invited.
pub(crate) async fn accept(
    env: &Env,
    tx: &mut dyn Tx,
    invited: Membership,
    origin: &Origin,
) -> Result<Membership, Fault> {
    let now = env.now();
    let accepted =
        invited.accept(now).map_err(|_| Fault::Broken("a member who was not invited is accepted"))?;
    if accepted.particulars.is_also(MemberType::OfficeStaff) {
        session::shorten(env, tx, accepted.account).await?;
    }
    tx.memberships().update(&accepted).await?;
    let newest = tx.invitations().find_newest(accepted.id).await?;
    if let Some(open) = newest.filter(Invitation::is_open) {
        match tx
            .invitations()
            .update(&Invitation { state: InvitationState::Accepted { at: now }, ..open })
            .await
        {
            // Settled by the mail dispatcher at this very moment; the next log-in changes nothing about it.
            Err(StoreError::Stale) => {}
            updated => updated?,
        }
    }
    let actor = Actor::Person { account: accepted.account };
    let event = AuditEvent::new(AuditAction::MembershipAccepted, actor, now, env.entropy())
        .from(origin)
        .company(accepted.company)
        .account(accepted.account)
        .subject(accepted.id);
    tx.audit().record(&event).await?;
    // As the next read shows it.
    Ok(Membership { version: accepted.version + 1, ..accepted })
}
