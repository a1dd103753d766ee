//! The standard claims a person's account can hold (OpenID Connect Core section 5.1).

use serde::{Deserialize, Serialize};

use crate::text::Line;

/// A given or family name as an office types it.
pub type NamePart = Line<100>;

/// Standard claims about a person; absent ones are left out of every answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<NamePart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<NamePart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<NamePart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<NamePart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<NamePart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<url::Url>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<url::Url>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<url::Url>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<Line<40>>,
    /// `YYYY-MM-DD`, or `0000-MM-DD`, or `YYYY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<Line<10>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<Line<64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<Line<35>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<Line<40>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// When the person's own facts last changed, seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
}

/// The `address` claim (Core section 5.1.1); `formatted` is derived when it is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<Line<200>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<Line<100>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Line<100>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Line<20>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Line<100>>,
}

impl Profile {
    /// "Frank Jones", or nothing when no name is known.
    pub fn full_name(&self) -> Option<String> {
        let parts = [&self.given_name, &self.middle_name, &self.family_name];
        let name = parts.into_iter().flatten().map(NamePart::as_str).collect::<Vec<_>>().join(" ");
        (!name.is_empty()).then_some(name)
    }
}

impl Address {
    /// The lines of the address, as they stand on an envelope.
    pub fn lines(&self) -> Vec<String> {
        let text = |part: &Option<Line<100>>| part.as_ref().map(|p| p.as_str().to_owned());
        let postal_code = self.postal_code.as_ref().map(|p| p.as_str().to_owned());
        let place = [text(&self.region), postal_code].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let city = [text(&self.locality), (!place.is_empty()).then_some(place)];
        let city = city.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let street = self.street_address.as_ref().map(|s| s.as_str().to_owned());
        [street, (!city.is_empty()).then_some(city), text(&self.country)].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R35: the agency's block at the end of a mail.
    #[test]
    fn an_address_prints_as_on_an_envelope() {
        let line = |text: &str| Line::parse(text).expect("valid");
        let address = Address {
            street_address: Some(Line::parse("10636 Scripps Summit Ct").expect("valid")),
            locality: Some(line("San Diego")),
            region: Some(line("CA")),
            postal_code: Some(Line::parse("92130").expect("valid")),
            country: None,
        };
        assert_eq!(address.lines(), ["10636 Scripps Summit Ct", "San Diego, CA 92130"]);
    }
}
