//! DPoP proofs (RFC 9449 section 4.2): JWTs verified with the key in their own header, which thereby is proven and not trusted.

use idp_domain::client::AssertionAlg;
use idp_domain::ports::{DpopProof, DpopProofs, PROOF_ALGS, ProofRefused};
use idp_domain::thumbprint::Thumbprint;
use serde_json::{Map, Value};

use crate::client_key;
use crate::compact::{self, Compact};
use crate::public::PublicKey;
use crate::verifiers::Verifiers;

/// What only private and symmetric keys have (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Keeps the verifiers of at most 1024 keys: its own, because whoever likes brings a key, and must not push out the clients'.
#[derive(Debug, Default)]
pub struct ProofVerifier {
    verifiers: Verifiers,
}

impl DpopProofs for ProofVerifier {
    fn verify(&self, proof: &str) -> Result<DpopProof, ProofRefused> {
        let proof = Compact::parse(proof).ok_or(ProofRefused::Malformed)?;
        let (alg, jwk) = read(&proof.header)?;
        if PRIVATE_MEMBERS.iter().any(|member| jwk.contains_key(*member))
            || !client_key::fits(&jwk, alg, None)
        {
            return Err(ProofRefused::Key);
        }
        let key = PublicKey::of(&jwk).ok_or(ProofRefused::Key)?;
        let name = key.thumbprint().map_err(|_| ProofRefused::Key)?;
        let thumbprint = Thumbprint::parse(&name).map_err(|_| ProofRefused::Key)?;
        let verifier = self.verifiers.find_or_import((name, alg), || client_key::import(&key, alg));
        let verifier = verifier.ok_or(ProofRefused::Key)?;
        if verifier.verify(proof.signing_input.as_bytes(), &proof.signature).is_err() {
            return Err(ProofRefused::WrongSignature);
        }
        let claims = proof.claims().ok_or(ProofRefused::Malformed)?;
        Ok(DpopProof { key: thumbprint, claims })
    }
}

/// `alg` and `jwk`; whatever else the header points to is never looked at.
fn read(header: &[u8]) -> Result<(AssertionAlg, Map<String, Value>), ProofRefused> {
    let mut members = compact::object(header).ok_or(ProofRefused::Malformed)?;
    // RFC 7515 section 4.1.11: what is critical must be understood, and we know no extension.
    if members.contains_key("crit") || members.get("typ").is_none_or(|typ| typ != "dpop+jwt") {
        return Err(ProofRefused::Malformed);
    }
    let alg = members.get("alg").and_then(Value::as_str).ok_or(ProofRefused::Malformed)?;
    let alg = AssertionAlg::parse(alg).filter(|alg| PROOF_ALGS.contains(alg)).ok_or(ProofRefused::Alg)?;
    match members.remove("jwk") {
        Some(Value::Object(jwk)) => Ok((alg, jwk)),
        _ => Err(ProofRefused::Malformed),
    }
}

#[cfg(test)]
#[path = "dpop_proof_tests.rs"]
mod tests;
