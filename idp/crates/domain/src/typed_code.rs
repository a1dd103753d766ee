//! Codes that people type from a mail or another screen: eight letters nobody mistakes for others, in any case and with
//! any hyphens and spaces (RFC 8628 section 6.1).

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// No vowels, so no words; nothing that looks like something else.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// About 34.5 bits: enough for a handful of tries, never for more.
#[derive(Clone)]
pub struct TypedCode(Zeroizing<[u8; LENGTH]>);

impl TypedCode {
    /// The code that 256 derived or drawn bits stand for. The bias of the remainder is below 2^-27.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut letters = Zeroizing::new([0; LENGTH]);
        for (letter, four) in letters.iter_mut().zip(bytes.as_chunks::<4>().0) {
            let below = u32::from_be_bytes(*four) % 20;
            *letter = ALPHABET.get(below as usize).copied().unwrap_or_default();
        }
        Self(letters)
    }

    /// What somebody typed; `None` when it cannot be a code.
    pub fn typed(text: &str) -> Option<Self> {
        let mut letters = Zeroizing::new([0; LENGTH]);
        let mut typed =
            text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'));
        for letter in letters.iter_mut() {
            let upper = u8::try_from(typed.next()?).ok()?.to_ascii_uppercase();
            *letter = ALPHABET.contains(&upper).then_some(upper)?;
        }
        typed.next().is_none().then_some(Self(letters))
    }

    /// In constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&*other.0).into()
    }

    /// As it is shown: `BCDF-GHJK`.
    pub fn reveal(&self) -> String {
        let letters = self.0.iter().map(|letter| char::from(*letter));
        let (first, last): (String, String) = (letters.clone().take(4).collect(), letters.skip(4).collect());
        format!("{first}-{last}")
    }
}

impl fmt::Debug for TypedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code =
            TypedCode::from_bytes(&std::array::from_fn(|n| u8::try_from(n * 37 % 256).expect("a byte")));
        let shown = code.reveal();
        assert_eq!(shown.len(), 9);
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', " "), shown.replace('-', "–")]
        {
            assert!(TypedCode::typed(&typed).is_some_and(|typed| typed.matches(&code)), "{typed}");
        }
        for broken in ["", "BCDF", "BCDFGHJKL", "ABCDEFGH", "1234-5678", "BCDF-GHJÄ"] {
            assert!(TypedCode::typed(broken).is_none(), "{broken}");
        }
        assert!(!TypedCode::typed("BCDF-GHJK").expect("a code").matches(&code), "{code:?}");
    }
}
