//! The transactional outbox: a row holds ids only; the mail is composed when it is sent.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, InvitationId, MailId};
use crate::{Entropy, Timestamp};

/// What to write to whom, by reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// R35-R38.
    Activation { invitation: InvitationId },
    /// R77: an existing identity was added to one more company; no link to a password.
    MembershipAdded { invitation: InvitationId },
}

impl Letter {
    pub const fn invitation(self) -> InvitationId {
        match self {
            Self::Activation { invitation } | Self::MembershipAdded { invitation } => invitation,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailState {
    Due {
        at: Timestamp,
    },
    Leased {
        until: Timestamp,
        owner: String,
    },
    Sent {
        at: Timestamp,
    },
    /// Given up on; stays visible to the agency (R85).
    Dead {
        at: Timestamp,
        why: String,
    },
    /// Overtaken before it was sent: the invitation was revoked, replaced or accepted.
    Dropped {
        at: Timestamp,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMail {
    pub id: MailId,
    pub company: Option<CompanyId>,
    pub letter: Letter,
    pub state: MailState,
    /// How often a lease was taken on it.
    pub attempts: u32,
    pub created_at: Timestamp,
}

impl OutboxMail {
    pub fn enqueue(
        letter: Letter,
        company: Option<CompanyId>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Self {
        Self {
            id: MailId::new(now, entropy),
            company,
            letter,
            state: MailState::Due { at: now },
            attempts: 0,
            created_at: now,
        }
    }
}

/// When to try again and when to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    pub first: Duration,
    pub cap: Duration,
    pub max_attempts: u32,
}

impl RetryPolicy {
    /// The pause after the `attempts`-th failure (1-based), doubling up to the cap; `None` when it was the last.
    pub fn pause(&self, attempts: u32) -> Option<Duration> {
        if attempts >= self.max_attempts {
            return None;
        }
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1).min(30)));
        Some(doubled.min(self.cap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap_and_end() {
        let policy =
            RetryPolicy { first: Duration::from_secs(30), cap: Duration::from_secs(100), max_attempts: 4 };
        let pauses: Vec<_> = (1..=5).map(|n| policy.pause(n).map(|p| p.as_secs())).collect();
        assert_eq!(pauses, [Some(30), Some(60), Some(100), None, None]);
    }
}
