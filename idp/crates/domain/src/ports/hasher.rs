//! Hashing of passwords and answers (rules P7-P9, Q6).

use async_trait::async_trait;

use crate::password::{Password, PasswordHash};

#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The queue is full: answer 503 with `Retry-After`, never slowly.
    #[error("too many passwords are being checked at this moment")]
    Busy,
    #[error("a stored hash cannot be read: {0}")]
    Unreadable(String),
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Mismatch,
    Match,
    /// Right, but stored under an older pepper or cheaper parameters: hash again and store.
    MatchStale,
}

impl Verdict {
    pub const fn is_match(self) -> bool {
        matches!(self, Self::Match | Self::MatchStale)
    }
}

#[async_trait]
pub trait PasswordHasher: Send + Sync {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError>;

    /// With `None` the same work is done against a dummy and the answer is `Mismatch` (P9).
    async fn verify(&self, hash: Option<&PasswordHash>, password: &Password) -> Result<Verdict, HashError>;

    /// How many hashes were computed so far; tests compare it between known and unknown users.
    fn computed(&self) -> u64;
}
