//! Coming to look after an agency, on the office pages: what logging in at its portal does is done here as well, for an
//! agency may have none (R91). Never does it tell one agency of another (R33).

use idp_domain::Timestamp;
use idp_domain::audit::Origin;
use idp_domain::company::CompanyRef;
use idp_domain::id::CompanyId;
use idp_domain::member::{Authority, Membership, MembershipState};

use crate::env::Env;
use crate::fault::Fault;
use crate::membership;
use crate::session::{self, SignedIn};

/// Accepts the invitations of whoever was invited to look after an agency. What was open when the agency ended everything
/// accepts nothing: then, the moment that the log-in must be later than.
///
/// # Errors
/// [`Fault`].
pub async fn begin_office(
    env: &Env,
    signed_in: &SignedIn,
    origin: &Origin,
) -> Result<Option<Timestamp>, Fault> {
    let mut waiting = env.store.read().await?.memberships().list_of_account(signed_in.account.id).await?;
    waiting.retain(is_waiting);
    if waiting.is_empty() {
        return Ok(None);
    }
    let ended = waiting.iter().filter_map(|it| ended_at(it, signed_in)).max();
    let mut tx = env.store.write().await?;
    if session::lock(env, &mut *tx, signed_in).await?.is_none() {
        return Ok(None);
    }
    for membership in tx.memberships().list_of_account(signed_in.account.id).await? {
        let company = tx.companies().find(membership.company).await?;
        let is_open = company.is_some_and(|company| company.is_active());
        if is_open && is_waiting(&membership) && ended_at(&membership, signed_in).is_none() {
            membership::accept(env, &mut *tx, membership, origin).await?;
        }
    }
    tx.commit().await?;
    Ok(ended)
}

fn is_waiting(membership: &Membership) -> bool {
    membership.state == MembershipState::Invited
        && membership.particulars.authority == Authority::Administrator
}

/// When the agency ended what the person has open, if nothing was begun since.
fn ended_at(membership: &Membership, signed_in: &SignedIn) -> Option<Timestamp> {
    membership.sessions_ended_at.filter(|_| !membership.counts_log_in(signed_in.session.auth_time))
}

/// Whether the person looks after the agency named in the path, but must log in once more, later than this moment: the agency
/// ended everything that was open. `None` for everybody else.
///
/// # Errors
/// [`Fault`].
pub async fn logged_out_at(env: &Env, signed_in: &SignedIn, path: &str) -> Result<Option<Timestamp>, Fault> {
    let Ok(named) = CompanyRef::parse(path) else { return Ok(None) };
    let mut tx = env.store.read().await?;
    let company = tx.companies().find_by_ref(&named).await?.filter(|company| company.is_active());
    let Some(company) = company else { return Ok(None) };
    let own = tx.memberships().find_of_account(company.id, signed_in.account.id).await?;
    let own = own.filter(Membership::is_administrator);
    Ok(own.and_then(|own| ended_at(&own, signed_in)))
}

/// Notes the first visit since the log-in as the member's last one at this agency, as a token for it would have been.
///
/// # Errors
/// [`Fault`].
pub async fn note_visit(
    env: &Env,
    signed_in: &SignedIn,
    company: CompanyId,
    origin: &Origin,
) -> Result<(), Fault> {
    let auth_time = signed_in.session.auth_time;
    let own = env.store.read().await?.memberships().find_of_account(company, signed_in.account.id).await?;
    let own = own.filter(|own| own.is_administrator() && own.is_first_visit(auth_time));
    let Some(own) = own else { return Ok(()) };
    let mut tx = env.store.write().await?;
    membership::note_sign_in(env, &mut *tx, (&own, auth_time), origin).await?;
    Ok(tx.commit().await?)
}
