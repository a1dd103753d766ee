//! An agency: its code, its address block, its state (R12, `company.md` section 2).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::branding::Branding;
use crate::claims::Address;
use crate::email::EmailAddress;
use crate::id::CompanyId;
use crate::logo::Logo;
use crate::text::Line;
use crate::web_address::WebAddress;
use crate::{Entropy, Timestamp};

/// The text is not a company code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a company code is 3 to 12 letters or digits")]
pub struct NotACompanyCode;

/// 3 to 12 of `[A-Z0-9]`; case, spaces and hyphens do not matter when it is typed. Not a secret, never re-used.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CompanyCode(String);

impl CompanyCode {
    /// # Errors
    /// [`NotACompanyCode`] for anything that does not leave 3 to 12 ASCII letters or digits.
    pub fn parse(text: &str) -> Result<Self, NotACompanyCode> {
        if text.len() > 64 {
            return Err(NotACompanyCode);
        }
        let code: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase()).collect();
        let valid = (3..=12).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
        if valid { Ok(Self(code)) } else { Err(NotACompanyCode) }
    }

    /// A code of six characters that nobody confuses when it is read out or copied from paper. Whether it is still free
    /// is the caller's business.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(drawn(entropy, GENERATED_LENGTH))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What generated codes are made of: no 0 or O, no 1, I or L, no 5 or S (`company.md` section 2).
const UNAMBIGUOUS: [char; 29] = [
    '2', '3', '4', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'M', 'N', 'P', 'Q',
    'R', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z',
];

/// 29^6 codes: of ten thousand agencies, one draw in sixty thousand is taken.
const GENERATED_LENGTH: usize = 6;

fn drawn(entropy: &dyn Entropy, length: usize) -> String {
    let letters = u32::try_from(UNAMBIGUOUS.len()).unwrap_or_default();
    let draw = || UNAMBIGUOUS.get(entropy.below(letters) as usize).copied();
    std::iter::repeat_with(draw).flatten().take(length).collect()
}

impl fmt::Display for CompanyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 2 to 40 small letters, digits or hyphens, with a letter or digit at both ends")]
pub struct NotASlug;

/// The agency's part of its portal's address: one label of a host name, or one segment of a path. Never re-used, because an
/// older portal's redirect URIs are made of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// # Errors
    /// [`NotASlug`].
    pub fn parse(text: &str) -> Result<Self, NotASlug> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let fits = (2..=40).contains(&text.len()) && text.bytes().all(allowed);
        // "xn--" begins a name in another alphabet (RFC 5890): it would be shown as something else than what is written.
        let plain = !text.starts_with('-') && !text.ends_with('-') && !text.starts_with("xn--");
        if fits && plain { Ok(Self(text.to_owned())) } else { Err(NotASlug) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = NotASlug;
    fn try_from(text: String) -> Result<Self, NotASlug> {
        Self::parse(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a caller names a company: by code or by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompanyRef {
    Code(CompanyCode),
    Id(CompanyId),
}

impl CompanyRef {
    /// # Errors
    /// [`NotACompanyCode`] when the text is neither an id nor a code.
    pub fn parse(text: &str) -> Result<Self, NotACompanyCode> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => CompanyCode::parse(text).map(Self::Code),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CompanyState {
    Active,
    /// No log-in for its members through it (R89).
    Suspended {
        at: Timestamp,
    },
}

/// One agency. Mail is sent in its name; the operator sends it on behalf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    pub id: CompanyId,
    pub code: CompanyCode,
    /// What its portal's addresses are made of, where it has one from the template.
    pub slug: Option<Slug>,
    pub name: Line<100>,
    pub contact: Contact,
    pub branding: Branding,
    pub logo: Option<Logo>,
    pub databases: Vec<Line<64>>,
    pub state: CompanyState,
    pub created_at: Timestamp,
    pub version: i64,
}

/// What stands under an agency's mails and pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub address: Address,
    pub phone: Option<Line<40>>,
    pub email: Option<EmailAddress>,
    /// The bookmarkable address of the agency's portal (R62).
    pub portal_url: Option<WebAddress>,
}

impl Company {
    /// An agency that begins now.
    pub fn open(code: CompanyCode, name: Line<100>, now: Timestamp, entropy: &dyn Entropy) -> Self {
        Self {
            id: CompanyId::new(now, entropy),
            code,
            slug: None,
            name,
            contact: Contact::default(),
            branding: Branding::default(),
            logo: None,
            databases: Vec::new(),
            state: CompanyState::Active,
            created_at: now,
            version: 0,
        }
    }

    pub fn is_active(&self) -> bool {
        self.state == CompanyState::Active
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R58, R88: what a person types is forgiven.
    #[test]
    fn a_company_code_is_read_in_any_case_with_spaces_and_hyphens() {
        for typed in ["99999", "9 9999", "99-999", " 99999 "] {
            assert_eq!(CompanyCode::parse(typed).map(|c| c.to_string()).as_deref(), Ok("99999"), "{typed}");
        }
        assert_eq!(CompanyCode::parse("map-le1").map(|c| c.to_string()).as_deref(), Ok("MAPLE1"));
        for broken in ["", "12", "1234567890123", "99_99", "９９９９９", "99999\n"] {
            assert_eq!(CompanyCode::parse(broken), Err(NotACompanyCode), "{broken:?}");
        }
    }

    struct Counting(std::sync::atomic::AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill_with(|| self.0.fetch_add(13, std::sync::atomic::Ordering::Relaxed));
        }
    }

    /// `company.md` section 2: a generated code is read out on the telephone.
    #[test]
    fn a_generated_code_has_six_characters_that_nobody_confuses() {
        let entropy = Counting(std::sync::atomic::AtomicU8::new(0));
        let codes: Vec<CompanyCode> = (0..200).map(|_| CompanyCode::generate(&entropy)).collect();
        for code in &codes {
            assert_eq!(code.as_str().len(), 6, "{code}");
            assert_eq!(CompanyCode::parse(code.as_str()).as_ref(), Ok(code));
            assert!(!code.as_str().contains(['0', 'O', '1', 'I', 'L', '5', 'S']), "{code}");
        }
        assert!(codes.iter().collect::<std::collections::HashSet<_>>().len() > 30);
    }

    /// What becomes part of a host name is one label of it (RFC 1123 section 2.1).
    #[test]
    fn a_slug_is_one_label_of_a_host_name() {
        for good in ["maple", "ht1111", "a-b", "24"] {
            assert_eq!(Slug::parse(good).map(|it| it.to_string()).as_deref(), Ok(good));
        }
        let long = "a".repeat(41);
        for bad in
            ["", "a", "-a", "a-", "Maple", "a.b", "a/b", "a_b", "a b", "xn--80ak6aa92e", "\u{e9}t", &long]
        {
            assert_eq!(Slug::parse(bad), Err(NotASlug), "{bad:?}");
        }
    }
}
