//! The transactional outbox: a row says what to write to whom, never a secret; the mail is composed when it is sent.

use serde::{Deserialize, Serialize};

use crate::audit::Place;
use crate::delivery::{Delivery, DeliveryState};
use crate::email::EmailAddress;
use crate::id::{AccountId, CompanyId, EmailChangeId, InvitationId, MailId};
use crate::{Entropy, Timestamp};

/// What to write to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// R35-R38.
    Activation { invitation: InvitationId },
    /// R77: an existing identity was added to one more company; no link to a password.
    MembershipAdded { invitation: InvitationId },
    /// Somebody typed this address as that of a forgotten password. Whether it has an account, and which mail that account
    /// needs, is found out by whoever sends it, so that asking costs the same for everybody (L6).
    ForgottenPassword { address: EmailAddress },
    /// R84: somebody asked for the company codes of this address.
    CompanyCodes { address: EmailAddress },
    /// A code that proves the address an account has.
    EmailVerification { account: AccountId },
    /// To the new address: prove it (R72).
    EmailChange { change: EmailChangeId },
    /// Something happened to the account that its person should know (L11).
    Notice(Notice),
}

impl Letter {
    /// The invitation it carries, if it does.
    pub const fn invitation(&self) -> Option<InvitationId> {
        match self {
            Self::Activation { invitation } | Self::MembershipAdded { invitation } => Some(*invitation),
            _ => None,
        }
    }
}

/// A security event, told to an address of its person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub account: AccountId,
    /// The address the account had when it happened.
    pub to: EmailAddress,
    pub event: SecurityEvent,
    pub at: Timestamp,
    pub place: Place,
}

/// What people are told about; each says what to do if it was not them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityEvent {
    PasswordChanged,
    PasswordReset,
    QuestionsEnrolled,
    QuestionsChanged,
    /// To the old address, with a way to take it back.
    EmailChangeProposed {
        change: EmailChangeId,
    },
    /// To the old address, with a way to take it back.
    EmailChanged {
        change: EmailChangeId,
    },
    EmailRestored,
    NewDevice,
    /// Several wrong passwords in a row.
    GuessesThrottled,
    /// So many wrong passwords that only known devices and a reset open the account (NIST ceiling).
    PasswordRefused,
    /// Too many wrong answers: the questions are off for a day (Q8).
    RecoveryPaused,
    RecoveryCodeMade,
    RecoveryCodeUsed,
    RecoveryCodeRemoved,
    /// Everything that is stored was fetched.
    DataDownloaded,
    SignedOutEverywhere,
    CompanyLeft {
        company: CompanyId,
    },
    /// The agency took the person out of its list.
    MembershipRemoved {
        company: CompanyId,
    },
    AccountClosed,
}

impl SecurityEvent {
    /// The change of address that the notice lets its reader take back.
    pub const fn undoes(self) -> Option<EmailChangeId> {
        match self {
            Self::EmailChangeProposed { change } | Self::EmailChanged { change } => Some(change),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMail {
    pub id: MailId,
    /// In whose name it is written, where that was known when it was asked for.
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
