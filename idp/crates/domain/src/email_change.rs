//! A change of the address, which is the user name (R72): proposed, proven at the new address, undone from the old one.

use std::time::Duration;

use crate::account::Account;
use crate::email::EmailAddress;
use crate::id::{AccountId, CompanyId, EmailChangeId};
use crate::{Entropy, Timestamp};

/// `proposed → confirmed | cancelled`, `confirmed → undone`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailChangeState {
    Proposed,
    Confirmed {
        at: Timestamp,
    },
    /// Taken back, or overtaken by a newer one, before it took effect.
    Cancelled {
        at: Timestamp,
    },
    /// Taken back from the old address after it took effect.
    Undone {
        at: Timestamp,
    },
}

#[derive(Debug, Clone)]
pub struct EmailChange {
    pub id: EmailChangeId,
    pub account: AccountId,
    pub old: EmailAddress,
    pub new: EmailAddress,
    /// The agency that proposed it; `None` when the person asked.
    pub proposed_by: Option<CompanyId>,
    pub state: EmailChangeState,
    pub created_at: Timestamp,
    /// Until when the new address can be proven.
    pub expires_at: Timestamp,
}

impl EmailChange {
    pub fn propose(
        account: &Account,
        new: EmailAddress,
        proposed_by: Option<CompanyId>,
        (now, life): (Timestamp, Duration),
        entropy: &dyn Entropy,
    ) -> Self {
        Self {
            id: EmailChangeId::new(now, entropy),
            account: account.id,
            old: account.user_name.clone(),
            new,
            proposed_by,
            state: EmailChangeState::Proposed,
            created_at: now,
            expires_at: now + life,
        }
    }

    /// Whether the new address can still be proven.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == EmailChangeState::Proposed && now < self.expires_at
    }

    /// Whether the agency that proposed it, and has no answer, still waits for one. That another proposal is in its place is
    /// nothing it could see (R33).
    pub fn is_awaited(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// When it took effect, if it did and was not taken back.
    pub const fn took_effect_at(&self) -> Option<Timestamp> {
        match self.state {
            EmailChangeState::Confirmed { at } => Some(at),
            _ => None,
        }
    }

    /// Whether it took effect after `instant`, and still is.
    pub fn took_effect_since(&self, instant: Timestamp) -> bool {
        self.took_effect_at().is_some_and(|at| at > instant)
    }

    /// Whether the old address may still take it back: before it took effect, and after.
    pub fn may_be_undone(&self) -> bool {
        matches!(self.state, EmailChangeState::Proposed | EmailChangeState::Confirmed { .. })
    }
}
