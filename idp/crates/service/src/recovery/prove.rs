//! Proving the mailbox: by opening the link, anywhere, or by typing its code where the mail was asked for.

use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::id::TicketId;
use idp_domain::secret::Token;

use super::{Dead, Recovering, Recovery, Stage, load};
use crate::env::Env;
use crate::fault::Fault;
use crate::mail::is_mailed_code;

/// Reads a mailed secret; `None` for anything forged, altered or unknown, which must reveal nothing. Changes nothing,
/// however often a mail scanner does it (R70).
///
/// # Errors
/// [`Fault`].
pub async fn open_link(env: &Env, mailed: &str) -> Result<Option<Result<Recovering, Dead>>, Fault> {
    let Some(token) = Token::<TicketId>::parse(mailed) else { return Ok(None) };
    let mut tx = env.store.read().await?;
    let ticket = tx.account_tickets().find(token.id).await?;
    if !ticket.is_some_and(|ticket| token.proves(&ticket.digest)) {
        return Ok(None);
    }
    load(env, &mut *tx, &Recovery::at(token.id, Stage::Mailbox)).await
}

/// How typing a code ended.
#[derive(Debug)]
pub enum Proven {
    Mailbox(Recovery),
    Wrong,
    /// Typed wrong too often, or too old: code and link are dead, and another mail must be asked for. Nobody learns
    /// whether there ever was one.
    NoMore,
}

/// Compares a typed code. It is counted before it is looked at (attack 27), and only the browser that asked for the mail can
/// type it: a stranger's wrong codes never cost a person the link they asked for themselves.
///
/// # Errors
/// [`Fault`].
pub async fn type_code(
    env: &Env,
    recovery: &Recovery,
    typed: &str,
    origin: &Origin,
) -> Result<Proven, Fault> {
    let (now, most) = (env.now(), env.policy.code_tries);
    let mut tx = env.store.write().await?;
    let tries = tx.account_tickets().try_code(recovery.ticket, most, now).await?;
    tx.commit().await?;
    let Some(tries) = tries else { return Ok(Proven::NoMore) };
    let is_right = is_mailed_code(env, recovery.ticket, typed);
    let recovery = Recovery::at(recovery.ticket, Stage::Mailbox);
    let mut tx = env.store.write().await?;
    // Somebody without an account has a ticket, too, and its code was never sent to anybody.
    if is_right && let Some(Ok(recovering)) = load(env, &mut *tx, &recovery).await? {
        tx.commit().await?;
        return Ok(Proven::Mailbox(recovering.recovery));
    }
    let event = AuditEvent::new(AuditAction::ResetRefused, Actor::Anonymous, now, env.entropy())
        .from(origin)
        .subject(recovery.ticket)
        .reason("wrong_code");
    tx.audit().record(&event).await?;
    if tries >= most {
        tx.account_tickets().burn(recovery.ticket, now).await?;
    }
    tx.commit().await?;
    Ok(if tries >= most { Proven::NoMore } else { Proven::Wrong })
}
