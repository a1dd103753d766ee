//! What the composition root decides about the web front.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Settings of the front that are no rules of the product.
#[derive(Clone)]
pub struct WebOptions {
    /// Whether `X-Forwarded-For` of this peer is believed.
    pub trusted_proxy: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
    /// Bytes.
    pub max_body: usize,
    pub request_timeout: Duration,
    /// Renders the metrics; without it `/metrics` does not exist here.
    pub metrics: Option<Arc<dyn Fn() -> String + Send + Sync>>,
}

impl std::fmt::Debug for WebOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebOptions").field("max_body", &self.max_body).finish_non_exhaustive()
    }
}
