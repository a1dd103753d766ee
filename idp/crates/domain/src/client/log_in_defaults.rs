//! What counts for a log-in where an authorization request says nothing (OpenID Connect Registration section 2).

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Under the names of the metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogInDefaults {
    /// In seconds: a log-in that is older is done again. `max_age` of a request takes its place, be it longer.
    pub default_max_age: Option<u32>,
    /// Whether ID tokens must say when the log-in was: ours always do.
    pub require_auth_time: bool,
    /// The authentication context classes it would have, in order of preference: a wish, as `acr_values` is.
    pub default_acr_values: Vec<String>,
}

impl LogInDefaults {
    /// [`default_max_age`](Self::default_max_age), as long as it is.
    pub fn max_age(&self) -> Option<Duration> {
        self.default_max_age.map(|seconds| Duration::from_secs(seconds.into()))
    }
}
