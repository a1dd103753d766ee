//! What a client wants encrypted with its own key (OpenID Connect Registration section 2, RFC 7518 sections 4 and 5). Never
//! RSA1_5, whose padding tells tales (RFC 8725 section 3.2), and never a secret shared by both sides.

use serde::{Deserialize, Serialize};

/// `..._encrypted_response_alg`: how the key of the content reaches the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EncryptionAlg {
    #[serde(rename = "RSA-OAEP")]
    RsaOaep,
    #[serde(rename = "RSA-OAEP-256")]
    RsaOaep256,
    #[serde(rename = "ECDH-ES")]
    EcdhEs,
    #[serde(rename = "ECDH-ES+A128KW")]
    EcdhEsA128Kw,
    #[serde(rename = "ECDH-ES+A256KW")]
    EcdhEsA256Kw,
}

impl EncryptionAlg {
    pub const VARIANTS: [Self; 5] =
        [Self::RsaOaep, Self::RsaOaep256, Self::EcdhEs, Self::EcdhEsA128Kw, Self::EcdhEsA256Kw];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RsaOaep => "RSA-OAEP",
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::EcdhEs => "ECDH-ES",
            Self::EcdhEsA128Kw => "ECDH-ES+A128KW",
            Self::EcdhEsA256Kw => "ECDH-ES+A256KW",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|alg| alg.as_str() == text)
    }
}

/// `..._encrypted_response_enc`: how the content itself is encrypted and authenticated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContentEncryption {
    /// What Registration section 2 makes the default.
    #[default]
    #[serde(rename = "A128CBC-HS256")]
    A128CbcHs256,
    #[serde(rename = "A256CBC-HS512")]
    A256CbcHs512,
    #[serde(rename = "A128GCM")]
    A128Gcm,
    #[serde(rename = "A256GCM")]
    A256Gcm,
}

impl ContentEncryption {
    pub const VARIANTS: [Self; 4] = [Self::A128CbcHs256, Self::A256CbcHs512, Self::A128Gcm, Self::A256Gcm];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A256CbcHs512 => "A256CBC-HS512",
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|enc| enc.as_str() == text)
    }
}

/// How one kind of answer is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    pub alg: EncryptionAlg,
    pub enc: ContentEncryption,
}

/// What is encrypted for a client; `None` is sent as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResponseEncryption {
    /// Logout tokens as well (OpenID Connect Back-Channel Logout section 2.6).
    pub id_token: Option<Encryption>,
    pub userinfo: Option<Encryption>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_one_name_on_the_wire_and_in_the_database() {
        for alg in EncryptionAlg::VARIANTS {
            assert_eq!(EncryptionAlg::parse(alg.as_str()), Some(alg));
            assert_eq!(serde_json::to_value(alg).ok(), Some(alg.as_str().into()));
        }
        for enc in ContentEncryption::VARIANTS {
            assert_eq!(ContentEncryption::parse(enc.as_str()), Some(enc));
            assert_eq!(serde_json::to_value(enc).ok(), Some(enc.as_str().into()));
        }
        for never in ["RSA1_5", "dir", "A128KW", "PBES2-HS256+A128KW", "none", ""] {
            assert_eq!(EncryptionAlg::parse(never), None, "{never}");
        }
    }
}
