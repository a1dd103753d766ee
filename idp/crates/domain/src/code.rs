//! Authorization codes (RFC 6749 section 4.1.2): 60 seconds, once, bound to everything they were issued for.

use serde::{Deserialize, Serialize};

use crate::client::ClientId;
use crate::grant::Consented;
use crate::id::{CodeId, GrantId};
use crate::thumbprint::Thumbprint;
use crate::{Digest, Timestamp};

/// A stored code. Used ones stay findable until they would have expired, plus a margin, so that a replay is seen.
#[derive(Debug, Clone)]
pub struct AuthorizationCode {
    pub id: CodeId,
    pub digest: Digest,
    pub client: ClientId,
    pub bound: CodeBinding,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: CodeState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeState {
    Issued,
    /// Redeemed; a second use revokes `grant`.
    Redeemed {
        at: Timestamp,
        grant: GrantId,
    },
}

/// What the authorization request fixed and the token request must meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeBinding {
    /// As sent, byte for byte.
    pub redirect_uri: String,
    /// S256 challenge (RFC 7636); `plain` does not exist here.
    pub code_challenge: Option<String>,
    pub nonce: Option<String>,
    /// The key that redeeming it takes (`dpop_jkt`, RFC 9449 section 10).
    #[serde(default)]
    pub key: Option<Thumbprint>,
    pub consented: Consented,
}
