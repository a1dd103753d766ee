//! A signing key in use: its signer and verifier built once, because importing a key costs more than using it.

use idp_domain::ports::{JwtKind, KeyError};
use idp_domain::signing_key::SigningAlg;
use josekit::JoseError;
use josekit::jwk::{Jwk, KeyPair};
use josekit::jws::{ES256, JwsSigner, JwsVerifier, RS256};
use serde_json::{Map, Value};

use crate::jws::{self, Unverified};
use crate::public::{PublicKey, PublishedKey};

/// RFC 7518 section 3.3 allows no less.
const RSA_BITS: u32 = 2048;

/// Makes a private key: RSA with 2048 bits, or P-256.
pub(crate) fn generate(alg: SigningAlg) -> Result<Jwk, JoseError> {
    Ok(match alg {
        SigningAlg::Rs256 => RS256.generate_key_pair(RSA_BITS)?.to_jwk_key_pair(),
        SigningAlg::Es256 => ES256.generate_key_pair()?.to_jwk_key_pair(),
    })
}

pub(crate) struct RingKey {
    pub(crate) kid: String,
    alg: SigningAlg,
    public: PublicKey,
    signer: Box<dyn JwsSigner>,
    verifier: Box<dyn JwsVerifier>,
}

impl RingKey {
    pub(crate) fn import(jwk: &Jwk, alg: SigningAlg) -> Result<Self, KeyError> {
        let public =
            PublicKey::of(jwk.as_ref()).ok_or(KeyError::Crypto("a signing key lacks members".to_owned()))?;
        let kid = public.thumbprint().map_err(crypto)?;
        // The verifier is made of the public half alone.
        let public_jwk = jwk.to_public_key().map_err(crypto)?;
        let (signer, verifier): (Box<dyn JwsSigner>, Box<dyn JwsVerifier>) = match alg {
            SigningAlg::Rs256 => (
                Box::new(RS256.signer_from_jwk(jwk).map_err(crypto)?),
                Box::new(RS256.verifier_from_jwk(&public_jwk).map_err(crypto)?),
            ),
            SigningAlg::Es256 => (
                Box::new(ES256.signer_from_jwk(jwk).map_err(crypto)?),
                Box::new(ES256.verifier_from_jwk(&public_jwk).map_err(crypto)?),
            ),
        };
        Ok(Self { kid, alg, public, signer, verifier })
    }

    pub(crate) fn published(&self) -> PublishedKey<'_> {
        PublishedKey::new(&self.kid, self.alg, &self.public)
    }

    pub(crate) fn sign(&self, kind: JwtKind, claims: &Map<String, Value>) -> Result<String, KeyError> {
        let input = jws::signing_input(kind, self.alg, &self.kid, claims).map_err(crypto)?;
        let signature = self.signer.sign(input.as_bytes()).map_err(crypto)?;
        Ok(jws::with_signature(input, &signature))
    }

    /// `alg` is what the token's header says; only the key's own will do (RFC 8725 section 3.1).
    pub(crate) fn verify(&self, alg: &str, token: &Unverified<'_>) -> Result<(), KeyError> {
        if alg != self.alg.as_str() {
            return Err(KeyError::NotOurs("its alg is not that of its key"));
        }
        self.verifier
            .verify(token.signing_input(), token.signature())
            .map_err(|_| KeyError::NotOurs("its signature is wrong"))
    }
}

/// A failure of the cryptography itself, with its cause and never with a key.
pub(crate) fn crypto(error: impl std::error::Error) -> KeyError {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    KeyError::Crypto(format!("{error}{cause}"))
}
