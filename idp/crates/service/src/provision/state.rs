//! What an agency sees of one of its members (R26). Everything here is the agency's own: nothing shows whether the
//! person works elsewhere (R33).

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::id::MembershipId;
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::member::{Membership, MembershipState};
use idp_domain::ports::Tx;

use crate::access::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;

/// How far the newest invitation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationProgress {
    /// None was sent: the member was added as inactive.
    None,
    Queued,
    Sent(Timestamp),
    /// Sent, not used in time.
    Expired(Timestamp),
    Accepted(Timestamp),
    Superseded(Timestamp),
    Revoked(Timestamp),
    Undeliverable(Timestamp),
}

/// A member as its own agency sees it.
#[derive(Debug, Clone)]
pub struct MemberState {
    pub account: Account,
    pub membership: Membership,
    pub invitation: InvitationProgress,
}

pub(super) async fn load(
    env: &Env,
    tx: &mut dyn Tx,
    scope: &CompanyScope,
    id: MembershipId,
) -> Result<Option<MemberState>, Fault> {
    let Some(membership) = tx.memberships().find(scope.id(), id).await? else { return Ok(None) };
    let account = tx.accounts().find(membership.account).await?;
    let account = account.ok_or(Fault::Broken("a membership without an account"))?;
    let newest = tx.invitations().find_newest(id).await?;
    let invitation = newest.map_or(InvitationProgress::None, |newest| progress(env, &newest, &membership));
    Ok(Some(MemberState { account, membership, invitation }))
}

/// Judged by the membership alone: an account that is active elsewhere lets an unanswered invitation expire like any
/// other (R33).
fn progress(env: &Env, invitation: &Invitation, membership: &Membership) -> InvitationProgress {
    match invitation.state {
        InvitationState::Queued => InvitationProgress::Queued,
        InvitationState::Sent { at } => {
            let ends = at + env.policy.activation_life;
            let waits = membership.state == MembershipState::Invited;
            if waits && env.now() >= ends {
                InvitationProgress::Expired(ends)
            } else {
                InvitationProgress::Sent(at)
            }
        }
        InvitationState::Accepted { at } => InvitationProgress::Accepted(at),
        InvitationState::Superseded { at } => InvitationProgress::Superseded(at),
        InvitationState::Revoked { at } => InvitationProgress::Revoked(at),
        InvitationState::Undeliverable { at } => InvitationProgress::Undeliverable(at),
    }
}
