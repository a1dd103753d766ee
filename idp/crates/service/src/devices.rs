//! The browsers a person logged in from before (rules section 4). A known one has its own count of wrong passwords, so that
//! no stranger can lock its person out; it is never a proof of who somebody is.

use idp_domain::Timestamp;
use idp_domain::id::{AccountId, DeviceId};
use idp_domain::ports::Purpose;
use serde::{Deserialize, Serialize};

use crate::env::Env;

/// Accounts a shared PC remembers, the last one to log in first.
const MOST: usize = 8;

/// What one browser is known as to whom; it carries this itself, sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownDevices(Vec<Known>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    account: AccountId,
    device: DeviceId,
    /// Milliseconds since the epoch.
    seen: i64,
}

impl KnownDevices {
    /// Reads the cookie; nothing readable, or too old, is nothing known.
    pub fn open(env: &Env, cookie: Option<&str>) -> Self {
        let opened = cookie.and_then(|cookie| env.sealer.open(Purpose::DeviceCookie, cookie));
        let mut known: Self =
            opened.and_then(|plain| serde_json::from_slice(&plain).ok()).unwrap_or_default();
        let (now, life) = (env.now(), env.policy.known_device);
        known.0.retain(|known| now < Timestamp::from_millis(known.seen) + life);
        known
    }

    pub fn seal(&self, env: &Env) -> String {
        env.sealer.seal(Purpose::DeviceCookie, &serde_json::to_vec(self).unwrap_or_default())
    }

    /// What this browser is known as to a person who logged in from it.
    pub fn of(&self, account: AccountId) -> Option<DeviceId> {
        self.0.iter().find(|known| known.account == account).map(|known| known.device)
    }

    /// The same after this person logged in from it.
    #[must_use]
    pub fn with(mut self, account: AccountId, env: &Env) -> Self {
        let now = env.now();
        let device = self.of(account).unwrap_or_else(|| DeviceId::new(now, env.entropy()));
        self.0.retain(|known| known.account != account);
        self.0.insert(0, Known { account, device, seen: now.millis() });
        self.0.truncate(MOST);
        self
    }
}
