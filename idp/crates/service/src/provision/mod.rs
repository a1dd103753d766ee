//! Provisioning: an office creates an identity for a person of its own company (R14-R26, R31, R33, R77).

mod draft;
mod state;

use idp_domain::Digest;
use idp_domain::Timestamp;
use idp_domain::account::{Account, AccountState};
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::claims::Profile;
use idp_domain::client::Client;
use idp_domain::id::MembershipId;
use idp_domain::idempotency::StoredAnswer;
use idp_domain::invitation::Invitation;
use idp_domain::member::{Authority, Membership, MembershipState, Status};
use idp_domain::outbox::{Letter, OutboxMail};
use idp_domain::ports::{StoreError, Tx};

use crate::access::{AdminToken, CompanyScope};
use crate::env::{Env, Queue};
use crate::fault::Fault;

pub use draft::{FieldCode, FieldProblem, MemberDraft, NewMember};
pub use state::{InvitationProgress, MemberState};

/// Why a person cannot be added; each is one `type` of problem on the wire (RFC 9457).
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// R31: a second person with the same address in one agency.
    #[error("another person of this company already uses this e-mail address")]
    SharedEmail,
    #[error("this person already has an identity with another user name")]
    PersonHasIdentity,
    #[error("this caller may not give this authority")]
    AuthorityNotAllowed,
    #[error("this Idempotency-Key was used with another request body")]
    KeyReused,
    #[error(transparent)]
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for ProvisionError {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// How the caller makes its request repeatable.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    pub key: String,
    /// Of the request body as received.
    pub request: Digest,
}

/// Who asks, for which company.
#[derive(Debug)]
pub struct Caller<'a> {
    pub scope: &'a CompanyScope,
    pub client: &'a Client,
    pub origin: &'a Origin,
}

impl<'a> Caller<'a> {
    pub fn new(token: &'a AdminToken, scope: &'a CompanyScope, origin: &'a Origin) -> Self {
        Self { scope, client: &token.client, origin }
    }

    fn actor(&self) -> Actor {
        Actor::Client { client: self.client.id.clone() }
    }
}

/// The answer to give: status and JSON body, fresh or as stored the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// Writes a member as the wire shows it; what it writes is what a repeated request gets again.
pub type Present<'a> = &'a (dyn Fn(&MemberState) -> Result<String, Fault> + Send + Sync);

/// Creates account and membership and queues the mail, or finds that all of it is already there.
///
/// 201 when the person was added, or came back after leaving; 200 when the same person was there before (R25).
///
/// # Errors
/// [`ProvisionError`]; nothing half-done stays behind.
pub async fn provision(
    env: &Env,
    caller: &Caller<'_>,
    member: &NewMember,
    idempotency: Option<&IdempotencyKey>,
    present: Present<'_>,
) -> Result<Answer, ProvisionError> {
    if member.particulars.authority == Authority::Administrator && caller.client.may_grant == Authority::None
    {
        return Err(ProvisionError::AuthorityNotAllowed);
    }
    let request = Request { env, caller, member, idempotency, present, now: env.now() };
    match request.once().await {
        // Somebody added the same person at the same moment: look again, once; now everything is there to be found.
        Err(ProvisionError::Fault(Fault::Store(StoreError::Conflict(_) | StoreError::Stale))) => {
            request.once().await
        }
        other => other,
    }
}

struct Request<'a> {
    env: &'a Env,
    caller: &'a Caller<'a>,
    member: &'a NewMember,
    idempotency: Option<&'a IdempotencyKey>,
    present: Present<'a>,
    now: Timestamp,
}

