//! Switching an agency off and on (R89). Suspended, nobody enters through it and no token speaks for it; nothing is revoked,
//! so that everybody is back when it is resumed. Other agencies of the same people never notice.

use idp_domain::audit::AuditAction;
use idp_domain::company::{Company, CompanyState};
use idp_domain::id::{AccountId, CompanyId, MembershipId};
use idp_domain::ports::Tx;

use super::CompanyError;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::session;

/// Members whose clients are told in one transaction.
const MEMBERS_AT_ONCE: u64 = 200;

pub(super) async fn suspend(
    env: &Env,
    tx: &mut dyn Tx,
    company: &Company,
) -> Result<Option<AuditAction>, CompanyError> {
    if !company.is_active() {
        return Ok(None);
    }
    let suspended = Company { state: CompanyState::Suspended { at: env.now() }, ..company.clone() };
    tx.companies().update(&suspended).await?;
    Ok(Some(AuditAction::CompanySuspended))
}

pub(super) async fn resume(tx: &mut dyn Tx, company: &Company) -> Result<Option<AuditAction>, CompanyError> {
    if company.is_active() {
        return Ok(None);
    }
    tx.companies().update(&Company { state: CompanyState::Active, ..company.clone() }).await?;
    Ok(Some(AuditAction::CompanyResumed))
}

/// Tells the agency's clients that the sessions they share with us are over for them (OpenID Connect Back-Channel Logout
/// section 2): a portal may keep one of its own. A page of members at a time, after the suspension is stored.
///
/// # Errors
/// [`Fault`]; the suspension stands, and those that were told stay told.
pub(super) async fn tell_clients(env: &Env, company: CompanyId) -> Result<(), Fault> {
    let mut after = None;
    loop {
        let mut tx = env.store.write().await?;
        after = tell_page(env, &mut *tx, company, after).await?;
        tx.commit().await?;
        env.bell.ring(Queue::Logout);
        if after.is_none() {
            return Ok(());
        }
    }
}

/// The last member of the page, unless there was none.
async fn tell_page(
    env: &Env,
    tx: &mut dyn Tx,
    company: CompanyId,
    after: Option<MembershipId>,
) -> Result<Option<MembershipId>, Fault> {
    let members = tx.memberships().list(company, after, MEMBERS_AT_ONCE).await?;
    let accounts: Vec<AccountId> = members.iter().map(|member| member.account).collect();
    if accounts.is_empty() {
        return Ok(None);
    }
    let grants = tx.grants().list_in_open_sessions(company, &accounts, env.now()).await?;
    session::queue_logouts(env, tx, grants).await?;
    Ok(members.last().map(|member| member.id))
}
