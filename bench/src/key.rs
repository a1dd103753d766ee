//! A key of a client's, and what it signs with it: proofs that it holds the key (RFC 9449 section 4.2), and assertions of who
//! it is (RFC 7523 section 3).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jws::alg::ecdsa::EcdsaJwsSigner;
use josekit::jws::{ES256, JwsSigner as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

#[derive(Debug)]
pub(crate) struct Key {
    signer: EcdsaJwsSigner,
    /// Of a proof, as it is signed.
    header: String,
}

impl Key {
    pub(crate) fn generate() -> Result<Self> {
        Self::of(&EcKeyPair::generate(EcCurve::P256)?.to_jwk_key_pair())
    }

    pub(crate) fn of(private: &Jwk) -> Result<Self> {
        let member = |name| private.parameter(name);
        let public = json!({"kty": "EC", "crv": "P-256", "x": member("x"), "y": member("y")});
        let header = part(&json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": public}));
        Ok(Self { signer: ES256.signer_from_jwk(private)?, header })
    }

    /// For one request, with this access token where it carries one.
    pub(crate) fn proof(&self, method: &str, address: &str, token: Option<&str>) -> Result<String> {
        let now = now()?;
        let mut claims = json!({"jti": jti(now), "htm": method, "htu": address, "iat": now.as_secs()});
        if let Some(token) = token {
            claims["ath"] = URL_SAFE_NO_PAD.encode(Sha256::digest(token)).into();
        }
        self.sign(&self.header, &claims)
    }

    /// For one request of this client.
    pub(crate) fn assertion(&self, client_id: &str, issuer: &str) -> Result<String> {
        let now = now()?;
        let (iat, exp) = (now.as_secs(), now.as_secs() + 60);
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": issuer, "jti": jti(now), "iat": iat, "exp": exp,
        });
        self.sign(&part(&json!({"alg": "ES256"})), &claims)
    }

    fn sign(&self, header: &str, claims: &Value) -> Result<String> {
        let input = format!("{header}.{}", part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.signer.sign(input.as_bytes())?);
        Ok(format!("{input}.{signature}"))
    }
}

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

#[expect(clippy::disallowed_methods, reason = "the clock of a client")]
fn now() -> Result<Duration> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?)
}

/// Another one each time, in this run and in the next.
fn jti(now: Duration) -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", now.as_nanos(), MADE.fetch_add(1, Ordering::Relaxed))
}
