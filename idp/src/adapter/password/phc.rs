//! The stored form, a PHC string with the pepper's name as `keyid`:
//! `$argon2id$v=19$m=19456,t=2,p=1,keyid=<base64>$<salt>$<tag>`.
//!
//! Parameters are bounded when read, so that a damaged row cannot ask for all memory.

use std::fmt;

use argon2::Params;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use idp_domain::password::PasswordHash;
use idp_domain::ports::HashError;

/// P7.
pub(super) const SALT_BYTES: usize = 16;
/// P7.
pub(super) const TAG_BYTES: usize = 32;

const ALGORITHM: &str = "argon2id";
const VERSION: &str = "v=19";
const MAX_MEMORY_KIB: u32 = 1 << 20;
const MAX_ITERATIONS: u32 = 20;
const MAX_PARALLELISM: u32 = 16;

/// What one Argon2id hash costs (P7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub memory_kib: u32,
    pub iterations: u32,
    /// Lanes. They are computed one after the other: concurrency comes from several log-ins.
    pub parallelism: u32,
}

impl Cost {
    pub(super) fn params(self) -> Result<Params, argon2::Error> {
        Params::new(self.memory_kib, self.iterations, self.parallelism, Some(TAG_BYTES))
    }

    /// Whether a hash of this cost should be made anew when `target` is asked for.
    pub(super) const fn is_below(self, target: Self) -> bool {
        self.memory_kib < target.memory_kib || self.iterations < target.iterations
    }
}

/// A stored hash taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phc {
    pub(super) cost: Cost,
    pub(super) pepper_id: String,
    pub(super) salt: Vec<u8>,
    /// Argon2's, peppered.
    pub(super) tag: [u8; TAG_BYTES],
}

impl Phc {
    pub(super) fn parse(hash: &PasswordHash) -> Result<Self, HashError> {
        Self::parse_text(hash.as_str())
            .ok_or_else(|| HashError::Unreadable("it is not an argon2id PHC string of ours".to_owned()))
    }

    fn parse_text(text: &str) -> Option<Self> {
        let mut fields = text.strip_prefix('$')?.split('$');
        (fields.next()? == ALGORITHM && fields.next()? == VERSION).then_some(())?;
        let (params, salt, tag) = (fields.next()?, fields.next()?, fields.next()?);
        fields.next().is_none().then_some(())?;

        let mut params = params.split(',');
        let cost = Cost {
            memory_kib: number(params.next()?, "m=", MAX_MEMORY_KIB)?,
            iterations: number(params.next()?, "t=", MAX_ITERATIONS)?,
            parallelism: number(params.next()?, "p=", MAX_PARALLELISM)?,
        };
        let pepper_id = STANDARD_NO_PAD.decode(params.next()?.strip_prefix("keyid=")?).ok()?;
        (params.next().is_none() && cost.params().is_ok()).then_some(())?;

        Some(Self {
            cost,
            pepper_id: String::from_utf8(pepper_id).ok()?,
            salt: STANDARD_NO_PAD.decode(salt).ok().filter(|salt| salt.len() == SALT_BYTES)?,
            tag: STANDARD_NO_PAD.decode(tag).ok()?.try_into().ok()?,
        })
    }
}

fn number(field: &str, name: &str, max: u32) -> Option<u32> {
    field.strip_prefix(name)?.parse().ok().filter(|number| *number <= max)
}

impl fmt::Display for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cost: Cost { memory_kib, iterations, parallelism }, pepper_id, salt, tag } = self;
        let [pepper_id, salt, tag] =
            [pepper_id.as_bytes(), salt, tag].map(|bytes| STANDARD_NO_PAD.encode(bytes));
        write!(
            f,
            "${ALGORITHM}${VERSION}$m={memory_kib},t={iterations},p={parallelism},keyid={pepper_id}${salt}${tag}"
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn sample() -> Phc {
        let cost = Cost { memory_kib: 19456, iterations: 2, parallelism: 1 };
        Phc { cost, pepper_id: "pepper 2026/ä".to_owned(), salt: vec![1; 16], tag: [2; 32] }
    }

    #[test]
    fn a_hash_reads_back_as_written() {
        let text = sample().to_string();
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1,keyid=cGVwcGVyIDIwMjYvw6Q$AQEB"), "{text}");
        assert_eq!(Phc::parse_text(&text), Some(sample()));
    }

    #[test]
    fn damaged_foreign_and_ruinous_hashes_are_unreadable() {
        let good = sample().to_string();
        let damage = [
            ("argon2id", "argon2i"),
            ("v=19", "v=16"),
            ("m=19456", "m=4194304"),
            ("m=19456", "m=-1"),
            ("m=19456", "m=7"),
            ("t=2", "t=0"),
            ("t=2", "t=4000000000"),
            ("p=1", "p=99"),
            ("p=1,", ""),
            (",keyid=cGVwcGVyIDIwMjYvw6Q", ""),
            ("keyid=", "data="),
            ("$AQEB", "$AQE"),
            ("$AQEB", "$*QEB"),
            ("$AgIC", "$AgICAgIC"),
            ("$AgIC", "$AgIC$AgIC"),
        ];
        for (from, to) in damage {
            let damaged = good.replacen(from, to, 1);
            assert_ne!(damaged, good);
            assert_eq!(Phc::parse_text(&damaged), None, "{damaged}");
        }
        for foreign in [
            "",
            "$",
            "plain",
            "$2b$12$abcdefghijklmnopqrstuv",
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
        ] {
            assert_eq!(Phc::parse_text(foreign), None, "{foreign}");
        }
    }
}
