//! What an agency sees of one of its members (R26). Everything here is the agency's own: nothing shows whether the
//! person works elsewhere (R33).

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::email::EmailAddress;
use idp_domain::id::MembershipId;
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::mail_failure::MailFailure;
use idp_domain::member::{Membership, MembershipState};
use idp_domain::ports::{MemberInContext, Tx};
use idp_domain::throttle::Lock;

use crate::authority::CompanyScope;
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
    Undeliverable(Timestamp, MailFailure),
}

/// A member as its own agency sees it.
#[derive(Debug, Clone)]
pub struct MemberState {
    /// For use cases; nothing of it is shown but [`Self::user_name`].
    pub(crate) account: Account,
    pub membership: Membership,
    /// The address this agency may write to, and know. `None` of who was removed: they have taken it along, and what becomes of
    /// it is nobody's business here.
    pub user_name: Option<EmailAddress>,
    pub invitation: InvitationProgress,
    /// Whether wrong passwords make the person wait; said of active members only.
    pub lock: Option<Lock>,
    /// The address this very agency proposed, as long as its link works or, with another proposal in its place, would (R33).
    pub proposed_email: Option<EmailAddress>,
}

pub(super) async fn load(
    env: &Env,
    tx: &mut dyn Tx,
    scope: &CompanyScope,
    id: MembershipId,
) -> Result<Option<MemberState>, Fault> {
    let found = tx.memberships().find_in_context(scope.id(), id).await?;
    Ok(found.map(|found| MemberState::seen(env, found)))
}

impl MemberState {
    pub(super) fn seen(env: &Env, member: MemberInContext) -> Self {
        let MemberInContext { membership, account, invitation, guesses, email_change } = member;
        let now = env.now();
        let is_in = membership.is_active() && membership.has_joined();
        let user_name = user_name(&membership, &account, invitation.as_ref());
        let progress = |newest: &Invitation| progress(env, newest, &membership);
        Self {
            invitation: invitation.as_ref().map_or(InvitationProgress::None, progress),
            lock: guesses.and_then(|it| it.lock(&env.policy.password_guesses, now)).filter(|_| is_in),
            proposed_email: email_change
                .filter(|it| is_in && it.is_awaited(now) && it.new != account.user_name)
                .map(|it| it.new),
            user_name,
            account,
            membership,
        }
    }
}

/// Until the person has accepted, the agency knows the address it wrote to and no other: whoever changes theirs has an account,
/// and an account before accepting is somebody else's (R33).
fn user_name(
    membership: &Membership,
    account: &Account,
    newest: Option<&Invitation>,
) -> Option<EmailAddress> {
    if membership.is_removed() {
        return None;
    }
    let written_to = newest.filter(|it| !membership.has_joined() && it.account == account.id);
    Some(written_to.map_or_else(|| account.user_name.clone(), |invitation| invitation.email.clone()))
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
        InvitationState::Undeliverable { at, why } => InvitationProgress::Undeliverable(at, why),
    }
}
