//! The current password, typed once more on a page of one's own (R72, Q9): a guess like any other, counted before it is
//! looked at (rules section 4), so that a session left open at a shared PC is no place to guess at a password.

use std::time::Duration;

use idp_domain::Secret;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::password::Password;

use crate::devices::KnownDevices;
use crate::env::Env;
use crate::fault::Fault;
use crate::session::SignedIn;
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
        let actor = Actor::Person { account: account.id };
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
