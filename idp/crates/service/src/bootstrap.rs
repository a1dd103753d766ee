//! The first operator, and further ones (R13): `idp bootstrap` prints a link, and whoever opens it chooses a password and
//! names the first agency. Nothing else makes an operator: no agency, no client, no page.
//!
//! Looking at the link changes nothing (L4); of two who use it at once, one wins (L3).

use std::time::Duration;

use idp_domain::account::Account;
use idp_domain::audit::{AuditAction, Origin};
use idp_domain::claims::Profile;
use idp_domain::email::{EmailAddress, EmailError};
use idp_domain::id::TicketId;
use idp_domain::password::{Password, PasswordHash};
use idp_domain::ports::{Purpose, StoreError};
use idp_domain::secret::Token;
use idp_domain::ticket::{BootstrapFor, BootstrapTicket, TicketProblem};
use idp_domain::{Secret, Timestamp};

use crate::authority::{Caller, OperatorScope};
use crate::companies::{self, CompanyDraft, CompanyError, NewCompany};
use crate::endpoint::Endpoint;
use crate::env::Env;
use crate::fault::Fault;
use crate::field::{FieldCode, FieldProblem, Findings};
use crate::new_password::{FormProblem, NewPassword};

/// How long a printed link works.
const LIFE: Duration = Duration::from_secs(24 * 3600);

/// Why no link is printed.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    #[error(
        "there is an operator already. To let somebody else become one too, run `idp bootstrap --add` and hand them the link"
    )]
    OperatorExists,
    #[error(transparent)]
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for BootstrapError {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// A link to be shown once, and until when it works.
#[derive(Debug)]
pub struct Link {
    pub address: Secret<String>,
    pub until: Timestamp,
}

/// Makes the link; the one before is dead.
///
/// # Errors
/// [`BootstrapError::OperatorExists`] unless a further operator is meant; [`Fault`].
pub async fn make_link(env: &Env, operator: &OperatorScope, further: bool) -> Result<Link, BootstrapError> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    let makes = match (tx.bootstrap_tickets().has_operator().await?, further) {
        (false, _) => BootstrapFor::FirstOperator,
        (true, true) => BootstrapFor::FurtherOperator,
        (true, false) => return Err(BootstrapError::OperatorExists),
    };
    let (ticket, token) = BootstrapTicket::issue(makes, now, LIFE, env.entropy());
    tx.bootstrap_tickets().put(&ticket).await?;
    let event = operator.caller().event(env, AuditAction::OperatorLinkMade).subject(ticket.id);
    tx.audit().record(&event).await?;
    tx.commit().await?;
    let address = Secret::new(env.issuer.mailed_link(Endpoint::Bootstrap, &token));
    Ok(Link { address, until: ticket.expires_at })
}

/// A genuine link: whoever holds it runs this server, or was told by who does.
#[derive(Debug)]
pub struct Landing {
    pub ticket: BootstrapTicket,
    /// Whether the installation has no agency yet: the form asks for the first one.
    pub wants_agency: bool,
    /// Why it does not open the form, if it does not.
    pub verdict: Result<(), TicketProblem>,
}

/// Reads a printed secret; `None` for anything forged, altered or replaced.
///
/// # Errors
/// [`Fault`].
pub async fn inspect(env: &Env, printed: &str) -> Result<Option<Landing>, Fault> {
    let Some(token) = Token::<TicketId>::parse(printed) else { return Ok(None) };
    let mut tx = env.store.read().await?;
    // Before the link is read: whoever was faster with it has used it, then.
    let has_operator = tx.bootstrap_tickets().has_operator().await?;
    let ticket = tx.bootstrap_tickets().find(token.id).await?;
    let Some(ticket) = ticket.filter(|ticket| token.proves(&ticket.digest)) else { return Ok(None) };
    let verdict = ticket.judge(has_operator, env.now());
    let wants_agency = !tx.bootstrap_tickets().has_company().await?;
    Ok(Some(Landing { ticket, wants_agency, verdict }))
}

/// Seals a printed secret for the short-lived cookie that carries it to the clean address (L4).
pub fn seal(env: &Env, printed: &str) -> String {
    env.sealer.seal(Purpose::BootstrapCookie, printed.as_bytes())
}

/// The printed secret from the cookie.
pub fn open(env: &Env, cookie: &str) -> Option<String> {
    String::from_utf8(env.sealer.open(Purpose::BootstrapCookie, cookie)?).ok()
}

/// What the form sends.
#[derive(Debug)]
pub struct OperatorForm {
    pub given_name: String,
    pub family_name: String,
    /// The user name, too.
    pub email: String,
    pub password: NewPassword,
    /// Looked at only where the form asks for it.
    pub agency: CompanyDraft,
}

/// Why the form comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Of the person: `given_name`, `family_name` or `email`.
    Person(FieldProblem),
    /// Somebody has this user name: an operator is somebody new.
    EmailTaken,
    Password(FormProblem),
    /// Of the agency, by the name of its field there.
    Agency(FieldProblem),
    /// Another agency has, or had, the company code.
    CodeTaken,
}

