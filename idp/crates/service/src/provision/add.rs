//! One person added to one company, in the caller's transaction: one account for one person, however many agencies (R33,
//! R77).

use std::collections::HashMap;

use idp_domain::account::{Account, AccountState};
use idp_domain::audit::AuditAction;
use idp_domain::claims::Profile;
use idp_domain::email::EmailAddress;
use idp_domain::id::{CompanyId, InvitationId, MembershipId};
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::mail_failure::MailFailure;
use idp_domain::member::{Membership, MembershipState, Particulars, Status};
use idp_domain::outbox::{Letter, OutboxMail};
use idp_domain::ports::{StoreError, Tx};

use super::draft::NewMember;
use super::record::told;
use super::roster::{Clash, Former, Known, Roster};
use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;

/// What is known before people are added: read for one of them or for many in the same four statements.
#[derive(Debug, Default)]
pub(crate) struct Beforehand {
    pub(crate) roster: Roster,
    /// By the canonical form of their user names, wherever they belong.
    accounts: HashMap<String, Account>,
    /// Addresses, in the canonical form, from which the agency's last mail came back (R85).
    returned: HashMap<String, MailFailure>,
}

impl Beforehand {
    /// Of at most [`idp_domain::ports::AT_ONCE`] people.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn of(
        tx: &mut dyn Tx,
        company: CompanyId,
        people: &[&NewMember],
    ) -> Result<Self, Fault> {
        let roster = Roster::of(tx, company, people).await?;
        let addresses: Vec<_> = people.iter().map(|it| &it.user_name).collect();
        let accounts = accounts(tx, people).await?;
        let last = tx.invitations().list_newest_to(company, &addresses).await?;
        let returned = last.into_iter().filter_map(|last| match last.state {
            InvitationState::Undeliverable { why, .. } => Some((last.email.canonical().to_owned(), why)),
            _ => None,
        });
        Ok(Self { roster, accounts, returned: returned.collect() })
    }

    /// For telling `scope` what would become of them. Who has an account is told to operators only, so only for them is it looked
    /// up (R33).
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn seen_by(
        tx: &mut dyn Tx,
        scope: &CompanyScope,
        people: &[&NewMember],
    ) -> Result<Self, Fault> {
        let roster = Roster::of(tx, scope.id(), people).await?;
        let accounts = match scope.is_operator() {
            true => accounts(tx, people).await?,
            false => HashMap::new(),
        };
        Ok(Self { roster, accounts, returned: HashMap::new() })
    }

    /// Whether somebody was found who has this address, at whatever agency.
    pub(crate) fn has_account(&self, user_name: &EmailAddress) -> bool {
        self.accounts.contains_key(user_name.canonical())
    }

    fn returned(&self, address: &EmailAddress) -> Option<MailFailure> {
        self.returned.get(address.canonical()).copied()
    }
}

/// By the canonical form of their user names.
async fn accounts(tx: &mut dyn Tx, people: &[&NewMember]) -> Result<HashMap<String, Account>, Fault> {
    let user_names: Vec<_> = people.iter().map(|it| &it.user_name).collect();
    let accounts = tx.accounts().list_by_user_name(&user_names).await?;
    Ok(accounts.into_iter().map(|it| (it.user_name.canonical().to_owned(), it)).collect())
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
        /// To be queued; none where it would only come back.
        mail: Option<Box<OutboxMail>>,
    },
    /// Was there before (R25).
    Before(Box<Membership>),
}

