//! Signing and verifying our own JWTs (RFC 7515, RFC 7519, RFC 9068).

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::Timestamp;
use crate::signing_key::{SigningAlg, SigningKey};

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No key of this algorithm signs at this moment.
    #[error("no active signing key for {}", .0.as_str())]
    NoKey(SigningAlg),
    #[error("a signing key cannot be opened with the configured master keys: {0}")]
    Sealed(String),
    #[error("the token is not one of ours: {0}")]
    NotOurs(&'static str),
    #[error("cryptography failed: {0}")]
    Crypto(String),
}

/// What a JWT of ours is for; its `typ` header says so, and no kind is ever taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwtKind {
    /// OpenID Connect Core section 2.
    IdToken,
    /// RFC 9068 section 2.1.
    AccessToken,
}

impl JwtKind {
    pub const VARIANTS: [Self; 2] = [Self::IdToken, Self::AccessToken];

    /// The `typ` header.
    pub const fn typ(self) -> &'static str {
        match self {
            Self::IdToken => "JWT",
            Self::AccessToken => "at+jwt",
        }
    }
}

/// A token whose signature, key and kind are right. Issuer, audience and times are the caller's business.
#[derive(Debug, Clone)]
pub struct VerifiedJwt {
    pub claims: Map<String, Value>,
}

/// The JWKS document (RFC 7517), serialised once, with a strong `ETag`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedKeys {
    pub json: String,
    pub etag: String,
}

pub trait Keyring: Send + Sync {
    /// Makes a key, sealed under the active master key.
    fn make(&self, alg: SigningAlg, active_from: Timestamp, now: Timestamp) -> Result<SigningKey, KeyError>;

    /// The same key sealed under the active master key; `None` when it already is.
    fn reseal(&self, key: &SigningKey) -> Result<Option<SigningKey>, KeyError>;

    /// Replaces the ring by these keys, building signers and verifiers once.
    fn adopt(&self, keys: &[SigningKey]) -> Result<(), KeyError>;

    fn sign(
        &self,
        kind: JwtKind,
        alg: SigningAlg,
        claims: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<String, KeyError>;

    /// Checks signature, `kid`, `alg` and `typ`.
    fn verify(&self, kind: JwtKind, token: &str) -> Result<VerifiedJwt, KeyError>;

    fn published(&self) -> Arc<PublishedKeys>;
}
