//! What a user code is found by: derived under a key, because 34 bits are too few for a plain hash.

use idp_domain::Digest;
use idp_domain::ports::Purpose;
use idp_domain::typed_code::TypedCode;

use crate::env::Env;

/// As it is stored.
pub(super) fn digest(env: &Env, code: &TypedCode) -> Digest {
    Digest::from_bytes(env.sealer.derive(Purpose::UserCode, code.reveal().as_bytes()))
}

/// As it may have been stored, under every key there is.
pub(super) fn digests(env: &Env, code: &TypedCode) -> Vec<Digest> {
    let derived = env.sealer.derive_all(Purpose::UserCode, code.reveal().as_bytes());
    derived.into_iter().map(Digest::from_bytes).collect()
}
