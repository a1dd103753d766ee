//! Another password (P10; ASVS 6.2.3, 7.4.3): by the person's own choice, or because the old one is as good as known (P4).
//!
//! The current one is always asked for and guessed at like anywhere else. This session goes on under a new secret.

use std::time::Duration;

use idp_domain::Secret;
use idp_domain::audit::AuditAction;
use idp_domain::grant::RevocationReason;
use idp_domain::id::{AccountId, SessionId};
use idp_domain::outbox::SecurityEvent;
use idp_domain::password::{Password, PasswordHash};
use idp_domain::ports::Tx;
use idp_domain::secret::Token;
use idp_domain::session::Session;
use idp_domain::ticket::TicketPurpose;

use super::acting::{Acting, Held};
use crate::devices::KnownDevices;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::new_password::{FormProblem, NewPassword, agencies};
use crate::reauthenticate::{Refusal, current_password};
use crate::throttle::Guess;
use crate::{notice, session};

/// What the form sends.
#[derive(Debug)]
pub struct PasswordChange {
    pub current: Secret<String>,
    pub new: NewPassword,
    /// "Sign out everywhere else".
    pub end_others: bool,
}

/// How changing it ended.
#[derive(Debug)]
pub enum Changed {
    Done(Box<RotatedSession>),
    Refused(ChangeProblem),
    /// The person was signed out, or did it in another tab, meanwhile: nothing was changed here.
    Overtaken,
}

/// The new secret of the session that goes on.
#[derive(Debug)]
pub struct RotatedSession {
    pub token: Token<SessionId>,
    /// `Some` when the browser may keep the cookie after it is closed.
    pub remembered: Option<Duration>,
    /// What the browser is known as from now on: every other one is a stranger's.
    pub devices: KnownDevices,
}

/// Why the form comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeProblem {
    CurrentMissing,
    CurrentWrong,
    /// The new one is the current one.
    Unchanged,
    New(FormProblem),
    Held(Held),
}

impl From<Refusal> for ChangeProblem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Wrong => Self::CurrentWrong,
            Refusal::Wait(wait) => Self::Held(Held::Wait(wait)),
            Refusal::RecoverFirst => Self::Held(Held::RecoverFirst),
        }
    }
}

/// Changes the password of whoever knows the present one.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being checked.
pub async fn change_password(
    env: &Env,
    acting: &Acting<'_>,
    form: &PasswordChange,
) -> Result<Changed, Fault> {
    if !acting.is_due(env) {
        return Ok(Changed::Overtaken);
    }
    let new = match read(env, acting, form).await? {
        Ok(new) => new,
        Err(problem) => return Ok(Changed::Refused(problem)),
    };
    let typed = (&form.current, &acting.devices);
    let guess = match current_password(env, acting.signed_in, typed, acting.origin).await? {
        Ok(guess) => guess,
        Err(refusal) => return Ok(Changed::Refused(refusal.into())),
    };
    match env.hasher.hash(&new).await {
        Ok(hash) => store(env, acting, (hash, form.end_others), &guess).await,
        Err(error) => {
            guess.unseen().await?;
            Err(error.into())
        }
    }
}

/// What can be said of the form by itself costs no guess.
async fn read(
    env: &Env,
    acting: &Acting<'_>,
    form: &PasswordChange,
) -> Result<Result<Password, ChangeProblem>, Fault> {
    if form.current.expose().is_empty() {
        return Ok(Err(ChangeProblem::CurrentMissing));
    }
    let account = &acting.signed_in.account;
    let agencies = agencies(&mut *env.store.read().await?, account).await?;
    let current = Password::typed(form.current.expose());
    Ok(match form.new.check(env, account, &agencies) {
        Err(problem) => Err(ChangeProblem::New(problem)),
        Ok(new) if new == current => Err(ChangeProblem::Unchanged),
        Ok(new) => Ok(new),
    })
}

/// One transaction: the password, the session's new secret, and everything that ends with the old one (L3).
async fn store(
    env: &Env,
    acting: &Acting<'_>,
    (hash, end_others): (PasswordHash, bool),
    guess: &Guess<'_>,
) -> Result<Changed, Fault> {
    let mut tx = env.store.write().await?;
    let Some(current) = acting.lock(env, &mut *tx).await? else {
        // What came first may still be on its way to the disk; the next page must find it there.
        tx.commit().await?;
        return Ok(Changed::Overtaken);
    };
    let Ok(account) = current.account.change_password(hash) else { return Ok(Changed::Overtaken) };
    let (session, token) = current.session.rotate(env.entropy());
    guess.right(&mut *tx).await?;
    tx.accounts().update(&account).await?;
    if !tx.sessions().renew(&session).await? {
        return Ok(Changed::Overtaken);
    }
    end_links(env, &mut *tx, account.id).await?;
    notice::tell(env, &mut *tx, &account, SecurityEvent::PasswordChanged, acting.origin).await?;
    tx.audit().record(&acting.event(env, AuditAction::PasswordChanged).subject(session.id)).await?;
    if end_others {
        session::end_all(env, &mut *tx, account.id, Some(session.id), RevocationReason::PasswordChanged)
            .await?;
        tx.audit().record(&acting.event(env, AuditAction::SignedOutEverywhere).subject(session.id)).await?;
    }
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    if end_others {
        env.bell.ring(Queue::Logout);
    }
    let remembered = remaining(env, &session);
    let before = &acting.signed_in.account;
    let devices = acting.devices.clone().following(before, account.credential_version);
    Ok(Changed::Done(Box::new(RotatedSession { token, remembered, devices })))
}

/// L3: mailed links and proposed changes of address die with the password they were asked for under.
async fn end_links(env: &Env, tx: &mut dyn Tx, account: AccountId) -> Result<(), Fault> {
    let now = env.now();
    let resets = TicketPurpose::PasswordReset.as_str();
    tx.account_tickets().supersede(account, resets, None, now).await?;
    tx.tickets().supersede(account, None, now).await?;
    tx.email_changes().cancel_proposed(account, None, now).await?;
    Ok(())
}

/// What is left of a session that was to be remembered: only those outlive the plain ones.
fn remaining(env: &Env, session: &Session) -> Option<Duration> {
    let outlives = session.expires_at > session.auth_time + env.policy.session.absolute;
    outlives.then(|| session.expires_at.since(env.now()))
}
