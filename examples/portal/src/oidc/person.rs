//! The person behind a session, read from UserInfo: the standard claims and the company claims
//! (`company_code`, `company_name`, `member_type`, and `persons` for whoever wears two hats). A provider without the
//! latter is no error.

use openidconnect::core::CoreGenderClaim;
use openidconnect::{AdditionalClaims, UserInfoClaims};
use serde::{Deserialize, Serialize};

/// What the scope `company` adds to UserInfo.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct CompanyClaims {
    company_code: Option<String>,
    company_name: Option<String>,
    #[serde(default)]
    member_type: MemberType,
    #[serde(default)]
    persons: Vec<Hat>,
}

impl AdditionalClaims for CompanyClaims {}

/// What the person is to the agency; decides which portal they see (R62).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MemberType {
    OfficeStaff,
    Caregiver,
    Client,
    /// Not said, or a word this portal does not know.
    #[default]
    #[serde(other)]
    Unknown,
}

impl MemberType {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::OfficeStaff => "Office staff",
            Self::Caregiver => "Caregiver",
            Self::Client => "Client",
            Self::Unknown => "Not given",
        }
    }
}

/// One thing that somebody is to the agency, under the agency's own id of that person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Hat {
    #[serde(default)]
    pub(crate) member_type: MemberType,
    pub(crate) person_ref: String,
}

/// A logged-in person as the pages show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) user_name: String,
    /// The main hat.
    pub(crate) member_type: MemberType,
    /// All of them, the main one first; empty for whoever has one only.
    pub(crate) hats: Vec<Hat>,
    pub(crate) company_code: Option<String>,
    pub(crate) company_name: Option<String>,
}

impl Person {
    /// The hat with this id of the agency's, or else the main one: what a link asks for is not trusted.
    pub(crate) fn wearing(&self, person_ref: Option<&str>) -> Option<&Hat> {
        let named = self.hats.iter().find(|hat| Some(hat.person_ref.as_str()) == person_ref);
        named.or(self.hats.first())
    }
}

impl From<UserInfoClaims<CompanyClaims, CoreGenderClaim>> for Person {
    fn from(claims: UserInfoClaims<CompanyClaims, CoreGenderClaim>) -> Self {
        let user_name = claims.preferred_username().map(|name| name.to_string());
        let user_name = user_name.or_else(|| claims.email().map(|email| email.to_string()));
        let user_name = user_name.unwrap_or_else(|| claims.subject().to_string());
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
        let CompanyClaims { company_code, company_name, member_type, persons } =
            claims.additional_claims().clone();
        Self {
            name: name.unwrap_or_else(|| user_name.clone()),
            user_name,
            member_type,
            hats: if persons.len() > 1 { persons } else { Vec::new() },
            company_code,
            company_name,
        }
    }
}