impl Request<'_> {
    async fn once(&self) -> Result<Answer, ProvisionError> {
        let mut tx = self.env.store.write().await?;
        if let Some(answer) = self.replay(&mut *tx).await? {
            // What was read may still be on its way to the disk: only a commit says that it arrived.
            tx.commit().await?;
            return Ok(answer);
        }
        let (status, id) = match self.find_present(&mut *tx).await? {
            Found::Member(id) => (200, id),
            Found::Nobody(former) => {
                let Former { same, namesake } = *former;
                if let Some(namesake) = namesake {
                    let vacated =
                        namesake.vacate().map_err(|_| Fault::Broken("a member who is still there"))?;
                    tx.memberships().update(&vacated).await?;
                }
                (201, self.add(&mut *tx, same).await?)
            }
        };
        let state = state::load(self.env, &mut *tx, self.caller.scope, id).await?;
        let state = state.ok_or(Fault::Broken("a member just stored is not there"))?;
        let answer = Answer { status, body: (self.present)(&state)? };
        self.remember(&mut *tx, &answer).await?;
        tx.commit().await?;
        self.env.bell.ring(Queue::Mail);
        Ok(answer)
    }

    fn idempotency_caller(&self) -> String {
        format!("{}|create-member|{}", self.caller.client.id, self.caller.scope.id())
    }

    async fn replay(&self, tx: &mut dyn Tx) -> Result<Option<Answer>, ProvisionError> {
        let Some(key) = self.idempotency else { return Ok(None) };
        let stored = tx.idempotency().find(&self.idempotency_caller(), &key.key, self.now).await?;
        match stored {
            None => Ok(None),
            Some(stored) if stored.request == key.request => {
                Ok(Some(Answer { status: stored.status, body: stored.body }))
            }
            Some(_) => Err(ProvisionError::KeyReused),
        }
    }

    async fn remember(&self, tx: &mut dyn Tx, answer: &Answer) -> Result<(), Fault> {
        let Some(key) = self.idempotency else { return Ok(()) };
        let stored = StoredAnswer {
            caller: self.idempotency_caller(),
            key: key.key.clone(),
            request: key.request,
            status: answer.status,
            body: answer.body.clone(),
            created_at: self.now,
        };
        Ok(tx.idempotency().insert(&stored).await?)
    }

    /// The natural key: the same person of the same company with the same user name is the same request (R25). Those who
    /// left are not there any more, and stand in nobody's way.
    ///
    /// Each row found is judged by itself: between two reads another request may have stored the rest.
    async fn find_present(&self, tx: &mut dyn Tx) -> Result<Found, ProvisionError> {
        let (company, user_name) = (self.caller.scope.id(), &self.member.user_name);
        let person = &self.member.particulars.person_ref;
        let by_person = tx.memberships().find_by_person_ref(company, person).await?;
        let (by_person, namesake) = there_or_left(by_person);
        if let Some(known) = &by_person {
            let account = tx.accounts().find(known.account).await?;
            if account.is_some_and(|account| account.user_name == *user_name) {
                return Ok(Found::Member(known.id));
            }
        }
        let by_user_name = match tx.accounts().find_by_user_name(user_name).await? {
            Some(account) => tx.memberships().find_of_account(company, account.id).await?,
            None => None,
        };
        let (by_user_name, same) = there_or_left(by_user_name);
        match (by_person, by_user_name) {
            (None, None) => {
                let is_another = |left: &Membership| same.as_ref().is_none_or(|same| same.id != left.id);
                let namesake = namesake.filter(is_another);
                Ok(Found::Nobody(Box::new(Former { same, namesake })))
            }
            (None, Some(same)) if same.particulars.person_ref == *person => Ok(Found::Member(same.id)),
            (_, Some(_)) => Err(ProvisionError::SharedEmail),
            (Some(_), None) => Err(ProvisionError::PersonHasIdentity),
        }
    }

    /// One account for one person, however many agencies (R33, R77); the mail follows the commit. Somebody who left comes
    /// back as the same member.
    async fn add(&self, tx: &mut dyn Tx, former: Option<Membership>) -> Result<MembershipId, Fault> {
        let (env, now, company) = (self.env, self.now, self.caller.scope.id());
        let account = self.find_or_invite(tx).await?;
        let particulars = self.member.particulars.clone();
        let returns = former.is_some();
        let mut membership = match former {
            Some(former) => {
                former.invite_again(particulars).map_err(|_| Fault::Broken("a member who is still there"))?
            }
            None => Membership::invite(account.id, company, particulars, now, env.entropy()),
        };
        let active = self.member.status == Status::Active;
        if !active {
            membership.state = MembershipState::Inactive { since: now };
        }
        match returns {
            true => tx.memberships().update(&membership).await?,
            false => tx.memberships().insert(&membership).await?,
        }
        if active {
            self.queue_letter(tx, &account, &membership).await?;
        }
        let event = AuditEvent::new(AuditAction::MemberProvisioned, self.caller.actor(), now, env.entropy())
            .from(self.caller.origin)
            .company(company)
            .account(account.id)
            .subject(membership.id);
        tx.audit().record(&event).await?;
        Ok(membership.id)
    }

    /// A new account begins with the name this agency typed; a known one keeps its own.
    async fn find_or_invite(&self, tx: &mut dyn Tx) -> Result<Account, Fault> {
        let NewMember { user_name, particulars, .. } = self.member;
        if let Some(account) = tx.accounts().find_by_user_name(user_name).await? {
            // Nobody is added to an account that its person is closing at this very moment.
            tx.accounts().lock(account.id).await?;
            let same = tx.accounts().find(account.id).await?.filter(|it| it.user_name == *user_name);
            return Ok(same.ok_or(StoreError::Stale)?);
        }
        let profile = Profile {
            given_name: Some(particulars.given_name.clone()),
            family_name: Some(particulars.family_name.clone()),
            ..Profile::default()
        };
        let account = Account::invite(user_name.clone(), profile, self.now, self.env.entropy());
        tx.accounts().insert(&account).await?;
        Ok(account)
    }

    async fn queue_letter(
        &self,
        tx: &mut dyn Tx,
        account: &Account,
        membership: &Membership,
    ) -> Result<(), Fault> {
        let (env, now) = (self.env, self.now);
        let sent_by = self.caller.client.id.to_string();
        let invitation =
            Invitation::queue(membership, account.user_name.clone(), sent_by, now, env.entropy());
        tx.invitations().insert(&invitation).await?;
        let letter = match account.state {
            AccountState::Invited => Letter::Activation { invitation: invitation.id },
            // A disabled or closed account shows when the mail is prepared: `undeliverable`, as a dead mailbox would.
            AccountState::Active { .. } | AccountState::Disabled { .. } | AccountState::Closed { .. } => {
                Letter::MembershipAdded { invitation: invitation.id }
            }
        };
        let mail = OutboxMail::enqueue(letter, Some(membership.company), now, env.entropy());
        Ok(tx.outbox().enqueue(&mail).await?)
    }
}

