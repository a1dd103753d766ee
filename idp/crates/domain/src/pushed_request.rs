//! A pushed authorization request (RFC 9126): a client says at our back door what it wants, and the browser brings only the
//! name under which we keep it.

use std::time::Duration;

use crate::client::ClientId;
use crate::id::PushedRequestId;
use crate::{Digest, Timestamp};

/// What stands before the token in a `request_uri` (RFC 9126 section 2.2).
pub const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";
/// How long a browser may take to bring it.
pub const REQUEST_URI_LIFE: Duration = Duration::from_secs(60);

/// A stored request. It is there until it is answered or expires.
#[derive(Debug, Clone)]
pub struct PushedRequest {
    pub id: PushedRequestId,
    /// Of the secret in the `request_uri`.
    pub digest: Digest,
    pub client: ClientId,
    /// What is asked for, read by nobody who reads the database.
    pub sealed: String,
    pub expires_at: Timestamp,
}
