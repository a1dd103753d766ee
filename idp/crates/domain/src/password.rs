//! What a password must be (rules P1-P6). Long, not in a list of common ones, not made of what coworkers know.
//!
//! No composition rules, no trimming, no truncation, no case folding of what is hashed.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::Secret;

/// A PHC string as the hasher wrote it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub fn from_phc(phc: String) -> Self {
        Self(phc)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// A password in the one Unicode form that is hashed (RFC 8265 section 4.2, OpaqueString; rule P3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password(Secret<String>);

impl Password {
    /// Normalises what was typed for checking against a stored hash; bounds are those of [`PasswordRules`].
    pub fn typed(text: &str) -> Self {
        let spaced =
            text.chars().map(|c| if c != ' ' && c.is_whitespace() && !c.is_control() { ' ' } else { c });
        Self(Secret::new(spaced.nfc().collect()))
    }

    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Why a new password was refused; each has its own sentence (R43).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem {
    Empty,
    TooShort {
        min: usize,
    },
    TooLong {
        max: usize,
    },
    /// Among the most common passwords, or one of those with a few signs around it.
    Common,
    /// One character, one short piece or one run of keys again and again.
    Repetitive,
    /// Made of the agency's, the product's or the person's own names.
    Personal,
    ControlCharacter,
}

/// The settings `password.*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRules {
    /// Code points.
    pub min: usize,
    /// Code points.
    pub max: usize,
    /// Bytes of UTF-8.
    pub max_bytes: usize,
}

impl PasswordRules {
    /// Checks a new password; `context` holds the words an attacker would try first (P5).
    ///
    /// # Errors
    /// The first [`PasswordProblem`] met.
    pub fn check(&self, password: &Password, context: &[&str]) -> Result<(), PasswordProblem> {
        let text = password.expose();
        let length = text.chars().count();
        if length == 0 {
            return Err(PasswordProblem::Empty);
        }
        if length > self.max || text.len() > self.max_bytes {
            return Err(PasswordProblem::TooLong { max: self.max });
        }
        if text.chars().any(char::is_control) {
            return Err(PasswordProblem::ControlCharacter);
        }
        if length < self.min {
            return Err(PasswordProblem::TooShort { min: self.min });
        }
        let folded = text.to_lowercase();
        if is_common(&folded) {
            return Err(PasswordProblem::Common);
        }
        if is_repetitive(&folded) {
            return Err(PasswordProblem::Repetitive);
        }
        if is_personal(&folded, context) {
            return Err(PasswordProblem::Personal);
        }
        Ok(())
    }
}

static COMMON: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("../lists/common-passwords.txt").lines().collect());

fn is_listed(text: &str) -> bool {
    COMMON.binary_search(&text).is_ok()
}

/// Listed as it stands, or listed once the digits and signs around it are taken off.
fn is_common(folded: &str) -> bool {
    let core = folded.trim_matches(|c: char| !c.is_alphabetic());
    let unspaced: String = folded.chars().filter(|c| !c.is_whitespace()).collect();
    is_listed(folded) || (core.chars().count() >= 3 && is_listed(core)) || is_listed(&unspaced)
}

/// Few different characters, one piece repeated, or runs along the alphabet, the digits or the keyboard.
fn is_repetitive(folded: &str) -> bool {
    let chars: Vec<char> = folded.chars().filter(|c| !c.is_whitespace()).collect();
    let distinct = chars.iter().collect::<std::collections::BTreeSet<_>>().len();
    let periodic = (1..=chars.len() / 2).any(|p| chars.iter().zip(chars.iter().skip(p)).all(|(a, b)| a == b));
    let in_run = chars.windows(2).filter(|pair| matches!(pair, [a, b] if are_neighbours(*a, *b))).count();
    distinct < 5 || periodic || in_run * 4 >= chars.len().saturating_sub(1) * 3
}

