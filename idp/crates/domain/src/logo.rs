//! A logo, of an agency (`company.md` section 3, "Branding") or of a client that registered itself (RFC 7591 section 2,
//! `logo_uri`): a picture that was drawn anew by us, small enough for every page.
//!
//! What somebody sent is never kept or served: only its pixels are.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::Digest;
use crate::client::ClientId;
use crate::id::CompanyId;

/// The largest file somebody may send, bytes.
pub const MOST_BYTES: usize = 512 * 1024;

/// The longest side of a picture that is looked at, pixels.
pub const LONGEST_SIDE: u32 = 4096;

/// What every logo fits into, pixels: twice what pages show of it, for screens that draw two for one.
pub const WIDEST: u32 = 480;
pub const HIGHEST: u32 = 160;

/// A picture as a PNG file of our own making, at most [`WIDEST`] by [`HIGHEST`].
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    pub png: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { png, width, height } = self;
        write!(f, "Picture({width} x {height}, {} bytes)", png.len())
    }
}

/// The name of a logo, which is its address: 64 hexadecimal digits.
///
/// It is made of the picture and the id of whose it is. So it changes with the picture, and browsers may keep what is behind it
/// for ever; and who has a picture but not the company's id, which no stranger sees, cannot ask whether the agency is here.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogoName(Digest);

impl LogoName {
    fn of(owner: impl AsRef<[u8]>, picture: &Picture) -> Self {
        let digest = sha2::Sha256::new().chain_update(owner).chain_update(&picture.png).finalize();
        Self(Digest::from_bytes(digest.into()))
    }

    pub const fn from_digest(digest: Digest) -> Self {
        Self(digest)
    }

    pub const fn digest(&self) -> &Digest {
        &self.0
    }

    /// Reads what is written in an address; anything else, capitals too, is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let byte = |pair: &[u8]| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
        Some(Self(Digest::from_bytes(bytes?.try_into().ok()?)))
    }
}

impl fmt::Display for LogoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for LogoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogoName({self})")
    }
}

/// The text is no name of a logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a logo is 64 hexadecimal digits")]
pub struct NotALogoName;

impl TryFrom<String> for LogoName {
    type Error = NotALogoName;
    fn try_from(text: String) -> Result<Self, NotALogoName> {
        Self::parse(&text).ok_or(NotALogoName)
    }
}

impl From<LogoName> for String {
    fn from(name: LogoName) -> Self {
        name.to_string()
    }
}

/// What the record of an agency or a client says of its logo: where it is, and how large it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    pub name: LogoName,
    pub width: u32,
    pub height: u32,
}

impl Logo {
    pub fn of(company: CompanyId, picture: &Picture) -> Self {
        Self::named(LogoName::of(company.uuid(), picture), picture)
    }

    pub fn of_client(client: &ClientId, picture: &Picture) -> Self {
        Self::named(LogoName::of(client.as_str(), picture), picture)
    }

    const fn named(name: LogoName, picture: &Picture) -> Self {
        let Picture { png: _, width, height } = picture;
        Self { name, width: *width, height: *height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn company(number: u128) -> CompanyId {
        CompanyId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_logo_is_named_after_its_picture_and_its_company() {
        let picture = Picture { png: vec![1, 2, 3], width: 3, height: 1 };
        let other = Picture { png: vec![1, 2, 4], ..picture.clone() };
        let logo = Logo::of(company(1), &picture);
        assert_eq!(logo, Logo::of(company(1), &picture));
        assert_ne!(logo.name, Logo::of(company(1), &other).name);
        assert_ne!(logo.name, Logo::of(company(2), &picture).name, "a stranger has the picture, not the id");
        assert_ne!(logo.name.digest(), &Digest::of(&picture.png));
    }

    #[test]
    fn a_clients_logo_is_named_after_its_picture_and_the_client() {
        let picture = Picture { png: vec![1, 2, 3], width: 3, height: 1 };
        let client = |id: &str| ClientId::parse(id).expect("a client_id");
        let logo = Logo::of_client(&client("one"), &picture);
        assert_eq!(logo, Logo::of_client(&client("one"), &picture));
        assert_ne!(logo.name, Logo::of_client(&client("two"), &picture).name);
        assert_ne!(logo.name, Logo::of(company(1), &picture).name);
    }

    #[test]
    fn the_name_of_a_logo_is_read_back_and_nothing_else_is_one() {
        let picture = Picture { png: vec![7], width: 1, height: 1 };
        let name = Logo::of(company(1), &picture).name;
        let text = name.to_string();
        assert_eq!(LogoName::parse(&text), Some(name));
        let stored = serde_json::to_string(&name).expect("a string");
        assert_eq!(serde_json::from_str::<LogoName>(&stored).expect("a name"), name);
        let (longer, odd, capital) = (format!("{text}00"), &text[1..], "A".repeat(64));
        for none in ["", "00", &longer, odd, &capital, &"g".repeat(64), &"\u{e9}".repeat(32)] {
            assert_eq!(LogoName::parse(none), None, "{none}");
        }
    }
}
