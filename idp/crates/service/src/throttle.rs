//! Guesses at passwords, answers and codes (rules section 4). Every path that checks one takes its turn here first: the
//! guess is counted before it is looked at, so that fifty at the same moment learn no more than the limit allows.
//!
//! An account that does not exist is counted like one that does: nobody sees a difference (P9).

use std::net::IpAddr;
use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::email::EmailAddress;
use idp_domain::id::{AccountId, CompanyId};
use idp_domain::outbox::SecurityEvent;
use idp_domain::ports::{EphemeralKey, Purpose, Tx};
use idp_domain::throttle::{Admission, Bucket, Schedule};

use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::notice;
use crate::oauth_error::Refusal;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Whose secret is guessed at, and where its notices go.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) account: AccountId,
    pub(crate) credential_version: i64,
    /// The user name as it is known or was typed; `None` when no account can have it.
    pub(crate) address: Option<EmailAddress>,
}

impl Target {
    pub(crate) fn of(account: &Account) -> Self {
        Self {
            account: account.id,
            credential_version: account.credential_version,
            address: Some(account.user_name.clone()),
        }
    }

    /// Nobody: what guesses at a user name without an account count for.
    pub(crate) fn nobody(env: &Env, typed: &str) -> Self {
        let address = EmailAddress::parse(typed).ok();
        let name = address.as_ref().map_or(typed, EmailAddress::canonical);
        let account = AccountId::derived(&env.sealer.derive(Purpose::Nobody, name.as_bytes()));
        Self { account, credential_version: 0, address }
    }
}

/// Whether a guess may be looked at now.
pub(crate) enum Turn<'a> {
    Go(Guess<'a>),
    Wait(Duration),
    /// So many failures in a row that only a recovery helps.
    RecoverFirst,
}

/// One guess that was counted as a failure. It must come out [`Guess::right`], [`Guess::wrong`] or [`Guess::unseen`].
#[must_use]
pub(crate) struct Guess<'a> {
    env: &'a Env,
    target: Target,
    bucket: Bucket,
    origin: &'a Origin,
    failures: u32,
}

