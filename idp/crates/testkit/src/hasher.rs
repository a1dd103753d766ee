//! A password hasher that costs nothing, yet salts, counts, ages and refuses like the real one.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use idp_domain::Digest;
use idp_domain::password::{Password, PasswordHash};
use idp_domain::ports::{HashError, PasswordHasher, Verdict};

/// Writes `fast$<generation>$<salt>$<SHA-256>`; a hash of an older generation is a `MatchStale`.
#[derive(Debug, Default)]
pub struct FastHasher {
    generation: AtomicU64,
    salt: AtomicU64,
    computed: AtomicU64,
    busy: AtomicBool,
}

impl FastHasher {
    pub fn new() -> Self {
        Self::default()
    }

    /// As if the pepper was rotated: every hash made until now is stale.
    pub fn rotate(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether the queue is full from here on.
    pub fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::SeqCst);
    }

    fn compute(&self, salt: &str, password: &Password) -> Result<String, HashError> {
        if self.busy.load(Ordering::SeqCst) {
            return Err(HashError::Busy);
        }
        self.computed.fetch_add(1, Ordering::SeqCst);
        let digest = Digest::of(format!("{salt}${}", password.expose()).as_bytes());
        Ok(digest.bytes().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

#[async_trait]
impl PasswordHasher for FastHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let salt = self.salt.fetch_add(1, Ordering::SeqCst).to_string();
        let digest = self.compute(&salt, password)?;
        let generation = self.generation.load(Ordering::SeqCst);
        Ok(PasswordHash::from_phc(format!("fast${generation}${salt}${digest}")))
    }

    async fn verify(&self, hash: Option<&PasswordHash>, password: &Password) -> Result<Verdict, HashError> {
        let Some(hash) = hash else {
            self.compute("dummy", password)?;
            return Ok(Verdict::Mismatch);
        };
        let parts: Vec<&str> = hash.as_str().split('$').collect();
        let ["fast", generation, salt, digest] = parts.as_slice() else {
            return Err(HashError::Unreadable(format!("{} parts", parts.len())));
        };
        let matches = self.compute(salt, password)? == *digest;
        let current = *generation == self.generation.load(Ordering::SeqCst).to_string();
        Ok(match (matches, current) {
            (false, _) => Verdict::Mismatch,
            (true, true) => Verdict::Match,
            (true, false) => Verdict::MatchStale,
        })
    }

    fn computed(&self) -> u64 {
        self.computed.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_fake_salts_counts_ages_and_refuses_like_the_real_hasher() {
        let hasher = FastHasher::new();
        let password = Password::typed("correct horse battery");
        let hash = hasher.hash(&password).await.unwrap();
        assert_ne!(hash, hasher.hash(&password).await.unwrap(), "salted");
        assert_eq!(hasher.verify(Some(&hash), &password).await.unwrap(), Verdict::Match);
        assert_eq!(hasher.verify(Some(&hash), &Password::typed("x")).await.unwrap(), Verdict::Mismatch);
        assert_eq!(hasher.verify(None, &password).await.unwrap(), Verdict::Mismatch);
        assert_eq!(hasher.computed(), 5, "an unknown user costs as much as a known one (P9)");
        hasher.rotate();
        assert_eq!(hasher.verify(Some(&hash), &password).await.unwrap(), Verdict::MatchStale);
        hasher.set_busy(true);
        assert!(matches!(hasher.hash(&password).await, Err(HashError::Busy)));
        hasher.set_busy(false);
        let torn = PasswordHash::from_phc("$argon2id$".to_owned());
        assert!(matches!(hasher.verify(Some(&torn), &password).await, Err(HashError::Unreadable(_))));
    }
}
