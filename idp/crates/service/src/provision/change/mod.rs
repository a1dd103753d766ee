//! What an office does to one member (`company.md` section 4): one way for every action, from the permission to the answer.
//!
//! Nobody touches somebody above their own, nor themselves where it would raise or end their own place (R92, attacks 85 and
//! 86); an agency is never left without an administrator.

mod access;
mod address;
mod invitation;
mod patch;
mod record;
mod status;

use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::email::EmailAddress;
use idp_domain::id::MembershipId;
use idp_domain::member::Membership;
use idp_domain::ports::Tx;

use super::state::{self, MemberState};
use super::{Present, ProvisionError, draft};
use crate::authority::CompanyScope;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::field::{FieldProblem, Findings};
use crate::mail_limits;
use crate::once::{Answer, Terms};

pub use patch::MemberPatch;

/// One thing to do.
#[derive(Debug, Clone)]
pub enum MemberAction {
    /// Changes what the office wrote; the address too, as long as the person has not accepted (R71).
    Patch(Box<MemberPatch>),
    /// Another mail; the links of older ones are dead (R67).
    Resend,
    /// The same for one of many: the mail takes its turn among those that the company sends to many (L6).
    ResendInTurn,
    /// The mail that is out opens nothing any more; *Status* is inactive.
    RevokeInvitation,
    /// *Status* goes to Active (R75).
    Activate,
    /// *Status* goes from Active: no new tokens, what was issued is refused at once (R74).
    Deactivate,
    /// The person leaves the agency; other agencies are untouched.
    Remove,
    /// A mail that lets the person choose another password (L10, R80, R90). Nobody else ever sees the link.
    ResetPassword,
    /// Ends what the person has open at this agency.
    RevokeSessions,
    /// Forgets the wrong passwords that make the person wait.
    Unlock,
    /// Another address for somebody who accepted: in effect when the person confirms it (R72).
    ProposeEmail(EmailAddress),
}

impl MemberAction {
    /// A proposal as typed.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn propose(email: &str) -> Result<Self, Vec<FieldProblem>> {
        let mut findings = Findings::default();
        let email = draft::email(&mut findings, email);
        findings.unless_any(email).map(Self::ProposeEmail)
    }

    /// Whether nobody may do it to themselves: it would end their own place, or go around a question for their password.
    fn spares_oneself(&self) -> bool {
        match self {
            Self::RevokeInvitation
            | Self::Activate
            | Self::Deactivate
            | Self::Remove
            | Self::ResetPassword
            | Self::Unlock
            | Self::ProposeEmail(_) => true,
            // A patch looks at what it changes.
            Self::Patch(_) | Self::Resend | Self::ResendInTurn | Self::RevokeSessions => false,
        }
    }

    /// How long to wait when it was done too often to this member (L6), with a `mail` to the person or without.
    async fn wait(&self, env: &Env, (id, mail): (MembershipId, Mailed)) -> Result<Option<Duration>, Fault> {
        match (self, mail) {
            // Each time, strangers get as many guesses again.
            (Self::Unlock, _) => mail_limits::wait(env, &format!("unlock of {id}")).await,
            (_, Mailed::Yes) => mail_limits::office_wait(env, id).await,
            (_, Mailed::No) => Ok(None),
        }
    }
}

/// Whether something sent a mail to the person, as the office sees it: there must not be many (L6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mailed {
    Yes,
    No,
}

impl From<bool> for Mailed {
    fn from(mailed: bool) -> Self {
        if mailed { Self::Yes } else { Self::No }
    }
}

/// Does it, and answers with the member as it is then: 200.
///
/// # Errors
/// [`ProvisionError`]; nothing half-done stays behind.
pub async fn change(
    env: &Env,
    scope: &CompanyScope,
    (id, action): (MembershipId, &MemberAction),
    terms: &Terms,
    present: Present<'_>,
) -> Result<Answer, ProvisionError> {
    if let Some(answer) = terms.replay(&mut *env.store.read().await?, env.now()).await?? {
        return Ok(answer);
    }
    let changing = || once(env, scope, (id, action), terms, present);
    match changing().await {
        // Somebody changed the same member at the same moment: look again, once.
        Err(error) if error.is_race() => changing().await,
        other => other,
    }
}

