//! From an envelope to an Internet message (RFC 5322): plain text and HTML as alternatives (RFC 2046 section 5.1.4),
//! marked as made by a machine (RFC 3834), so that out-of-office notes are not sent back.
//!
//! Transactional mail: never a `List-Unsubscribe`. Header injection ends here: whatever is in a name or a subject is
//! encoded, not copied.

use std::time::{Duration, SystemTime};

use idp_domain::Timestamp;
use idp_domain::email::EmailAddress;
use idp_domain::ports::Envelope;
use lettre::address::AddressError;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};

/// The address all mails come from; the name beside it is each envelope's.
#[derive(Debug, Clone)]
pub struct Sender(lettre::Address);

impl Sender {
    /// # Errors
    /// When the text is not an address.
    pub fn parse(address: &str) -> Result<Self, AddressError> {
        address.parse().map(Self)
    }
}

/// Why a mail cannot be written down.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unwritable {
    #[error("an address cannot be used in mail: {0}")]
    Address(#[from] AddressError),
    #[error("the message cannot be composed: {0}")]
    Message(#[from] lettre::error::Error),
}

/// Composes the message with `now` as its date.
pub(super) fn compose(envelope: &Envelope, sender: &Sender, now: Timestamp) -> Result<Message, Unwritable> {
    let mut message = Message::builder()
        .message_id(Some(format!("<{}>", envelope.message_id)))
        .date(wall_time(now))
        .from(mailbox(Some(&envelope.from_name), sender.0.clone()))
        .to(mailbox(envelope.to_name.as_deref(), address(&envelope.to)?))
        .subject(one_line(&envelope.subject))
        .raw_header(fixed("Auto-Submitted", "auto-generated"))
        .raw_header(fixed("X-Auto-Response-Suppress", "All"));
    if let Some(reply_to) = &envelope.reply_to {
        message = message.reply_to(mailbox(None, address(reply_to)?));
    }
    let (text, html) = (envelope.text.clone(), envelope.html.clone());
    Ok(message.multipart(MultiPart::alternative_plain_html(text, html))?)
}

/// The local part as its owner writes it, the domain as DNS wants it.
fn address(email: &EmailAddress) -> Result<lettre::Address, AddressError> {
    let local = email.as_str().split_once('@').map_or(email.local_part(), |(local, _)| local);
    lettre::Address::new(local, email.domain())
}

fn mailbox(name: Option<&str>, address: lettre::Address) -> Mailbox {
    Mailbox::new(name.map(one_line).filter(|name| !name.is_empty()), address)
}

/// Control characters have no place in a header, encoded or not.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}

fn fixed(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn wall_time(now: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now.seconds()).unwrap_or(0))
}

#[cfg(test)]
#[path = "message_tests.rs"]
pub(super) mod tests;
