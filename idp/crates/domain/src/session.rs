//! Single sign-on sessions (rules section 5): opaque cookie, server-side state, rotated at every log-in.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::audit::Place;
use crate::id::{AccountId, SessionId};
use crate::secret::Token;
use crate::{Digest, Entropy, Timestamp};

/// How a person proved who they are (RFC 8176). Security questions are never in this list (Q1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Amr {
    Pwd,
}

impl Amr {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pwd => "pwd",
        }
    }
}

/// How long a session lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLife {
    pub idle: Duration,
    pub absolute: Duration,
}

#[derive(Debug, Clone)]
pub struct Session {
    pub id: SessionId,
    pub digest: Digest,
    pub account: AccountId,
    pub auth_time: Timestamp,
    pub amr: Vec<Amr>,
    pub last_seen: Timestamp,
    /// Ends this long after `last_seen`.
    pub idle: Duration,
    pub expires_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// Where the person logged in.
    pub place: Place,
}

impl Session {
    /// A new session and the token for its cookie.
    pub fn begin(
        account: AccountId,
        amr: Vec<Amr>,
        (life, place): (SessionLife, Place),
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> (Self, Token<SessionId>) {
        let token = Token::mint(SessionId::new(now, entropy), entropy);
        let session = Self {
            id: token.id,
            digest: token.digest(),
            account,
            auth_time: now,
            amr,
            last_seen: now,
            idle: life.idle,
            expires_at: now + life.absolute,
            ended_at: None,
            place,
        };
        (session, token)
    }

    /// The same person logged in again in the same browser: what began in the session goes on, under a new secret.
    #[must_use]
    pub fn renew(
        self,
        amr: Vec<Amr>,
        (life, place): (SessionLife, Place),
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> (Self, Token<SessionId>) {
        let token = Token::mint(self.id, entropy);
        let renewed = Self {
            digest: token.digest(),
            auth_time: now,
            amr,
            last_seen: now,
            idle: life.idle,
            expires_at: now + life.absolute,
            place,
            ..self
        };
        (renewed, token)
    }

    /// The same session under a new secret: whoever else held the old one holds nothing any more.
    #[must_use]
    pub fn rotate(self, entropy: &dyn Entropy) -> (Self, Token<SessionId>) {
        let token = Token::mint(self.id, entropy);
        (Self { digest: token.digest(), ..self }, token)
    }

    /// Whether it signs somebody in.
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.is_over(now) && now < self.last_seen + self.idle
    }

    /// Whether it was ended or is past its absolute life, and with it what was issued in it. Idleness in the browser does
    /// not count here: the browser's session does not see the client's own use.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ended_at.is_some() || now >= self.expires_at
    }

    /// Whether the person proved who they are less than `span` ago: what changes how an account is protected asks for that.
    pub fn is_fresh(&self, span: Duration, now: Timestamp) -> bool {
        now < self.auth_time + span
    }

    /// Whether the sliding idle time is worth a write: once a minute, not once a request.
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        now.since(self.last_seen) >= Duration::from_secs(60)
    }
}
