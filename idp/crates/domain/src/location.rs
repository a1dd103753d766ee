//! Where on earth a network address is said to be, roughly: a hint for people (BCP 247 section 6.1.1), never a proof.

use crate::text::Line;

/// The name of a city or country, as a file of locations writes it.
pub type PlaceName = Line<100>;

/// A country, and a city where it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    pub country: Country,
    pub city: Option<PlaceName>,
}

/// A country or territory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country {
    pub code: CountryCode,
    pub name: PlaceName,
}

/// ISO 3166-1 alpha-2, such as `CA`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountryCode([u8; 2]);

/// Not two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a country code of two letters")]
pub struct NotACountryCode;

impl CountryCode {
    /// # Errors
    /// [`NotACountryCode`].
    pub fn parse(text: &str) -> Result<Self, NotACountryCode> {
        match text.as_bytes() {
            [first, second] if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() => {
                Ok(Self([*first, *second].map(|letter| letter.to_ascii_uppercase())))
            }
            _ => Err(NotACountryCode),
        }
    }
}

impl Location {
    /// Whether both are in one country.
    pub fn shares_country_with(&self, other: &Self) -> bool {
        self.country.code == other.country.code
    }
}

/// As people write it: the city first, then the country.
impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(city) = &self.city {
            write!(f, "{city}, ")?;
        }
        self.country.name.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_country_is_known_by_its_code_whatever_it_is_called() {
        let location = |code: &str, name: &str| Location {
            country: Country { code: CountryCode::parse(code).unwrap(), name: Line::parse(name).unwrap() },
            city: Line::parse("London").ok(),
        };
        assert!(location("CA", "Canada").shares_country_with(&location("ca", "Kanada")));
        assert!(!location("CA", "Canada").shares_country_with(&location("GB", "Canada")));
        assert_eq!(location("CA", "Canada").to_string(), "London, Canada");
        for text in ["", "C", "CAN", "C1", "é"] {
            assert_eq!(CountryCode::parse(text), Err(NotACountryCode), "{text}");
        }
    }
}
