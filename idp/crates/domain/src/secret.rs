//! Secrets in memory, digests at rest, and the `<id>.<secret>` tokens that tie them together.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::Entropy;

/// A value that must not be shown: not in `Debug`, logs, errors or queue payloads.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself; call it where it is used, never where it is passed on.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// SHA-256 of a high-entropy secret (rules L1: at least 112 bits, so a plain hash is enough).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest([u8; 32]);

impl Digest {
    pub fn of(secret: &[u8]) -> Self {
        Self(sha2::Sha256::digest(secret).into())
    }

    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `secret` is what was digested, compared in constant time.
    pub fn matches(&self, secret: &[u8]) -> bool {
        self.0.ct_eq(&Self::of(secret).0).into()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

/// `<id>.<secret>`: found by its time-ordered id, proven by 256 random bits of which only the digest is stored.
#[derive(Debug, Clone)]
pub struct Token<I> {
    pub id: I,
    secret: Secret<[u8; 32]>,
}

impl<I: Copy + fmt::Display + FromStr> Token<I> {
    /// A token with a fresh secret.
    pub fn mint(id: I, entropy: &dyn Entropy) -> Self {
        Self::with_secret(id, entropy.bytes())
    }

    /// A token whose secret is derived, not drawn: the successor of a refresh token, the link of a re-sent mail.
    pub fn with_secret(id: I, secret: [u8; 32]) -> Self {
        Self { id, secret: Secret::new(secret) }
    }

    /// Reads what [`Token::reveal`] wrote; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.split_once('.')?;
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?;
        Some(Self::with_secret(id.parse().ok()?, secret.try_into().ok()?))
    }

    /// The text handed to its holder, shown exactly once.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.id, URL_SAFE_NO_PAD.encode(self.secret.expose()))
    }

    pub fn digest(&self) -> Digest {
        Digest::of(self.secret.expose())
    }

    /// Whether this token is the one of which `digest` was stored.
    pub fn proves(&self, digest: &Digest) -> bool {
        digest.matches(self.secret.expose())
    }

    /// The raw secret, as input for deriving a successor.
    pub fn secret(&self) -> &[u8; 32] {
        self.secret.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::TicketId;

    #[test]
    fn a_token_proves_its_own_digest_only_and_never_shows_in_debug() {
        let token = Token::with_secret(TicketId::from_uuid(uuid::Uuid::from_u128(1)), [7; 32]);
        let other = Token::with_secret(token.id, [8; 32]);
        let read = Token::<TicketId>::parse(&token.reveal()).expect("a revealed token parses");
        assert!(read.proves(&token.digest()) && !other.proves(&token.digest()));
        assert!(!format!("{token:?}").contains('7'), "{token:?}");
        for broken in ["", ".", "tkt_1.aa", &token.reveal()[1..], &format!("{}=", token.reveal())] {
            assert!(Token::<TicketId>::parse(broken).is_none(), "{broken}");
        }
    }
}
