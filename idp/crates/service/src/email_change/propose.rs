//! Asking for another address (R72, R73): behind the current password, told to the old address at once, in effect only when
//! the new one is proven. The answer and the work are the same whether the address is free or somebody else's.

use std::time::Duration;

use idp_domain::Secret;
use idp_domain::account::Account;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::company::Company;
use idp_domain::email::{EmailAddress, EmailError};
use idp_domain::email_change::EmailChange;
use idp_domain::id::{AccountId, CompanyId};
use idp_domain::outbox::{Letter, OutboxMail, SecurityEvent};
use idp_domain::ports::Tx;

use super::proposer;
use crate::account::Acting;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::reauthenticate::{Refusal, current_password};
use crate::session::SignedIn;
use crate::{mail_limits, notice};

/// What the form sends.
#[derive(Debug)]
pub struct Wish {
    pub address: String,
    pub password: Secret<String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A mail is on its way, as far as the person is told.
    Proposed,
    Address(EmailError),
    /// It is the address the account has.
    Same,
    PasswordMissing,
    Password(Refusal),
    /// Too many mails were asked for (L6): from this network, with how long to wait, or for this account.
    TooManyMails {
        wait: Option<Duration>,
    },
    /// Logged out, or given another password, at this very moment.
    TooLate,
}

/// The proposal that waits for its proof.
#[derive(Debug)]
pub struct Waiting {
    pub change: EmailChange,
    /// The agency that proposed it; `None` when the person did.
    pub proposed_by: Option<Company>,
}

/// The proposal that waits for its proof.
///
/// # Errors
/// [`Fault`].
pub async fn pending(env: &Env, signed_in: &SignedIn) -> Result<Option<Waiting>, Fault> {
    let mut tx = env.store.read().await?;
    let Some(change) = waiting(env, &mut *tx, signed_in.account.id).await? else { return Ok(None) };
    let proposed_by = proposer(&mut *tx, &change).await?;
    Ok(Some(Waiting { change, proposed_by }))
}

/// The same for whoever wants to propose another one.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn waiting(
    env: &Env,
    tx: &mut dyn Tx,
    account: AccountId,
) -> Result<Option<EmailChange>, Fault> {
    let proposed = tx.email_changes().find_proposed(account).await?;
    Ok(proposed.filter(|change| change.is_open(env.now())))
}

/// Asks for another address.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being checked.
pub async fn ask(env: &Env, acting: &Acting<'_>, wish: &Wish) -> Result<Asked, Fault> {
    let new = match EmailAddress::parse(&wish.address) {
        Ok(new) if new == acting.signed_in.account.user_name => return Ok(Asked::Same),
        Ok(new) => new,
        Err(error) => return Ok(Asked::Address(error)),
    };
    if wish.password.expose().is_empty() {
        return Ok(Asked::PasswordMissing);
    }
    let typed = (&wish.password, &acting.devices);
    let guess = match current_password(env, acting.signed_in, typed, acting.origin).await? {
        Ok(guess) => guess,
        Err(refusal) => return Ok(Asked::Password(refusal)),
    };
    let refused = too_many_mails(env, acting).await?;
    let mut tx = env.store.write().await?;
    let Some(account) = lock(env, &mut *tx, acting).await? else { return Ok(Asked::TooLate) };
    guess.right(&mut *tx).await?;
    if refused.is_none() {
        propose(env, &mut *tx, &account, Proposal::own(&account, new), acting.origin).await?;
    }
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    Ok(refused.unwrap_or(Asked::Proposed))
}

/// Sends the mail of the waiting proposal again. It is a new proposal of the same address, so that the older links are dead
/// (L3).
///
/// # Errors
/// [`Fault`].
pub async fn ask_again(env: &Env, acting: &Acting<'_>) -> Result<Asked, Fault> {
    if let Some(refused) = too_many_mails(env, acting).await? {
        return Ok(refused);
    }
    let mut tx = env.store.write().await?;
    let Some(account) = lock(env, &mut *tx, acting).await? else { return Ok(Asked::TooLate) };
    let Some(again) = waiting(env, &mut *tx, account.id).await? else { return Ok(Asked::TooLate) };
    // Asking for the mail once more does not make an agency's proposal one's own: the password is asked all the same.
    let proposal = Proposal { by: again.proposed_by, ..Proposal::own(&account, again.new) };
    propose(env, &mut *tx, &account, proposal, acting.origin).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    Ok(Asked::Proposed)
}

/// Takes the waiting proposal back; `false` when there is none.
///
/// # Errors
/// [`Fault`].
pub async fn cancel(env: &Env, acting: &Acting<'_>) -> Result<bool, Fault> {
    let mut tx = env.store.write().await?;
    let Some(account) = lock(env, &mut *tx, acting).await? else { return Ok(false) };
    if tx.email_changes().cancel_proposed(account.id, None, env.now()).await? == 0 {
        return Ok(false);
    }
    tx.audit().record(&acting.event(env, AuditAction::EmailChangeCancelled)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Which address is wanted, and who wants it.
pub(crate) struct Proposal {
    pub(crate) new: EmailAddress,
    /// The agency whose office asks for it; it, too, takes effect only when the person proves the address.
    pub(crate) by: Option<CompanyId>,
    pub(crate) actor: Actor,
}

impl Proposal {
    fn own(account: &Account, new: EmailAddress) -> Self {
        Self { new, by: None, actor: Actor::Person { account: account.id } }
    }
}

/// Stores a proposal in place of any older one, and queues the mail to the new address and the notice to the old, in the
/// caller's transaction, which has locked the account. Ring [`Queue::Mail`] after the commit.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn propose(
    env: &Env,
    tx: &mut dyn Tx,
    account: &Account,
    Proposal { new, by, actor }: Proposal,
    origin: &Origin,
) -> Result<(), Fault> {
    let (now, life) = (env.now(), env.policy.email_change_life);
    let change = EmailChange::propose(account, new, by, (now, life), env.entropy());
    tx.email_changes().cancel_proposed(account.id, None, now).await?;
    tx.email_changes().insert(&change).await?;
    let letter = Letter::EmailChange { change: change.id };
    tx.outbox().enqueue(&OutboxMail::enqueue(letter, by, now, env.entropy())).await?;
    let event = SecurityEvent::EmailChangeProposed { change: change.id };
    notice::tell(env, tx, account, event, origin).await?;
    let mut event = AuditEvent::new(AuditAction::EmailChangeProposed, actor, now, env.entropy())
        .from(origin)
        .account(account.id)
        .subject(change.id);
    event.company = by;
    Ok(tx.audit().record(&event).await?)
}

async fn too_many_mails(env: &Env, acting: &Acting<'_>) -> Result<Option<Asked>, Fault> {
    let wait = mail_limits::network_wait(env, acting.origin).await?;
    // Counted apart from the mails of a forgotten password: neither uses the other's up.
    let whom = format!("address of {}", acting.signed_in.account.id);
    let may_ask = wait.is_none() && mail_limits::may_ask(env, &whom).await?;
    Ok((!may_ask).then_some(Asked::TooManyMails { wait }))
}

/// The account under its lock, as the page showed it.
async fn lock(env: &Env, tx: &mut dyn Tx, acting: &Acting<'_>) -> Result<Option<Account>, Fault> {
    let same = |account: &Account| account.user_name == acting.signed_in.account.user_name;
    Ok(acting.lock(env, tx).await?.map(|it| it.account).filter(same))
}
