//! From the mailed link to a chosen password (R40-R43, R67-R70; rules L1-L5).
//!
//! Looking at a link changes nothing, however often a mail scanner does it; only choosing a password uses it up.
//! There is no sign-in as a result (R41), and no agency's invitation is accepted by it: that is done by logging in there,
//! so that an agency sees the same whether the person was new or known elsewhere (R33).

use idp_domain::Timestamp;
use idp_domain::account::{Account, AccountState};
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::company::Company;
use idp_domain::id::TicketId;
use idp_domain::invitation::Invitation;
use idp_domain::member::Membership;
use idp_domain::outbox::{Letter, OutboxMail};
use idp_domain::password::PasswordHash;
use idp_domain::ports::{Purpose, StoreError, Tx};
use idp_domain::secret::Token;
use idp_domain::ticket::{ActivationTicket, TicketProblem};

use crate::authorize::OwnPage;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::new_password::{FormProblem, NewPassword};
use crate::{mail_limits, membership};

/// A genuine ticket and what it is bound to. Holding one proves possession of the mailed secret.
#[derive(Debug)]
pub struct Landing {
    pub ticket: ActivationTicket,
    pub account: Account,
    pub company: Company,
    pub membership: Membership,
    /// Why it does not open the form, if it does not.
    pub verdict: Result<(), DeadLink>,
}

/// Why a genuine link does not open the form (R43); each has its own page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadLink {
    /// R69: the account is activated.
    Used,
    /// The agency does not want this person any more, and sent nothing newer (R74).
    Withdrawn,
    /// R67.
    Superseded,
    Expired,
}

impl From<TicketProblem> for DeadLink {
    fn from(problem: TicketProblem) -> Self {
        match problem {
            TicketProblem::Used => Self::Used,
            TicketProblem::Superseded | TicketProblem::Burned => Self::Superseded,
            TicketProblem::Expired => Self::Expired,
        }
    }
}

impl Landing {
    /// Where the person begins when the agency has no portal.
    pub fn home(&self) -> OwnPage {
        membership::home(&self.account, [&self.membership])
    }
}

/// Reads a mailed secret; `None` for anything forged, altered or unknown, which must reveal nothing.
///
/// # Errors
/// [`Fault`].
pub async fn inspect(env: &Env, mailed: &str) -> Result<Option<Landing>, Fault> {
    let Some(token) = Token::<TicketId>::parse(mailed) else { return Ok(None) };
    let mut tx = env.store.read().await?;
    let Some(ticket) = tx.tickets().find(token.id).await?.filter(|t| token.proves(&t.digest)) else {
        return Ok(None);
    };
    let account = tx.accounts().find(ticket.account).await?;
    let company = tx.companies().find(ticket.company).await?;
    let membership = tx.memberships().find_of_account(ticket.company, ticket.account).await?;
    let (Some(account), Some(company), Some(membership)) = (account, company, membership) else {
        return Ok(None);
    };
    let verdict = judge(&ticket, &account, &membership, env.now());
    Ok(Some(Landing { ticket, account, company, membership, verdict }))
}

/// What the ticket says of itself, and whether the agency still wants this person (L3).
fn judge(
    ticket: &ActivationTicket,
    account: &Account,
    membership: &Membership,
    now: Timestamp,
) -> Result<(), DeadLink> {
    match ticket.judge(account, now).map_err(DeadLink::from) {
        Err(DeadLink::Used) => Err(DeadLink::Used),
        // Neither a newer mail to look for nor a new one to ask for: that would send nothing.
        _ if !membership.may_enter() => Err(DeadLink::Withdrawn),
        verdict => verdict,
    }
}

/// Seals a mailed secret for the short-lived cookie that carries it to the clean address (L4).
pub fn seal(env: &Env, mailed: &str) -> String {
    env.sealer.seal(Purpose::ActivationCookie, mailed.as_bytes())
}

/// The mailed secret from the cookie.
pub fn open(env: &Env, cookie: &str) -> Option<String> {
    String::from_utf8(env.sealer.open(Purpose::ActivationCookie, cookie)?).ok()
}

/// How choosing a password ended.
#[derive(Debug)]
pub enum Activation {
    /// Where to go now: the portal of the inviting company, to log in there.
    Done(Box<Done>),
    FormProblem(FormProblem),
    /// Somebody was faster, or the link died meanwhile: look at it again.
    LinkProblem(DeadLink),
}

#[derive(Debug)]
pub struct Done {
    pub company: Company,
    /// The portal's `initiate_login_uri` with `iss` and `login_hint` (OpenID Connect Core section 4).
    pub log_in_at: Option<String>,
}

