//! An invitation: one mail to one address about one membership (`queued → sent → accepted | …`).

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::id::{AccountId, CompanyId, InvitationId, MembershipId};
use crate::mail_failure::MailFailure;
use crate::{Entropy, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum InvitationState {
    Queued,
    Sent {
        at: Timestamp,
    },
    Accepted {
        at: Timestamp,
    },
    /// A newer mail was asked for (R67).
    Superseded {
        at: Timestamp,
    },
    Revoked {
        at: Timestamp,
    },
    /// The mail could not be delivered and will not be tried again (R85).
    Undeliverable {
        at: Timestamp,
        why: MailFailure,
    },
}

/// One invitation. `version` guards every update.
#[derive(Debug, Clone)]
pub struct Invitation {
    pub id: InvitationId,
    pub membership: MembershipId,
    pub account: AccountId,
    pub company: CompanyId,
    /// Where the mail goes; nothing at another address works (R71).
    pub email: EmailAddress,
    /// The client or person who asked for it.
    pub sent_by: String,
    pub state: InvitationState,
    pub created_at: Timestamp,
    pub version: i64,
}

impl Invitation {
    pub fn queue(
        membership: &crate::member::Membership,
        email: EmailAddress,
        sent_by: String,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Self {
        Self {
            id: InvitationId::new(now, entropy),
            membership: membership.id,
            account: membership.account,
            company: membership.company,
            email,
            sent_by,
            state: InvitationState::Queued,
            created_at: now,
            version: 0,
        }
    }

    /// Whether a link of this invitation may still be used.
    pub fn is_open(&self) -> bool {
        matches!(self.state, InvitationState::Queued | InvitationState::Sent { .. })
    }
}
