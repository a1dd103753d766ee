//! What josekit leaves unchecked of somebody else's public key: it would count a modulus in whole bytes, and read two
//! coordinates of any lengths as one.

use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// RFC 7518 section 3.3 allows no less; more than this costs our time only.
const MODULUS_BITS: RangeInclusive<usize> = 2048..=8192;
/// From 3, as 1 would make every message its own signature, to what every library reads.
const EXPONENT_BITS: RangeInclusive<usize> = 2..=32;

/// The coordinates of small order, below the prime and above it, which lead every private key to the same nothing.
const SMALL_ORDER: [[u8; 32]; 7] = [
    small(0),
    small(1),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda,
        0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04,
        0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
    // The prime is 2^255 - 19: one below it, itself, and one above.
    just_below_2_255(0xec),
    just_below_2_255(0xed),
    just_below_2_255(0xee),
];

/// Whether exponent and modulus are those of a key that may be used; with an even one nothing can be computed.
pub(crate) fn is_rsa(e: &str, n: &str) -> bool {
    let (e, n) = (decode(e), decode(n));
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    MODULUS_BITS.contains(&bits(&n)) && EXPONENT_BITS.contains(&bits(&e)) && is_odd(&e) && is_odd(&n)
}

/// Whether the text is a coordinate, or a whole key, of so many bytes (RFC 7518 section 6.2.1.2, RFC 8037 section 2).
pub(crate) fn is_of_bytes(text: &str, length: usize) -> bool {
    decode(text).len() == length
}

/// Whether the text is an X25519 key that a secret can be agreed with (RFC 7748 section 6.1). OpenSSL finds out only when it
/// agrees.
pub(crate) fn is_x25519(text: &str) -> bool {
    let Ok(mut point) = <[u8; 32]>::try_from(decode(text)) else { return false };
    // RFC 7748 section 5: the highest bit is read by nobody.
    point[31] &= 0x7f;
    !SMALL_ORDER.contains(&point)
}

/// The number, in 32 bytes from the lowest.
const fn small(number: u8) -> [u8; 32] {
    let mut point = [0; 32];
    point[0] = number;
    point
}

/// All ones but the highest bit and the lowest byte.
const fn just_below_2_255(lowest: u8) -> [u8; 32] {
    let mut point = [0xff; 32];
    point[0] = lowest;
    point[31] = 0x7f;
    point
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
