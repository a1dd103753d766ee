//! Passwords and answers by Argon2id with a pepper (rules P7-P9, Q6; RFC 9106).
//!
//! What is stored is HMAC-SHA-256 of the Argon2 tag under the pepper, which never is in the database. The work is done by
//! a fixed number of threads behind a bounded queue: a flood of log-ins is answered [`HashError::Busy`] at once, and
//! neither memory nor the rest of the server pays for it. Never logs, never shortens what it is given.

mod phc;
mod threads;

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use idp_domain::password::{Password, PasswordHash};
use idp_domain::ports::{HashError, PasswordHasher, Verdict};
use idp_domain::{Entropy, Secret};
use sha2::Sha256;
use subtle::ConstantTimeEq;

pub use phc::Cost;
use phc::{Phc, SALT_BYTES};
use threads::HashingThreads;

/// A key mixed into every hash, kept outside the database (P8).
#[derive(Debug, Clone)]
pub struct Pepper {
    /// Stored beside each hash.
    pub id: String,
    pub secret: Secret<[u8; 32]>,
}

/// What one hash costs, how many may wait, and the peppers.
#[derive(Debug, Clone)]
pub struct HasherOptions {
    pub cost: Cost,
    /// Hashes that may wait for a thread.
    pub queue_limit: usize,
    /// `None`: one for each core.
    pub threads: Option<NonZeroUsize>,
    /// The first is used for new hashes; the others still verify.
    pub peppers: Vec<Pepper>,
}

/// Why a hasher cannot be made of these options.
#[derive(Debug, thiserror::Error)]
pub enum HasherError {
    #[error("there is no pepper")]
    NoPepper,
    #[error("two peppers are named {0:?}")]
    RepeatedPepper(String),
    #[error("these parameters are none of Argon2: {0}")]
    Cost(argon2::Error),
    #[error("a hashing thread does not start: {0}")]
    Thread(#[from] std::io::Error),
}

/// The production hasher. Dropping it stops its threads and waits for them.
pub struct Argon2Hasher {
    cost: Cost,
    pepper: Pepper,
    older: Vec<Pepper>,
    /// Checked against when there is no hash, so that it takes as long (P9).
    dummy: Phc,
    threads: HashingThreads,
    entropy: Arc<dyn Entropy>,
}

impl Argon2Hasher {
    /// Starts the threads; their memory is taken at the first hash.
    ///
    /// # Errors
    /// [`HasherError`].
    pub fn new(options: HasherOptions, entropy: Arc<dyn Entropy>) -> Result<Self, HasherError> {
        let HasherOptions { cost, queue_limit, threads, peppers } = options;
        cost.params().map_err(HasherError::Cost)?;
        for (at, pepper) in peppers.iter().enumerate() {
            if peppers.iter().skip(at + 1).any(|other| other.id == pepper.id) {
                return Err(HasherError::RepeatedPepper(pepper.id.clone()));
            }
        }
        let mut peppers = peppers.into_iter();
        let pepper = peppers.next().ok_or(HasherError::NoPepper)?;
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = HashingThreads::start(threads.unwrap_or_else(cores), queue_limit)?;
        // No password has this tag, and finding that out is the same work as for any other.
        let dummy = Phc {
            cost,
            pepper_id: pepper.id.clone(),
            salt: entropy.bytes::<SALT_BYTES>().to_vec(),
            tag: entropy.bytes(),
        };
        Ok(Self { cost, pepper, older: peppers.collect(), dummy, threads, entropy })
    }

    async fn tag(
        &self,
        password: &Password,
        salt: &[u8],
        cost: Cost,
        pepper: &Pepper,
    ) -> Result<[u8; 32], HashError> {
        let tag = self.threads.hash(password, salt, cost).await?;
        Ok(peppered(pepper, &tag))
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let salt = self.entropy.bytes::<SALT_BYTES>().to_vec();
        let tag = self.tag(password, &salt, self.cost, &self.pepper).await?;
        let phc = Phc { cost: self.cost, pepper_id: self.pepper.id.clone(), salt, tag };
        Ok(PasswordHash::from_phc(phc.to_string()))
    }

    async fn verify(&self, hash: Option<&PasswordHash>, password: &Password) -> Result<Verdict, HashError> {
        let parsed = hash.map(Phc::parse).transpose()?;
        let stored = parsed.as_ref().unwrap_or(&self.dummy);
        let pepper = std::iter::once(&self.pepper)
            .chain(&self.older)
            .find(|pepper| pepper.id == stored.pepper_id)
            .ok_or_else(|| {
                HashError::Unreadable(format!("the pepper {:?} is not configured", stored.pepper_id))
            })?;
        let tag = self.tag(password, &stored.salt, stored.cost, pepper).await?;

        let matches = bool::from(tag.ct_eq(&stored.tag)) && parsed.is_some();
        let stale = stored.cost.is_below(self.cost) || stored.pepper_id != self.pepper.id;
        Ok(match (matches, stale) {
            (false, _) => Verdict::Mismatch,
            (true, false) => Verdict::Match,
            (true, true) => Verdict::MatchStale,
        })
    }

    fn computed(&self) -> u64 {
        self.threads.computed()
    }
}

impl std::fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Argon2Hasher")
            .field("cost", &self.cost)
            .field("pepper", &self.pepper.id)
            .finish_non_exhaustive()
    }
}

fn peppered(pepper: &Pepper, tag: &[u8; 32]) -> [u8; 32] {
    let mut block = zeroize::Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(pepper.secret.expose());
    Hmac::<Sha256>::new((&*block).into()).chain_update(tag).finalize().into_bytes().into()
}

#[cfg(test)]
#[path = "password/tests.rs"]
mod tests;
