//! What we fetch from and tell clients, through one guarded client (`protocol.md`, "Dynamic registration").
//!
//! Addresses come from clients, so nothing they name may lead into our own network (CWE-918).

use async_trait::async_trait;
use url::Url;

#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The address may not be called: its scheme, host, or what the host resolves to.
    #[error("{0} may not be called")]
    Forbidden(String),
    /// No connection, no trusted certificate, or no complete answer in time.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// More than is read of anybody.
    #[error("the answer is too large")]
    TooLarge,
    /// A status other than 2xx; redirects are not followed.
    #[error("the answer has the status {0}")]
    Status(u16),
}

#[async_trait]
pub trait Outbound: Send + Sync {
    /// The body of a document.
    ///
    /// # Errors
    /// [`OutboundError`].
    async fn get(&self, url: &Url) -> Result<Vec<u8>, OutboundError>;

    /// Posts a form; the body of the answer is not read.
    ///
    /// # Errors
    /// [`OutboundError`].
    async fn post_form(&self, url: &Url, fields: &[(&str, &str)]) -> Result<(), OutboundError>;
}
