//! What josekit leaves unchecked of somebody else's public key: it would count a modulus in whole bytes, and read two
//! coordinates of any lengths as one.

use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// RFC 7518 section 3.3 allows no less; more than this costs our time only.
const MODULUS_BITS: RangeInclusive<usize> = 2048..=8192;
/// From 3, as 1 would make every message its own signature, to what every library reads.
const EXPONENT_BITS: RangeInclusive<usize> = 2..=32;

/// Whether exponent and modulus are those of a key that may be used.
pub(crate) fn is_rsa(e: &str, n: &str) -> bool {
    let (e, n) = (decode(e), decode(n));
    MODULUS_BITS.contains(&bits(&n))
        && EXPONENT_BITS.contains(&bits(&e))
        && e.last().is_some_and(|last| last % 2 == 1)
}

/// Whether the text is a coordinate, or a whole key, of so many bytes (RFC 7518 section 6.2.1.2, RFC 8037 section 2).
pub(crate) fn is_of_bytes(text: &str, length: usize) -> bool {
    decode(text).len() == length
}

/// Empty for what is no base64url.
fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
}

/// The length of a number; 0 when it is written with leading zeros, which RFC 7518 section 2 forbids.
fn bits(number: &[u8]) -> usize {
    match number.first() {
        Some(0) | None => 0,
        Some(first) => number.len() * 8 - first.leading_zeros() as usize,
    }
}
