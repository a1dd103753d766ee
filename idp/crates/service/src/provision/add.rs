//! One person added to one company, in the caller's transaction: one account for one person, however many agencies (R33,
//! R77).

use idp_domain::Timestamp;
use idp_domain::account::{Account, AccountState};
use idp_domain::audit::AuditAction;
use idp_domain::claims::Profile;
use idp_domain::delivery::DeliveryState;
use idp_domain::id::{CompanyId, MembershipId};
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::member::{Membership, MembershipState, Status};
use idp_domain::outbox::{Letter, OutboxMail};
use idp_domain::ports::{StoreError, Tx};

use super::draft::NewMember;
use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;

/// What the agency has of a person.
#[derive(Debug)]
pub(crate) enum Known {
    /// The same person, with the same user name.
    Member(Box<Membership>),
    /// Nobody who is still there.
    Nobody(Box<Former>),
}

/// Those who left and are in question.
#[derive(Debug, Default)]
pub(crate) struct Former {
    /// This person's own membership.
    same: Option<Membership>,
    /// Others', with a reference that this person is to have.
    namesakes: Vec<Membership>,
}

impl Former {
    /// Somebody who left with a reference in question: each once, and not the person who comes back.
    fn recall(&mut self, left: Option<Membership>) {
        let known = |left: &Membership| self.same.iter().chain(&self.namesakes).any(|it| it.id == left.id);
        if let Some(left) = left.filter(|left| !known(left)) {
            self.namesakes.push(left);
        }
    }

    /// The member who would be back.
    pub(super) fn returning(&self) -> Option<MembershipId> {
        self.same.as_ref().map(|same| same.id)
    }

    /// Who comes back is not given less than they had by somebody who may not even touch them.
    pub(crate) fn may_return(&self, scope: &CompanyScope) -> bool {
        self.same.as_ref().is_none_or(|same| scope.covers(&same.particulars))
    }
}

/// What stands in the way of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clash {
    /// R31.
    SharedEmail,
    PersonHasIdentity,
    /// The further hat at this place is another person's (R79).
    HatTaken(usize),
}

