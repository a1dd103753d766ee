//! Proving the address an account has (R48, "verify e-mail"): a code is mailed to it and typed here.
//!
//! Codes are counted before they are looked at (attack 27): five for each mail, and mails are limited, too (L6).

use idp_domain::account::{Account, RequiredAction};
use idp_domain::audit::AuditAction;
use idp_domain::id::{CompanyId, TicketId};
use idp_domain::outbox::Letter;
use idp_domain::ports::Tx;
use idp_domain::ticket::{AccountTicket, TicketPurpose, TicketState};

use crate::account::Acting;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::mail::{enqueue_with_ticket, is_mailed_code, mailed_secret};
use crate::mail_limits;

const PURPOSE: TicketPurpose = TicketPurpose::EmailVerification;

/// What became of the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mailed {
    Now,
    /// One that was sent before still works.
    Before,
    /// Too many were asked for in a short time.
    TooMany,
    /// It is not this step's turn.
    NotAsked,
}

/// Mails a code, unless one that still works is on its way and no other is asked for. `company` signs the mail.
///
/// # Errors
/// [`Fault`].
pub async fn send_code(
    env: &Env,
    acting: &Acting<'_>,
    company: Option<CompanyId>,
    again: bool,
) -> Result<Mailed, Fault> {
    let account = &acting.signed_in.account;
    if !is_asked(env, acting) {
        return Ok(Mailed::NotAsked);
    }
    if !again && find_open(env, &mut *env.store.read().await?, account).await?.is_some() {
        return Ok(Mailed::Before);
    }
    let limited_as = format!("verification of {}", account.id);
    if mail_limits::network_wait(env, acting.origin).await?.is_some()
        || !mail_limits::may_ask(env, &limited_as).await?
    {
        return Ok(Mailed::TooMany);
    }
    let mut tx = env.store.write().await?;
    let Some(current) = acting.lock(env, &mut *tx).await? else { return Ok(Mailed::NotAsked) };
    let letter = Letter::EmailVerification { account: current.account.id };
    enqueue_with_ticket(env, &mut *tx, (letter, company), |id| issue(env, &current.account, id)).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    Ok(Mailed::Now)
}

fn is_asked(env: &Env, acting: &Acting<'_>) -> bool {
    acting.step == Some(RequiredAction::VerifyEmail) && acting.is_due(env)
}

/// The ticket whose code still works.
async fn find_open(env: &Env, tx: &mut dyn Tx, account: &Account) -> Result<Option<AccountTicket>, Fault> {
    let open = tx.account_tickets().find_open(account.id, PURPOSE.as_str()).await?;
    let works = |ticket: &AccountTicket| {
        ticket.judge(account, None, env.now()).is_ok() && ticket.code_tries < env.policy.code_tries
    };
    Ok(open.filter(works))
}

fn issue(env: &Env, account: &Account, id: TicketId) -> AccountTicket {
    let now = env.now();
    AccountTicket {
        id,
        digest: mailed_secret(env, id).digest(),
        purpose: PURPOSE,
        account: account.id,
        email: account.user_name.clone(),
        credential_version: account.credential_version,
        vouched_by: None,
        issued_at: now,
        expires_at: now + env.policy.email_verification_life,
        state: TicketState::Open,
        code_tries: 0,
        answer_tries: 0,
    }
}

/// How typing a code ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    Done,
    Wrong {
        left: u32,
    },
    /// Typed wrong too often, or too old: another mail is needed.
    NoMore,
    /// It is not this step's turn, or the person was signed out meanwhile.
    NotAsked,
}

/// Compares a typed code with the mailed one.
///
/// # Errors
/// [`Fault`].
pub async fn type_code(env: &Env, acting: &Acting<'_>, typed: &str) -> Result<Verified, Fault> {
    if !is_asked(env, acting) {
        return Ok(Verified::NotAsked);
    }
    let (now, most) = (env.now(), env.policy.code_tries);
    let mut tx = env.store.write().await?;
    let Some(ticket) = find_open(env, &mut *tx, &acting.signed_in.account).await? else {
        return Ok(Verified::NoMore);
    };
    let tries = tx.account_tickets().try_code(ticket.id, most, now).await?;
    tx.commit().await?;
    let Some(tries) = tries else { return Ok(Verified::NoMore) };
    if is_mailed_code(env, ticket.id, typed) {
        return settle(env, acting, ticket.id).await;
    }
    let mut tx = env.store.write().await?;
    let refusal = acting.event(env, AuditAction::EmailVerificationRefused);
    tx.audit().record(&refusal.subject(ticket.id).reason("wrong_code")).await?;
    let left = most.saturating_sub(tries);
    if left == 0 {
        tx.account_tickets().burn(ticket.id, now).await?;
    }
    tx.commit().await?;
    Ok(if left == 0 { Verified::NoMore } else { Verified::Wrong { left } })
}

/// The code was right: the ticket is used up, the address proven.
async fn settle(env: &Env, acting: &Acting<'_>, ticket: TicketId) -> Result<Verified, Fault> {
    let mut tx = env.store.write().await?;
    let Some(current) = acting.lock(env, &mut *tx).await? else {
        // Another tab may have typed it a moment ago; the next page must find that on the disk.
        tx.commit().await?;
        return Ok(Verified::NotAsked);
    };
    // What was mailed to another address, or under another password, proves nothing by now.
    let mailed = tx.account_tickets().find(ticket).await?;
    let works = mailed.is_some_and(|mailed| mailed.judge(&current.account, None, env.now()).is_ok());
    if !works || !tx.account_tickets().consume(ticket, env.now()).await? {
        return Ok(Verified::NoMore);
    }
    tx.accounts().update(&Account { email_verified: true, ..current.account }).await?;
    tx.audit().record(&acting.event(env, AuditAction::EmailVerified).subject(ticket)).await?;
    tx.commit().await?;
    Ok(Verified::Done)
}
