//! User names, which are e-mail addresses (requirements R17, R18, R82; rule P11).
//!
//! Normalised first and validated afterwards, so that no look-alike `@` slips through (CVE-2026-73420).

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::text::is_forbidden;

/// Why a text is not an address we can write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    #[error("is missing")]
    Missing,
    #[error("is longer than 254 characters")]
    TooLong,
    #[error("is not a valid e-mail address")]
    Invalid,
}

/// An e-mail address in two forms: as typed, for showing and sending, and canonical, for comparing.
///
/// Canonical: NFKC, local part lower-cased, domain as lower-case A-labels; dots and `+tags` are kept apart.
#[derive(Clone, Serialize, Deserialize)]
pub struct EmailAddress {
    display: String,
    canonical: String,
}

impl EmailAddress {
    /// # Errors
    /// [`EmailError`]; quoted local parts, comments, address literals and control characters are `Invalid`.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let display: String = text.trim().nfkc().collect();
        if display.is_empty() {
            return Err(EmailError::Missing);
        }
        if display.chars().any(|c| is_forbidden(c) || c.is_whitespace()) {
            return Err(EmailError::Invalid);
        }
        let (local, domain) = display.split_once('@').ok_or(EmailError::Invalid)?;
        let canonical = format!("{}@{}", canonical_local(local)?, canonical_domain(domain)?);
        if canonical.len() > 254 || display.len() > 254 {
            return Err(EmailError::TooLong);
        }
        Ok(Self { display, canonical })
    }

    /// Rebuilds an address from its two stored forms.
    pub fn from_stored(display: String, canonical: String) -> Self {
        Self { display, canonical }
    }

    pub fn as_str(&self) -> &str {
        &self.display
    }

    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    pub fn local_part(&self) -> &str {
        self.canonical.split_once('@').map_or("", |(local, _)| local)
    }

    pub fn domain(&self) -> &str {
        self.canonical.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// `f***@example.com`, for logs.
    pub fn masked(&self) -> String {
        let first = self.canonical.chars().next().unwrap_or('?');
        format!("{first}***@{}", self.domain())
    }
}

fn canonical_local(local: &str) -> Result<String, EmailError> {
    let dot_atom = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) || !c.is_ascii();
    let well_placed = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    if local.is_empty() || local.len() > 64 || !well_placed || !local.chars().all(dot_atom) {
        return Err(EmailError::Invalid);
    }
    // Lower-casing can denormalise; one more pass makes the form stable.
    Ok(local.to_lowercase().nfkc().collect())
}

fn canonical_domain(domain: &str) -> Result<String, EmailError> {
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| EmailError::Invalid)?;
    let ascii = ascii.to_ascii_lowercase();
    let labels: Vec<&str> = ascii.split('.').collect();
    let has_letters = labels.last().is_some_and(|top| top.bytes().any(|b| b.is_ascii_alphabetic()));
    if labels.len() < 2 || labels.iter().any(|label| label.is_empty()) || !has_letters {
        return Err(EmailError::Invalid);
    }
    Ok(ascii)
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}
impl Eq for EmailAddress {}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P11, R82: one person however the address is typed.
    #[test]
    fn spellings_of_one_address_are_one_user_name() {
        let canonical = |text: &str| EmailAddress::parse(text).map(|e| e.canonical().to_owned());
        for spelling in
            ["frank@example.com", " Frank@Example.COM ", "ｆrank@example.com", "FRANK@EXAMPLE.com"]
        {
            assert_eq!(canonical(spelling).as_deref(), Ok("frank@example.com"), "{spelling}");
        }
        assert_eq!(canonical("anna@bücher.example").as_deref(), Ok("anna@xn--bcher-kva.example"));
        assert_ne!(canonical("f.rank@example.com"), canonical("frank@example.com"));
        assert_ne!(canonical("frank+a@example.com"), canonical("frank@example.com"));
    }

    /// P11, attack 18 (CVE-2026-73420): normalise, then validate.
    #[test]
    fn hostile_addresses_are_refused() {
        for hostile in [
            "",
            "frank",
            "@example.com",
            "frank@",
            "a@b@example.com",
            "victim@evil.com\u{FF20}example.com",
            "a\u{FE6B}b@example.com",
            "frank\u{202E}@example.com",
            "fra\r\nnk@example.com",
            "\"a b\"@example.com",
            "frank(comment)@example.com",
            "frank@[127.0.0.1]",
            "frank@127.0.0.1",
            "frank@localhost",
            "frank@exa mple.com",
            ".frank@example.com",
            "fr..ank@example.com",
            "frank@-example.com",
            "frank\u{0}@example.com",
            "frank@example..com",
            "a,b@example.com",
            "a;b@example.com",
            "<a@example.com>",
        ] {
            assert!(EmailAddress::parse(hostile).is_err(), "{hostile:?}");
        }
        assert_eq!(
            EmailAddress::parse(&format!("{}@example.com", "a".repeat(300))),
            Err(EmailError::Invalid)
        );
    }
}
