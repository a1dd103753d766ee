//! Checking a user name and a password (R44-R47; rules P7-P9, section 4).
//!
//! An unknown user, one without a password and a wrong password cost the same and look the same.

use std::time::Duration;

use idp_domain::Secret;
use idp_domain::account::{Account, PasswordState};
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin, Place};
use idp_domain::email::EmailAddress;
use idp_domain::id::{AccountId, CompanyId, SessionId};
use idp_domain::member::{MemberType, Membership};
use idp_domain::outbox::SecurityEvent;
use idp_domain::password::{Password, PasswordProblem};
use idp_domain::ports::{HashError, StoreError, Tx, Verdict};
use idp_domain::secret::Token;
use idp_domain::session::{Amr, Session, SessionLife};

use crate::devices::KnownDevices;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::notice;
use crate::session::{self, SignedIn};
use crate::throttle::{Guess, Target, Turn};

/// What the log-in form sends.
#[derive(Debug)]
pub struct LogIn {
    pub user_name: String,
    pub password: Secret<String>,
    pub remember: bool,
}

/// The browser somebody logs in with.
#[derive(Debug)]
pub struct Coming<'a> {
    /// The session it had, which ends when another begins.
    pub previous: Option<&'a SignedIn>,
    pub devices: KnownDevices,
    /// The agency whose own client asked for the log-in.
    pub company: Option<CompanyId>,
    pub origin: &'a Origin,
}

/// How an attempt ended.
#[derive(Debug)]
pub enum Attempt {
    SignedIn(Box<NewSession>),
    /// One message for every reason (R47).
    Refused,
    /// Too many failures; `wait` until the next try is looked at.
    TooMany {
        wait: Duration,
    },
    /// So many failures in a row that only a reset by mail opens the account from here.
    RecoverFirst,
}

/// A session just begun, and the secret for its cookie.
#[derive(Debug)]
pub struct NewSession {
    pub token: Token<SessionId>,
    pub signed_in: SignedIn,
    /// `Some` when the browser may keep the cookie after it is closed.
    pub remembered: Option<Duration>,
    /// What the browser is known as from now on.
    pub devices: KnownDevices,
}

/// Tries to sign in.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being checked.
pub async fn attempt(env: &Env, form: &LogIn, coming: Coming<'_>) -> Result<Attempt, Fault> {
    let account = match EmailAddress::parse(&form.user_name) {
        Ok(user_name) => env.store.read().await?.accounts().find_by_user_name(&user_name).await?,
        Err(_) => None,
    };
    let known = account.as_ref().map(|account| account.id);
    let target = match &account {
        Some(account) => Target::of(account),
        None => Target::nobody(env, &form.user_name),
    };
    let bucket = coming.devices.bucket(&target);
    let guess = match Guess::take(env, target, bucket, coming.origin).await? {
        Turn::Go(guess) => guess,
        Turn::Wait(wait) => return Ok(Attempt::TooMany { wait }),
        Turn::RecoverFirst => return Ok(Attempt::RecoverFirst),
    };
    let password = Password::typed(form.password.expose());
    let verdict = match env.hasher.verify(account.as_ref().and_then(Account::password), &password).await {
        Ok(verdict) => verdict,
        Err(error) => {
            guess.unseen().await?;
            return Err(error.into());
        }
    };
    let Some(account) = account.filter(|_| verdict.is_match()) else {
        return refuse(env, guess, known, &coming).await;
    };
    if let Some(wait) = guess.overtaken().await? {
        return Ok(Attempt::TooMany { wait });
    }
    if verdict == Verdict::MatchStale {
        rehash(env, account.clone(), &password).await?;
    }
    let guessed_first = env.policy.password.check(&password, &[]) == Err(PasswordProblem::Common);
    match begin_session(env, (&account, guessed_first), form.remember, &guess, &coming).await? {
        Some(begun) => Ok(Attempt::SignedIn(Box::new(begun))),
        None => refuse(env, guess, known, &coming).await,
    }
}

async fn refuse(
    env: &Env,
    guess: Guess<'_>,
    known: Option<AccountId>,
    coming: &Coming<'_>,
) -> Result<Attempt, Fault> {
    let mut refusal = AuditEvent::new(AuditAction::SignInRefused, Actor::Anonymous, env.now(), env.entropy())
        .from(coming.origin)
        .reason("wrong_credentials");
    refusal.account = known;
    let wait = guess.wrong(refusal, coming.company).await?;
    Ok(wait.map_or(Attempt::Refused, |wait| Attempt::TooMany { wait }))
}

