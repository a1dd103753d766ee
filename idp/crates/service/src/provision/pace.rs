//! How many calls one caller may make in a minute (`provisioning.md` section 2): a program in a loop does not slow the others
//! down.

use idp_domain::ports::EphemeralKey;

use super::ProvisionError;
use crate::authority::Caller;
use crate::env::Env;
use crate::throttle::{self, MINUTE};

/// Counts one more call.
///
/// # Errors
/// [`ProvisionError::TooMany`] when it is one too many.
pub async fn count(env: &Env, caller: &Caller) -> Result<(), ProvisionError> {
    let account = caller.account().map(|account| account.to_string());
    let caller = account.or_else(|| caller.client().map(ToString::to_string)).unwrap_or_default();
    let key = |bucket| EphemeralKey::ProvisioningCalls { caller, bucket };
    let wait = throttle::one_more(env, MINUTE, env.policy.provisioning_calls_per_minute, key).await?;
    wait.map_or(Ok(()), |wait| Err(ProvisionError::TooMany { wait }))
}
