//! What the requests of a client must bring, each under the name of its registered metadata.

use serde::{Deserialize, Serialize};

/// What the operator demands of one client. What else its profile and its kind demand is added by
/// [`Client::requires`](super::Client::requires).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demands {
    /// A PKCE challenge in every authorization request (RFC 9700 section 2.1.1).
    pub require_pkce: bool,
    /// A challenge in every device authorization request (RFC 8628 knows none, so libraries send none).
    pub require_device_pkce: bool,
    /// Authorization requests that were pushed beforehand, and no others (RFC 9126 section 6).
    pub require_pushed_authorization_requests: bool,
    /// Authorization requests in a request object that the client signed (RFC 9101 section 10.5).
    pub require_signed_request_object: bool,
    /// A DPoP proof in every token request, and so tokens that nobody else can use (RFC 9449 section 5.2).
    pub dpop_bound_access_tokens: bool,
}

impl Default for Demands {
    fn default() -> Self {
        Self {
            require_pkce: true,
            require_device_pkce: false,
            require_pushed_authorization_requests: false,
            require_signed_request_object: false,
            dpop_bound_access_tokens: false,
        }
    }
}