/// Why a person was not added.
#[derive(Debug)]
pub(crate) enum Refused {
    Clash(Clash),
    /// Above what the caller may give.
    NotAllowed,
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for Refused {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// What became of a person.
#[derive(Debug)]
pub(crate) enum Added {
    /// Added, or back after leaving.
    Now {
        member: MembershipId,
        /// The account was there before: for operators only (R33).
        had_account: bool,
        /// Whether a mail was queued.
        mailed: bool,
    },
    /// Was there before (R25).
    Before(Box<Membership>),
}

/// The natural key: the same person of the same company with the same user name is the same request (R25). Those who left
/// are not there any more, and stand in nobody's way.
///
/// Two statements and one for each further hat, whatever is known of the person elsewhere (R33).
///
/// # Errors
/// [`Fault`].
pub(crate) async fn judge(
    tx: &mut dyn Tx,
    company: CompanyId,
    member: &NewMember,
) -> Result<Result<Known, Clash>, Fault> {
    let (user_name, person) = (&member.user_name, &member.particulars.person_ref);
    let by_person = tx.memberships().find_by_person_ref(company, person).await?;
    let by_user_name = tx.memberships().find_of_user_name(company, user_name).await?;
    let (by_person, namesake) = there_or_left(by_person);
    let (by_user_name, same) = there_or_left(by_user_name);
    Ok(match (by_person, by_user_name) {
        (Some(known), Some(same)) if known.id == same.id => Ok(Known::Member(Box::new(known))),
        (None, None) => {
            let mut former = Former { same, namesakes: Vec::new() };
            former.recall(namesake);
            for (place, hat) in member.particulars.other_persons.iter().enumerate() {
                let holder = tx.memberships().find_by_person_ref(company, &hat.person_ref).await?;
                match there_or_left(holder) {
                    (Some(_), _) => return Ok(Err(Clash::HatTaken(place))),
                    (None, namesake) => former.recall(namesake),
                }
            }
            Ok(Known::Nobody(Box::new(former)))
        }
        (None, Some(same)) if same.particulars.is_called(person) => Ok(Known::Member(Box::new(same))),
        (_, Some(_)) => Err(Clash::SharedEmail),
        (Some(_), None) => Err(Clash::PersonHasIdentity),
    })
}

/// A membership, told apart by whether the person left.
fn there_or_left(membership: Option<Membership>) -> (Option<Membership>, Option<Membership>) {
    let left = membership.as_ref().is_some_and(Membership::is_removed);
    if left { (None, membership) } else { (membership, None) }
}

/// Adds the person, unless they are there; the mail falls due at `mail_at`. Nothing is written when it is refused. Ring
/// [`crate::env::Queue::Mail`] after the commit.
///
/// # Errors
/// [`Refused`]; `Conflict` and `Stale` when the same is done at the same moment: look again in another transaction.
pub(crate) async fn add(
    env: &Env,
    tx: &mut dyn Tx,
    scope: &CompanyScope,
    member: &NewMember,
    mail_at: Timestamp,
) -> Result<Added, Refused> {
    if !scope.covers(&member.particulars) {
        return Err(Refused::NotAllowed);
    }
    let Former { same, namesakes } = match judge(tx, scope.id(), member).await?.map_err(Refused::Clash)? {
        Known::Member(known) => return Ok(Added::Before(known)),
        Known::Nobody(former) => *former,
    };
    // Who comes back is not given less than they had by somebody who may not even touch them.
    if same.as_ref().is_some_and(|same| !scope.covers(&same.particulars)) {
        return Err(Refused::NotAllowed);
    }
    // The account is locked before the company, which giving a reference up does.
    let (account, had_account) = find_or_invite(env, tx, member).await?;
    for namesake in namesakes {
        vacate(tx, namesake).await?;
    }
    let membership = store(env, tx, (scope, &account), member, same).await?;
    let mailed = match member.status {
        Status::Active => invite(env, tx, (&account, &membership), scope, mail_at).await?.is_open(),
        Status::Inactive => false,
    };
    let event = scope.event(env, AuditAction::MemberProvisioned).account(account.id).subject(membership.id);
    tx.audit().record(&event).await?;
    Ok(Added::Now { member: membership.id, had_account, mailed })
}

/// Takes its references from somebody who left.
///
/// # Errors
/// [`Fault`].
pub(super) async fn vacate(tx: &mut dyn Tx, left: Membership) -> Result<(), Fault> {
    let vacated = left.vacate().map_err(|_| Fault::Broken("a member who is still there"))?;
    Ok(tx.memberships().update(&vacated).await?)
}

/// Somebody who left comes back as the same member.
async fn store(
    env: &Env,
    tx: &mut dyn Tx,
    (scope, account): (&CompanyScope, &Account),
    member: &NewMember,
    former: Option<Membership>,
) -> Result<Membership, Fault> {
    let (now, particulars) = (env.now(), member.particulars.clone());
    let returns = former.is_some();
    let mut membership = match former {
        Some(former) => {
            former.invite_again(particulars).map_err(|_| Fault::Broken("a member who is still there"))?
        }
        None => Membership::invite(account.id, scope.id(), particulars, now, env.entropy()),
    };
    if member.status == Status::Inactive {
        membership.state = MembershipState::Inactive { since: now };
    }
    match returns {
        true => tx.memberships().update(&membership).await?,
        false => tx.memberships().insert(&membership).await?,
    }
    Ok(membership)
}

/// The account of this user name, and whether it was there. A new one begins with the name this agency typed; a known one
/// keeps its own.
///
/// # Errors
/// [`Fault`]; `Stale` when somebody gives the address up at this very moment.
async fn find_or_invite(env: &Env, tx: &mut dyn Tx, member: &NewMember) -> Result<(Account, bool), Fault> {
    let NewMember { user_name, particulars, .. } = member;
    if let Some(account) = tx.accounts().find_by_user_name(user_name).await? {
        // Nobody is added to an account that its person is closing at this very moment.
        tx.accounts().lock(account.id).await?;
        let same = tx.accounts().find(account.id).await?.filter(|it| it.user_name == *user_name);
        return Ok((same.ok_or(StoreError::Stale)?, true));
    }
    let profile = Profile {
        given_name: Some(particulars.given_name.clone()),
        family_name: Some(particulars.family_name.clone()),
        ..Profile::default()
    };
    let account = Account::invite(user_name.clone(), profile, env.now(), env.entropy());
    tx.accounts().insert(&account).await?;
    Ok((account, false))
}

/// Queues an invitation in place of any older one of the membership (R67), and the mail this account needs: with a link to
/// choose a password, or without one for who has a password already (R77). No mail when the last one from this agency to the
/// address came back: the invitation says so at once (R85).
///
/// # Errors
/// [`Fault`].
pub(crate) async fn invite(
    env: &Env,
    tx: &mut dyn Tx,
    (account, membership): (&Account, &Membership),
    scope: &CompanyScope,
    mail_at: Timestamp,
) -> Result<Invitation, Fault> {
    let now = env.now();
    let caller = scope.caller();
    let person = caller.account().map(|account| account.to_string());
    let sent_by = person.or_else(|| caller.client().map(ToString::to_string));
    let sent_by = sent_by.unwrap_or_else(|| "operator".to_owned());
    let mut invitation =
        Invitation::queue(membership, account.user_name.clone(), sent_by, now, env.entropy());
    let last = tx.invitations().find_newest_to(membership.company, &account.user_name).await?;
    if let Some(InvitationState::Undeliverable { why, .. }) = last.map(|last| last.state) {
        invitation.state = InvitationState::Undeliverable { at: now, why };
    }
    tx.invitations().insert(&invitation).await?;
    tx.invitations().supersede_open(membership.id, invitation.id, now).await?;
    if !invitation.is_open() {
        return Ok(invitation);
    }
    let letter = match account.state {
        AccountState::Invited => Letter::Activation { invitation: invitation.id },
        // A disabled or closed account shows when the mail is prepared: `undeliverable`, as a dead mailbox would.
        AccountState::Active { .. } | AccountState::Disabled { .. } | AccountState::Closed { .. } => {
            Letter::MembershipAdded { invitation: invitation.id }
        }
    };
    let mut mail = OutboxMail::enqueue(letter, Some(membership.company), now, env.entropy());
    mail.state = DeliveryState::Due { at: mail_at };
    tx.outbox().enqueue(&mail).await?;
    Ok(invitation)
}

/// The account of this user name for a member whose address was mistyped (R71), as if they were added now.
///
/// # Errors
/// [`Fault`].
pub(super) async fn account_for(env: &Env, tx: &mut dyn Tx, member: &NewMember) -> Result<Account, Fault> {
    Ok(find_or_invite(env, tx, member).await?.0)
}
