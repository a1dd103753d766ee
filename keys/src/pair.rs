//! Key pairs of clients, and what they sign. Tests only.

#![allow(clippy::unwrap_used, reason = "tests")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::client::AssertionAlg;
use josekit::jwk::KeyPair;
use josekit::jwk::alg::ed::EdCurve;
use josekit::jws::{ES256, EdDSA, JwsSigner, PS256, RS256};
use serde_json::Value;

use crate::public::PublicKey;

/// What a client keeps, what it shows, and what it signs with.
pub(crate) struct Pair {
    pub(crate) alg: AssertionAlg,
    pub(crate) whole: Value,
    pub(crate) public: Value,
    signer: Box<dyn JwsSigner>,
}

impl Pair {
    pub(crate) fn new(alg: AssertionAlg) -> Self {
        let (jwk, signer): (_, Box<dyn JwsSigner>) = match alg {
            AssertionAlg::Rs256 => {
                let pair = RS256.generate_key_pair(2048).unwrap().to_jwk_key_pair();
                let signer = RS256.signer_from_jwk(&pair).unwrap();
                (pair, Box::new(signer))
            }
            AssertionAlg::Ps256 => {
                let pair = PS256.generate_key_pair(2048).unwrap().to_jwk_key_pair();
                let signer = PS256.signer_from_jwk(&pair).unwrap();
                (pair, Box::new(signer))
            }
            AssertionAlg::Es256 => {
                let pair = ES256.generate_key_pair().unwrap().to_jwk_key_pair();
                let signer = ES256.signer_from_jwk(&pair).unwrap();
                (pair, Box::new(signer))
            }
            AssertionAlg::Ed25519 | AssertionAlg::EdDsa => {
                let pair = EdDSA.generate_key_pair(EdCurve::Ed25519).unwrap().to_jwk_key_pair();
                let signer = EdDSA.signer_from_jwk(&pair).unwrap();
                (pair, Box::new(signer))
            }
        };
        let public = serde_json::to_value(PublicKey::of(jwk.as_ref()).unwrap()).unwrap();
        Self { alg, whole: Value::Object(jwk.as_ref().clone()), public, signer }
    }

    /// The public key with these members besides.
    pub(crate) fn with(&self, members: Value) -> Value {
        with(&self.public, members)
    }

    /// A JWT with this header and these claims, whatever they are.
    pub(crate) fn sign_text(&self, header: &str, claims: &str) -> String {
        signed(header, claims, &*self.signer)
    }
}

/// The object with these members besides or instead.
pub(crate) fn with(key: &Value, members: Value) -> Value {
    let mut key = key.clone();
    key.as_object_mut().unwrap().append(&mut members.as_object().unwrap().clone());
    key
}

pub(crate) fn signed(header: &str, claims: &str, signer: &dyn JwsSigner) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = signer.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}
