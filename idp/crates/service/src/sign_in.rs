//! Checking a user name and a password (R44-R47; rules P7-P9, section 4).
//!
//! An unknown user, one without a password and a wrong password cost the same and look the same.

use std::net::IpAddr;
use std::time::Duration;

use idp_domain::account::Account;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::email::EmailAddress;
use idp_domain::id::{AccountId, SessionId};
use idp_domain::member::{MemberType, Membership};
use idp_domain::password::Password;
use idp_domain::ports::{EphemeralKey, StoreError, Tx, Verdict};
use idp_domain::secret::Token;
use idp_domain::session::{Amr, Session, SessionLife};
use idp_domain::{Secret, Timestamp};

use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::session::{self, SignedIn};

/// What the log-in form sends.
#[derive(Debug)]
pub struct LogIn {
    pub user_name: String,
    pub password: Secret<String>,
    pub remember: bool,
}

/// How an attempt ended.
#[derive(Debug)]
pub enum Attempt {
    SignedIn(Box<NewSession>),
    /// One message for every reason (R47).
    Refused,
    /// Too many failures from this network; `wait` until the next try is looked at.
    TooMany {
        wait: Duration,
    },
}

/// A session just begun, and the secret for its cookie.
#[derive(Debug)]
pub struct NewSession {
    pub token: Token<SessionId>,
    pub signed_in: SignedIn,
    /// `Some` when the browser may keep the cookie after it is closed.
    pub remembered: Option<Duration>,
}

/// Tries to sign in; `previous` is the session this browser had, which ends when another begins.
///
/// # Errors
/// [`Fault`]; `HashError::Busy` when too many passwords are being checked.
pub async fn attempt(
    env: &Env,
    form: &LogIn,
    previous: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Attempt, Fault> {
    let now = env.now();
    let failures = Failures { env, address: origin.address, now };
    if let Some(wait) = failures.exhausted().await? {
        return Ok(Attempt::TooMany { wait });
    }
    let account = match EmailAddress::parse(&form.user_name) {
        Ok(user_name) => env.store.read().await?.accounts().find_by_user_name(&user_name).await?,
        Err(_) => None,
    };
    let password = Password::typed(form.password.expose());
    let verdict = env.hasher.verify(account.as_ref().and_then(Account::password), &password).await?;
    let known = account.as_ref().map(|account| account.id);
    match account.filter(|_| verdict.is_match()) {
        None => {
            refuse(env, known, origin, now).await?;
            let wait = failures.add().await?;
            Ok(wait.map_or(Attempt::Refused, |wait| Attempt::TooMany { wait }))
        }
        Some(account) => {
            // Looked at again: guesses that were checked at the same moment have used the limit up meanwhile, and a
            // burst must not learn more than the limit allows.
            if let Some(wait) = failures.exhausted().await? {
                return Ok(Attempt::TooMany { wait });
            }
            if verdict == Verdict::MatchStale {
                rehash(env, account.clone(), &password).await?;
            }
            let begun = begin_session(env, &account, form.remember, previous, origin).await?;
            Ok(begun.map_or(Attempt::Refused, |begun| Attempt::SignedIn(Box::new(begun))))
        }
    }
}

async fn refuse(env: &Env, known: Option<AccountId>, origin: &Origin, now: Timestamp) -> Result<(), Fault> {
    let mut tx = env.store.write().await?;
    let mut event = AuditEvent::new(AuditAction::SignInRefused, Actor::Anonymous, now, env.entropy())
        .from(origin)
        .reason("wrong_credentials");
    event.account = known;
    tx.audit().record(&event).await?;
    Ok(tx.commit().await?)
}

/// Stores the same password under the present pepper and parameters; losing the race to another log-in is fine.
async fn rehash(env: &Env, account: Account, password: &Password) -> Result<(), Fault> {
    let hash = env.hasher.hash(password).await?;
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
    checked: &Account,
    remember: bool,
    previous: Option<&SignedIn>,
    origin: &Origin,
) -> Result<Option<NewSession>, Fault> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    let same =
        |account: &Account| account.is_active() && account.credential_version == checked.credential_version;
    let Some(account) = tx.accounts().find(checked.id).await?.filter(same) else { return Ok(None) };
    let memberships = tx.memberships().list_of_account(account.id).await?;
    let (life, remembered) = session_life(env, &memberships, remember);
    let (session, token) = store_session(env, &mut *tx, account.id, life, (previous, origin)).await?;
    tx.accounts().record_sign_in(account.id, now).await?;
    let event =
        AuditEvent::new(AuditAction::SignedIn, Actor::Person { account: account.id }, now, env.entropy())
            .from(origin)
            .account(account.id)
            .subject(session.id);
    tx.audit().record(&event).await?;
    tx.commit().await?;
    // Only then has a session ended, and is there anybody to be told.
    if previous.is_some_and(|previous| previous.account.id != account.id) {
        env.bell.ring(Queue::Logout);
    }
    Ok(Some(NewSession { token, signed_in: SignedIn { session, account }, remembered }))
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
    let (now, amr) = (env.now(), vec![Amr::Pwd]);
    if let Some(previous) = previous {
        if previous.account.id == account {
            let (session, token) = previous.session.clone().renew(amr.clone(), life, now, env.entropy());
            if tx.sessions().renew(&session).await? {
                return Ok((session, token));
            }
        } else {
            session::end(env, tx, previous, origin).await?;
        }
    }
    let (session, token) = Session::begin(account, amr, life, now, env.entropy());
    tx.sessions().insert(&session).await?;
    Ok((session, token))
}