impl<'a> Guess<'a> {
    /// Counts a guess at `target`, if its turn has come.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn take(
        env: &'a Env,
        target: Target,
        bucket: Bucket,
        origin: &'a Origin,
    ) -> Result<Turn<'a>, Fault> {
        if let Some(wait) = network(env, bucket, origin).exhausted().await? {
            return Ok(Turn::Wait(wait));
        }
        let mut tx = env.store.write().await?;
        let turn = Self::take_in(env, &mut *tx, (target, bucket), origin).await?;
        tx.commit().await?;
        Ok(turn)
    }

    /// The same with the caller's transaction, whatever the network has failed at.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn take_in(
        env: &'a Env,
        tx: &mut dyn Tx,
        (target, bucket): (Target, Bucket),
        origin: &'a Origin,
    ) -> Result<Turn<'a>, Fault> {
        let now = env.now();
        let admission = tx.throttles().admit(target.account, bucket, schedule(env, bucket), now).await?;
        Ok(match admission {
            Admission::Admitted { failures } => Turn::Go(Self { env, target, bucket, origin, failures }),
            Admission::Wait { until } => Turn::Wait(rounded_up(until.since(now))),
            Admission::Exhausted => Turn::RecoverFirst,
        })
    }

    /// It was wrong, for this `reason`. How long to wait when the network has failed too often with it, in which case
    /// nothing may be told about it.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn wrong(
        self,
        refusal: AuditEvent,
        company: Option<CompanyId>,
    ) -> Result<Option<Duration>, Fault> {
        let Self { env, origin, bucket, .. } = self;
        let alarm = match company {
            Some(company) => self.raises_alarm(company).await?.then_some(company),
            None => None,
        };
        let mut tx = env.store.write().await?;
        tx.audit().record(&refusal).await?;
        let told = self.tell(&mut *tx).await?;
        if let Some(company) = alarm {
            tracing::warn!(%company, "an unusual number of failed log-ins at one company");
            let event = AuditEvent::new(AuditAction::CompanyAlarm, Actor::System, env.now(), env.entropy());
            tx.audit().record(&event.from(origin).company(company)).await?;
        }
        tx.commit().await?;
        if told {
            env.bell.ring(Queue::Mail);
        }
        network(env, bucket, origin).add().await
    }

    /// The first pause and the ceiling are told by mail, each once in a row of failures; pages never speak of them (P9).
    async fn tell(&self, tx: &mut dyn Tx) -> Result<bool, Fault> {
        let Self { env, target, bucket, origin, failures } = self;
        let schedule = schedule(env, *bucket);
        let event = match (bucket, schedule.ceiling) {
            (Bucket::Recovery, _) if *failures == schedule.free + 1 => SecurityEvent::RecoveryPaused,
            (Bucket::Recovery, _) => return Ok(false),
            (_, Some(ceiling)) if *failures == ceiling => SecurityEvent::PasswordRefused,
            _ if *failures == schedule.free + 1 => SecurityEvent::GuessesThrottled,
            _ => return Ok(false),
        };
        let throttled =
            AuditEvent::new(AuditAction::GuessesThrottled, Actor::Anonymous, env.now(), env.entropy());
        tx.audit().record(&throttled.from(origin).account(target.account).reason(word(event))).await?;
        match &target.address {
            Some(address) => notice::enqueue(env, tx, (target.account, address), event, origin).await?,
            None => return Ok(false),
        }
        Ok(true)
    }

    async fn raises_alarm(&self, company: CompanyId) -> Result<bool, Fault> {
        let env = self.env;
        let bucket = env.now().floor(HOUR).seconds();
        let key = EphemeralKey::CompanyFailures { company: company.to_string(), bucket };
        Ok(env.ephemeral.count(&key, HOUR).await? == env.policy.company_failures_per_hour)
    }

    /// It was right: the failures of its bucket are forgotten with the caller's transaction.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn right(&self, tx: &mut dyn Tx) -> Result<(), Fault> {
        Ok(tx.throttles().clear(self.target.account, self.bucket).await?)
    }

    /// How long to wait although it was right: others that were checked at the same moment have used the network's limit
    /// up, and a burst must not learn more than the limit allows.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn overtaken(&self) -> Result<Option<Duration>, Fault> {
        network(self.env, self.bucket, self.origin).exhausted().await
    }

    /// It was looked at and not right, yet nobody meant it as a password: it stays counted until the next right one.
    #[expect(clippy::unused_self, reason = "consumes the guess")]
    pub(crate) fn stays_counted(self) {}

    /// It could not be looked at: nothing was guessed.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn unseen(self) -> Result<(), Fault> {
        let mut tx = self.env.store.write().await?;
        tx.throttles().release(self.target.account, self.bucket).await?;
        Ok(tx.commit().await?)
    }
}

fn schedule(env: &Env, bucket: Bucket) -> &Schedule {
    match bucket {
        Bucket::Strangers | Bucket::Device(_) => &env.policy.password_guesses,
        Bucket::Recovery => &env.policy.recovery_guesses,
    }
}

const fn word(event: SecurityEvent) -> &'static str {
    match event {
        SecurityEvent::RecoveryPaused => "recovery_paused",
        SecurityEvent::PasswordRefused => "ceiling",
        _ => "paused",
    }
}

/// Whole seconds, so that "wait 0 seconds" is never said.
fn rounded_up(wait: Duration) -> Duration {
    Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

/// The failures of one network (/24 or /64), counted in a minute and in an hour (rules section 4).
struct NetworkFailures<'a> {
    env: &'a Env,
    origin: &'a Origin,
    /// A device of the person, and whoever has proven the mailbox, has a count of its own that bounds it: neighbours behind the
    /// same address, an office or a carrier, must not stop it (attack 31). What it fails at counts for the network all the same.
    is_exempt: bool,
}

fn network<'a>(env: &'a Env, bucket: Bucket, origin: &'a Origin) -> NetworkFailures<'a> {
    NetworkFailures { env, origin, is_exempt: matches!(bucket, Bucket::Device(_) | Bucket::Recovery) }
}

