//! How many mails anybody may ask for (L6): for one address, and from one network. Whoever asked is not told which.

use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::audit::Origin;
use idp_domain::id::MembershipId;
use idp_domain::ports::EphemeralKey;

use crate::env::Env;
use crate::fault::Fault;
use crate::throttle::{one_more_of_network, rest_of};

const HOUR: Duration = Duration::from_secs(3600);

/// Counts one more mail for `whom`, an account or an address; `false` when it is one too many.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn may_ask(env: &Env, whom: &str) -> Result<bool, Fault> {
    Ok(wait(env, whom).await?.is_none())
}

/// The same; how long to wait when it is one too many.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn wait(env: &Env, whom: &str) -> Result<Option<Duration>, Fault> {
    let now = env.now();
    for (span, limit) in env.policy.resend_limits {
        if env.ephemeral.count(&asked(whom, span, now), span).await? > limit {
            return Ok(Some(rest_of(span, now)));
        }
    }
    Ok(None)
}

/// Counts one more mail that an office asks for in the name of one of its members. Per member, not per person: what another
/// agency sends does not show here (R33).
///
/// # Errors
/// [`Fault`].
pub(crate) async fn office_wait(env: &Env, member: MembershipId) -> Result<Option<Duration>, Fault> {
    wait(env, &office_for(member)).await
}

/// How long to wait when one more would be too many; nothing is counted.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn office_peek(env: &Env, member: MembershipId) -> Result<Option<Duration>, Fault> {
    let now = env.now();
    for (span, limit) in env.policy.resend_limits {
        if env.ephemeral.counted(&asked(&office_for(member), span, now)).await? >= limit {
            return Ok(Some(rest_of(span, now)));
        }
    }
    Ok(None)
}

fn office_for(member: MembershipId) -> String {
    format!("office for {member}")
}

fn asked(whom: &str, span: Duration, now: Timestamp) -> EphemeralKey {
    let bucket = now.floor(span).seconds();
    EphemeralKey::MailsAsked { account: whom.to_owned(), span: span.as_secs(), bucket }
}

/// Counts one more mail asked for from this network; how long to wait when it is one too many.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn network_wait(env: &Env, origin: &Origin) -> Result<Option<Duration>, Fault> {
    let key = |network, bucket| EphemeralKey::NetworkMails { network, bucket };
    one_more_of_network(env, origin, (HOUR, env.policy.network_mails_per_hour), key).await
}