/// *Remember me* lengthens a caregiver's session; office staff's only remembers the user name (rules section 5).
fn session_life(env: &Env, memberships: &[Membership], remember: bool) -> (SessionLife, Option<Duration>) {
    let policy = &env.policy;
    // What an agency merely invited somebody to says nothing about them, unless they are about to begin there.
    let begins = !memberships.iter().any(Membership::is_active);
    let counts = |m: &Membership| m.is_active() || (begins && m.may_enter());
    let is_office = |m: &Membership| counts(m) && m.particulars.member_type == MemberType::OfficeStaff;
    if memberships.iter().any(is_office) {
        let absolute = policy.session.absolute.min(policy.office_staff_absolute);
        (SessionLife { absolute, ..policy.session }, None)
    } else if remember {
        (policy.remembered_session, Some(policy.remembered_session.absolute))
    } else {
        (policy.session, None)
    }
}

/// The failures of one network (/24 or /64), counted in a minute and in an hour (rules section 4).
struct Failures<'a> {
    env: &'a Env,
    address: Option<IpAddr>,
    now: Timestamp,
}

impl Failures<'_> {
    /// How long to wait when no further failure is allowed.
    async fn exhausted(&self) -> Result<Option<Duration>, Fault> {
        for (bucket, span, limit) in self.windows() {
            if self.env.ephemeral.counted(&bucket).await? >= limit {
                return Ok(Some(self.rest_of(span)));
            }
        }
        Ok(None)
    }

    /// Counts one; how long to wait when it was one too many, in which case nothing may be told about it.
    async fn add(&self) -> Result<Option<Duration>, Fault> {
        let mut wait = None;
        for (bucket, span, limit) in self.windows() {
            if self.env.ephemeral.count(&bucket, span).await? > limit {
                wait = Some(self.rest_of(span));
            }
        }
        Ok(wait)
    }

    fn windows(&self) -> Vec<(EphemeralKey, Duration, u64)> {
        let Some(address) = self.address else { return Vec::new() };
        let policy = &self.env.policy;
        let limits = [(60, policy.network_failures_per_minute), (3600, policy.network_failures_per_hour)];
        let window = |(seconds, limit)| {
            let span = Duration::from_secs(seconds);
            let network = format!("{}/{seconds}", network_of(address));
            (EphemeralKey::NetworkFailures { network, bucket: self.now.floor(span).seconds() }, span, limit)
        };
        limits.map(window).into()
    }

    fn rest_of(&self, span: Duration) -> Duration {
        let elapsed = Duration::from_secs(self.now.since(self.now.floor(span)).as_secs());
        span.saturating_sub(elapsed)
    }
}

fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::")
        }
    }
}
