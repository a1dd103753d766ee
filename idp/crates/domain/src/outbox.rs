//! The transactional outbox: a row holds ids only; the mail is composed when it is sent.

use serde::{Deserialize, Serialize};

use crate::delivery::{Delivery, DeliveryState};
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
pub struct OutboxMail {
    pub id: MailId,
    pub company: Option<CompanyId>,
    pub letter: Letter,
    pub state: DeliveryState,
    /// How often a lease was taken on it.
    pub attempts: u32,
    pub created_at: Timestamp,
}

impl Delivery for OutboxMail {
    type Id = MailId;
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
            state: DeliveryState::Due { at: now },
            attempts: 0,
            created_at: now,
        }
    }
}
