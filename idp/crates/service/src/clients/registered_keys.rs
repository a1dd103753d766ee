//! Whether the keys that a client registers by value can do what it registers beside them. Those that it publishes may come
//! later.

use std::collections::BTreeSet;

use idp_domain::client::{AssertionAlg, AuthMethod, Client, ClientKeys, JwkSet};

use super::ClientError;
use crate::env::Env;
use crate::field::{FieldCode, Findings};

/// # Errors
/// `Invalid`, for `jwks`.
pub(crate) fn ensure_fits(env: &Env, client: &Client) -> Result<(), ClientError> {
    let Some(ClientKeys::Inline(keys)) = &client.keys else { return Ok(()) };
    let mut findings = Findings::default();
    let mut unfit = |detail| findings.add("jwks", FieldCode::ValueInvalid, detail);
    let proves = |alg| client.may_prove_with(alg);
    if client.auth_method == AuthMethod::PrivateKeyJwt && !may_verify(env, keys, proves) {
        unfit(format!("has no good key to verify an assertion with: put one there for {}", names(proves)));
    }
    let asks = |alg| client.may_ask_with(alg);
    if client.requires().require_signed_request_object && !may_verify(env, keys, asks) {
        unfit(format!("has no good key to verify a request object with: put one there for {}", names(asks)));
    }
    let wanted = [client.encryption.id_token, client.encryption.userinfo].into_iter().flatten();
    let vain = wanted.filter(|how| !env.client_encryption.fits(keys, *how)).map(|how| how.alg.as_str());
    for alg in vain.collect::<BTreeSet<&str>>() {
        unfit(format!("has no good key to encrypt to with {alg}"));
    }
    findings.unless_any(Some(())).map_err(ClientError::Invalid)
}

/// Whether one of the keys is for an algorithm that counts.
pub(super) fn may_verify(env: &Env, keys: &JwkSet, counts: impl Fn(AssertionAlg) -> bool) -> bool {
    keys.keys().iter().any(|key| env.client_jwts.algs_of(key).into_iter().any(&counts))
}

/// The algorithms that count, to be read.
pub(super) fn names(counts: impl Fn(AssertionAlg) -> bool) -> String {
    let algs = AssertionAlg::VARIANTS.into_iter().filter(|alg| counts(*alg)).map(AssertionAlg::as_str);
    algs.collect::<Vec<_>>().join(", ")
}
