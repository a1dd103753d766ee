//! The saved recovery code (rule L8): 128 random bits, shown once, on paper; stands in for the three answers.

use std::fmt;

use zeroize::Zeroizing;

use crate::id::AccountId;
use crate::{Digest, Entropy, Timestamp};

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 26 letters hold 130 bits; the two lowest are zero.
const LENGTH: usize = 26;

#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<[u8; 16]>);

impl RecoveryCode {
    pub fn draw(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(entropy.bytes()))
    }

    /// What somebody typed: any case, hyphens and spaces; O is 0, I and L are 1. `None` when it cannot be a code.
    pub fn typed(text: &str) -> Option<Self> {
        let mut bits: u128 = 0;
        let mut count = 0;
        for c in text.chars().filter(|c| c.is_ascii_alphanumeric()) {
            let value = u128::from(value(c)?);
            count += 1;
            match count {
                1..LENGTH => bits = bits << 5 | value,
                // The last letter holds three bits.
                LENGTH if value & 0b11 == 0 => bits = bits << 3 | value >> 2,
                _ => return None,
            }
        }
        (count == LENGTH).then(|| Self(Zeroizing::new(bits.to_be_bytes())))
    }

    /// `XXXXX-XXXXX-XXXXX-XXXXX-XXXXXX`: shown exactly once.
    pub fn reveal(&self) -> String {
        let bits = u128::from_be_bytes(*self.0);
        let letter = |n: usize| {
            let five = if n + 1 == LENGTH { bits << 2 } else { bits >> (123 - 5 * n) };
            char::from(ALPHABET[(five & 0b1_1111) as usize])
        };
        let grouped =
            |n: usize| (n > 0 && n.is_multiple_of(5) && n < 25).then_some('-').into_iter().chain([letter(n)]);
        (0..LENGTH).flat_map(grouped).collect()
    }

    pub fn digest(&self) -> Digest {
        Digest::of(&*self.0)
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

fn value(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    let at = ALPHABET.iter().position(|letter| char::from(*letter) == c)?;
    u8::try_from(at).ok()
}

/// What is stored of it: enough bits that a plain hash will do (L1). Each account has at most one.
#[derive(Debug, Clone)]
pub struct StoredRecoveryCode {
    pub account: AccountId,
    pub digest: Digest,
    pub made_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_read_however_it_is_typed() {
        struct Some;
        impl Entropy for Some {
            fn fill(&self, bytes: &mut [u8]) {
                for (n, byte) in bytes.iter_mut().enumerate() {
                    *byte = u8::try_from(n * 31 % 251).expect("a byte");
                }
            }
        }
        let code = RecoveryCode::draw(&Some);
        let shown = code.reveal();
        assert_eq!(shown.len(), 30, "{shown}");
        let sloppy = shown.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        for typed in [shown.clone(), sloppy] {
            let typed = RecoveryCode::typed(&typed).expect("a code");
            assert_eq!(typed.digest(), code.digest());
            assert_eq!(typed.reveal(), shown);
        }
        let (short, long) = (&shown[1..], format!("{shown}0"));
        for broken in ["", short, &long, "UUUUU-UUUUU-UUUUU-UUUUU-UUUUUU"] {
            assert!(RecoveryCode::typed(broken).is_none(), "{broken}");
        }
    }
}
