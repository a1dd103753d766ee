//! Activation tickets: the secret behind the link an agency has sent.

use std::time::Duration;

use super::{TicketProblem, TicketState};
use crate::account::{Account, AccountState};
use crate::email::EmailAddress;
use crate::id::{AccountId, CompanyId, InvitationId, TicketId};
use crate::secret::Token;
use crate::{Digest, Timestamp};

/// What is stored of a ticket: the digest of its secret, and what the secret is bound to (L1).
#[derive(Debug, Clone)]
pub struct ActivationTicket {
    pub id: TicketId,
    pub digest: Digest,
    pub invitation: InvitationId,
    pub account: AccountId,
    pub company: CompanyId,
    pub email: EmailAddress,
    pub credential_version: i64,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: TicketState,
}

impl ActivationTicket {
    /// Judges a proven ticket at the moment of use; nothing is left to a sweeper (L3, CVE-2025-64708).
    ///
    /// # Errors
    /// [`TicketProblem`], the most helpful one first: an activated account needs no link at all.
    pub fn judge(&self, account: &Account, now: Timestamp) -> Result<(), TicketProblem> {
        let activated = account.state != AccountState::Invited;
        match self.state {
            TicketState::Used { .. } => Err(TicketProblem::Used),
            _ if activated => Err(TicketProblem::Used),
            TicketState::Superseded { .. } => Err(TicketProblem::Superseded),
            TicketState::Burned { .. } => Err(TicketProblem::Burned),
            TicketState::Open if self.email != account.user_name => Err(TicketProblem::Superseded),
            TicketState::Open if self.credential_version != account.credential_version => {
                Err(TicketProblem::Superseded)
            }
            TicketState::Open if now >= self.expires_at => Err(TicketProblem::Expired),
            TicketState::Open => Ok(()),
        }
    }
}

/// Everything a ticket is bound to when it is issued.
#[derive(Debug)]
pub struct TicketBinding<'a> {
    pub invitation: &'a crate::invitation::Invitation,
    pub account: &'a Account,
    pub life: Duration,
}

impl TicketBinding<'_> {
    /// The row to store for `token`, issued `now`.
    pub fn seal(&self, token: &Token<TicketId>, now: Timestamp) -> ActivationTicket {
        ActivationTicket {
            id: token.id,
            digest: token.digest(),
            invitation: self.invitation.id,
            account: self.account.id,
            company: self.invitation.company,
            email: self.invitation.email.clone(),
            credential_version: self.account.credential_version,
            issued_at: now,
            expires_at: now + self.life,
            state: TicketState::Open,
        }
    }
}
