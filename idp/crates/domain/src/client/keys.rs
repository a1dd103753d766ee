//! A client's own keys (RFC 7517 section 5): registered by value, or fetched from where the client publishes them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

/// What client assertions may be signed with (RFC 7518 section 3.1, RFC 8037, RFC 9864); never a secret shared by both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AssertionAlg {
    #[serde(rename = "RS256")]
    Rs256,
    #[serde(rename = "PS256")]
    Ps256,
    #[serde(rename = "ES256")]
    Es256,
    /// EdDSA under the name that says which curve (RFC 9864 section 2.2).
    Ed25519,
    /// The same under its older name, which newer libraries no longer write.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl AssertionAlg {
    pub const VARIANTS: [Self; 5] = [Self::Rs256, Self::Ps256, Self::Es256, Self::Ed25519, Self::EdDsa];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Ed25519 => "Ed25519",
            Self::EdDsa => "EdDSA",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|alg| alg.as_str() == text)
    }

    /// Whether a signature of the one is a signature of the other: EdDSA has two names.
    pub fn is_same(self, other: Self) -> bool {
        let is_ed = |alg| matches!(alg, Self::Ed25519 | Self::EdDsa);
        self == other || is_ed(self) && is_ed(other)
    }
}

/// What a client signs its JWTs with, by the names of its registered metadata; `None`: with whichever of ours it likes
/// (OpenID Connect Registration section 2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestAlgs {
    pub token_endpoint_auth_signing_alg: Option<AssertionAlg>,
    pub request_object_signing_alg: Option<AssertionAlg>,
}

/// `jwks` or `jwks_uri`, never both (RFC 7591 section 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKeys {
    Inline(JwkSet),
    Remote(Url),
}

/// A JWK Set of public keys, kept as it was written: what a key cannot be used for is decided where it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct JwkSet {
    keys: Vec<Value>,
}

/// Why a JWK Set is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwkSetError {
    #[error("is no JWK Set: write an object whose keys is a list of objects")]
    Shape,
    #[error("has more than {} keys", JwkSet::MOST)]
    TooMany,
    #[error("contains a private or symmetric key; publish the public half only")]
    Private,
}

impl JwkSet {
    /// More are nobody's; each costs time to try.
    pub const MOST: usize = 20;

    pub fn keys(&self) -> &[Value] {
        &self.keys
    }
}

impl TryFrom<Value> for JwkSet {
    type Error = JwkSetError;

    fn try_from(document: Value) -> Result<Self, JwkSetError> {
        let keys = document.get("keys").and_then(Value::as_array).ok_or(JwkSetError::Shape)?;
        if !keys.iter().all(Value::is_object) {
            return Err(JwkSetError::Shape);
        }
        if keys.len() > Self::MOST {
            return Err(JwkSetError::TooMany);
        }
        if keys.iter().any(|key| key.get("d").is_some() || key.get("k").is_some()) {
            return Err(JwkSetError::Private);
        }
        Ok(Self { keys: keys.clone() })
    }
}

impl From<JwkSet> for Value {
    fn from(set: JwkSet) -> Self {
        serde_json::json!({ "keys": set.keys })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_algorithm_has_one_name_on_the_wire_and_in_the_database() {
        for alg in AssertionAlg::VARIANTS {
            assert_eq!(AssertionAlg::parse(alg.as_str()), Some(alg));
            assert_eq!(serde_json::to_value(alg).ok(), Some(alg.as_str().into()));
        }
        for never in ["none", "HS256", "RS512", "es256", ""] {
            assert_eq!(AssertionAlg::parse(never), None, "{never}");
        }
    }

    /// RFC 9864 section 2.2: `Ed25519` is what `EdDSA` was with that curve.
    #[test]
    fn only_eddsa_goes_by_two_names() {
        for (one, other) in AssertionAlg::VARIANTS
            .into_iter()
            .flat_map(|one| AssertionAlg::VARIANTS.map(|other| (one, other)))
        {
            let is_ed =
                [one, other].iter().all(|alg| matches!(alg, AssertionAlg::Ed25519 | AssertionAlg::EdDsa));
            assert_eq!(one.is_same(other), one == other || is_ed, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_key_set_holds_public_keys_only() {
        let refused = |document: Value| JwkSet::try_from(document).err();
        let public = json!({"kty": "EC", "crv": "P-256", "x": "a", "y": "b"});
        assert_eq!(refused(json!({"keys": [public]})), None);
        for shapeless in [json!([]), json!({}), json!({"keys": {}}), json!({"keys": ["a"]})] {
            assert_eq!(refused(shapeless), Some(JwkSetError::Shape));
        }
        assert_eq!(refused(json!({"keys": [{"kty": "EC", "d": "a"}]})), Some(JwkSetError::Private));
        assert_eq!(refused(json!({"keys": [{"kty": "oct", "k": "a"}]})), Some(JwkSetError::Private));
        assert_eq!(refused(json!({"keys": vec![public; 21]})), Some(JwkSetError::TooMany));
    }
}
