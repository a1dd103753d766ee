//! A compact JWS taken apart (RFC 7515 section 7.1). Nothing in it is proven.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserializer as _;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

pub(crate) struct Compact<'a> {
    /// JSON, if it is what it should be.
    pub(crate) header: Vec<u8>,
    payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// What the signature is over: the first two parts as they were sent.
    pub(crate) signing_input: &'a str,
}

impl<'a> Compact<'a> {
    /// `None` unless there are three parts in base64url without padding.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        let (signing_input, signature) = token.rsplit_once('.')?;
        let (header, payload) = signing_input.split_once('.')?;
        let decode = |part| URL_SAFE_NO_PAD.decode(part).ok();
        Some(Self {
            header: decode(header)?,
            payload: decode(payload)?,
            signature: decode(signature)?,
            signing_input,
        })
    }

    /// The payload of a JWT (RFC 7519 section 7.2); `None` when it is no JSON object.
    pub(crate) fn claims(&self) -> Option<Map<String, Value>> {
        object(&self.payload)
    }
}

/// A JSON object none of whose names is there twice: readers that disagree on which one counts can be played off
/// against each other (RFC 7515 section 4, RFC 7519 section 4).
pub(crate) fn object(json: &[u8]) -> Option<Map<String, Value>> {
    let mut json = serde_json::Deserializer::from_slice(json);
    let object = json.deserialize_map(DistinctNames).ok()?;
    json.end().ok()?;
    Some(object)
}

struct DistinctNames;

impl<'de> Visitor<'de> for DistinctNames {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object whose names are distinct")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, value)) = members.next_entry()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name is there twice"));
            }
        }
        Ok(object)
    }
}
