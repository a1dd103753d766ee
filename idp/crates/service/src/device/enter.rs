//! The code that somebody typed (RFC 8628 section 3.3). Unknown, expired, used and somebody else's are one answer; wrong ones
//! are few (section 5.1, rules section 6): of one browser, of one network, and of all together an alarm.

use std::time::Duration;

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
    let wrong = WrongCodes { env, visitor };
    if let Some(wait) = wrong.exhausted().await? {
        return Ok(Entered::TooMany { wait });
    }
    let digests = user_code::digests(env, &code);
    let found = env.store.read().await?.device_grants().find_by_user_code(&digests).await?;
    let session = visitor.signed_in.map(|it| it.session.id);
    let Some(open) = found.filter(|grant| grant.is_open_to(session, env.now())) else {
        wrong.add().await?;
        return Ok(Entered::Unknown);
    };
    // Others that were looked at in the same moment have used the tries up: a burst learns no more than the limit allows.
    if let Some(wait) = wrong.exhausted().await? {
        return Ok(Entered::TooMany { wait });
    }
    let errand = DeviceErrand::begin(open.id, env.now(), visitor.browser);
    Ok(Entered::Found(authorize::answer_device(env, errand)?))
}

/// The wrong codes of one browser and one network.
struct WrongCodes<'a> {
    env: &'a Env,
    visitor: Visitor<'a>,
}

impl WrongCodes<'_> {
    /// Whom they are counted for, in which span, and how many are allowed.
    fn limits(&self) -> Vec<(String, Duration, u64)> {
        let policy = &self.env.policy;
        let browser =
            (format!("b:{}", self.visitor.browser), policy.device_code_life, policy.user_code_tries);
        let network =
            self.visitor.origin.address.map(|address| {
                (format!("n:{}", network_of(address)), HOUR, policy.network_user_codes_per_hour)
            });
        std::iter::once(browser).chain(network).collect()
    }

    fn key(&self, by: String, span: Duration) -> EphemeralKey {
        EphemeralKey::WrongUserCodes { by, bucket: self.env.now().floor(span).seconds() }
    }

    /// How long to wait when no further one is allowed.
    async fn exhausted(&self) -> Result<Option<Duration>, Fault> {
        for (by, span, limit) in self.limits() {
            if self.env.ephemeral.counted(&self.key(by, span)).await? >= limit {
                return Ok(Some(rest_of(span, self.env.now())));
            }
        }
        Ok(None)
    }

    async fn add(&self) -> Result<(), Fault> {
        let env = self.env;
        for (by, span, _) in self.limits() {
            env.ephemeral.count(&self.key(by, span), span).await?;
        }
        let all = env.ephemeral.count(&self.key("all".to_owned(), HOUR), HOUR).await?;
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
