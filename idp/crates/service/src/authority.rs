//! Who acts through the provisioning API, the office pages or the command line, and for which company (`company.md`
//! section 4). A company that is not the caller's is as absent as one that does not exist.

use std::collections::BTreeSet;

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::bulk::{RequestedBy, Requester};
use idp_domain::client::{Client, ClientId, Resource};
use idp_domain::company::{Company, CompanyRef};
use idp_domain::id::{AccountId, CompanyId};
use idp_domain::member::{Ceiling, Membership, Particulars};
use idp_domain::ports::Tx;
use idp_domain::scope::{Scope, Scopes};

use crate::access::{self, AccessError, PersonToken};
use crate::env::Env;
use crate::fault::Fault;
use crate::presented::Presented;
use crate::resources;
use crate::session::SignedIn;

/// Somebody who proved who they are. What they may do is asked for one company at a time.
#[derive(Debug, Clone)]
pub struct Caller {
    who: Who,
    scopes: Scopes,
    origin: Origin,
}

#[derive(Debug, Clone)]
enum Who {
    /// A provisioning client, by client credentials.
    Client(Box<Client>),
    Person(Box<Person>),
    /// Whoever may run commands on the server.
    Commands,
}

#[derive(Debug, Clone)]
struct Person {
    account: Account,
    auth_time: Timestamp,
    /// The client of the API they use; `None` on the office pages.
    client: Option<ClientId>,
    speaks_for: SpeaksFor,
}

/// The companies a person may look after here, of those they administer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SpeaksFor {
    /// Their token is for one agency, whatever else they administer.
    One(CompanyId),
    /// Their token is for no agency: it is worth something to operators only.
    Nobody,
    /// The office pages.
    Any,
}

impl SpeaksFor {
    fn includes(self, company: CompanyId) -> bool {
        match self {
            Self::One(own) => own == company,
            Self::Nobody => false,
            Self::Any => true,
        }
    }
}

