//! Handing a composed mail to a transport.

use async_trait::async_trait;

use crate::email::EmailAddress;

/// A mail ready to leave.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Stable over retries: `<mail id>@<domain>`.
    pub message_id: String,
    pub to: EmailAddress,
    pub to_name: Option<String>,
    /// Display name of the sender, such as "Maple Care Software Inc. on behalf of Maple Home Care".
    pub from_name: String,
    pub reply_to: Option<EmailAddress>,
    pub subject: String,
    pub html: String,
    pub text: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    Sent,
    /// Try again later: the server was away, busy, or said so (4xx).
    Retry {
        why: String,
    },
    /// Trying again cannot help: refused for good (5xx).
    Dead {
        why: String,
    },
}

#[async_trait]
pub trait Postman: Send + Sync {
    async fn deliver(&self, envelope: &Envelope) -> Delivery;
}
