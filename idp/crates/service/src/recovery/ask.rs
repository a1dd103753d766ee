//! Asking for a mail. The answer, and the work done for it, are the same whatever was typed (L6).

use std::time::Duration;

use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::email::EmailAddress;
use idp_domain::id::{AccountId, CompanyId, TicketId};
use idp_domain::outbox::{Letter, OutboxMail};
use idp_domain::secret::Token;
use idp_domain::ticket::{AccountTicket, TicketPurpose, TicketState};

use super::{Recovery, Stage};
use crate::devices::KnownDevices;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::mail::{enqueue_with_ticket, mailed_secret};
use crate::mail_limits;
use crate::throttle::Target;

/// What the browser is told.
#[derive(Debug)]
pub enum Asked {
    /// "If that address has an identity, we sent a message."
    Sent(Recovery),
    /// Too many mails were asked for from this network.
    TooMany { wait: Duration },
}

/// Who asks, from where.
#[derive(Debug)]
pub struct Asking<'a> {
    pub devices: &'a KnownDevices,
    /// The agency whose own client the person came from.
    pub company: Option<CompanyId>,
    pub origin: &'a Origin,
}

/// Asks for a reset mail for what was typed.
///
/// # Errors
/// [`Fault`].
pub async fn ask(env: &Env, typed: &str, asking: &Asking<'_>) -> Result<Asked, Fault> {
    if let Some(wait) = mail_limits::network_wait(env, asking.origin).await? {
        return Ok(Asked::TooMany { wait });
    }
    let nowhere = || Recovery::at(TicketId::new(env.now(), env.entropy()), Stage::Asked);
    let Ok(address) = EmailAddress::parse(typed) else { return Ok(Asked::Sent(nowhere())) };
    let (target, credential_version) = find(env, &address).await?;
    if !mail_limits::may_ask(env, &limited_as(&target, asking.devices)).await? {
        return Ok(Asked::Sent(nowhere()));
    }
    let ticket = send(env, (&target, credential_version), &address, asking).await?;
    Ok(Asked::Sent(Recovery::at(ticket, Stage::Asked)))
}

/// The account of an address, or what stands in for it.
async fn find(env: &Env, address: &EmailAddress) -> Result<(Target, i64), Fault> {
    let account = env.store.read().await?.accounts().find_by_user_name(address).await?;
    Ok(match account {
        Some(account) => {
            let target = Target { account: account.id, address: Some(account.user_name) };
            (target, account.credential_version)
        }
        None => (Target::nobody(env, address.canonical()), 0),
    })
}

/// A stranger who asks again and again does not use up the mails of the person's own devices.
fn limited_as(target: &Target, devices: &KnownDevices) -> String {
    devices.of(target.account).map_or_else(|| target.account.to_string(), |device| device.to_string())
}

async fn send(
    env: &Env,
    (target, credential_version): (&Target, i64),
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
        credential_version,
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
pub async fn ask_for_codes(env: &Env, typed: &str, asking: &Asking<'_>) -> Result<Option<Duration>, Fault> {
    if let Some(wait) = mail_limits::network_wait(env, asking.origin).await? {
        return Ok(Some(wait));
    }
    let Ok(address) = EmailAddress::parse(typed) else { return Ok(None) };
    let (target, _) = find(env, &address).await?;
    if mail_limits::may_ask(env, &format!("codes of {}", limited_as(&target, asking.devices))).await? {
        let mut tx = env.store.write().await?;
        let letter = Letter::CompanyCodes { address };
        let mail = OutboxMail::enqueue(letter, asking.company, env.now(), env.entropy());
        tx.outbox().enqueue(&mail).await?;
        tx.commit().await?;
        env.bell.ring(Queue::Mail);
    }
    Ok(None)
}

/// Sends a new link to the address on file, for whoever holds a genuine older one (R68).
///
/// # Errors
/// [`Fault`].
pub async fn resend(env: &Env, mailed: &str, asking: &Asking<'_>) -> Result<Option<Asked>, Fault> {
    let Some(token) = Token::<TicketId>::parse(mailed) else { return Ok(None) };
    let mut tx = env.store.read().await?;
    let ticket = tx.account_tickets().find(token.id).await?.filter(|ticket| token.proves(&ticket.digest));
    let Some(ticket) = ticket.filter(|ticket| ticket.purpose == TicketPurpose::PasswordReset) else {
        return Ok(None);
    };
    let Some(account) = find_account(&mut *tx, ticket.account).await? else { return Ok(None) };
    drop(tx);
    ask(env, &account, asking).await.map(Some)
}

/// The user name of an account as it is now: an address changed since is not written to any more.
async fn find_account(tx: &mut dyn idp_domain::ports::Tx, id: AccountId) -> Result<Option<String>, Fault> {
    Ok(tx.accounts().find(id).await?.map(|account| account.user_name.to_string()))
}
