//! What a row comes to at this agency: before the job, to tell; in the job, to do. Both ask the same questions of what was read
//! for a whole chunk, so that a dry run says what the run does, and ten thousand rows are few statements.

use std::collections::HashSet;

use idp_domain::audit::AuditAction;
use idp_domain::bulk::{BatchOptions, RowCode, RowFinding, RowOutcome, Verdict};
use idp_domain::id::MembershipId;
use idp_domain::invitation::InvitationState;
use idp_domain::member::{Membership, MembershipState};
use idp_domain::outbox::OutboxMail;
use idp_domain::ports::{StoreError, Tx};

use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;
use crate::provision::{self, Added, Beforehand, Clash, Known, NewMember, Refused};
use crate::recovery;

/// A chunk of rows, with everything that decides about them.
pub(super) struct Judge<'a> {
    scope: &'a CompanyScope,
    options: BatchOptions,
    before: Beforehand,
    /// Members who were invited, and whose newest mail came back.
    returned: HashSet<MembershipId>,
}

impl<'a> Judge<'a> {
    /// For telling only; of at most [`idp_domain::ports::AT_ONCE`] people.
    ///
    /// # Errors
    /// [`Fault`].
    pub(super) async fn to_tell(
        tx: &mut dyn Tx,
        (scope, options): (&'a CompanyScope, BatchOptions),
        people: &[&NewMember],
    ) -> Result<Self, Fault> {
        let before = Beforehand::seen_by(tx, scope, people).await?;
        Self::with(tx, (scope, options), before, people).await
    }

    /// For doing what is judged, in the same transaction.
    ///
    /// # Errors
    /// [`Fault`].
    pub(super) async fn to_do(
        tx: &mut dyn Tx,
        (scope, options): (&'a CompanyScope, BatchOptions),
        people: &[&NewMember],
    ) -> Result<Self, Fault> {
        let before = Beforehand::of(tx, scope.id(), people).await?;
        Self::with(tx, (scope, options), before, people).await
    }

    async fn with(
        tx: &mut dyn Tx,
        (scope, options): (&'a CompanyScope, BatchOptions),
        before: Beforehand,
        people: &[&NewMember],
    ) -> Result<Self, Fault> {
        let mut judge = Self { scope, options, before, returned: HashSet::new() };
        let invited: Vec<MembershipId> = people.iter().filter_map(|it| judge.invited(it)).collect();
        if !invited.is_empty() {
            let newest = tx.invitations().list_newest(&invited).await?.into_iter();
            let dead = newest.filter(|it| matches!(it.state, InvitationState::Undeliverable { .. }));
            judge.returned = dead.map(|it| it.membership).collect();
        }
        Ok(judge)
    }

    fn invited(&self, member: &NewMember) -> Option<MembershipId> {
        match self.recognise(member) {
            Ok(Known::Member(known)) if known.state == MembershipState::Invited => Some(known.id),
            _ => None,
        }
    }

    /// A list is not the agency's program: whoever has the address and the name is meant, whatever number stands beside them
    /// (R25, R32).
    fn recognise(&self, member: &NewMember) -> Result<Known, Clash> {
        let roster = &self.before.roster;
        roster.judge(member).or_else(|clash| match roster.by_another_reference(member) {
            Some(known) => Ok(Known::Member(Box::new(known.clone()))),
            None => Err(clash),
        })
    }

    /// What the row would come to now, and whom it is about if they are there.
    pub(super) fn judge(&self, member: &NewMember) -> (Verdict, Option<Box<Membership>>) {
        let scope = self.scope;
        if !scope.covers(&member.particulars) {
            return (not_allowed(), None);
        }
        match self.recognise(member) {
            Err(clash) => (clashing(clash), None),
            Ok(Known::Member(known)) => (self.standing(&known), Some(known)),
            Ok(Known::Nobody(former)) if !former.may_return(scope) => (not_allowed(), None),
            Ok(Known::Nobody(_)) => (Verdict::of(added(self.before.has_account(&member.user_name))), None),
        }
    }

    /// Of somebody the agency has: shown as such, not created again (R32).
    fn standing(&self, known: &Membership) -> Verdict {
        let skipped = |code| Verdict::because(RowOutcome::Skipped, code);
        match known.state {
            MembershipState::Active { .. } => skipped(RowCode::AlreadyMember),
            MembershipState::Inactive { .. } | MembershipState::Removed { .. } => {
                skipped(RowCode::AlreadyMemberInactive)
            }
            MembershipState::Invited if self.returned.contains(&known.id) => {
                Verdict::because(RowOutcome::Failed, RowCode::UndeliverableAddress)
            }
            MembershipState::Invited if !self.options.resend_pending => skipped(RowCode::InvitationPending),
            MembershipState::Invited if self.scope.covers(&known.particulars) => {
                Verdict::of(RowOutcome::Resent)
            }
            MembershipState::Invited => not_allowed(),
        }
    }

    /// Carries the row out, within the job's transaction; `may_mail` is whether another mail to somebody who was invited
    /// before is within the limits (L6).
    ///
    /// # Errors
    /// [`Fault`]; `Conflict` and `Stale` when the same is done at the same moment.
    pub(super) async fn carry_out(
        &self,
        env: &Env,
        tx: &mut dyn Tx,
        member: &NewMember,
        may_mail: bool,
    ) -> Result<Carried, Fault> {
        let (verdict, known) = self.judge(member);
        match (verdict.outcome, known) {
            (RowOutcome::Resent, Some(known)) if may_mail => self.resend(env, tx, *known).await,
            (RowOutcome::Resent, known) => {
                let limited = Verdict::because(RowOutcome::Failed, RowCode::RateLimited);
                Ok(Carried::nothing(limited, known.map(|known| known.id)))
            }
            (RowOutcome::Created | RowOutcome::MembershipAdded, _) => self.add(env, tx, member).await,
            (RowOutcome::Skipped | RowOutcome::Failed, known) => {
                Ok(Carried::nothing(verdict, known.map(|known| known.id)))
            }
        }
    }

    async fn add(&self, env: &Env, tx: &mut dyn Tx, member: &NewMember) -> Result<Carried, Fault> {
        match provision::add(env, tx, self.scope, member, &self.before).await {
            Ok(Added::Now { member, had_account, mail }) => {
                let verdict = Verdict::of(added(had_account));
                Ok(Carried { verdict, member: Some(member), mail: mail.map(|mail| *mail) })
            }
            Ok(Added::Before(known)) => Ok(Carried::nothing(self.standing(&known), Some(known.id))),
            Err(Refused::Clash(clash)) => Ok(Carried::nothing(clashing(clash), None)),
            Err(Refused::NotAllowed) => Ok(Carried::nothing(not_allowed(), None)),
            Err(Refused::Fault(fault)) => Err(fault),
        }
    }

    async fn resend(&self, env: &Env, tx: &mut dyn Tx, known: Membership) -> Result<Carried, Fault> {
        tx.accounts().lock(known.account).await?;
        let account = tx.accounts().find(known.account).await?;
        let account = account.ok_or(Fault::Broken("a membership without an account"))?;
        let now_known = tx.memberships().find(known.company, known.id).await?;
        if now_known.is_none_or(|now| now.version != known.version) {
            return Err(StoreError::Stale.into());
        }
        let mail = provision::renew(env, tx, (&account, &known), self.scope).await?;
        recovery::vouch_with_invitation(env, tx, &account, self.scope).await?;
        let event = self.scope.event(env, AuditAction::InvitationResent);
        tx.audit().record(&event.account(known.account).subject(known.id)).await?;
        Ok(Carried { verdict: Verdict::of(RowOutcome::Resent), member: Some(known.id), mail })
    }
}

/// What became of a row.
pub(super) struct Carried {
    pub(super) verdict: Verdict,
    pub(super) member: Option<MembershipId>,
    /// To be queued.
    pub(super) mail: Option<OutboxMail>,
}

impl Carried {
    pub(super) fn nothing(verdict: Verdict, member: Option<MembershipId>) -> Self {
        Self { verdict, member, mail: None }
    }
}

const fn added(had_account: bool) -> RowOutcome {
    if had_account { RowOutcome::MembershipAdded } else { RowOutcome::Created }
}

fn clashing(clash: Clash) -> Verdict {
    let (code, field) = match clash {
        Clash::SharedEmail => (RowCode::SharedEmailInCompany, "user_name"),
        // A row says no further hats.
        Clash::PersonHasIdentity | Clash::HatTaken(_) => (RowCode::PersonHasIdentity, "user_name"),
    };
    of_field(code, field)
}

/// Nobody gives more than they have, nor touches somebody who has more (attack 85).
fn not_allowed() -> Verdict {
    of_field(RowCode::RoleNotAllowed, "security_role")
}

fn of_field(code: RowCode, field: &str) -> Verdict {
    let finding = RowFinding { code, field: field.to_owned() };
    Verdict { outcome: RowOutcome::Failed, findings: vec![finding] }
}