/// Adds the person, unless they are there. Nothing is written when it is refused. The mail is for the caller to queue; ring
/// [`crate::env::Queue::Mail`] after the commit.
///
/// # Errors
/// [`Refused`]; `Conflict` and `Stale` when the same is done at the same moment: look again in another transaction.
pub(crate) async fn add(
    env: &Env,
    tx: &mut dyn Tx,
    scope: &CompanyScope,
    member: &NewMember,
    before: &Beforehand,
) -> Result<Added, Refused> {
    if !scope.covers(&member.particulars) {
        return Err(Refused::NotAllowed);
    }
    let former = match before.roster.judge(member).map_err(Refused::Clash)? {
        Known::Member(known) => return Ok(Added::Before(known)),
        Known::Nobody(former) => *former,
    };
    if !former.may_return(scope) {
        return Err(Refused::NotAllowed);
    }
    let Former { same, namesakes } = former;
    // The account is locked before the company, which giving a reference up does.
    let known = before.accounts.get(member.user_name.canonical());
    let (account, had_account) = find_or_invite(env, tx, (member, known)).await?;
    for namesake in namesakes {
        vacate(tx, namesake).await?;
    }
    let membership = store(env, tx, (scope, &account), member, same.clone()).await?;
    let mail = match (member.status, same.is_some()) {
        (Status::Inactive, _) => None,
        (Status::Active, false) => {
            let returned = before.returned(&account.user_name);
            issue(env, tx, (&account, &membership), scope, returned).await?.1
        }
        (Status::Active, true) => renew(env, tx, (&account, &membership), scope).await?,
    };
    let event = scope.event(env, AuditAction::MemberProvisioned).account(account.id).subject(membership.id);
    tx.audit().record(&told(event, same.as_ref(), &membership)).await?;
    Ok(Added::Now { member: membership.id, had_account, mail: mail.map(Box::new) })
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
    let now = env.now();
    let returns = former.is_some();
    let mut membership = match former {
        Some(former) => {
            let particulars = kept(&former, member);
            former.invite_again(particulars).map_err(|_| Fault::Broken("a member who is still there"))?
        }
        None => {
            let particulars = member.particulars.clone();
            Membership::invite(account.id, scope.id(), particulars, now, env.entropy())
        }
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

/// What is said of somebody who comes back; what is not said stays as it was kept.
fn kept(former: &Membership, member: &NewMember) -> Particulars {
    let (was, said) = (&former.particulars, &member.particulars);
    // A reference that was given up went to somebody else, perhaps.
    let keeps_reference = !member.has_own_reference() && !former.is_vacated();
    let person_ref = if keeps_reference { &was.person_ref } else { &said.person_ref };
    Particulars {
        person_ref: person_ref.clone(),
        cell: said.cell.clone().or_else(|| was.cell.clone()),
        note: said.note.clone().or_else(|| was.note.clone()),
        ..said.clone()
    }
}

/// The account of this user name, which may be `known`, and whether it was there. A new one begins with the name this agency
/// typed; a known one keeps its own.
///
/// # Errors
/// [`Fault`]; `Stale` when somebody gives the address up at this very moment, `Conflict` when somebody takes it.
async fn find_or_invite(
    env: &Env,
    tx: &mut dyn Tx,
    (member, known): (&NewMember, Option<&Account>),
) -> Result<(Account, bool), Fault> {
    let NewMember { user_name, particulars, .. } = member;
    if let Some(account) = known {
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

/// Stores an invitation, and says which mail this account needs: with a link to choose a password, or without one for who has a
/// password already (R77). No mail when the last one from this agency to the address was `returned`: the invitation says so at
/// once (R85).
///
/// # Errors
/// [`Fault`].
async fn issue(
    env: &Env,
    tx: &mut dyn Tx,
    (account, membership): (&Account, &Membership),
    scope: &CompanyScope,
    returned: Option<MailFailure>,
) -> Result<(InvitationId, Option<OutboxMail>), Fault> {
    let now = env.now();
    let caller = scope.caller();
    let person = caller.account().map(|account| account.to_string());
    let sent_by = person.or_else(|| caller.client().map(ToString::to_string));
    let sent_by = sent_by.unwrap_or_else(|| "operator".to_owned());
    let mut invitation =
        Invitation::queue(membership, account.user_name.clone(), sent_by, now, env.entropy());
    if let Some(why) = returned {
        invitation.state = InvitationState::Undeliverable { at: now, why };
    }
    tx.invitations().insert(&invitation).await?;
    if !invitation.is_open() {
        return Ok((invitation.id, None));
    }
    let letter = match account.state {
        AccountState::Invited => Letter::Activation { invitation: invitation.id },
        // A disabled or closed account shows when the mail is prepared: `undeliverable`, as a dead mailbox would.
        AccountState::Active { .. } | AccountState::Disabled { .. } | AccountState::Closed { .. } => {
            Letter::MembershipAdded { invitation: invitation.id }
        }
    };
    let mail = OutboxMail::enqueue(letter, Some(membership.company), now, env.entropy());
    Ok((invitation.id, Some(mail)))
}

/// Stores an invitation in place of any older one of the membership (R67); the mail it needs is for the caller to queue.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn renew(
    env: &Env,
    tx: &mut dyn Tx,
    (account, membership): (&Account, &Membership),
    scope: &CompanyScope,
) -> Result<Option<OutboxMail>, Fault> {
    let last = tx.invitations().find_newest_to(membership.company, &account.user_name).await?;
    let returned = last.and_then(|last| match last.state {
        InvitationState::Undeliverable { why, .. } => Some(why),
        _ => None,
    });
    let (invitation, mail) = issue(env, tx, (account, membership), scope, returned).await?;
    tx.invitations().supersede_open(membership.id, invitation, env.now()).await?;
    Ok(mail)
}

/// The same, with the mail on its way at once; `false` when there is none.
///
/// # Errors
/// [`Fault`].
pub(super) async fn invite(
    env: &Env,
    tx: &mut dyn Tx,
    whom: (&Account, &Membership),
    scope: &CompanyScope,
) -> Result<bool, Fault> {
    let mail = renew(env, tx, whom, scope).await?;
    if let Some(mail) = &mail {
        tx.outbox().enqueue(mail).await?;
    }
    Ok(mail.is_some())
}

/// The account of this user name for a member whose address was mistyped (R71), as if they were added now.
///
/// # Errors
/// [`Fault`].
pub(super) async fn account_for(env: &Env, tx: &mut dyn Tx, member: &NewMember) -> Result<Account, Fault> {
    let known = tx.accounts().find_by_user_name(&member.user_name).await?;
    Ok(find_or_invite(env, tx, (member, known.as_ref())).await?.0)
}
