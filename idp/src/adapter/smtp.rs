//! Mail by SMTP (RFC 5321), over STARTTLS or TLS (RFC 3207, RFC 8314), with authentication (RFC 4954).
//!
//! One attempt for one mail, within one time limit. What the operator can mend is a reason to try again, what the
//! recipient's server says for good is not. Never logs an address that is not masked, nor a body.

mod failure;
mod server;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use idp_domain::ports::{Delivery, Envelope, Postman};
use idp_domain::{Clock, Secret};
use lettre::message::Message;

use super::message::{Sender, compose};
use failure::Failure;
use server::MailServer;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Plain at first; a server that does not offer to upgrade gets no mail.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all.
    None,
}

/// The settings `mail.smtp.*`.
#[derive(Debug, Clone)]
pub struct SmtpOptions {
    /// Name or address; with TLS the certificate must be for it.
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    /// User name and password.
    pub credentials: Option<(String, Secret<String>)>,
    /// For one mail, all in all.
    pub timeout: Duration,
    /// Connections kept open between mails.
    pub pool_size: usize,
    /// PEM file with certificates to trust beside the system's.
    pub extra_roots: Option<PathBuf>,
}

/// Why there can be no SMTP transport.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    #[error("extra_roots: the certificates in {path} cannot be read: {why}")]
    Roots { path: PathBuf, why: String },
    #[error("tls: TLS cannot be set up: {0}")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// Sends mails to one server.
pub struct SmtpPostman {
    server: MailServer,
    sender: Sender,
    timeout: Duration,
    clock: Arc<dyn Clock>,
}

impl SmtpPostman {
    /// Connects to nothing yet: a mail server that is away must not keep the provider from starting.
    ///
    /// # Errors
    /// [`SmtpError`].
    pub fn new(options: SmtpOptions, sender: Sender, clock: Arc<dyn Clock>) -> Result<Self, SmtpError> {
        let timeout = options.timeout;
        Ok(Self { server: MailServer::new(options)?, sender, timeout, clock })
    }

    async fn attempt(&self, message: &Message) -> Result<(), Failure> {
        let mut connection = self.server.connection().await?;
        connection.send(message.envelope(), &message.formatted()).await.map_err(Failure::Refused)?;
        self.server.keep(connection);
        Ok(())
    }
}

#[async_trait]
impl Postman for SmtpPostman {
    async fn deliver(&self, envelope: &Envelope) -> Delivery {
        let message = match compose(envelope, &self.sender, self.clock.now()) {
            Ok(message) => message,
            Err(error) => return Delivery::Dead { why: error.to_string() },
        };
        let attempt = tokio::time::timeout(self.timeout, self.attempt(&message)).await;
        match attempt.unwrap_or(Err(Failure::TooSlow(self.timeout))) {
            Ok(()) => Delivery::Sent,
            Err(failure) => failure.into(),
        }
    }
}

impl std::fmt::Debug for SmtpPostman {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpPostman").field("server", &self.server).finish_non_exhaustive()
    }
}
