//! JWTs that clients signed (RFC 7523): verified with the keys they registered, never with ours.

use serde_json::{Map, Value};

use crate::client::{AssertionAlg, JwkSet};

/// A JWT whose signature is the client's. Issuer, audience and times are the caller's business.
#[derive(Debug, Clone)]
pub struct ClientJwt {
    pub alg: AssertionAlg,
    /// The `typ` header, if there is one.
    pub typ: Option<String>,
    pub claims: Map<String, Value>,
}

/// Why a JWT proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtRefused {
    /// Not a compact JWS, an algorithm that is not offered, or claims that are no object.
    #[error("it is no JWT of a form that is accepted")]
    Malformed,
    /// No key of the set fits its `kid` and `alg`: the client may have published a new one meanwhile.
    #[error("no registered key fits it")]
    UnknownKey,
    #[error("its signature is wrong")]
    WrongSignature,
}

pub trait ClientJwts: Send + Sync {
    /// Checks the signature with the key that `kid` names; without a `kid`, with every key that fits `alg`.
    /// Keys whose `use` or `alg` says otherwise fit nothing; RSA keys need 2048 bits. `none`, HMAC and `crit` are refused.
    ///
    /// # Errors
    /// [`JwtRefused`].
    fn verify(&self, keys: &JwkSet, token: &str) -> Result<ClientJwt, JwtRefused>;

    /// What this key of a set may verify; nothing when it is malformed, weak, or says that it is for something else.
    fn algs_of(&self, key: &Value) -> Vec<AssertionAlg>;

    /// Claims of a token nobody has verified: only to find out whose keys to verify it with.
    fn peek(&self, token: &str) -> Option<Map<String, Value>>;
}
