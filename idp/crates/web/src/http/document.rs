//! A JSON document that is the same for everybody as long as the process runs.

use idp_domain::Digest;
use serde::Serialize;

#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) json: String,
    /// A strong entity tag, with its quotes (RFC 9110 section 8.8.3).
    pub(crate) etag: String,
}

impl Document {
    /// # Errors
    /// Of a value that is no JSON.
    pub(crate) fn of(value: &impl Serialize) -> serde_json::Result<Self> {
        let json = serde_json::to_string(value)?;
        let digest = Digest::of(json.as_bytes());
        let tag: String = digest.bytes().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let etag = format!("\"{tag}\"");
        Ok(Self { json, etag })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_tag_changes_with_the_document() {
        let document = |value| Document::of(&value).expect("JSON");
        assert_eq!(document("a").json, "\"a\"");
        assert_eq!(document("a").etag, document("a").etag);
        assert_ne!(document("a").etag, document("b").etag);
    }
}
