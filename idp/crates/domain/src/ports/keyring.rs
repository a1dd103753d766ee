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
    /// OpenID Connect Back-Channel Logout section 2.4.
    LogoutToken,
    /// OpenID Connect Core section 5.3.2.
    UserInfo,
    /// RFC 9701 section 5.
    Introspection,
}

impl JwtKind {
    pub const VARIANTS: [Self; 5] =
        [Self::IdToken, Self::AccessToken, Self::LogoutToken, Self::UserInfo, Self::Introspection];

    /// The `typ` header. UserInfo has none: no kind is registered for it, and as `JWT` it would pass for an ID token.
    pub const fn typ(self) -> Option<&'static str> {
        match self {
            Self::IdToken => Some("JWT"),
            Self::AccessToken => Some("at+jwt"),
            Self::LogoutToken => Some("logout+jwt"),
            Self::UserInfo => None,
            Self::Introspection => Some("token-introspection+jwt"),
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

    /// Whether the key can be opened with the master keys there are.
    fn opens(&self, key: &SigningKey) -> bool;

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