impl Caller {
    /// Accepts an access token for the provisioning API: of a client that is still enabled (attack 49), or of a person, by
    /// a client of the operator's or the agency's own.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn accept(env: &Env, presented: &Presented<'_>, origin: &Origin) -> Result<Self, AccessError> {
        let claims = presented.claims(env, &env.issuer.admin_audience(), env.now()).await?;
        let mut tx = env.store.read().await?;
        let is_for_person = claims.contains_key("grant");
        let (who, scopes) = if is_for_person {
            let token = access::find_person(&mut *tx, &claims, env.now()).await?;
            let token = token.filter(|token| may_administer(env, &token.client, &token.client.resources));
            let PersonToken { account, client, grant, mut scopes, company } =
                token.ok_or(AccessError::Invalid)?;
            // An agency's own client is no way to all the others, whoever logs in there.
            if client.company.is_some() {
                scopes = scopes.iter().filter(|scope| *scope != Scope::Operator).collect();
            }
            let person = Person {
                auth_time: grant.consented.auth_time,
                client: Some(client.id),
                speaks_for: company.map_or(SpeaksFor::Nobody, |context| SpeaksFor::One(context.company.id)),
                account: *account,
            };
            (Who::Person(Box::new(person)), scopes)
        } else {
            let client = access::find_client(&mut *tx, &claims).await?.ok_or(AccessError::Invalid)?;
            // What the client may do now, not only what it could do when the token was issued.
            let scopes = access::scopes_of(&claims).intersection(&client.scopes);
            (Who::Client(Box::new(client)), scopes)
        };
        Ok(Self { who, scopes, origin: origin.clone() })
    }

    /// A person on the office pages.
    pub fn of_session(signed_in: &SignedIn, origin: &Origin) -> Self {
        let person = Person {
            account: signed_in.account.clone(),
            auth_time: signed_in.session.auth_time,
            client: None,
            speaks_for: SpeaksFor::Any,
        };
        Self { who: Who::Person(Box::new(person)), scopes: everything(), origin: origin.clone() }
    }

    /// Somebody who has just become an operator, by the link of `idp bootstrap`.
    pub(crate) fn of_operator(account: &Account, now: Timestamp, origin: &Origin) -> Self {
        let speaks_for = SpeaksFor::Any;
        let person = Person { account: account.clone(), auth_time: now, client: None, speaks_for };
        Self { who: Who::Person(Box::new(person)), scopes: everything(), origin: origin.clone() }
    }

    /// Whoever may run commands on the server.
    pub fn of_commands() -> Self {
        Self { who: Who::Commands, scopes: everything(), origin: Origin::default() }
    }

    /// The scope over the company named in the path, or `None`: a foreign company and an unknown one look the same.
    ///
    /// # Errors
    /// `InsufficientScope`, `NotFresh`, [`Fault`].
    pub async fn company(
        &self,
        env: &Env,
        needed: Scope,
        path: &str,
    ) -> Result<Option<CompanyScope>, AccessError> {
        self.may(env, needed)?;
        let Ok(named) = CompanyRef::parse(path) else { return Ok(None) };
        let mut tx = env.store.read().await?;
        let Some(company) = tx.companies().find_by_ref(&named).await? else { return Ok(None) };
        let ceiling = self.ceiling(&mut *tx, &company).await?;
        Ok(ceiling.map(|ceiling| CompanyScope { company, caller: self.clone(), ceiling }))
    }

    /// The operator's scope, over every company.
    ///
    /// # Errors
    /// `InsufficientScope`, `NotFresh`, `NotOperator`.
    pub fn operator(&self, env: &Env, needed: Scope) -> Result<OperatorScope, AccessError> {
        self.may(env, needed)?;
        if self.is_operator() { Ok(OperatorScope(self.clone())) } else { Err(AccessError::NotOperator) }
    }

    /// Whether the caller acts for whoever runs this server. It is always said (scope `operator`, and a client bound to no
    /// company or an account that is marked as one), never implied.
    pub fn is_operator(&self) -> bool {
        let is_one = match &self.who {
            Who::Client(client) => client.company.is_none(),
            Who::Person(person) => person.account.is_operator,
            Who::Commands => true,
        };
        is_one && self.scopes.contains(Scope::Operator)
    }

    /// The company a client or a token is bound to.
    pub fn bound_to(&self) -> Option<CompanyId> {
        match &self.who {
            Who::Client(client) => client.company,
            Who::Person(person) => match person.speaks_for {
                SpeaksFor::One(company) => Some(company),
                SpeaksFor::Nobody | SpeaksFor::Any => None,
            },
            Who::Commands => None,
        }
    }

    pub fn account(&self) -> Option<AccountId> {
        match &self.who {
            Who::Person(person) => Some(person.account.id),
            Who::Client(_) | Who::Commands => None,
        }
    }

    pub fn client(&self) -> Option<&ClientId> {
        match &self.who {
            Who::Client(client) => Some(&client.id),
            Who::Person(person) => person.client.as_ref(),
            Who::Commands => None,
        }
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub fn actor(&self) -> Actor {
        match &self.who {
            Who::Client(client) => Actor::Client { client: client.id.clone() },
            Who::Person(person) => Actor::Person { account: person.account.id },
            Who::Commands => Actor::System,
        }
    }

    /// What is recorded of something they did.
    pub(crate) fn event(&self, env: &Env, action: AuditAction) -> AuditEvent {
        let event = AuditEvent::new(action, self.actor(), env.now(), env.entropy()).from(&self.origin);
        match &self.who {
            Who::Person(person) => AuditEvent { client: person.client.clone(), ..event },
            Who::Client(_) | Who::Commands => event,
        }
    }

    /// Whether a person's last log-in is recent enough to write. Clients and commands prove themselves each time.
    pub fn is_fresh(&self, env: &Env) -> bool {
        match &self.who {
            // To the second what `max_age` of that many seconds lets pass, so that the client gets on (RFC 9470 section 4).
            Who::Person(person) => env.now().since(person.auth_time) <= env.policy.admin_fresh,
            Who::Client(_) | Who::Commands => true,
        }
    }

    /// Who is asking, to be found again by [`CompanyScope::stand_in`].
    pub(crate) fn requester(&self) -> Requester {
        let who = match &self.who {
            Who::Client(client) => RequestedBy::Client { client: client.id.clone() },
            Who::Person(person) => RequestedBy::Person {
                account: person.account.id,
                auth_time: person.auth_time,
                client: person.client.clone(),
                company: self.bound_to(),
            },
            Who::Commands => RequestedBy::Commands,
        };
        Requester { who, scopes: self.scopes.clone(), origin: self.origin.clone() }
    }

    /// The caller of back then, by what they are now; `None` when they are nobody any more.
    async fn again(tx: &mut dyn Tx, requester: &Requester) -> Result<Option<Self>, Fault> {
        let Requester { who, scopes, origin } = requester.clone();
        let (who, scopes) = match who {
            RequestedBy::Client { client } => {
                let Some(client) = enabled(tx, &client).await? else { return Ok(None) };
                let scopes = scopes.intersection(&client.scopes);
                (Who::Client(Box::new(client)), scopes)
            }
            RequestedBy::Person { account, auth_time, client, company } => {
                let scopes = match &client {
                    Some(client) => match enabled(tx, client).await? {
                        Some(client) => scopes.intersection(&client.scopes),
                        None => return Ok(None),
                    },
                    None => scopes,
                };
                let account = tx.accounts().find(account).await?.filter(Account::is_in_good_standing);
                let Some(account) = account else { return Ok(None) };
                // A token speaks for one company or none, a session on the office pages for any.
                let speaks_for = match (&client, company) {
                    (None, _) => SpeaksFor::Any,
                    (Some(_), Some(company)) => SpeaksFor::One(company),
                    (Some(_), None) => SpeaksFor::Nobody,
                };
                (Who::Person(Box::new(Person { account, auth_time, client, speaks_for })), scopes)
            }
            RequestedBy::Commands => (Who::Commands, scopes),
        };
        Ok(Some(Self { who, scopes, origin }))
    }

    fn may(&self, env: &Env, needed: Scope) -> Result<(), AccessError> {
        if !self.scopes.contains(needed) {
            return Err(AccessError::InsufficientScope(needed));
        }
        if needed.is_for_writing() && !self.is_fresh(env) {
            return Err(AccessError::NotFresh(env.policy.admin_fresh));
        }
        Ok(())
    }

    /// The most the caller may give at this company; `None` when it is not theirs.
    async fn ceiling(&self, tx: &mut dyn Tx, company: &Company) -> Result<Option<Ceiling>, Fault> {
        if self.is_operator() {
            return Ok(Some(Ceiling::NONE));
        }
        if !company.is_active() {
            return Ok(None);
        }
        Ok(match &self.who {
            Who::Client(client) => {
                (client.company == Some(company.id)).then(|| Ceiling::of_client(client.may_grant))
            }
            Who::Person(person) if person.speaks_for.includes(company.id) => {
                // Read again: somebody who was demoted, or logged out here, a moment ago is nobody here.
                let own = tx.memberships().find_of_account(company.id, person.account.id).await?;
                let own = own.filter(|own| own.is_administrator() && own.counts_log_in(person.auth_time));
                own.map(|own| Ceiling::of(&own.particulars))
            }
            Who::Person(_) | Who::Commands => None,
        })
    }
}