async fn once(
    env: &Env,
    scope: &CompanyScope,
    (id, action): (MembershipId, &MemberAction),
    terms: &Terms,
    present: Present<'_>,
) -> Result<Answer, ProvisionError> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    let before = lock(env, &mut *tx, scope, id).await?;
    // Only now: the same request at the same moment had the lock before.
    if let Some(answer) = terms.replay(&mut *tx, now).await?? {
        tx.commit().await?;
        return Ok(answer);
    }
    if !terms.matches(&present(&before)?) {
        return Err(ProvisionError::Precondition);
    }
    let turn = Turn { env, scope, now, before };
    permit(scope, turn.membership(), action)?;
    let mailed = turn.apply(&mut *tx, action).await?;
    // After the refusals: what is not done uses nothing up, and nobody uses up the mails of somebody they may not write to, at
    // another agency least of all (attack 84). Nothing is stored when it was one too many.
    if let Some(wait) = action.wait(env, (id, mailed)).await? {
        return Err(ProvisionError::TooMany { wait });
    }
    let after = state::load(env, &mut *tx, scope, id).await?.ok_or(ProvisionError::NotFound)?;
    let answer = Answer { status: 200, body: present(&after)? };
    terms.remember(&mut *tx, &answer, now).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    env.bell.ring(Queue::Logout);
    Ok(answer)
}

/// The member as it is now, with nothing else happening to its account until the transaction ends.
async fn lock(
    env: &Env,
    tx: &mut dyn Tx,
    scope: &CompanyScope,
    id: MembershipId,
) -> Result<MemberState, ProvisionError> {
    let known = tx.memberships().find(scope.id(), id).await?.ok_or(ProvisionError::NotFound)?;
    tx.accounts().lock(known.account).await?;
    let state = state::load(env, tx, scope, id).await?.ok_or(ProvisionError::NotFound)?;
    // Moved to another account between the two reads: that one is not locked.
    let same = state.account.id == known.account;
    if same { Ok(state) } else { Err(idp_domain::ports::StoreError::Stale.into()) }
}

fn permit(
    scope: &CompanyScope,
    membership: &Membership,
    action: &MemberAction,
) -> Result<(), ProvisionError> {
    if !scope.covers(&membership.particulars) {
        return Err(ProvisionError::AuthorityNotAllowed);
    }
    if scope.is_own(membership) && action.spares_oneself() {
        return Err(ProvisionError::NotForYourself);
    }
    Ok(())
}

/// One action on one member, under its lock.
struct Turn<'a> {
    env: &'a Env,
    scope: &'a CompanyScope,
    now: Timestamp,
    before: MemberState,
}

impl Turn<'_> {
    fn membership(&self) -> &Membership {
        &self.before.membership
    }

    async fn apply(&self, tx: &mut dyn Tx, action: &MemberAction) -> Result<Mailed, ProvisionError> {
        // Whether a mail leaves is not looked at where it would show that no office may write to somebody.
        match action {
            MemberAction::Patch(patch) => self.patch(tx, patch).await,
            MemberAction::Activate => self.activate(tx).await,
            MemberAction::Resend => self.resend(tx, false).await.map(|()| Mailed::Yes),
            MemberAction::ResendInTurn => self.resend(tx, true).await.map(|()| Mailed::Yes),
            MemberAction::ResetPassword => self.reset_password(tx).await.map(|()| Mailed::Yes),
            MemberAction::ProposeEmail(address) => {
                self.propose_email(tx, address).await.map(|()| Mailed::Yes)
            }
            MemberAction::RevokeInvitation => self.revoke_invitation(tx).await.map(|()| Mailed::No),
            MemberAction::Deactivate => self.deactivate(tx).await.map(|()| Mailed::No),
            MemberAction::Remove => self.remove(tx).await.map(|()| Mailed::No),
            MemberAction::RevokeSessions => self.revoke_sessions(tx).await.map(|()| Mailed::No),
            MemberAction::Unlock => self.unlock(tx).await.map(|()| Mailed::No),
        }
    }

    /// Who has accepted and may enter: only of them is there anything to reset, end or rename (R33: whether the account is
    /// active elsewhere makes no difference).
    fn needs_active(&self) -> Result<(), ProvisionError> {
        let is_active = self.membership().is_active() && self.membership().has_joined();
        if is_active { Ok(()) } else { Err(ProvisionError::WrongState(NOT_ACTIVE)) }
    }

    /// Whoever looks after all agencies is no agency's to lock out, or to write to about their account. Nothing shows.
    fn is_beyond_the_office(&self) -> bool {
        self.before.account.is_operator && !self.scope.is_operator()
    }
}

const NOT_ACTIVE: &str =
    "The person has not logged in to this company yet, or is inactive: send the invitation again.";
