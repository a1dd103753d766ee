//! Asking for a mail. The answer, and the work done for it, are the same whatever was typed (L6).

use std::time::Duration;

use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::email::EmailAddress;
use idp_domain::id::{CompanyId, TicketId};
use idp_domain::outbox::{Letter, OutboxMail};
use idp_domain::ticket::{AccountTicket, TicketPurpose, TicketState};

use super::{Recovery, Stage};
use crate::devices::KnownDevices;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::mail::{enqueue_with_ticket, mailed_secret};
use crate::mail_limits;
use crate::throttle::Target;

/// Why no mail was asked for. Neither says anything about an account; else it is "If that address has an identity, we sent
/// a message", and what the browser is to carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAsked {
    /// What was typed can be nobody's user name.
    NotAnAddress,
    /// Too many mails were asked for: from this network, or by whoever holds a link.
    TooMany { wait: Duration },
}

/// Who asks, from where.
#[derive(Debug)]
pub struct Asking<'a> {
    pub devices: &'a KnownDevices,
    /// The agency whose own client the person came from.
    pub company: Option<CompanyId>,
    /// What the browser carries from asking before.
    pub earlier: Option<&'a Recovery>,
    pub origin: &'a Origin,
}

/// Asks for a reset mail for what was typed.
///
/// # Errors
/// [`Fault`].
pub async fn ask(env: &Env, typed: &str, asking: &Asking<'_>) -> Result<Result<Recovery, NotAsked>, Fault> {
    let address = match admit(env, typed, asking).await? {
        Ok(address) => address,
        Err(refused) => return Ok(Err(refused)),
    };
    let target = find(env, &address).await?;
    let ticket = if mail_limits::may_ask(env, &limited_as(&target, asking.devices)).await? {
        send(env, &target, &address, asking).await?
    } else {
        still_good(env, &target, asking.earlier).await?
    };
    Ok(Ok(Recovery::at(ticket, Stage::Asked)))
}

/// Counts for the network, and reads what was typed.
async fn admit(env: &Env, typed: &str, asking: &Asking<'_>) -> Result<Result<EmailAddress, NotAsked>, Fault> {
    let Ok(address) = EmailAddress::parse(typed) else { return Ok(Err(NotAsked::NotAnAddress)) };
    let wait = mail_limits::network_wait(env, asking.origin).await?;
    Ok(wait.map_or(Ok(address), |wait| Err(NotAsked::TooMany { wait })))
}

/// Of somebody who asks again too soon, the code of the mail before stays good; it leads nowhere in a browser that did not
/// ask for that one.
async fn still_good(env: &Env, target: &Target, earlier: Option<&Recovery>) -> Result<TicketId, Fault> {
    let nowhere = TicketId::new(env.now(), env.entropy());
    let Some(earlier) = earlier else { return Ok(nowhere) };
    let ticket = env.store.read().await?.account_tickets().find(earlier.ticket).await?;
    let same = ticket.is_some_and(|ticket| ticket.account == target.account);
    Ok(if same { earlier.ticket } else { nowhere })
}

/// The account of an address, or what stands in for it.
async fn find(env: &Env, address: &EmailAddress) -> Result<Target, Fault> {
    let account = env.store.read().await?.accounts().find_by_user_name(address).await?;
    Ok(account.map_or_else(|| Target::nobody(env, address.canonical()), |account| Target::of(&account)))
}

/// A stranger who asks again and again does not use up the mails of the person's own devices.
fn limited_as(target: &Target, devices: &KnownDevices) -> String {
    devices.of(target).map_or_else(|| target.account.to_string(), |device| device.to_string())
}

async fn send(
    env: &Env,
    target: &Target,
    address: &EmailAddress,
    asking: &Asking<'_>,
) -> Result<TicketId, Fault> {
    let now = env.now();
    let issue = |id: TicketId| AccountTicket {
        id,
        digest: mailed_secret(env, id).digest(),
        purpose: TicketPurpose::PasswordReset,
        account: target.account,
        email: address.clone(),
        credential_version: target.credential_version,
        vouched_by: None,
        issued_at: now,
        expires_at: now + env.policy.reset_life,
        state: TicketState::Open,
        code_tries: 0,
        answer_tries: 0,
    };
    let letter = Letter::ForgottenPassword { address: address.clone() };
    let mut tx = env.store.write().await?;
    let ticket = enqueue_with_ticket(env, &mut *tx, (letter, asking.company), issue).await?;
    let event = AuditEvent::new(AuditAction::PasswordForgotten, Actor::Anonymous, now, env.entropy())
        .from(asking.origin)
        .account(target.account);
    tx.audit().record(&event).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    Ok(ticket)
}

/// Asks for a reminder of the company codes (R84).
///
/// # Errors
/// [`Fault`].
pub async fn ask_for_codes(
    env: &Env,
    typed: &str,
    asking: &Asking<'_>,
) -> Result<Result<(), NotAsked>, Fault> {
    let address = match admit(env, typed, asking).await? {
        Ok(address) => address,
        Err(refused) => return Ok(Err(refused)),
    };
    let target = find(env, &address).await?;
    if mail_limits::may_ask(env, &format!("codes of {}", limited_as(&target, asking.devices))).await? {
        let mut tx = env.store.write().await?;
        let letter = Letter::CompanyCodes { address };
        let mail = OutboxMail::enqueue(letter, asking.company, env.now(), env.entropy());
        tx.outbox().enqueue(&mail).await?;
        tx.commit().await?;
        env.bell.ring(Queue::Mail);
    }
    Ok(Ok(()))
}

/// Sends a new mail to the address on file, for a browser in which a link of ours was opened, whatever became of that link
/// (R68). The answer is the same for one in which none was.
///
/// # Errors
/// [`Fault`].
pub async fn resend(env: &Env, asking: &Asking<'_>) -> Result<Result<Recovery, NotAsked>, Fault> {
    match on_file(env, asking.earlier).await? {
        Some(address) => ask_again(env, &address, asking).await,
        None => Ok(Ok(Recovery::at(TicketId::new(env.now(), env.entropy()), Stage::Asked))),
    }
}

/// Whoever holds a link of ours has the mailbox: strangers do not use up their mails, and they are told when to try again.
async fn ask_again(
    env: &Env,
    on_file: &EmailAddress,
    asking: &Asking<'_>,
) -> Result<Result<Recovery, NotAsked>, Fault> {
    let target = find(env, on_file).await?;
    if let Some(wait) = mail_limits::wait(env, &format!("holder of {}", target.account)).await? {
        return Ok(Err(NotAsked::TooMany { wait }));
    }
    Ok(Ok(Recovery::at(send(env, &target, on_file, asking).await?, Stage::Asked)))
}

/// The user name of the account as it is now: an address changed since is not written to any more.
async fn on_file(env: &Env, proven: Option<&Recovery>) -> Result<Option<EmailAddress>, Fault> {
    let Some(proven) = proven.filter(|recovery| recovery.stage >= Stage::Mailbox) else { return Ok(None) };
    let mut tx = env.store.read().await?;
    let Some(ticket) = tx.account_tickets().find(proven.ticket).await? else { return Ok(None) };
    Ok(tx.accounts().find(ticket.account).await?.map(|account| account.user_name))
}
