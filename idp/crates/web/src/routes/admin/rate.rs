//! How many calls one caller may make in a minute (`provisioning.md` section 2): a program in a loop does not slow the
//! others down.

use std::time::Duration;

use idp_domain::ports::EphemeralKey;
use idp_service::authority::Caller;
use idp_service::{Env, Fault};

use super::problem::Problem;

const MINUTE: Duration = Duration::from_secs(60);

/// Counts one more call.
///
/// # Errors
/// A problem with `Retry-After` when it is one too many.
pub(super) async fn admit(env: &Env, caller: &Caller) -> Result<(), Problem> {
    let now = env.now();
    let who = caller.account().map(|account| account.to_string());
    let who = who.or_else(|| caller.client().map(ToString::to_string)).unwrap_or_default();
    let key = EphemeralKey::ProvisioningCalls { caller: who, bucket: now.floor(MINUTE).seconds() };
    let calls = env.ephemeral.count(&key, MINUTE).await.map_err(Fault::from)?;
    if calls > env.policy.provisioning_calls_per_minute {
        let wait = (now.floor(MINUTE) + MINUTE).since(now);
        return Err(Problem::too_many_requests(wait));
    }
    Ok(())
}
