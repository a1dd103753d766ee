//! What only a client can read: compact JWEs (RFC 7516 section 7.1) for the keys it registered.
//!
//! Encrypting only: what would decrypt here checks CBC's padding before its authentication tag.

use idp_domain::client::{Encryption, EncryptionAlg, JwkSet};
use idp_domain::ports::{ClientEncryption, Content, NotEncrypted};
use josekit::JoseError;
use josekit::jwe::{
    self, ECDH_ES, ECDH_ES_A128KW, ECDH_ES_A256KW, JweEncrypter, JweHeader, RSA_OAEP, RSA_OAEP_256,
};
use josekit::jwk::Jwk;
use serde_json::{Map, Value};

use crate::public::PublicKey;
use crate::sound;

/// Keeps nothing: importing a public key is quick beside using it once.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClientEncrypter;

impl ClientEncryption for ClientEncrypter {
    fn fits(&self, keys: &JwkSet, how: Encryption) -> bool {
        Recipient::find(keys, how.alg).is_some()
    }

    fn encrypt(&self, keys: &JwkSet, how: Encryption, content: Content<'_>) -> Result<String, NotEncrypted> {
        let recipient = Recipient::find(keys, how.alg).ok_or(NotEncrypted::NoKey(how))?;
        let mut header = JweHeader::new();
        header.set_content_encryption(how.enc.as_str());
        if let Some(kid) = &recipient.kid {
            header.set_key_id(kid);
        }
        let plain = match content {
            Content::SignedJwt(token) => {
                // RFC 7519 section 5.2.
                header.set_content_type("JWT");
                token.as_bytes()
            }
            Content::Claims(json) => json,
        };
        jwe::serialize_compact(plain, &header, &*recipient.encrypter)
            .map_err(|error| NotEncrypted::Crypto(error.to_string()))
    }
}

/// The key that fits best.
struct Recipient {
    kid: Option<String>,
    encrypter: Box<dyn JweEncrypter>,
}

impl Recipient {
    fn find(keys: &JwkSet, alg: EncryptionAlg) -> Option<Self> {
        let fitting = keys.keys().iter().filter_map(Value::as_object).filter(|key| fits(key, alg));
        let mut fitting: Vec<_> = fitting.collect();
        // Stable: among equals the client's own order decides.
        fitting.sort_by_key(|key| (!key.contains_key("use"), !key.contains_key("alg")));
        fitting.into_iter().find_map(|key| Self::import(key, alg))
    }

    /// `None` for a key of another type or curve, one that is malformed, and one that is too weak.
    fn import(key: &Map<String, Value>, alg: EncryptionAlg) -> Option<Self> {
        let kid = match key.get("kid") {
            None => None,
            Some(kid) => Some(kid.as_str()?.to_owned()),
        };
        let public = PublicKey::of(key).filter(|public| is_sound(public, alg))?;
        let jwk = Jwk::from_bytes(serde_json::to_vec(&public).ok()?).ok()?;
        Some(Self { kid, encrypter: encrypter(&jwk, alg).ok()? })
    }
}

/// Whether the key says of itself that it may be encrypted to with `alg`, or does not say (RFC 7517 sections 4.2 to 4.4).
fn fits(key: &Map<String, Value>, alg: EncryptionAlg) -> bool {
    let is_or_lacks = |name: &str, expected: &str| key.get(name).is_none_or(|value| value == expected);
    let is_rsa = matches!(alg, EncryptionAlg::RsaOaep | EncryptionAlg::RsaOaep256);
    let operations = if is_rsa { ["encrypt", "wrapKey"] } else { ["deriveKey", "deriveBits"] };
    let allowed = |listed: &Vec<Value>| {
        // The public half of an agreement has no operation of its own: WebCrypto exports it with an empty list.
        (!is_rsa && listed.is_empty()) || listed.iter().any(|one| operations.iter().any(|own| one == own))
    };
    let may_encrypt = |listed: &Value| listed.as_array().is_some_and(allowed);
    is_or_lacks("use", "enc")
        && is_or_lacks("alg", alg.as_str())
        && key.get("key_ops").is_none_or(may_encrypt)
}

/// Of the type of the algorithm, on a curve that we know (josekit would take secp256k1 and X448), and strong enough. That a
/// point lies on its curve, OpenSSL checks.
fn is_sound(key: &PublicKey, alg: EncryptionAlg) -> bool {
    use EncryptionAlg::{EcdhEs, EcdhEsA128Kw, EcdhEsA256Kw, RsaOaep, RsaOaep256};
    match (alg, key) {
        (RsaOaep | RsaOaep256, PublicKey::Rsa { e, n, .. }) => sound::is_rsa(e, n),
        (EcdhEs | EcdhEsA128Kw | EcdhEsA256Kw, PublicKey::Ec { crv, x, y, .. }) => {
            let length = match crv.as_str() {
                "P-256" => 32,
                "P-384" => 48,
                "P-521" => 66,
                _ => return false,
            };
            sound::is_of_bytes(x, length) && sound::is_of_bytes(y, length)
        }
        (EcdhEs | EcdhEsA128Kw | EcdhEsA256Kw, PublicKey::Okp { crv, x, .. }) => {
            crv == "X25519" && sound::is_x25519(x)
        }
        _ => false,
    }
}

fn encrypter(jwk: &Jwk, alg: EncryptionAlg) -> Result<Box<dyn JweEncrypter>, JoseError> {
    Ok(match alg {
        EncryptionAlg::RsaOaep => Box::new(RSA_OAEP.encrypter_from_jwk(jwk)?),
        EncryptionAlg::RsaOaep256 => Box::new(RSA_OAEP_256.encrypter_from_jwk(jwk)?),
        EncryptionAlg::EcdhEs => Box::new(ECDH_ES.encrypter_from_jwk(jwk)?),
        EncryptionAlg::EcdhEsA128Kw => Box::new(ECDH_ES_A128KW.encrypter_from_jwk(jwk)?),
        EncryptionAlg::EcdhEsA256Kw => Box::new(ECDH_ES_A256KW.encrypter_from_jwk(jwk)?),
    })
}

#[cfg(test)]
#[path = "client_encryption_tests.rs"]
mod tests;
