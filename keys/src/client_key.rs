//! Which keys of a client's JWK Set fit a JWT, and the verifiers they become (RFC 7517 section 4, RFC 7518 section 6,
//! RFC 8037 section 2).
//!
//! A key is somebody else's text: what is malformed, weak or for another use fits nothing, and says so to nobody.

use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::client::AssertionAlg;
use josekit::jwk::Jwk;
use josekit::jws::{ES256, EdDSA, JwsVerifier, PS256, RS256};
use serde_json::{Map, Value};

use crate::public::PublicKey;

/// RFC 7518 section 3.3 allows no less; more than this costs our time only.
const MODULUS_BITS: RangeInclusive<usize> = 2048..=8192;
/// From 3, as 1 would make every message its own signature, to what every library reads.
const EXPONENT_BITS: RangeInclusive<usize> = 2..=32;
/// A coordinate of P-256, and a public key of Ed25519.
const POINT_BYTES: usize = 32;

/// Whether the key may verify what is signed with `alg`, and bears the name `kid`, or none, if one is asked for.
pub(crate) fn fits(key: &Map<String, Value>, alg: AssertionAlg, kid: Option<&str>) -> bool {
    let is_or_lacks = |name: &str, expected: &str| key.get(name).is_none_or(|value| value == expected);
    let verifies = |operations: &Value| {
        operations.as_array().is_some_and(|operations| operations.iter().any(|one| one == "verify"))
    };
    let is_same_alg = |name: &str| match alg {
        AssertionAlg::Ed25519 | AssertionAlg::EdDsa => matches!(name, "Ed25519" | "EdDSA"),
        other => name == other.as_str(),
    };
    kid.is_none_or(|kid| is_or_lacks("kid", kid))
        && is_or_lacks("use", "sig")
        && key.get("alg").is_none_or(|name| name.as_str().is_some_and(is_same_alg))
        && key.get("key_ops").is_none_or(verifies)
}

/// `None` for a key of another type or curve, one that is malformed, and one that is too weak.
pub(crate) fn import(key: &PublicKey, alg: AssertionAlg) -> Option<Box<dyn JwsVerifier>> {
    if !is_sound(key, alg) {
        return None;
    }
    let jwk = Jwk::from_bytes(serde_json::to_vec(key).ok()?).ok()?;
    Some(match alg {
        AssertionAlg::Rs256 => Box::new(RS256.verifier_from_jwk(&jwk).ok()?),
        AssertionAlg::Ps256 => Box::new(PS256.verifier_from_jwk(&jwk).ok()?),
        AssertionAlg::Es256 => Box::new(ES256.verifier_from_jwk(&jwk).ok()?),
        AssertionAlg::Ed25519 | AssertionAlg::EdDsa => Box::new(EdDSA.verifier_from_jwk(&jwk).ok()?),
    })
}

/// What josekit leaves unchecked: it would take Ed448, count a modulus in whole bytes, and read two coordinates of any
/// lengths as one.
fn is_sound(key: &PublicKey, alg: AssertionAlg) -> bool {
    use AssertionAlg::{Ed25519, EdDsa, Es256, Ps256, Rs256};
    let is_point = |text: &str| decode(text).len() == POINT_BYTES;
    match (alg, key) {
        (Rs256 | Ps256, PublicKey::Rsa { e, n, .. }) => {
            let (e, n) = (decode(e), decode(n));
            MODULUS_BITS.contains(&bits(&n))
                && EXPONENT_BITS.contains(&bits(&e))
                && e.last().is_some_and(|last| last % 2 == 1)
        }
        (Es256, PublicKey::Ec { crv, x, y, .. }) => crv == "P-256" && is_point(x) && is_point(y),
        (Ed25519 | EdDsa, PublicKey::Okp { crv, x, .. }) => crv == "Ed25519" && is_point(x),
        _ => false,
    }
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
