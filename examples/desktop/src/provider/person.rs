//! The person who is logged in, as UserInfo tells: the standard claims, those of the scope `company` and the list of the
//! scope `companies`. A provider without the last two is no error.

use openidconnect::core::CoreGenderClaim;
use openidconnect::{AdditionalClaims, UserInfoClaims};
use serde::{Deserialize, Serialize};

use crate::text::plain;

pub(crate) type PersonClaims = UserInfoClaims<CompanyClaims, CoreGenderClaim>;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct CompanyClaims {
    company_id: Option<String>,
    company_code: Option<String>,
    company_name: Option<String>,
    #[serde(default)]
    member_type: MemberType,
    #[serde(default)]
    companies: Vec<Agency>,
}

impl AdditionalClaims for CompanyClaims {}

/// An agency that is open to the person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Agency {
    pub(crate) company_id: String,
    pub(crate) code: String,
    pub(crate) name: String,
}

/// What the person is to the agency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MemberType {
    OfficeStaff,
    Caregiver,
    Client,
    /// Not said, or a word this program does not know.
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

/// A logged-in person at one agency, as the screen shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: String,
    /// `None` where the provider does not say.
    pub(crate) user_name: Option<String>,
    pub(crate) member_type: MemberType,
    /// The agency that the tokens speak for. Empty texts where the provider names none.
    pub(crate) agency: Agency,
    /// All that are open to the person, this one included.
    pub(crate) agencies: Vec<Agency>,
}

impl From<PersonClaims> for Person {
    fn from(claims: PersonClaims) -> Self {
        let user_name = claims.preferred_username().map(|name| plain(name));
        let user_name = user_name.or_else(|| claims.email().map(|email| plain(email)));
        let name = claims.name().and_then(|name| name.get(None)).map(|name| plain(name));
        let mut company = claims.additional_claims().clone();
        for agency in &mut company.companies {
            agency.name = plain(&agency.name);
        }
        let agency = Agency {
            company_id: company.company_id.unwrap_or_default(),
            code: company.company_code.unwrap_or_default(),
            name: company.company_name.map_or_else(|| "Your agency".to_owned(), |name| plain(&name)),
        };
        let agencies = match company.companies {
            none if none.is_empty() => vec![agency.clone()],
            agencies => agencies,
        };
        let name = name.or_else(|| user_name.clone()).unwrap_or_else(|| "you".to_owned());
        Self { name, user_name, member_type: company.member_type, agency, agencies }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use serde_json::{Value, json};

    use super::*;

    fn person(claims: Value) -> Person {
        let claims = claims.to_string();
        Person::from(PersonClaims::from_json::<std::io::Error>(claims.as_bytes(), None).unwrap())
    }

    #[test]
    fn the_list_of_agencies_is_what_the_provider_says() {
        let birch =
            json!({ "company_id": "cmp_2", "code": "22222", "name": "Birch", "member_type": "client" });
        let maple =
            json!({ "company_id": "cmp_1", "code": "99999", "name": "Maple", "member_type": "caregiver" });
        let person = person(json!({
            "sub": "acc_1", "name": "Rose Miller", "preferred_username": "rose@maple.example",
            "company_id": "cmp_1", "company_code": "99999", "company_name": "Maple", "member_type": "caregiver",
            "companies": [birch, maple],
        }));
        assert_eq!((person.member_type, person.agency.code.as_str()), (MemberType::Caregiver, "99999"));
        assert_eq!(person.agencies[1], person.agency);
        assert_eq!(person.agencies[0].name, "Birch");
    }

    #[test]
    fn a_provider_that_knows_no_agencies_is_no_error() {
        let person = person(json!({ "sub": "248289761001", "member_type": "a word of tomorrow" }));
        assert_eq!(person.member_type, MemberType::Unknown);
        assert_eq!(person.agencies, std::slice::from_ref(&person.agency));
        assert_eq!(person.user_name, None, "a subject is no name");
    }
}
