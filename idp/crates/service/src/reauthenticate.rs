//! The current password, typed once more on a page of one's own (R72, Q9): a guess like any other, counted before it is
//! looked at (rules section 4), so that a session left open at a shared PC is no place to guess at a password.

use std::time::Duration;

use idp_domain::Secret;
use idp_domain::account::Account;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::password::Password;
use idp_domain::session::Session;

use crate::devices::KnownDevices;
use crate::env::Env;
use crate::fault::Fault;
use crate::session::{self, SignedIn};
use crate::throttle::{Guess, Target, Turn};

/// Why a typed password does not count as the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Wrong,
    /// Too many wrong ones: not before this is over.
    Wait(Duration),
    /// So many in a row that only a reset by mail helps.
    RecoverFirst,
}

/// Checks the password. A right one's guess is still to be told [`Guess::right`], in the transaction of what it allows.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being checked.
pub(crate) async fn current_password<'a>(
    env: &'a Env,
    signed_in: &SignedIn,
    (password, devices): (&Secret<String>, &KnownDevices),
    origin: &'a Origin,
) -> Result<Result<Guess<'a>, Refusal>, Fault> {
    let account = &signed_in.account;
    let whose = (account, Actor::Person { account: account.id });
    password_of(env, whose, (password, devices), origin).await
}

/// The same of an account whose person is not signed in; `actor` is whoever types.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being checked.
pub(crate) async fn password_of<'a>(
    env: &'a Env,
    (account, actor): (&Account, Actor),
    (password, devices): (&Secret<String>, &KnownDevices),
    origin: &'a Origin,
) -> Result<Result<Guess<'a>, Refusal>, Fault> {
    let target = Target::of(account);
    let bucket = devices.bucket(&target);
    let guess = match Guess::take(env, target, bucket, origin).await? {
        Turn::Go(guess) => guess,
        Turn::Wait(wait) => return Ok(Err(Refusal::Wait(wait))),
        Turn::RecoverFirst => return Ok(Err(Refusal::RecoverFirst)),
    };
    let verdict = match env.hasher.verify(account.password(), &Password::typed(password.expose())).await {
        Ok(verdict) => verdict,
        Err(error) => {
            guess.unseen().await?;
            return Err(error.into());
        }
    };
    if !verdict.is_match() {
        let refused = AuditEvent::new(AuditAction::PasswordRefused, actor, env.now(), env.entropy())
            .from(origin)
            .account(account.id)
            .reason("wrong_current_password");
        let wait = guess.wrong(refused, None).await?;
        return Ok(Err(wait.map_or(Refusal::Wrong, Refusal::Wait)));
    }
    Ok(match guess.overtaken().await? {
        Some(wait) => Err(Refusal::Wait(wait)),
        None => Ok(guess),
    })
}

/// Confirms with the password that it is still the person who sits at an open session: from now on it counts as a log-in of
/// this moment, and ends no later than it would have. Nothing that was typed beside the password is lost by that.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being checked.
pub async fn confirm(
    env: &Env,
    signed_in: &SignedIn,
    typed: (&Secret<String>, &KnownDevices),
    origin: &Origin,
) -> Result<Result<SignedIn, Refusal>, Fault> {
    let guess = match current_password(env, signed_in, typed, origin).await? {
        Ok(guess) => guess,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut tx = env.store.write().await?;
    let current = session::lock(env, &mut *tx, signed_in).await?;
    guess.right(&mut *tx).await?;
    let Some(current) = current else {
        // Signed out, or the password changed, at this very moment.
        tx.commit().await?;
        return Ok(Err(Refusal::Wrong));
    };
    let session = Session { auth_time: env.now(), ..current.session };
    let is_open = tx.sessions().renew(&session).await?;
    let actor = Actor::Person { account: current.account.id };
    let event = AuditEvent::new(AuditAction::PasswordConfirmed, actor, env.now(), env.entropy())
        .from(origin)
        .account(current.account.id)
        .subject(session.id);
    tx.audit().record(&event).await?;
    tx.commit().await?;
    Ok(if is_open { Ok(SignedIn { session, account: current.account }) } else { Err(Refusal::Wrong) })
}
