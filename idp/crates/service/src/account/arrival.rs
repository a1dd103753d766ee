//! Coming to one's own pages: at an agency without a portal this is the log-in that answers its invitation (R91), for there is
//! no other. At one with a portal only logging in there does; and an open session from before the invitation accepts nothing.

use idp_domain::audit::Origin;
use idp_domain::member::{Membership, MembershipState};
use idp_domain::ports::{StoreError, Tx};

use crate::env::Env;
use crate::fault::Fault;
use crate::membership;
use crate::session::{self, SignedIn};

/// Accepts the invitations of active agencies without a portal, from before this log-in.
///
/// # Errors
/// [`Fault`].
pub async fn begin_account(env: &Env, signed_in: &SignedIn, origin: &Origin) -> Result<(), Fault> {
    if answered(&mut *env.store.read().await?, signed_in).await?.is_empty() {
        return Ok(());
    }
    match accept(env, signed_in, origin).await {
        // The agency changed something about the member at this very moment: look again, once.
        Err(Fault::Store(StoreError::Stale)) => accept(env, signed_in, origin).await,
        other => other,
    }
}

async fn accept(env: &Env, signed_in: &SignedIn, origin: &Origin) -> Result<(), Fault> {
    let mut tx = env.store.write().await?;
    if session::lock(env, &mut *tx, signed_in).await?.is_none() {
        return Ok(());
    }
    for membership in answered(&mut *tx, signed_in).await? {
        membership::accept(env, &mut *tx, membership, origin).await?;
    }
    Ok(tx.commit().await?)
}

/// The memberships whose invitation this log-in answers.
async fn answered(tx: &mut dyn Tx, signed_in: &SignedIn) -> Result<Vec<Membership>, Fault> {
    let mut waiting = tx.memberships().list_of_account(signed_in.account.id).await?;
    waiting.retain(|it| it.state == MembershipState::Invited);
    let mut answered = Vec::new();
    for membership in waiting {
        if is_answered(tx, signed_in, &membership).await? {
            answered.push(membership);
        }
    }
    Ok(answered)
}

async fn is_answered(tx: &mut dyn Tx, signed_in: &SignedIn, waiting: &Membership) -> Result<bool, Fault> {
    let logged_in_at = signed_in.session.auth_time;
    let invitation = tx.invitations().find_newest(waiting.id).await?;
    let invited_at = invitation.map_or(waiting.created_at, |it| it.created_at);
    if logged_in_at <= invited_at || !waiting.counts_log_in(logged_in_at) {
        return Ok(false);
    }
    let company = tx.companies().find(waiting.company).await?;
    let is_open = company.is_some_and(|company| company.is_active());
    Ok(is_open && tx.clients().find_portal(waiting.company).await?.is_none())
}
