//! The mails people get, written in the agency's name (R35-R39, R77): one HTML part and one plain-text part with the
//! same facts, no image, no table, under 100 KB.
//! Never holds a password, an answer, or any token besides the one link of the activation mail.

mod activation;
mod membership_added;

#[cfg(test)]
mod tests;

pub use activation::ActivationLetter;
pub use membership_added::MembershipAddedLetter;

use std::fmt;

use askama::Template;

use crate::locale::{Locale, Texts};

/// Who offers the service and in whose name the letter is written: first line, signature and last line.
#[derive(Debug, Clone)]
pub struct Letterhead {
    pub locale: Locale,
    pub product: String,
    pub operator: String,
    pub agency: String,
    pub address_lines: Vec<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// A letter ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedLetter {
    /// One line, without control characters.
    pub subject: String,
    pub html: String,
    pub text: String,
}

impl RenderedLetter {
    fn of(subject: &str, html: &impl Template, text: &impl Template) -> Result<Self, askama::Error> {
        Ok(Self { subject: one_line(subject), html: html.render()?, text: text.render()? })
    }
}

/// The bodies can hold a link with a token: only the subject is shown.
impl fmt::Debug for RenderedLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderedLetter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl Letterhead {
    /// The same letterhead with nothing in it that could start a new line or turn the text around.
    fn cleaned(&self) -> Self {
        Self {
            locale: self.locale.clone(),
            product: one_line(&self.product),
            operator: one_line(&self.operator),
            agency: one_line(&self.agency),
            address_lines: self.address_lines.iter().map(|line| one_line(line)).collect(),
            phone: self.phone.as_deref().map(one_line),
            email: self.email.as_deref().map(one_line),
        }
    }

    fn texts(&self) -> Texts {
        Texts::new(self.locale.clone())
            .with("product", self.product.clone())
            .with("operator", self.operator.clone())
            .with("agency", self.agency.clone())
    }

    /// The lines below "Sincerely,": name, address, phone, e-mail.
    fn signature(&self) -> Vec<&str> {
        let address = self.address_lines.iter().map(String::as_str);
        let contact = [self.phone.as_deref(), self.email.as_deref()].into_iter().flatten();
        std::iter::once(self.agency.as_str()).chain(address).chain(contact).collect()
    }
}

/// `value` on one line: CR, LF and other control characters become spaces, invisible direction marks vanish (R35).
fn one_line(value: &str) -> String {
    let spaced: String = value
        .chars()
        .filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether `address` may become a link: nothing but the web.
fn is_web_address(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}