fn are_neighbours(a: char, b: char) -> bool {
    const ROWS: [&str; 5] =
        ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"];
    a == b
        || ROWS.iter().any(|row| {
            let at = |c: char| row.find(c);
            matches!((at(a), at(b)), (Some(x), Some(y)) if x.abs_diff(y) == 1)
        })
}

/// What is left after taking out every context word and every listed filler is too little to be a secret.
fn is_personal(folded: &str, context: &[&str]) -> bool {
    let plain = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let mut rest = plain(folded);
    let mut words: Vec<String> = context
        .iter()
        .flat_map(|text| {
            let whole = plain(text);
            text.split(|c: char| !c.is_alphanumeric()).map(plain).chain([whole]).collect::<Vec<_>>()
        })
        .filter(|word| word.chars().count() >= 3)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let before = rest.len();
    for word in &words {
        rest = rest.replace(word.as_str(), "");
    }
    let secret = rest.trim_matches(|c: char| c.is_ascii_digit());
    rest.len() < before && (secret.chars().count() < 5 || is_listed(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: PasswordRules = PasswordRules { min: 15, max: 256, max_bytes: 1024 };
    const CONTEXT: [&str; 4] = ["Maple Home Care", "frank.jones@example.com", "Frank Jones", "99999"];

    fn check(text: &str) -> Result<(), PasswordProblem> {
        RULES.check(&Password::typed(text), &CONTEXT)
    }

    /// P1, P2, P4.
    #[test]
    fn length_is_counted_in_code_points_and_nothing_else_is_asked() {
        assert_eq!(check(""), Err(PasswordProblem::Empty));
        assert_eq!(check("copper ladder"), Err(PasswordProblem::TooShort { min: 15 }));
        assert_eq!(check("copper ladder quiet meadow"), Ok(()));
        assert_eq!(check("прекрасная погода"), Ok(()));
        let long: String =
            "copper ladder quiet meadow ".chars().cycle().take(200).chain("x! 9 unlike".chars()).collect();
        assert_eq!(check(&long), Ok(()));
        assert_eq!(check(&"xy7 ".repeat(65)), Err(PasswordProblem::TooLong { max: 256 }));
        assert_eq!(check(&"🦊".repeat(257)), Err(PasswordProblem::TooLong { max: 256 }));
    }

    /// P5, ASVS 6.2.4, 6.2.11, 6.2.12.
    #[test]
    fn common_repetitive_and_personal_passwords_are_refused_with_their_reason() {
        for common in [
            "passwordpassword",
            "PasswordPassword",
            "password password",
            "123456789012345",
            "!!!passwordpassword2026!!!",
        ] {
            let verdict = check(common);
            assert!(
                matches!(verdict, Err(PasswordProblem::Common | PasswordProblem::Repetitive)),
                "{common}: {verdict:?}"
            );
        }
        for repetitive in [
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "qwertyuiopasdfghjkl",
            "abcdefghijklmnop",
            "1212121212121212",
            "!@!@!@!@!@!@!@!@",
        ] {
            let verdict = check(repetitive);
            assert!(
                matches!(verdict, Err(PasswordProblem::Common | PasswordProblem::Repetitive)),
                "{repetitive}: {verdict:?}"
            );
        }
        for personal in [
            "maplehomecare2026",
            "Maple Home Care 1!",
            "frank.jones@example.com",
            "FrankJones99999!!",
            "frankjonespassword",
        ] {
            assert_eq!(check(personal), Err(PasswordProblem::Personal), "{personal}");
        }
        assert_eq!(check("frank likes wooden boats"), Ok(()), "a name inside a long passphrase is fine");
    }

    /// P3: the same keys on two keyboards are the same password; nothing is trimmed.
    #[test]
    fn a_password_has_one_unicode_form_and_keeps_its_spaces() {
        assert_eq!(Password::typed("cafe\u{301} au lait"), Password::typed("café\u{a0}au\u{2003}lait"));
        assert_ne!(Password::typed(" x"), Password::typed("x"));
        assert_ne!(Password::typed("X"), Password::typed("x"));
    }
}
