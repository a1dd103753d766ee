//! What may be known of a key: its public members (RFC 7518 section 6, RFC 8037 section 2), its thumbprint (RFC 7638)
//! and the JWKS (RFC 7517 section 5). The types have no field for a private member, so none can slip out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::ports::PublishedKeys;
use idp_domain::signing_key::SigningAlg;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The public members, in the lexicographic order that RFC 7638 section 3.2 wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum PublicKey {
    Ec { crv: String, kty: &'static str, x: String, y: String },
    Okp { crv: String, kty: &'static str, x: String },
    Rsa { e: String, kty: &'static str, n: String },
}

impl PublicKey {
    /// `None` when a member is missing, or the key is of a kind that we do not use.
    pub(crate) fn of(jwk: &Map<String, Value>) -> Option<Self> {
        let member = |name| jwk.get(name)?.as_str().map(str::to_owned);
        match jwk.get("kty")?.as_str()? {
            "EC" => Some(Self::Ec { crv: member("crv")?, kty: "EC", x: member("x")?, y: member("y")? }),
            "OKP" => Some(Self::Okp { crv: member("crv")?, kty: "OKP", x: member("x")? }),
            "RSA" => Some(Self::Rsa { e: member("e")?, kty: "RSA", n: member("n")? }),
            _ => None,
        }
    }

    /// RFC 7638 section 3, SHA-256.
    pub(crate) fn thumbprint(&self) -> Result<String, serde_json::Error> {
        Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(serde_json::to_vec(self)?)))
    }
}

/// One entry of the JWKS.
#[derive(Debug, Serialize)]
pub(crate) struct PublishedKey<'a> {
    kid: &'a str,
    alg: &'static str,
    r#use: &'static str,
    #[serde(flatten)]
    key: &'a PublicKey,
}

impl<'a> PublishedKey<'a> {
    pub(crate) fn new(kid: &'a str, alg: SigningAlg, key: &'a PublicKey) -> Self {
        Self { kid, alg: alg.as_str(), r#use: "sig", key }
    }
}

/// The document as served.
pub(crate) fn publish(keys: &[PublishedKey<'_>]) -> Result<PublishedKeys, serde_json::Error> {
    #[derive(Serialize)]
    struct Document<'a> {
        keys: &'a [PublishedKey<'a>],
    }
    serde_json::to_string(&Document { keys }).map(with_etag)
}

/// The document of a ring without keys.
pub(crate) fn publish_nothing() -> PublishedKeys {
    with_etag(r#"{"keys":[]}"#.to_owned())
}

/// A strong `ETag` (RFC 9110 section 8.8.3), quotes included: it changes with every byte.
fn with_etag(json: String) -> PublishedKeys {
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&json)));
    PublishedKeys { json, etag }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn thumbprint(jwk: &str) -> String {
        PublicKey::of(&serde_json::from_str(jwk).unwrap()).unwrap().thumbprint().unwrap()
    }

    /// The examples of RFC 7638 section 3.1 and RFC 8037 appendix A.3, letter for letter.
    #[test]
    fn the_thumbprints_of_the_standards_examples_are_the_standards() {
        let rsa = thumbprint(
            r#"{"kty":"RSA",
                "n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
                "e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#,
        );
        assert_eq!(rsa, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        let ed25519 =
            thumbprint(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#);
        assert_eq!(ed25519, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