impl NetworkFailures<'_> {
    /// How long to wait when no further failure is allowed.
    async fn exhausted(&self) -> Result<Option<Duration>, Fault> {
        let now = self.env.now();
        for (bucket, span, limit) in self.windows(now) {
            if !self.is_exempt && self.env.ephemeral.counted(&bucket).await? >= limit {
                return Ok(Some(rest_of(span, now)));
            }
        }
        Ok(None)
    }

    /// Counts one; how long to wait when it was one too many.
    async fn add(&self) -> Result<Option<Duration>, Fault> {
        let (mut wait, now) = (None, self.env.now());
        for (bucket, span, limit) in self.windows(now) {
            if self.env.ephemeral.count(&bucket, span).await? > limit && !self.is_exempt {
                wait = Some(rest_of(span, now));
            }
        }
        Ok(wait)
    }

    fn windows(&self, now: Timestamp) -> Vec<(EphemeralKey, Duration, u64)> {
        let Some(address) = self.origin.address else { return Vec::new() };
        let policy = &self.env.policy;
        let limits = [(MINUTE, policy.network_failures_per_minute), (HOUR, policy.network_failures_per_hour)];
        let window = |(span, limit): (Duration, u64)| {
            let network = format!("{}/{}", network_of(address), span.as_secs());
            (EphemeralKey::NetworkFailures { network, bucket: now.floor(span).seconds() }, span, limit)
        };
        limits.map(window).into()
    }
}

/// Counts one more within the present window of `span`; how long to wait when that is more than `limit`. `key` names
/// what is counted in the window that begins at so many seconds.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn one_more(
    env: &Env,
    span: Duration,
    limit: u64,
    key: impl FnOnce(i64) -> EphemeralKey,
) -> Result<Option<Duration>, Fault> {
    let now = env.now();
    let counted = env.ephemeral.count(&key(now.floor(span).seconds()), span).await?;
    Ok((counted > limit).then(|| rest_of(span, now)))
}

/// [`one_more`] of the network that somebody is in; where it is not known, nothing is counted.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn one_more_of_network(
    env: &Env,
    origin: &Origin,
    (span, limit): (Duration, u64),
    key: impl FnOnce(String, i64) -> EphemeralKey,
) -> Result<Option<Duration>, Fault> {
    let Some(address) = origin.address else { return Ok(None) };
    one_more(env, span, limit, |bucket| key(network_of(address), bucket)).await
}

/// What a client hears when there is no page for it.
///
/// # Errors
/// [`Refusal::TooMany`] where it has to wait.
pub(crate) fn admitted(wait: Option<Duration>) -> Result<(), Refusal> {
    wait.map_or(Ok(()), |wait| Err(Refusal::TooMany { wait }))
}

/// Until the window of `span` that `now` lies in is over.
pub(crate) fn rest_of(span: Duration, now: Timestamp) -> Duration {
    let elapsed = Duration::from_secs(now.since(now.floor(span)).as_secs());
    span.saturating_sub(elapsed)
}

/// /24 or /64: an office or a carrier shares one.
pub(crate) fn network_of(address: IpAddr) -> String {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Rules section 4: a /24 or a /64, and an IPv4 address however it comes.
    #[test]
    fn addresses_of_one_network_are_counted_together() {
        let network = |address: &str| network_of(address.parse().unwrap());
        for same in ["198.51.100.7", "198.51.100.255", "::ffff:198.51.100.1"] {
            assert_eq!(network(same), "198.51.100.0", "{same}");
        }
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("198.51.100.7"), network("198.51.101.7"));
    }

    /// A wait is at least a second, and never longer than its window.
    #[test]
    fn waits_are_whole_seconds_until_the_window_ends() {
        let at = |millis| rest_of(MINUTE, Timestamp::from_millis(millis)).as_secs();
        assert_eq!([at(60_000), at(60_001), at(119_999)], [60, 60, 1]);
        assert_eq!(rounded_up(Duration::from_millis(1)).as_secs(), 1);
        assert_eq!(rounded_up(Duration::from_secs(30)).as_secs(), 30);
    }
}