/// Chooses the first password of an account.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being hashed.
pub async fn choose_password(
    env: &Env,
    landing: &Landing,
    form: &NewPassword,
    origin: &Origin,
) -> Result<Activation, Fault> {
    if let Err(problem) = landing.verdict {
        return Ok(Activation::LinkProblem(problem));
    }
    let agency = [(landing.company.clone(), landing.membership.clone())];
    let password = match form.check(env, &landing.account, &agency) {
        Ok(password) => password,
        Err(problem) => return Ok(Activation::FormProblem(problem)),
    };
    let hash = env.hasher.hash(&password).await?;
    match store(env, landing, hash, origin).await? {
        Ok(done) => Ok(Activation::Done(Box::new(done))),
        Err(problem) => Ok(Activation::LinkProblem(problem)),
    }
}

/// One transaction: the ticket is used up, the account active, its other links dead.
async fn store(
    env: &Env,
    landing: &Landing,
    hash: PasswordHash,
    origin: &Origin,
) -> Result<Result<Done, DeadLink>, Fault> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    let Some(account) = tx.accounts().find(landing.account.id).await? else {
        return Ok(Err(DeadLink::Superseded));
    };
    let membership = tx.memberships().find_of_account(landing.company.id, account.id).await?;
    let ticket = tx.tickets().find(landing.ticket.id).await?;
    let (Some(membership), Some(ticket)) = (membership, ticket) else {
        return Ok(Err(DeadLink::Superseded));
    };
    if let Err(problem) = judge(&ticket, &account, &membership, now) {
        return Ok(Err(problem));
    }
    if !tx.tickets().consume(landing.ticket.id, now).await? {
        return Ok(Err(DeadLink::Used));
    }
    let Ok(account) = account.activate(hash, now) else { return Ok(Err(DeadLink::Used)) };
    match tx.accounts().update(&account).await {
        // Another open link of the same person was used at this very moment.
        Err(StoreError::Stale) => return Ok(Err(DeadLink::Used)),
        updated => updated?,
    }
    tx.tickets().supersede(account.id, None, now).await?;
    let event = AuditEvent::new(
        AuditAction::AccountActivated,
        Actor::Person { account: account.id },
        now,
        env.entropy(),
    )
    .from(origin)
    // Of no company: an agency would see from its absence that somebody had an account before (R33).
    .account(account.id);
    tx.audit().record(&event).await?;
    let log_in_at = log_in_at(env, &mut *tx, &landing.company, &account).await?;
    tx.commit().await?;
    Ok(Ok(Done { company: landing.company.clone(), log_in_at }))
}

/// Where the person of this link logs in: third-party-initiated log-in at the agency's own portal.
///
/// # Errors
/// [`Fault`].
pub async fn log_in_address(env: &Env, landing: &Landing) -> Result<Option<String>, Fault> {
    log_in_at(env, &mut *env.store.read().await?, &landing.company, &landing.account).await
}

async fn log_in_at(
    env: &Env,
    tx: &mut dyn Tx,
    company: &Company,
    account: &Account,
) -> Result<Option<String>, Fault> {
    let portal = tx.clients().find_portal(company.id).await?;
    Ok(portal.and_then(|client| client.log_in_at(env.issuer.as_str(), Some(&account.user_name))))
}

/// Sends a new link to the address on file (R68). The answer is the same whatever happens here.
///
/// # Errors
/// [`Fault`].
pub async fn resend(env: &Env, mailed: &str, origin: &Origin) -> Result<(), Fault> {
    let Some(landing) = inspect(env, mailed).await? else { return Ok(()) };
    if landing.account.state != AccountState::Invited
        || !mail_limits::may_ask(env, &format!("holder of {}", landing.account.id)).await?
    {
        return Ok(());
    }
    let now = env.now();
    let mut tx = env.store.write().await?;
    let membership = tx.memberships().find_of_account(landing.company.id, landing.account.id).await?;
    let Some(membership) = membership.filter(Membership::may_enter) else { return Ok(()) };
    let to = landing.account.user_name.clone();
    let by = Actor::Person { account: landing.account.id };
    let invitation = Invitation::queue(&membership, to, "person".to_owned(), now, env.entropy());
    invite_again(env, &mut *tx, &invitation, now).await?;
    let event = AuditEvent::new(AuditAction::InvitationResent, by, now, env.entropy())
        .from(origin)
        .company(landing.company.id)
        .account(landing.account.id)
        .subject(invitation.id);
    tx.audit().record(&event).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    Ok(())
}

pub(crate) async fn invite_again(
    env: &Env,
    tx: &mut dyn Tx,
    invitation: &Invitation,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.invitations().insert(invitation).await?;
    tx.invitations().supersede_open(invitation.membership, invitation.id, now).await?;
    let letter = Letter::Activation { invitation: invitation.id };
    tx.outbox().enqueue(&OutboxMail::enqueue(letter, Some(invitation.company), now, env.entropy())).await?;
    Ok(())
}
