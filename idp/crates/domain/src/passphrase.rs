//! The passphrase a page suggests (decision on P1): four ordinary words, drawn anew for each page.

use std::sync::LazyLock;

use crate::Entropy;

const WORDS_IN_PHRASE: usize = 4;

static WORDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("../lists/passphrase-words.txt").lines().collect());

/// Four words with spaces between, never shorter than `min` code points.
pub fn suggest(min: usize, entropy: &dyn Entropy) -> String {
    let count = u32::try_from(WORDS.len()).unwrap_or(u32::MAX);
    let word = || WORDS.get(entropy.below(count) as usize).copied().unwrap_or_default();
    let mut words: Vec<&str> = (0..WORDS_IN_PHRASE).map(|_| word()).collect();
    while words.join(" ").len() < min {
        words.push(word());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::{Password, PasswordRules};

    struct Counting(std::sync::atomic::AtomicU64);
    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                let n = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, std::sync::atomic::Ordering::Relaxed);
                *byte = (n >> 40) as u8;
            }
        }
    }

    #[test]
    fn every_suggestion_passes_our_own_rules() {
        let entropy = Counting(std::sync::atomic::AtomicU64::new(1));
        let rules = PasswordRules { min: 15, max: 256, max_bytes: 1024 };
        assert!(WORDS.len() >= 1900 && WORDS.is_sorted());
        for _ in 0..500 {
            let phrase = suggest(15, &entropy);
            assert!(phrase.split(' ').count() >= WORDS_IN_PHRASE);
            assert_eq!(rules.check(&Password::typed(&phrase), &[]), Ok(()), "{phrase}");
        }
    }
}