async fn enabled(tx: &mut dyn Tx, id: &ClientId) -> Result<Option<Client>, Fault> {
    Ok(tx.clients().find(id).await?.filter(|client| client.enabled))
}

/// Whether people may administer through this client: it is the operator's or an agency's own, and the provisioning API is
/// among `named`, the APIs it was registered for or those a request of it names (RFC 8707). Only authorization requests
/// ask; a grant of another kind has no administrative scopes, a device's least of all: its code is easily passed on to
/// somebody who then approves for a stranger (RFC 8628 section 5.4).
pub(crate) fn may_administer(env: &Env, client: &Client, named: &BTreeSet<Resource>) -> bool {
    client.first_party && named.iter().any(|api| resources::is_provisioning(&env.issuer, Some(api)))
}

fn everything() -> Scopes {
    Scope::VARIANTS.iter().copied().filter(|scope| scope.is_administrative()).collect()
}

/// Proof that a caller may act for this company. Only [`Caller::company`] makes one.
#[derive(Debug, Clone)]
pub struct CompanyScope {
    company: Company,
    caller: Caller,
    ceiling: Ceiling,
}

impl CompanyScope {
    /// What was asked for a while ago is carried out in the name of whoever asked: they must still be who they were and may
    /// write for this company. How long ago they logged in was looked at when they asked.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn stand_in(
        tx: &mut dyn Tx,
        requester: &Requester,
        company: CompanyId,
    ) -> Result<Option<Self>, Fault> {
        let Some(caller) = Caller::again(tx, requester).await? else { return Ok(None) };
        if !caller.scopes.contains(Scope::MembersWrite) {
            return Ok(None);
        }
        let Some(company) = tx.companies().find(company).await? else { return Ok(None) };
        let ceiling = caller.ceiling(tx, &company).await?;
        Ok(ceiling.map(|ceiling| Self { company, caller, ceiling }))
    }

    pub fn id(&self) -> CompanyId {
        self.company.id
    }

    /// As it was when the caller was admitted.
    pub fn company(&self) -> &Company {
        &self.company
    }

    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    pub fn is_operator(&self) -> bool {
        self.caller.is_operator()
    }

    /// Nobody gives more than they have, nor touches somebody who has more (attacks 85, 86).
    pub fn covers(&self, particulars: &Particulars) -> bool {
        self.ceiling.covers(particulars)
    }

    /// The caller's own membership is not theirs to raise, switch off or remove (R92).
    pub fn is_own(&self, membership: &Membership) -> bool {
        self.caller.account() == Some(membership.account)
    }

    /// What is recorded of something done to this company.
    pub(crate) fn event(&self, env: &Env, action: AuditAction) -> AuditEvent {
        self.caller.event(env, action).company(self.company.id)
    }
}

/// Proof that a caller acts for the operator. Only [`Caller::operator`] makes one.
#[derive(Debug, Clone)]
pub struct OperatorScope(Caller);

impl OperatorScope {
    pub fn caller(&self) -> &Caller {
        &self.0
    }
}
