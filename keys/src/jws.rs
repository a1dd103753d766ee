//! The one form of JWS that we write and read as our own: compact, with exactly `alg`, `kid` and the `typ` of its kind,
//! which UserInfo does not have.
//!
//! Anything else in a header (`crit`, `jwk`, `x5c`, `b64`, ...) is not ours and is refused unread.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::ports::{JwtKind, KeyError};
use idp_domain::signing_key::SigningAlg;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::compact::Compact;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
}

/// The text that is signed: header and claims, encoded.
pub(crate) fn signing_input(
    kind: JwtKind,
    alg: SigningAlg,
    kid: &str,
    claims: &Map<String, Value>,
) -> Result<String, serde_json::Error> {
    let header = serde_json::to_vec(&Header { alg: alg.as_str(), kid, typ: kind.typ() })?;
    let claims = serde_json::to_vec(claims)?;
    let mut input = String::with_capacity((header.len() + claims.len()) * 4 / 3 + 350);
    URL_SAFE_NO_PAD.encode_string(header, &mut input);
    input.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut input);
    Ok(input)
}

/// Appends the signature to what was signed.
pub(crate) fn with_signature(mut input: String, signature: &[u8]) -> String {
    input.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut input);
    input
}

/// A token that may be ours; nothing in it is proven yet.
pub(crate) struct Unverified<'a>(Compact<'a>);

impl<'a> Unverified<'a> {
    pub(crate) fn parse(token: &'a str) -> Result<Self, KeyError> {
        Compact::parse(token).map(Self).ok_or(KeyError::NotOurs("it is not a compact JWS"))
    }

    /// The `kid`, once `typ` is that of `kind`; the algorithm is the caller's to compare with that of the key.
    pub(crate) fn kid_and_alg(&self, kind: JwtKind) -> Result<(&str, &str), KeyError> {
        let header: Header<'_> = serde_json::from_slice(&self.0.header)
            .map_err(|_| KeyError::NotOurs("its header is not one that we write"))?;
        if header.typ != kind.typ() {
            return Err(KeyError::NotOurs("its typ is that of another kind of token"));
        }
        Ok((header.kid, header.alg))
    }

    pub(crate) fn signing_input(&self) -> &[u8] {
        self.0.signing_input.as_bytes()
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// The claims; call it after the signature was verified.
    pub(crate) fn claims(&self) -> Result<Map<String, Value>, KeyError> {
        self.0.claims().ok_or(KeyError::NotOurs("its claims are not a JSON object"))
    }
}
