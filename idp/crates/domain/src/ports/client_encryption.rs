//! Encrypting for a client with a key that it published (RFC 7516).

use crate::client::{Encryption, JwkSet};

/// What is encrypted.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// A signed JWT, which makes the result a nested one (RFC 7519 section 5.2).
    SignedJwt(&'a str),
    /// A claims set that nobody signed.
    Claims(&'a [u8]),
}

/// Why nothing was encrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotEncrypted {
    /// The client may have published one meanwhile.
    #[error("no key of the client fits {}", .0.alg.as_str())]
    NoKey(Encryption),
    #[error("cryptography failed: {0}")]
    Crypto(String),
}

pub trait ClientEncryption: Send + Sync {
    /// Whether a key of the set can be encrypted to.
    fn fits(&self, keys: &JwkSet, how: Encryption) -> bool;

    /// A compact JWE for the key of the set that fits best: one that says it is for encryption before one that says nothing,
    /// then one that names the algorithm, then the first. Keys whose `use`, `alg` or `key_ops` says otherwise fit nothing, nor
    /// do malformed and weak ones; RSA keys need 2048 bits. Never compressed.
    ///
    /// # Errors
    /// [`NotEncrypted`].
    fn encrypt(&self, keys: &JwkSet, how: Encryption, content: Content<'_>) -> Result<String, NotEncrypted>;
}
