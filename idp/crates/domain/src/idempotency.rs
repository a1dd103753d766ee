//! Stored answers of requests that carried an `Idempotency-Key` (`provisioning.md` section 2): kept 24 hours.

use std::time::Duration;

use crate::{Digest, Timestamp};

/// How long an answer is replayed.
pub const LIFE: Duration = Duration::from_secs(24 * 3600);

/// An answer given once; the same key and body get it again, the same key with another body is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Client and route: two callers may use the same key.
    pub caller: String,
    pub key: String,
    pub request: Digest,
    pub status: u16,
    /// JSON; never holds a secret.
    pub body: String,
    pub created_at: Timestamp,
}
