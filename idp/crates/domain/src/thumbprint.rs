//! The name of a public key that anybody can compute from it: its SHA-256 thumbprint (RFC 7638), the `jkt` of RFC 9449.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// Which key a code, a grant or a token is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Thumbprint([u8; 32]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no base64url SHA-256 thumbprint of a key")]
pub struct ThumbprintError;

impl Thumbprint {
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Base64url without padding, in its one spelling.
    ///
    /// # Errors
    /// [`ThumbprintError`].
    pub fn parse(text: &str) -> Result<Self, ThumbprintError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ThumbprintError)?;
        Ok(Self(bytes.try_into().map_err(|_| ThumbprintError)?))
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl TryFrom<String> for Thumbprint {
    type Error = ThumbprintError;

    fn try_from(text: String) -> Result<Self, ThumbprintError> {
        Self::parse(&text)
    }
}

impl From<Thumbprint> for String {
    fn from(thumbprint: Thumbprint) -> Self {
        thumbprint.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7638 section 3.1.
    const EXAMPLE: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

    #[test]
    fn a_thumbprint_has_one_spelling() {
        assert_eq!(Thumbprint::parse(EXAMPLE).map(|read| read.to_string()).as_deref(), Ok(EXAMPLE));
        let longer = format!("{EXAMPLE}AA");
        // The last character holds two bits that say nothing and must be zero.
        let same_bytes = EXAMPLE.replace("9Xs", "9Xt");
        for other in ["", "NzbL", &EXAMPLE[1..], &longer, &same_bytes, &EXAMPLE.replace('-', "+")] {
            assert_eq!(Thumbprint::parse(other), Err(ThumbprintError), "{other}");
        }
    }
}