/// How sending the form ended.
#[derive(Debug)]
pub enum Bootstrapped {
    /// Somebody is an operator, and logs in with this user name.
    Done(EmailAddress),
    /// In the order of the form.
    Refused(Vec<Refusal>),
    /// Somebody was faster, or the link died meanwhile.
    Dead(TicketProblem),
}

/// Makes the operator, and the first agency where there is none.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being hashed.
pub async fn become_operator(
    env: &Env,
    landing: &Landing,
    form: &OperatorForm,
    origin: &Origin,
) -> Result<Bootstrapped, Fault> {
    if let Err(problem) = landing.verdict {
        return Ok(Bootstrapped::Dead(problem));
    }
    let checked = match form.check(env, landing.wants_agency) {
        Ok(checked) => checked,
        Err(refusals) => return Ok(Bootstrapped::Refused(refusals)),
    };
    if env.store.read().await?.accounts().find_by_user_name(&checked.email).await?.is_some() {
        return Ok(Bootstrapped::Refused(vec![Refusal::EmailTaken]));
    }
    let hash = env.hasher.hash(&checked.password).await?;
    store(env, landing, (checked, hash), origin).await
}

/// What is about to be stored.
struct Checked {
    profile: Profile,
    email: EmailAddress,
    password: Password,
    agency: Option<NewCompany>,
}

impl OperatorForm {
    fn check(&self, env: &Env, wants_agency: bool) -> Result<Checked, Vec<Refusal>> {
        let mut found = Findings::default();
        let given_name = found.line("given_name", &self.given_name);
        let family_name = found.line("family_name", &self.family_name);
        let email = match EmailAddress::parse(&self.email) {
            Ok(email) => Some(email),
            Err(EmailError::Missing) => {
                found.add("email", FieldCode::EmailMissing, "is missing");
                None
            }
            Err(EmailError::Invalid | EmailError::TooLong) => {
                found.add("email", FieldCode::EmailInvalid, "must be a valid e-mail address");
                None
            }
        };
        let mut refusals = Vec::new();
        let person = found.unless_any(given_name.zip(family_name).zip(email));
        let person = person.map_err(|found| refusals.extend(found.into_iter().map(Refusal::Person))).ok();
        let password = self.password.check_against(env, &self.context_words(env));
        let password = password.map_err(|problem| refusals.push(Refusal::Password(problem))).ok();
        let agency = wants_agency.then(|| self.agency.check()).transpose();
        let agency = agency.map_err(|found| refusals.extend(found.into_iter().map(Refusal::Agency))).ok();
        match (person, password, agency) {
            (Some(((given_name, family_name), email)), Some(password), Some(agency)) => {
                let (given_name, family_name) = (Some(given_name), Some(family_name));
                let profile = Profile { given_name, family_name, ..Profile::default() };
                Ok(Checked { profile, email, password, agency })
            }
            _ => Err(refusals),
        }
    }

    /// P5: the words an attacker who knows person and agency would try first.
    fn context_words<'a>(&'a self, env: &'a Env) -> [&'a str; 6] {
        let (product, operator) = (&env.policy.product_name, &env.policy.operator_name);
        [product, operator, &self.email, &self.given_name, &self.family_name, &self.agency.name]
    }
}

/// One transaction: the link is used up, the operator there, and the first agency with them.
async fn store(
    env: &Env,
    landing: &Landing,
    (checked, hash): (Checked, PasswordHash),
    origin: &Origin,
) -> Result<Bootstrapped, Fault> {
    let now = env.now();
    let Checked { profile, email, agency, .. } = checked;
    let mut tx = env.store.write().await?;
    // Before anything is looked at: whoever comes second waits here, and finds it used.
    let won = tx.bootstrap_tickets().consume(landing.ticket.id, now).await?;
    let has_operator = tx.bootstrap_tickets().has_operator().await?;
    let verdict = match won {
        true => landing.ticket.judge(has_operator, now),
        // Unless its time ran out just now, somebody was faster.
        false => landing.ticket.judge(false, now).and(Err(TicketProblem::Used)),
    };
    if let Err(problem) = verdict {
        return Ok(Bootstrapped::Dead(problem));
    }
    let invited = Account::invite(email.clone(), profile, now, env.entropy());
    let Ok(active) = invited.activate(hash, now) else { return Err(Fault::Broken("a new account")) };
    // The link proves the right to be one, not the mailbox: that is done at the first log-in.
    let account = Account { is_operator: true, email_verified: false, ..active };
    match tx.accounts().insert(&account).await {
        Err(StoreError::Conflict(_)) => return Ok(Bootstrapped::Refused(vec![Refusal::EmailTaken])),
        inserted => inserted?,
    }
    let caller = Caller::of_operator(&account, now, origin);
    let event = caller.event(env, AuditAction::OperatorAdded).account(account.id).subject(landing.ticket.id);
    tx.audit().record(&event).await?;
    if let Some(agency) = &agency {
        match companies::create_in(env, &mut *tx, &caller, agency).await {
            Ok(_) => {}
            Err(CompanyError::CodeTaken) => return Ok(Bootstrapped::Refused(vec![Refusal::CodeTaken])),
            Err(CompanyError::Fault(fault)) => return Err(fault),
            Err(_) => return Err(Fault::Broken("a first agency that cannot be opened")),
        }
    }
    tx.commit().await?;
    Ok(Bootstrapped::Done(email))
}
