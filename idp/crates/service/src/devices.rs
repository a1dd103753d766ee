//! The browsers a person logged in from before (rules section 4). A known one has its own count of wrong passwords, so that
//! no stranger can lock its person out; it is never a proof of who somebody is.

use idp_domain::Timestamp;
use idp_domain::account::Account;
use idp_domain::id::{AccountId, DeviceId};
use idp_domain::ports::Purpose;
use idp_domain::throttle::Bucket;
use serde::{Deserialize, Serialize};

use crate::env::Env;
use crate::throttle::Target;

/// Accounts a shared PC remembers, the last one to log in first.
const MOST: usize = 8;

/// What one browser is known as to whom; it carries this itself, sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownDevices(Vec<Known>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    account: AccountId,
    device: DeviceId,
    /// The credential it logged in with: after another password, only those who know it are known (a cookie may have been
    /// copied).
    credential: i64,
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

    /// What this browser is known as to a person who logged in from it with the credential they have now.
    pub(crate) fn of(&self, target: &Target) -> Option<DeviceId> {
        let is_same =
            |known: &&Known| known.account == target.account && known.credential == target.credential_version;
        self.0.iter().find(is_same).map(|known| known.device)
    }

    /// Whom a guess at the person's password from this browser is counted for.
    pub(crate) fn bucket(&self, target: &Target) -> Bucket {
        self.of(target).map_or(Bucket::Strangers, Bucket::Device)
    }

    /// The same after this person logged in from it.
    #[must_use]
    pub fn with(mut self, account: &Account, env: &Env) -> Self {
        let (now, id, credential) = (env.now(), account.id, account.credential_version);
        let device = self.of(&Target::of(account)).unwrap_or_else(|| DeviceId::new(now, env.entropy()));
        self.0.retain(|known| known.account != id);
        self.0.insert(0, Known { account: id, device, credential, seen: now.millis() });
        self.0.truncate(MOST);
        self
    }

    /// The same after a person chose another password in it: it stays known, if it was, and every other browser does not.
    #[must_use]
    pub fn following(mut self, before: &Account, after: i64) -> Self {
        for known in &mut self.0 {
            if known.account == before.id && known.credential == before.credential_version {
                known.credential = after;
            }
        }
        self
    }
}
