//! An agency: its code, its address block, its state (R12, `company.md` section 2).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::claims::Address;
use crate::email::EmailAddress;
use crate::id::CompanyId;
use crate::text::Line;
use crate::web_address::WebAddress;

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

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CompanyCode {
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
#[derive(Debug, Clone)]
pub struct Company {
    pub id: CompanyId,
    pub code: CompanyCode,
    pub name: Line<100>,
    pub contact: Contact,
    pub databases: Vec<Line<64>>,
    pub state: CompanyState,
    pub created_at: Timestamp,
    pub version: i64,
}

/// What stands under an agency's mails and pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub address: Address,
    pub phone: Option<Line<40>>,
    pub email: Option<EmailAddress>,
    /// The bookmarkable address of the agency's portal (R62).
    pub portal_url: Option<WebAddress>,
}

impl Company {
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
}
