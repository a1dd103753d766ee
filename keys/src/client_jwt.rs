//! JWTs that clients signed (RFC 7523 section 3, RFC 7515 section 5.2): verified with the keys they registered.
//!
//! A header chooses among those keys and nothing more: what it brings along (`jwk`, `jku`, `x5c`, `x5u`) is never looked at.

use std::sync::Arc;

use idp_domain::client::{AssertionAlg, JwkSet};
use idp_domain::ports::{ClientJwt, ClientJwts, JwtRefused};
use josekit::jws::JwsVerifier;
use serde_json::{Map, Value};

use crate::client_key;
use crate::compact::{self, Compact};
use crate::public::PublicKey;
use crate::verifiers::Verifiers;

/// Keeps the verifiers of at most 1024 keys.
#[derive(Debug, Default)]
pub struct ClientJwtVerifier {
    verifiers: Verifiers,
}

impl ClientJwtVerifier {
    /// The verifier of `key`, if it fits.
    fn verifier(&self, key: &Value, header: &Header) -> Option<Arc<dyn JwsVerifier>> {
        let key = key.as_object()?;
        if !client_key::fits(key, header.alg, header.kid.as_deref()) {
            return None;
        }
        let key = PublicKey::of(key)?;
        let name = (key.thumbprint().ok()?, header.alg);
        self.verifiers.find_or_import(name, || client_key::import(&key, header.alg))
    }
}

impl ClientJwts for ClientJwtVerifier {
    fn verify(&self, keys: &JwkSet, token: &str) -> Result<ClientJwt, JwtRefused> {
        let token = Compact::parse(token).ok_or(JwtRefused::Malformed)?;
        let header = Header::parse(&token.header).ok_or(JwtRefused::Malformed)?;
        let mut refused = JwtRefused::UnknownKey;
        for verifier in keys.keys().iter().filter_map(|key| self.verifier(key, &header)) {
            if verifier.verify(token.signing_input.as_bytes(), &token.signature).is_ok() {
                let claims = token.claims().ok_or(JwtRefused::Malformed)?;
                return Ok(ClientJwt { alg: header.alg, typ: header.typ, claims });
            }
            refused = JwtRefused::WrongSignature;
        }
        Err(refused)
    }

    fn algs_of(&self, key: &Value) -> Vec<AssertionAlg> {
        let fits =
            |alg: &AssertionAlg| self.verifier(key, &Header { alg: *alg, kid: None, typ: None }).is_some();
        AssertionAlg::VARIANTS.into_iter().filter(fits).collect()
    }

    fn peek(&self, token: &str) -> Option<Map<String, Value>> {
        Compact::parse(token)?.claims()
    }
}

/// The members that count (RFC 7515 section 4.1).
struct Header {
    alg: AssertionAlg,
    kid: Option<String>,
    typ: Option<String>,
}

impl Header {
    fn parse(json: &[u8]) -> Option<Self> {
        let mut members = compact::object(json)?;
        // RFC 7515 section 4.1.11: what is critical must be understood, and we know no extension.
        if members.contains_key("crit") {
            return None;
        }
        let mut text = |name| match members.remove(name) {
            Some(Value::String(text)) => Some(Some(text)),
            Some(_) => None,
            None => Some(None),
        };
        Some(Self { alg: AssertionAlg::parse(&text("alg")??)?, kid: text("kid")?, typ: text("typ")? })
    }
}

#[cfg(test)]
#[path = "client_jwt_tests.rs"]
mod tests;
