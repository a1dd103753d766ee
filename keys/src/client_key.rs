//! Which keys of a client's JWK Set fit a JWT, and the verifiers they become (RFC 7517 section 4, RFC 7518 section 6,
//! RFC 8037 section 2).
//!
//! A key is somebody else's text: what is malformed, weak or for another use fits nothing, and says so to nobody.

use idp_domain::client::AssertionAlg;
use josekit::jwk::Jwk;
use josekit::jws::{ES256, EdDSA, JwsVerifier, PS256, RS256};
use serde_json::{Map, Value};

use crate::public::PublicKey;
use crate::sound;

/// A coordinate of P-256, and a public key of Ed25519.
const POINT_BYTES: usize = 32;

/// Whether the key may verify what is signed with `alg`, and bears the name `kid`, or none, if one is asked for.
pub(crate) fn fits(key: &Map<String, Value>, alg: AssertionAlg, kid: Option<&str>) -> bool {
    let is_or_lacks = |name: &str, expected: &str| key.get(name).is_none_or(|value| value == expected);
    let verifies = |operations: &Value| {
        operations.as_array().is_some_and(|operations| operations.iter().any(|one| one == "verify"))
    };
    let is_same_alg = |name: &str| AssertionAlg::parse(name).is_some_and(|own| own.is_same(alg));
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

/// Of the type and on the curve of the algorithm (josekit would take Ed448), and strong enough.
fn is_sound(key: &PublicKey, alg: AssertionAlg) -> bool {
    use AssertionAlg::{Ed25519, EdDsa, Es256, Ps256, Rs256};
    let is_point = |text: &str| sound::is_of_bytes(text, POINT_BYTES);
    match (alg, key) {
        (Rs256 | Ps256, PublicKey::Rsa { e, n, .. }) => sound::is_rsa(e, n),
        (Es256, PublicKey::Ec { crv, x, y, .. }) => crv == "P-256" && is_point(x) && is_point(y),
        (Ed25519 | EdDsa, PublicKey::Okp { crv, x, .. }) => crv == "Ed25519" && is_point(x),
        _ => false,
    }
}
