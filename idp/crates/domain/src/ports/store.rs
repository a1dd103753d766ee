//! The database: repositories on a transaction. Race-prone steps are single statements with a checked row count.

use async_trait::async_trait;

use super::audit::{Audit, AuditChains, Leases};
use super::bulk::Batches;
use super::choices::CompanyChoices;
use super::deliveries::{Deliveries, MailTurns};
use super::device_grants::DeviceGrants;
use super::grants::{Codes, Grants, RefreshTokens};
use super::logos::{ClientLogos, Logos};
use super::proof::{
    AccountTickets, Answers, BootstrapTickets, EmailChanges, RecoveryCodes, Throttles, Tickets,
};
use super::pushed_requests::PushedRequests;
use super::registrations::{InitialTokens, Registrations};
use crate::Timestamp;
use crate::account::Account;
use crate::client::{Client, ClientId};
use crate::company::{Company, CompanyCode, CompanyRef};
use crate::consent::Consent;
use crate::email::EmailAddress;
use crate::email_change::EmailChange;
use crate::id::{AccountId, CompanyId, InvitationId, MembershipId, SessionId};
use crate::idempotency::StoredAnswer;
use crate::invitation::Invitation;
use crate::logout::LogoutDelivery;
use crate::member::{Membership, PersonRef};
use crate::member_list::{AsOf, MemberCounts, MemberQuery};
use crate::outbox::OutboxMail;
use crate::session::Session;
use crate::signing_key::SigningKey;
use crate::throttle::Guesses;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A uniqueness rule was broken: the name of the rule.
    #[error("already there: {0}")]
    Conflict(&'static str),
    /// The row changed since it was read.
    #[error("changed by somebody else in the meantime")]
    Stale,
    /// A stored value cannot be read as what it should be.
    #[error("unreadable row in {table}: {why}")]
    Corrupt { table: &'static str, why: String },
    /// A connection, or the turn to write, did not come in time: overload, or a database that is away. The same may
    /// succeed in a moment.
    #[error("the database is busy: {0}")]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("database: {0}")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}

pub(super) type Result<T> = std::result::Result<T, StoreError>;

/// A database. Reads never open a write transaction; dropping an uncommitted transaction rolls it back.
#[async_trait]
pub trait Store: Send + Sync {
    async fn read(&self) -> Result<Box<dyn Tx>>;
    async fn write(&self) -> Result<Box<dyn Tx>>;
    /// Whether the database answers and has the schema this binary knows.
    async fn ping(&self) -> Result<()>;
}

/// One transaction and its repositories. Only `commit` makes anything last.
#[async_trait]
pub trait Tx: Send {
    fn account_tickets(&mut self) -> &mut dyn AccountTickets;
    fn accounts(&mut self) -> &mut dyn Accounts;
    fn answers(&mut self) -> &mut dyn Answers;
    fn audit(&mut self) -> &mut dyn Audit;
    fn audit_chains(&mut self) -> &mut dyn AuditChains;
    fn batches(&mut self) -> &mut dyn Batches;
    fn bootstrap_tickets(&mut self) -> &mut dyn BootstrapTickets;
    fn client_logos(&mut self) -> &mut dyn ClientLogos;
    fn clients(&mut self) -> &mut dyn Clients;
    fn codes(&mut self) -> &mut dyn Codes;
    fn companies(&mut self) -> &mut dyn Companies;
    fn company_choices(&mut self) -> &mut dyn CompanyChoices;
    fn consents(&mut self) -> &mut dyn Consents;
    fn device_grants(&mut self) -> &mut dyn DeviceGrants;
    fn email_changes(&mut self) -> &mut dyn EmailChanges;
    fn grants(&mut self) -> &mut dyn Grants;
    fn idempotency(&mut self) -> &mut dyn Idempotency;
    fn initial_tokens(&mut self) -> &mut dyn InitialTokens;
    fn invitations(&mut self) -> &mut dyn Invitations;
    fn leases(&mut self) -> &mut dyn Leases;
    fn logos(&mut self) -> &mut dyn Logos;
    fn logouts(&mut self) -> &mut dyn Deliveries<LogoutDelivery>;
    fn mail_turns(&mut self) -> &mut dyn MailTurns;
    fn memberships(&mut self) -> &mut dyn Memberships;
    fn outbox(&mut self) -> &mut dyn Deliveries<OutboxMail>;
    fn pushed_requests(&mut self) -> &mut dyn PushedRequests;
    fn recovery_codes(&mut self) -> &mut dyn RecoveryCodes;
    fn refresh_tokens(&mut self) -> &mut dyn RefreshTokens;
    fn registrations(&mut self) -> &mut dyn Registrations;
    fn revoked_tokens(&mut self) -> &mut dyn RevokedTokens;
    fn sessions(&mut self) -> &mut dyn Sessions;
    fn signing_keys(&mut self) -> &mut dyn SigningKeys;
    fn subjects(&mut self) -> &mut dyn Subjects;
    fn throttles(&mut self) -> &mut dyn Throttles;
    fn tickets(&mut self) -> &mut dyn Tickets;
    async fn commit(self: Box<Self>) -> Result<()>;
}

#[async_trait]
pub trait Accounts: Send {
    /// # Errors
    /// `Conflict("user_name")` when the canonical address is taken.
    async fn insert(&mut self, account: &Account) -> Result<()>;
    /// Stores every field if the row still has `account.version`, and raises the version by one.
    ///
    /// # Errors
    /// `Stale` otherwise.
    async fn update(&mut self, account: &Account) -> Result<()>;
    async fn find(&mut self, id: AccountId) -> Result<Option<Account>>;
    async fn find_by_user_name(&mut self, user_name: &EmailAddress) -> Result<Option<Account>>;
    /// Those who have one of these addresses, in no order; at most [`super::AT_ONCE`] are asked for.
    async fn list_by_user_name(&mut self, user_names: &[&EmailAddress]) -> Result<Vec<Account>>;
    /// Makes every other transaction that locks the same account wait until this one ends: what a person ends and what is
    /// given out in their name at the same moment come one after the other. Lock before reading what depends on it.
    async fn lock(&mut self, id: AccountId) -> Result<()>;
    /// Removes an account that nobody ever activated and that no agency has, not even as somebody who left; `false` for any
    /// other. Lock it first.
    async fn remove_unused(&mut self, id: AccountId) -> Result<bool>;
    /// Notes a sign-in without touching the version: two at once do not disturb each other.
    async fn record_sign_in(&mut self, id: AccountId, now: Timestamp) -> Result<()>;
}

#[async_trait]
pub trait Clients: Send {
    /// # Errors
    /// `Conflict("client_id")` when a client has or had this id.
    async fn insert(&mut self, client: &Client, now: Timestamp) -> Result<()>;
    /// Inserts or replaces.
    ///
    /// # Errors
    /// `Conflict("client_id")` when a client of this id was removed.
    async fn put(&mut self, client: &Client, now: Timestamp) -> Result<()>;
    async fn find(&mut self, id: &ClientId) -> Result<Option<Client>>;
    /// Makes every other transaction that locks or holds the same client wait until this one ends. Lock before reading what
    /// is to be changed.
    async fn lock(&mut self, id: &ClientId) -> Result<()>;
    /// Takes the client away for good: nobody finds it any more, and no other is ever given its id. `true` when it was
    /// there.
    async fn remove(&mut self, id: &ClientId, now: Timestamp) -> Result<bool>;
    /// Makes whoever changes the client wait until this transaction ends; others may hold it too. Hold it before reading
    /// what depends on it.
    async fn hold(&mut self, id: &ClientId) -> Result<()>;
    /// The enabled client of a company's own that has an `initiate_login_uri`: its portal; the oldest when several. Never a
    /// stranger's that is bound to the company: mails of the agency lead people there.
    async fn find_portal(&mut self, company: CompanyId) -> Result<Option<Client>>;
    /// A company's own clients, in order of their ids.
    async fn list_of_company(&mut self, company: CompanyId) -> Result<Vec<Client>>;
    /// Every client, in order of their ids.
    async fn list(&mut self) -> Result<Vec<Client>>;
    /// Whether an enabled client has a redirect URI of this origin, as [`Client::origins`] writes it.
    async fn is_origin_known(&mut self, origin: &str) -> Result<bool>;
}

#[async_trait]
pub trait Companies: Send {
    /// # Errors
    /// `Conflict("company_code")` or `Conflict("company_slug")` when another company has it, or ever had it.
    async fn insert(&mut self, company: &Company) -> Result<()>;
    /// The code that is replaced stays an alias (R88).
    ///
    /// # Errors
    /// `Stale`; otherwise those of `insert`.
    async fn update(&mut self, company: &Company) -> Result<()>;
    async fn find(&mut self, id: CompanyId) -> Result<Option<Company>>;
    /// Makes every other transaction that locks the same company wait until this one ends, so that not all its
    /// administrators leave at once. Lock the account first, then companies in the order of their ids.
    async fn lock(&mut self, id: CompanyId) -> Result<()>;
    /// By id, by code or by an alias (R88).
    async fn find_by_ref(&mut self, company: &CompanyRef) -> Result<Option<Company>>;
    /// Whose code it is or ever was, released ones included.
    async fn owner_of_code(&mut self, code: &CompanyCode) -> Result<Option<CompanyId>>;
    /// The codes that name the company beside its own, in their order.
    async fn list_aliases(&mut self, company: CompanyId) -> Result<Vec<CompanyCode>>;
    /// Another code that names the company.
    ///
    /// # Errors
    /// `Conflict("company_code")`.
    async fn add_alias(&mut self, company: CompanyId, alias: &CompanyCode) -> Result<()>;
    /// The alias names nobody any more, and stays out of everybody else's reach. `true` when it named the company; its own
    /// code is no alias.
    async fn release_alias(
        &mut self,
        company: CompanyId,
        alias: &CompanyCode,
        now: Timestamp,
    ) -> Result<bool>;
    /// A page in order of their ids, those after `after`, at most `limit`; `words` must each be in code, slug or name,
    /// whatever their case.
    async fn list(&mut self, words: &[String], after: Option<CompanyId>, limit: u64) -> Result<Vec<Company>>;
}

#[async_trait]
pub trait Consents: Send {
    /// Inserts or replaces.
    async fn put(&mut self, consent: &Consent) -> Result<()>;
    async fn find(&mut self, account: AccountId, client: &ClientId) -> Result<Option<Consent>>;
    /// The newest first.
    async fn list_of_account(&mut self, account: AccountId) -> Result<Vec<Consent>>;
    /// `true` when there was one.
    async fn remove(&mut self, account: AccountId, client: &ClientId) -> Result<bool>;
}

#[async_trait]
pub trait Idempotency: Send {
    async fn find(&mut self, caller: &str, key: &str, now: Timestamp) -> Result<Option<StoredAnswer>>;
    /// # Errors
    /// `Conflict("idempotency_key")` when caller and key are taken and not yet expired; an expired one is replaced.
    async fn insert(&mut self, answer: &StoredAnswer) -> Result<()>;
    /// Deletes at most `limit` answers whose life, `idempotency::LIFE` from `created_at`, was over before `before`:
    /// whoever wants the expired ones gone passes the present.
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}

#[async_trait]
pub trait Invitations: Send {
    async fn insert(&mut self, invitation: &Invitation) -> Result<()>;
    /// # Errors
    /// `Stale`.
    async fn update(&mut self, invitation: &Invitation) -> Result<()>;
    async fn find(&mut self, id: InvitationId) -> Result<Option<Invitation>>;
    /// The newest of a membership.
    async fn find_newest(&mut self, membership: MembershipId) -> Result<Option<Invitation>>;
    /// The newest of each of these memberships, in no order; at most [`super::AT_ONCE`] are asked for.
    async fn list_newest(&mut self, memberships: &[MembershipId]) -> Result<Vec<Invitation>>;
    /// The newest that a company sent to each of these addresses, in no order; at most [`super::AT_ONCE`] are asked for.
    async fn list_newest_to(
        &mut self,
        company: CompanyId,
        addresses: &[&EmailAddress],
    ) -> Result<Vec<Invitation>>;
    /// The newest that a company sent to this address, whoever it was about then.
    async fn find_newest_to(
        &mut self,
        company: CompanyId,
        address: &EmailAddress,
    ) -> Result<Option<Invitation>>;
    /// Of every company: what a mailbox that is gone is the end of.
    async fn list_open_of_account(&mut self, account: AccountId) -> Result<Vec<Invitation>>;
    /// Supersedes every open invitation of the membership other than `keep` (R67); returns how many.
    async fn supersede_open(
        &mut self,
        membership: MembershipId,
        keep: InvitationId,
        now: Timestamp,
    ) -> Result<u64>;
}

#[async_trait]
pub trait Memberships: Send {
    /// # Errors
    /// `Conflict("account_company")`, or `Conflict("person_ref")` when one of the person's references is another's, main or
    /// not.
    async fn insert(&mut self, membership: &Membership) -> Result<()>;
    /// # Errors
    /// `Stale`, `Conflict("person_ref")`.
    async fn update(&mut self, membership: &Membership) -> Result<()>;
    /// Notes a sign-in without touching the version: two tabs at once do not disturb each other.
    async fn record_sign_in(&mut self, company: CompanyId, id: MembershipId, now: Timestamp) -> Result<()>;
    async fn find(&mut self, company: CompanyId, id: MembershipId) -> Result<Option<Membership>>;
    async fn find_of_account(&mut self, company: CompanyId, account: AccountId)
    -> Result<Option<Membership>>;
    /// In one statement, whoever has the address: it costs the same whether that is nobody, or somebody who is known to
    /// another company only (R33).
    async fn find_of_user_name(
        &mut self,
        company: CompanyId,
        user_name: &EmailAddress,
    ) -> Result<Option<Membership>>;
    /// By the main reference or that of a further hat (R79).
    async fn find_by_person_ref(
        &mut self,
        company: CompanyId,
        person: &PersonRef,
    ) -> Result<Option<Membership>>;
    /// Whoever has one of these addresses, each beside its canonical form, in no order; at most [`super::AT_ONCE`] are asked for. In
    /// one statement, whoever else has the others (R33).
    async fn list_of_user_names(
        &mut self,
        company: CompanyId,
        user_names: &[&EmailAddress],
    ) -> Result<Vec<(String, Membership)>>;
    /// Whoever one of these references names, main or that of a further hat, in no order, perhaps twice; at most [`super::AT_ONCE`]
    /// are asked for.
    async fn list_by_person_ref(
        &mut self,
        company: CompanyId,
        persons: &[&PersonRef],
    ) -> Result<Vec<Membership>>;
    async fn list_of_account(&mut self, account: AccountId) -> Result<Vec<Membership>>;
    /// How many active members may administer the company.
    async fn count_administrators(&mut self, company: CompanyId) -> Result<u64>;
    /// A member with everything the company sees of them, in one statement.
    async fn find_in_context(
        &mut self,
        company: CompanyId,
        id: MembershipId,
    ) -> Result<Option<MemberInContext>>;
    /// A page of a company's members in order of their ids, those after `after`, at most `limit`; everybody, whatever their
    /// state.
    async fn list(
        &mut self,
        company: CompanyId,
        after: Option<MembershipId>,
        limit: u64,
    ) -> Result<Vec<Membership>>;
    /// A page of those an office asks for, with everything it sees of them, in one statement: those after `after`, at most
    /// `limit`. Members that are added meanwhile move nobody; `after` need not meet the query any more.
    async fn list_in_context(
        &mut self,
        company: CompanyId,
        query: &MemberQuery,
        as_of: &AsOf,
        page: (Option<MembershipId>, u64),
    ) -> Result<Vec<MemberInContext>>;
    async fn count(&mut self, company: CompanyId, as_of: &AsOf) -> Result<MemberCounts>;
}

/// A membership and the rows by which its company sees it, as they are at one moment.
#[derive(Debug, Clone)]
pub struct MemberInContext {
    pub membership: Membership,
    pub account: Account,
    /// The newest of the membership.
    pub invitation: Option<Invitation>,
    /// Strangers' guesses at the password.
    pub guesses: Option<Guesses>,
    /// What this very company proposed last and the person has not answered, whatever its expiry: also where a newer one, of
    /// another company or the person's own, was put in its place.
    pub email_change: Option<EmailChange>,
}

/// Access tokens without a grant behind them that were revoked before they expired (RFC 7009).
#[async_trait]
pub trait RevokedTokens: Send {
    /// Marks a `jti` until `expires_at`; marking it twice is fine.
    async fn put(&mut self, jti: &str, expires_at: Timestamp) -> Result<()>;
    async fn contains(&mut self, jti: &str) -> Result<bool>;
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}

#[async_trait]
pub trait Sessions: Send {
    async fn insert(&mut self, session: &Session) -> Result<()>;
    async fn find(&mut self, id: SessionId) -> Result<Option<Session>>;
    async fn touch(&mut self, id: SessionId, now: Timestamp) -> Result<()>;
    /// Stores a session renewed by the same person's next log-in: digest, `auth_time`, `amr` and times; the old secret
    /// is dead from here on. `false` when the session was ended in the meantime.
    async fn renew(&mut self, session: &Session) -> Result<bool>;
    /// `true` when it was still open.
    async fn end(&mut self, id: SessionId, now: Timestamp) -> Result<bool>;
    /// Every session of the account that was not ended, idle and expired ones too, the newest first.
    async fn list_open_of_account(&mut self, account: AccountId) -> Result<Vec<Session>>;
    /// Deletes at most `limit` sessions that ended, or whose absolute life was over, before `before`. An idle one stays:
    /// it signs nobody in, but refresh token families that began in it live on.
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}

#[async_trait]
pub trait SigningKeys: Send {
    async fn list(&mut self) -> Result<Vec<SigningKey>>;
    /// # Errors
    /// `Conflict("signing_key")` when `kid`, or another key of the same algorithm and `active_from`, is there:
    /// of two nodes that rotate at once, one wins.
    async fn insert(&mut self, key: &SigningKey) -> Result<()>;
    /// Replaces the sealed half only.
    async fn reseal(&mut self, key: &SigningKey) -> Result<()>;
    async fn delete(&mut self, kid: &str) -> Result<()>;
}

/// Pairwise subjects (OpenID Connect Core section 8.1): drawn once, kept for ever, never computed from a key that rotates.
#[async_trait]
pub trait Subjects: Send {
    async fn find(&mut self, sector: &str, account: AccountId) -> Result<Option<String>>;
    /// Stores `subject` unless the account has one at this sector already; returns the one it has from now on.
    async fn keep(&mut self, sector: &str, account: AccountId, subject: &str) -> Result<String>;
}