/// Stores the same password under the present pepper and parameters. Losing the race to another log-in is fine, and so is
/// a hasher without time for it: the next log-in does it.
async fn rehash(env: &Env, account: Account, password: &Password) -> Result<(), Fault> {
    let hash = match env.hasher.hash(password).await {
        Err(HashError::Busy) => return Ok(()),
        hash => hash?,
    };
    let Ok(renewed) = account.rehash(hash) else { return Ok(()) };
    let mut tx = env.store.write().await?;
    match tx.accounts().update(&renewed).await {
        Ok(()) => Ok(tx.commit().await?),
        Err(StoreError::Stale) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// `None` when the account was switched off, or its password changed, while the typed one was being hashed.
async fn begin_session(
    env: &Env,
    (checked, guessed_first): (&Account, bool),
    remember: bool,
    guess: &Guess<'_>,
    coming: &Coming<'_>,
) -> Result<Option<NewSession>, Fault> {
    let (now, origin) = (env.now(), coming.origin);
    let mut tx = env.store.write().await?;
    let same = |account: &Account| {
        account.password().is_some() && account.credential_version == checked.credential_version
    };
    // A reset at this very moment comes before, and the old password opens nothing, or after, and ends this session.
    tx.accounts().lock(checked.id).await?;
    let Some(mut account) = tx.accounts().find(checked.id).await?.filter(same) else { return Ok(None) };
    guess.right(&mut *tx).await?;
    if guessed_first && account.password_state == PasswordState::Sound {
        // It came onto the list after it was chosen: one of those everybody tries is as good as known (P4, P5).
        account.password_state = PasswordState::MustChange;
        tx.accounts().update(&account).await?;
        account.version += 1;
    }
    let memberships = tx.memberships().list_of_account(account.id).await?;
    let (life, remembered) = session_life(env, &account, &memberships, remember);
    let (session, token) = store_session(env, &mut *tx, account.id, life, (coming.previous, origin)).await?;
    let is_strange = coming.devices.of(&Target::of(&account)).is_none();
    if is_strange && account.last_sign_in.is_some() {
        notice::tell(env, &mut *tx, &account, SecurityEvent::NewDevice, origin).await?;
    }
    tx.accounts().record_sign_in(account.id, now).await?;
    let event =
        AuditEvent::new(AuditAction::SignedIn, Actor::Person { account: account.id }, now, env.entropy())
            .from(origin)
            .account(account.id)
            .subject(session.id);
    tx.audit().record(&event).await?;
    tx.commit().await?;
    if is_strange {
        env.bell.ring(Queue::Mail);
    }
    // Only then has a session ended, and is there anybody to be told.
    if coming.previous.is_some_and(|previous| previous.account.id != account.id) {
        env.bell.ring(Queue::Logout);
    }
    let devices = coming.devices.clone().with(&account, env);
    Ok(Some(NewSession { token, signed_in: SignedIn { session, account }, remembered, devices }))
}

/// A new secret in every case (session fixation). The same person's session goes on under it; at a shared PC the
/// other person's session ends, and with it what began in it.
async fn store_session(
    env: &Env,
    tx: &mut dyn Tx,
    account: AccountId,
    life: SessionLife,
    (previous, origin): (Option<&SignedIn>, &Origin),
) -> Result<(Session, Token<SessionId>), Fault> {
    let (now, amr, place) = (env.now(), vec![Amr::Pwd], Place::from(origin));
    if let Some(previous) = previous {
        if previous.account.id == account {
            let known = previous.session.clone();
            let (session, token) = known.renew(amr.clone(), (life, place.clone()), now, env.entropy());
            if tx.sessions().renew(&session).await? {
                return Ok((session, token));
            }
        } else {
            session::end(env, tx, &previous.session, origin).await?;
        }
    }
    let (session, token) = Session::begin(account, amr, (life, place), now, env.entropy());
    tx.sessions().insert(&session).await?;
    Ok((session, token))
}

/// *Remember me* lengthens a caregiver's session; office staff's and an operator's only remembers the user name (rules
/// section 5).
fn session_life(
    env: &Env,
    account: &Account,
    memberships: &[Membership],
    remember: bool,
) -> (SessionLife, Option<Duration>) {
    let policy = &env.policy;
    // What an agency merely invited somebody to says nothing about them, unless they are about to begin there.
    let begins = !memberships.iter().any(Membership::is_active);
    let counts = |m: &Membership| m.is_active() || (begins && m.may_enter());
    let is_office = |m: &Membership| counts(m) && m.particulars.is_also(MemberType::OfficeStaff);
    if account.is_operator || memberships.iter().any(is_office) {
        (session::office_life(policy), None)
    } else if remember {
        (policy.remembered_session, Some(policy.remembered_session.absolute))
    } else {
        (policy.session, None)
    }
}