/// What the agency has of a person.
enum Found {
    /// The same person, with the same user name.
    Member(MembershipId),
    /// Nobody who is still there.
    Nobody(Box<Former>),
}

/// Those who left and are in question.
struct Former {
    /// This person's own membership.
    same: Option<Membership>,
    /// Somebody else's, with the reference that this person is to have.
    namesake: Option<Membership>,
}

/// A membership, told apart by whether the person left.
fn there_or_left(membership: Option<Membership>) -> (Option<Membership>, Option<Membership>) {
    let left = membership.as_ref().is_some_and(Membership::is_removed);
    if left { (None, membership) } else { (membership, None) }
}

/// One member of the caller's company; a foreign or unknown id is `None`.
///
/// # Errors
/// [`Fault`].
pub async fn find(env: &Env, scope: &CompanyScope, id: MembershipId) -> Result<Option<MemberState>, Fault> {
    let mut tx = env.store.read().await?;
    state::load(env, &mut *tx, scope, id).await
}

/// A page of the company's members, in the order they were added, and where the next page begins.
///
/// # Errors
/// [`Fault`].
pub async fn list(
    env: &Env,
    scope: &CompanyScope,
    after: Option<MembershipId>,
    limit: u64,
) -> Result<(Vec<MemberState>, Option<MembershipId>), Fault> {
    let mut tx = env.store.read().await?;
    let mut page = tx.memberships().list(scope.id(), after, limit + 1).await?;
    let more = page.len() as u64 > limit;
    if more {
        page.pop();
    }
    let next = page.last().map(|membership| membership.id).filter(|_| more);
    let mut members = Vec::with_capacity(page.len());
    for membership in page {
        members.extend(state::load(env, &mut *tx, scope, membership.id).await?);
    }
    Ok((members, next))
}
