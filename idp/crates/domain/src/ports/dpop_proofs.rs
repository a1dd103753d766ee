//! DPoP proofs (RFC 9449 section 4): JWTs that bring the key they are signed with, and so prove that their sender holds it.

use serde_json::{Map, Value};

use crate::client::AssertionAlg;
use crate::thumbprint::Thumbprint;

/// What proofs may be signed with: what FAPI 2.0 section 5.4.1 lets clients sign with, so that a key is good at every client.
pub const PROOF_ALGS: [AssertionAlg; 4] =
    [AssertionAlg::Es256, AssertionAlg::Ps256, AssertionAlg::Ed25519, AssertionAlg::EdDsa];

/// A JWT of type `dpop+jwt` whose signature is that of the key in it. What it is for and when, is the caller's business.
#[derive(Debug, Clone)]
pub struct DpopProof {
    pub key: Thumbprint,
    pub claims: Map<String, Value>,
}

/// Why a JWT proves no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofRefused {
    #[error("it is no compact JWS whose header has typ dpop+jwt, alg and jwk")]
    Malformed,
    /// `none`, HMAC, or another algorithm that is not offered.
    #[error("its alg is not among those offered")]
    Alg,
    /// Private, symmetric, weak, malformed, for another use, or of another type than `alg` needs.
    #[error("its jwk is no public key that its alg can be verified with")]
    Key,
    #[error("its signature is not that of its jwk")]
    WrongSignature,
}

pub trait DpopProofs: Send + Sync {
    /// Checks form, `typ`, `alg`, key and signature (RFC 9449 section 4.3, items 2 to 7).
    ///
    /// # Errors
    /// [`ProofRefused`].
    fn verify(&self, proof: &str) -> Result<DpopProof, ProofRefused>;
}
