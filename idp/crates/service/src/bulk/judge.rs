//! What a row comes to at this agency: before the job, to tell; in the job, to do. Both ask the same questions, so that a dry
//! run says what the run does.

use idp_domain::Timestamp;
use idp_domain::audit::AuditAction;
use idp_domain::bulk::{BatchOptions, RowCode, RowFinding, RowOutcome, Verdict};
use idp_domain::id::MembershipId;
use idp_domain::invitation::InvitationState;
use idp_domain::member::{Membership, MembershipState};
use idp_domain::ports::{StoreError, Tx};

use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;
use crate::provision::{self, Added, Clash, Known, NewMember, Refused};

/// What the row would come to now. Nothing is written.
///
/// # Errors
/// [`Fault`].
pub(super) async fn judge(
    tx: &mut dyn Tx,
    scope: &CompanyScope,
    options: BatchOptions,
    member: &NewMember,
) -> Result<(Verdict, Option<MembershipId>), Fault> {
    if !scope.covers(&member.particulars) {
        return Ok((not_allowed(), None));
    }
    Ok(match provision::judge(tx, scope.id(), member).await? {
        Err(clash) => (clashing(clash), None),
        Ok(Known::Member(known)) => (standing(tx, scope, options, &known).await?, Some(known.id)),
        Ok(Known::Nobody(former)) if !former.may_return(scope) => (not_allowed(), None),
        Ok(Known::Nobody(_)) => {
            // Only operators are told, so only for them is it looked up (R33).
            let had_account =
                scope.is_operator() && tx.accounts().find_by_user_name(&member.user_name).await?.is_some();
            (Verdict::of(added(had_account)), None)
        }
    })
}

/// Under whose name, and when the mail of a row may leave.
pub(super) struct Errand<'a> {
    pub(super) env: &'a Env,
    pub(super) scope: &'a CompanyScope,
    pub(super) options: BatchOptions,
    pub(super) mail_at: Timestamp,
}

/// What became of a row.
pub(super) struct Carried {
    pub(super) verdict: Verdict,
    pub(super) member: Option<MembershipId>,
    /// Whether a mail was queued.
    pub(super) mailed: bool,
}

impl Carried {
    pub(super) fn nothing(verdict: Verdict, member: Option<MembershipId>) -> Self {
        Self { verdict, member, mailed: false }
    }
}

impl Errand<'_> {
    /// Carries the row out, within the job's transaction; `may_mail` is whether another mail to somebody who was invited
    /// before is within the limits (L6).
    ///
    /// # Errors
    /// [`Fault`]; `Conflict` and `Stale` when the same is done at the same moment.
    pub(super) async fn carry_out(
        &self,
        tx: &mut dyn Tx,
        member: &NewMember,
        may_mail: bool,
    ) -> Result<Carried, Fault> {
        let Self { env, scope, options, mail_at } = *self;
        match provision::add(env, tx, scope, member, mail_at).await {
            Ok(Added::Now { member, had_account, mailed }) => {
                Ok(Carried { verdict: Verdict::of(added(had_account)), member: Some(member), mailed })
            }
            Ok(Added::Before(known)) => {
                let verdict = standing(tx, scope, options, &known).await?;
                match verdict.outcome {
                    RowOutcome::Resent => self.resend(tx, *known, may_mail).await,
                    _ => Ok(Carried::nothing(verdict, Some(known.id))),
                }
            }
            Err(Refused::Clash(clash)) => Ok(Carried::nothing(clashing(clash), None)),
            Err(Refused::NotAllowed) => Ok(Carried::nothing(not_allowed(), None)),
            Err(Refused::Fault(fault)) => Err(fault),
        }
    }

    async fn resend(&self, tx: &mut dyn Tx, known: Membership, may_mail: bool) -> Result<Carried, Fault> {
        let Self { env, scope, mail_at, .. } = *self;
        if !may_mail {
            let verdict = Verdict::because(RowOutcome::Failed, RowCode::RateLimited);
            return Ok(Carried::nothing(verdict, Some(known.id)));
        }
        tx.accounts().lock(known.account).await?;
        let account = tx.accounts().find(known.account).await?;
        let account = account.ok_or(Fault::Broken("a membership without an account"))?;
        let now_known = tx.memberships().find(known.company, known.id).await?;
        if now_known.is_none_or(|now| now.version != known.version) {
            return Err(StoreError::Stale.into());
        }
        provision::invite(env, tx, (&account, &known), scope, mail_at).await?;
        let event = scope.event(env, AuditAction::InvitationResent).account(known.account).subject(known.id);
        tx.audit().record(&event).await?;
        Ok(Carried { verdict: Verdict::of(RowOutcome::Resent), member: Some(known.id), mailed: true })
    }
}

/// Of somebody the agency has: shown as such, not created again (R32).
async fn standing(
    tx: &mut dyn Tx,
    scope: &CompanyScope,
    options: BatchOptions,
    known: &Membership,
) -> Result<Verdict, Fault> {
    let skipped = |code| Ok(Verdict::because(RowOutcome::Skipped, code));
    match known.state {
        MembershipState::Active { .. } => return skipped(RowCode::AlreadyMember),
        MembershipState::Inactive { .. } | MembershipState::Removed { .. } => {
            return skipped(RowCode::AlreadyMemberInactive);
        }
        MembershipState::Invited => {}
    }
    let newest = tx.invitations().find_newest(known.id).await?;
    if newest.is_some_and(|newest| matches!(newest.state, InvitationState::Undeliverable { .. })) {
        return Ok(Verdict::because(RowOutcome::Failed, RowCode::UndeliverableAddress));
    }
    match options.resend_pending {
        false => skipped(RowCode::InvitationPending),
        true if scope.covers(&known.particulars) => Ok(Verdict::of(RowOutcome::Resent)),
        true => Ok(not_allowed()),
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
