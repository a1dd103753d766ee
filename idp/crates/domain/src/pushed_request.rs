//! A pushed authorization request (RFC 9126): a client says at our back door what it wants, and the browser brings only the
//! name under which we keep it.

use std::time::Duration;

use crate::client::ClientId;
use crate::id::{PushedRequestId, SessionId};
use crate::{Digest, Timestamp};

/// What stands before the token in a `request_uri` (RFC 9126 section 2.2).
pub const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";
/// How long a browser may take to bring it.
pub const REQUEST_URI_LIFE: Duration = Duration::from_secs(60);
/// How long whoever answered one may answer it again: a double click is one answer.
pub const ANSWERED_AGAIN: Duration = Duration::from_secs(10);

/// A stored request.
#[derive(Debug, Clone)]
pub struct PushedRequest {
    pub id: PushedRequestId,
    /// Of the secret in the `request_uri`.
    pub digest: Digest,
    pub client: ClientId,
    pub expires_at: Timestamp,
    pub state: PushedState,
}

/// Whether its client still waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushedState {
    /// What is asked for, read by nobody who reads the database.
    Waiting { sealed: String },
    /// With a code or with an error, which a browser without a session may have brought about.
    Answered { at: Timestamp, by: Option<SessionId> },
}

impl PushedState {
    /// Whether an answer of this session at `now` is the one that was given, once more.
    pub fn is_answered_by(&self, session: Option<SessionId>, now: Timestamp) -> bool {
        matches!(self, Self::Answered { at, by } if *by == session && now <= *at + ANSWERED_AGAIN)
    }
}
