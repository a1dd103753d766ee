//! A key that a client keeps to itself, and the proofs it signs with it (RFC 9449 section 4).

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::client::AssertionAlg;
use idp_domain::ports::JwtKind;
use idp_domain::signing_key::SigningAlg;
use josekit::jwk::KeyPair;
use josekit::jwk::alg::ed::EdCurve;
use josekit::jws::{ES256, EdDSA, JwsSigner, PS256, RS256};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::app::{ISSUER, TestApp};

/// A key pair, and what it signs with.
pub(crate) struct DpopKey {
    alg: AssertionAlg,
    public: Value,
    signer: Box<dyn JwsSigner>,
}

impl DpopKey {
    pub(crate) fn new() -> Self {
        Self::of(AssertionAlg::Es256)
    }

    pub(crate) fn of(alg: AssertionAlg) -> Self {
        let (pair, signer): (Box<dyn KeyPair>, Box<dyn JwsSigner>) = match alg {
            AssertionAlg::Es256 => {
                let pair = ES256.generate_key_pair().expect("a key pair");
                let signer = ES256.signer_from_jwk(&pair.to_jwk_key_pair()).expect("a signer");
                (Box::new(pair), Box::new(signer))
            }
            AssertionAlg::Ed25519 | AssertionAlg::EdDsa => {
                let pair = EdDSA.generate_key_pair(EdCurve::Ed25519).expect("a key pair");
                let signer = EdDSA.signer_from_jwk(&pair.to_jwk_key_pair()).expect("a signer");
                (Box::new(pair), Box::new(signer))
            }
            AssertionAlg::Rs256 => {
                let pair = RS256.generate_key_pair(2048).expect("a key pair");
                let signer = RS256.signer_from_jwk(&pair.to_jwk_key_pair()).expect("a signer");
                (Box::new(pair), Box::new(signer))
            }
            AssertionAlg::Ps256 => {
                let pair = PS256.generate_key_pair(2048).expect("a key pair");
                let signer = PS256.signer_from_jwk(&pair.to_jwk_key_pair()).expect("a signer");
                (Box::new(pair), Box::new(signer))
            }
        };
        let mut public = serde_json::from_str(&pair.to_jwk_public_key().to_string()).expect("JSON");
        // It would name one algorithm where the key is good for two.
        set(&mut public, "alg", Value::Null);
        Self { alg, public, signer }
    }

    pub(crate) fn public(&self) -> &Value {
        &self.public
    }

    /// RFC 7638: the required members, by name, without white space.
    pub(crate) fn thumbprint(&self) -> String {
        let required = ["crv", "e", "kty", "n", "x", "y"];
        let members = required.iter().filter_map(|name| Some((name, self.public[name].as_str()?)));
        let members: Vec<_> = members.map(|(name, value)| format!(r#""{name}":"{value}""#)).collect();
        hash(&format!("{{{}}}", members.join(",")))
    }

    /// A proof that is in order for a request with this method to this path, each another one.
    pub(crate) fn proof(&self, app: &TestApp, method: &str, path: &str) -> Proof<'_> {
        let address = format!("{}{path}", ISSUER.trim_end_matches('/'));
        self.proof_for(method, &address, app.env.now().seconds())
    }

    /// The same for any address, at this time in seconds.
    pub(crate) fn proof_for(&self, method: &str, address: &str, now: i64) -> Proof<'_> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let jti = format!("proof {}", MADE.fetch_add(1, Ordering::Relaxed));
        Proof {
            key: self,
            header: json!({"typ": "dpop+jwt", "alg": self.alg.as_str(), "jwk": self.public}),
            claims: json!({"jti": jti, "htm": method, "htu": address, "iat": now}),
        }
    }

    /// The access token bound to this key as the provider itself would bind it, by signing it once more.
    pub(crate) fn bind(&self, app: &TestApp, token: &str) -> String {
        bound(app, token, &json!({"jkt": self.thumbprint()}))
    }
}

/// The access token with this `cnf`, or without any if it is null (RFC 7800 section 3.1).
pub(crate) fn bound(app: &TestApp, token: &str, cnf: &Value) -> String {
    let payload = token.split('.').nth(1).expect("a payload");
    let payload = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    let mut claims: Map<String, Value> = serde_json::from_slice(&payload).expect("JSON");
    claims.insert("cnf".to_owned(), cnf.clone());
    claims.retain(|_, value| !value.is_null());
    app.env.keyring.sign(JwtKind::AccessToken, SigningAlg::Es256, &claims, app.env.now()).expect("a token")
}

/// A proof before it is signed.
#[derive(Clone)]
pub(crate) struct Proof<'a> {
    key: &'a DpopKey,
    header: Value,
    claims: Value,
}

impl Proof<'_> {
    /// For this access token (`ath`).
    #[must_use]
    pub(crate) fn of(self, token: &str) -> Self {
        self.with("ath", json!(hash(token)))
    }

    /// With this claim besides or instead; null takes it out.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        set(&mut self.claims, name, value);
        self
    }

    /// With this member of the header besides or instead; null takes it out.
    #[must_use]
    pub(crate) fn with_header(mut self, name: &str, value: Value) -> Self {
        set(&mut self.header, name, value);
        self
    }

    pub(crate) fn sign(&self) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let input = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = self.key.signer.sign(input.as_bytes()).expect("a signature");
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    let object = object.as_object_mut().expect("an object");
    object.insert(name.to_owned(), value);
    object.retain(|_, value| !value.is_null());
}

fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}
