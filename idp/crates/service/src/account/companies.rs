//! The agencies a person belongs to, and leaving one (R76, R77). Other agencies, and the person's own account, stay as they
//! are; an agency is never left without an administrator.

use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::company::Company;
use idp_domain::grant::RevocationReason;
use idp_domain::id::CompanyId;
use idp_domain::member::Membership;
use idp_domain::outbox::SecurityEvent;
use idp_domain::ports::{StoreError, Tx};

use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::membership::{self, is_only_administrator};
use crate::new_password::agencies;
use crate::notice;
use crate::session::{self, SignedIn};

/// An agency the person belongs to.
#[derive(Debug)]
pub struct Belonging {
    pub company: Company,
    pub membership: Membership,
    /// Nobody else could look after the agency's people: who is this cannot leave.
    pub is_only_administrator: bool,
}

/// The agencies that let the person in, or invited them.
///
/// # Errors
/// [`Fault`].
pub async fn companies(env: &Env, signed_in: &SignedIn) -> Result<Vec<Belonging>, Fault> {
    let mut tx = env.store.read().await?;
    let mut belongings = Vec::new();
    for (company, membership) in agencies(&mut *tx, &signed_in.account).await? {
        if membership.may_enter() {
            let is_only_administrator = membership.is_administrator()
                && tx.memberships().count_administrators(company.id).await? <= 1;
            belongings.push(Belonging { company, membership, is_only_administrator });
        }
    }
    Ok(belongings)
}

/// How an attempt to leave ended.
#[derive(Debug)]
pub enum Leaving {
    /// The person does not belong there, whatever it was before.
    Done,
    /// Nobody else could look after the agency's people.
    OnlyAdministrator,
    /// The person was signed out meanwhile: nothing was changed.
    Overtaken,
}

/// Leaves one agency.
///
/// # Errors
/// [`Fault`].
pub async fn leave_company(
    env: &Env,
    signed_in: &SignedIn,
    company: CompanyId,
    origin: &Origin,
) -> Result<Leaving, Fault> {
    let leaving = || leave_once(env, signed_in, company, origin);
    match leaving().await {
        // The agency changed something about the member at this very moment: look again, once.
        Err(Fault::Store(StoreError::Stale)) => leaving().await,
        other => other,
    }
}

async fn leave_once(
    env: &Env,
    signed_in: &SignedIn,
    company: CompanyId,
    origin: &Origin,
) -> Result<Leaving, Fault> {
    let account = signed_in.account.id;
    let mut tx = env.store.write().await?;
    let Some(current) = session::lock(env, &mut *tx, signed_in).await? else { return Ok(Leaving::Overtaken) };
    let membership = tx.memberships().find_of_account(company, account).await?;
    let Some(membership) = membership.filter(Membership::may_enter) else { return Ok(Leaving::Done) };
    if is_only_administrator(&mut *tx, &membership).await? {
        return Ok(Leaving::OnlyAdministrator);
    }
    membership::end_access(env, &mut *tx, (account, company), RevocationReason::CompanyLeft).await?;
    membership::end_vouching(env, &mut *tx, &membership).await?;
    for consent in tx.consents().list_of_account(account).await? {
        if consent.permitted.companies.contains(&company) {
            tx.consents().put(&consent.without(company)).await?;
        }
    }
    tx.company_choices().remove(account, company).await?;
    end_membership(env, &mut *tx, membership, origin).await?;
    notice::tell(env, &mut *tx, &current.account, SecurityEvent::CompanyLeft { company }, origin).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    env.bell.ring(Queue::Logout);
    Ok(Leaving::Done)
}

/// Takes the person out of the agency's list of those who may enter; an unanswered invitation is taken back.
pub(super) async fn end_membership(
    env: &Env,
    tx: &mut dyn Tx,
    membership: Membership,
    origin: &Origin,
) -> Result<(), Fault> {
    let now = env.now();
    let (account, company) = (membership.account, membership.company);
    let Ok(left) = membership.leave(now) else { return Ok(()) };
    tx.memberships().update(&left).await?;
    membership::revoke_invitation(env, tx, left.id).await?;
    let event = AuditEvent::new(AuditAction::MembershipLeft, Actor::Person { account }, now, env.entropy())
        .from(origin)
        .company(company)
        .account(account)
        .subject(left.id);
    Ok(tx.audit().record(&event).await?)
}
