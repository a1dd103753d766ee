//! Resource indicators (RFC 8707 section 2): the name of an API, and the audience of access tokens for it.

use serde::{Deserialize, Serialize};
use url::Url;

/// An absolute URI without fragment, compared byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Resource(String);

/// The text cannot name a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a resource is an absolute URI without a fragment, at most 500 bytes long")]
pub struct NotAResource;

impl Resource {
    /// # Errors
    /// [`NotAResource`].
    pub fn parse(text: &str) -> Result<Self, NotAResource> {
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.len() > 500 || !printable || text.contains('#') || Url::parse(text).is_err() {
            return Err(NotAResource);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Resource {
    type Error = NotAResource;
    fn try_from(text: String) -> Result<Self, NotAResource> {
        Self::parse(&text)
    }
}

impl From<Resource> for String {
    fn from(resource: Resource) -> Self {
        resource.0
    }
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8707 section 2: "MUST be an absolute URI", "MUST NOT include a fragment component".
    #[test]
    fn a_resource_is_absolute_and_has_no_fragment() {
        for good in ["https://api.example/", "https://api.example/v1?tenant=a", "urn:example:api"] {
            assert!(Resource::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["", "/v1", "api", "https://api.example/#x", "https://api.example/ v1", "https://\u{fc}.example"]
        {
            assert_eq!(Resource::parse(bad), Err(NotAResource), "{bad}");
        }
    }
}
