//! The code that somebody typed (RFC 8628 section 3.3). Unknown, expired, used and somebody else's are one answer; wrong ones
//! are few (section 5.1, rules section 6): of one browser, of one network, and of all together an alarm.

use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::ports::EphemeralKey;
use idp_domain::typed_code::TypedCode;

use super::errand::{DeviceErrand, Visitor};
use super::user_code;
use crate::authorize::{self, Flow};
use crate::env::Env;
use crate::fault::Fault;
use crate::throttle::{network_of, rest_of};

const HOUR: Duration = Duration::from_secs(3600);

/// What became of it.
#[derive(Debug)]
pub enum Entered {
    /// It is there to be answered.
    Found(Flow),
    /// Not a code, or of nothing that can still be answered.
    Unknown,
    /// Not looked at: too many wrong ones.
    TooMany { wait: Duration },
}

/// Looks a typed code up.
///
/// # Errors
/// [`Fault`].
pub async fn enter(env: &Env, typed: &str, visitor: Visitor<'_>) -> Result<Entered, Fault> {
    // What cannot be a code is a slip, not a guess.
    let Some(code) = TypedCode::typed(typed) else { return Ok(Entered::Unknown) };
    let guess = match Guess::take(env, visitor).await? {
        Turn::Go(guess) => guess,
        Turn::Wait(wait) => return Ok(Entered::TooMany { wait }),
    };
    let digests = user_code::digests(env, &code);
    let found = env.store.read().await?.device_grants().find_by_user_code(&digests).await?;
    let session = visitor.signed_in.map(|it| it.session.id);
    let Some(open) = found.filter(|grant| grant.is_open_to(session, env.now())) else {
        guess.wrong().await?;
        return Ok(Entered::Unknown);
    };
    guess.not_counted().await?;
    let errand = DeviceErrand::begin(open.id, env.now(), visitor.browser);
    Ok(Entered::Found(authorize::answer_device(env, errand)?))
}

/// Whether a code may be looked at now.
enum Turn<'a> {
    Go(Guess<'a>),
    Wait(Duration),
}

/// A code that was counted as a wrong one of its browser and its network before it is looked at, so that fifty at the same
/// moment learn no more than the limits allow.
#[must_use]
struct Guess<'a> {
    env: &'a Env,
    visitor: Visitor<'a>,
    counted: Vec<EphemeralKey>,
}

impl<'a> Guess<'a> {
    async fn take(env: &'a Env, visitor: Visitor<'a>) -> Result<Turn<'a>, Fault> {
        let (now, mut guess) = (env.now(), Self { env, visitor, counted: Vec::new() });
        for (by, span, limit) in limits(env, visitor) {
            let key = key(by, span, now);
            let count = env.ephemeral.count(&key, span).await?;
            guess.counted.push(key);
            if count > limit {
                guess.not_counted().await?;
                return Ok(Turn::Wait(rest_of(span, now)));
            }
        }
        Ok(Turn::Go(guess))
    }

    /// It was right, or was not looked at: what others failed at stays counted.
    async fn not_counted(self) -> Result<(), Fault> {
        for key in &self.counted {
            self.env.ephemeral.uncount(key).await?;
        }
        Ok(())
    }

    async fn wrong(self) -> Result<(), Fault> {
        let env = self.env;
        let all = env.ephemeral.count(&key("all".to_owned(), HOUR, env.now()), HOUR).await?;
        if all == env.policy.user_codes_alarm_per_hour {
            tracing::warn!("an unusual number of wrong user codes");
            let event = AuditEvent::new(AuditAction::UserCodeAlarm, Actor::System, env.now(), env.entropy());
            let mut tx = env.store.write().await?;
            tx.audit().record(&event.from(self.visitor.origin)).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Whom wrong codes are counted for, in which span, and how many are allowed.
fn limits(env: &Env, visitor: Visitor<'_>) -> impl Iterator<Item = (String, Duration, u64)> {
    let policy = &env.policy;
    let browser = (format!("b:{}", visitor.browser), policy.device_code_life, policy.user_code_tries);
    let network = visitor.origin.address.map(network_of);
    let network = network.map(|name| (format!("n:{name}"), HOUR, policy.network_user_codes_per_hour));
    std::iter::once(browser).chain(network)
}

fn key(by: String, span: Duration, now: Timestamp) -> EphemeralKey {
    EphemeralKey::WrongUserCodes { by, bucket: now.floor(span).seconds() }
}
