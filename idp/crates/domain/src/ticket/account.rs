//! Tickets of a person's own account: forgotten password, proof of an address, and taking a change of address back.
//!
//! A link and a typed code open the same ticket. Neither secret is stored: of the link there is a digest, and the code
//! is derived anew from the ticket's id whenever one is checked.

use super::{TicketProblem, TicketState};
use crate::account::Account;
use crate::email::EmailAddress;
use crate::email_change::{EmailChange, EmailChangeState};
use crate::id::{AccountId, CompanyId, EmailChangeId, TicketId};
use crate::{Digest, Timestamp};

/// What a ticket is good for; one purpose's secret never opens another's page (attack 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketPurpose {
    /// Proves the mailbox of somebody who forgot the password; the questions still follow (Q1).
    PasswordReset,
    /// Proves the address an account has.
    EmailVerification,
    /// Proves the new address, so that the change takes effect (R72).
    EmailChange(EmailChangeId),
    /// Held by the old address: takes the change back, before or after it took effect.
    EmailUndo(EmailChangeId),
}

impl TicketPurpose {
    /// Every stored word.
    pub const WORDS: [&'static str; 4] =
        ["password_reset", "email_verification", "email_change", "email_undo"];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::EmailVerification => "email_verification",
            Self::EmailChange(_) => "email_change",
            Self::EmailUndo(_) => "email_undo",
        }
    }

    pub const fn change(self) -> Option<EmailChangeId> {
        match self {
            Self::EmailChange(change) | Self::EmailUndo(change) => Some(change),
            Self::PasswordReset | Self::EmailVerification => None,
        }
    }
}

/// What is stored of a ticket, and what its secrets are bound to (L1).
#[derive(Debug, Clone)]
pub struct AccountTicket {
    pub id: TicketId,
    pub digest: Digest,
    pub purpose: TicketPurpose,
    pub account: AccountId,
    /// Where the secret was sent.
    pub email: EmailAddress,
    pub credential_version: i64,
    /// The agency that started the reset and knows the person: where nothing is enrolled to ask for, its word and the
    /// mailbox are enough (R90). It never stands in for answers that are there (R80).
    pub vouched_by: Option<CompanyId>,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: TicketState,
    /// Codes that were typed, right or wrong: counted before they are looked at.
    pub code_tries: u32,
    /// Sets of answers that were sent: counted before they are looked at (Q8).
    pub answer_tries: u32,
}

impl AccountTicket {
    /// Judges a proven ticket at the moment of use; nothing is left to a sweeper (L3, CVE-2025-64708). `change` is the
    /// change of address its purpose names.
    ///
    /// # Errors
    /// [`TicketProblem`].
    pub fn judge(
        &self,
        account: &Account,
        change: Option<&EmailChange>,
        now: Timestamp,
    ) -> Result<(), TicketProblem> {
        match self.state {
            TicketState::Used { .. } => return Err(TicketProblem::Used),
            TicketState::Superseded { .. } => return Err(TicketProblem::Superseded),
            TicketState::Burned { .. } => return Err(TicketProblem::Burned),
            TicketState::Open => {}
        }
        let same_credential = self.credential_version == account.credential_version;
        let fits = match self.purpose {
            TicketPurpose::PasswordReset | TicketPurpose::EmailVerification => {
                account.is_active() && same_credential && self.email == account.user_name
            }
            TicketPurpose::EmailChange(_) => {
                let proposed = change.is_some_and(|change| change.state == EmailChangeState::Proposed);
                account.is_active() && same_credential && proposed
            }
            // Whoever changed the address may have changed the password, too: the old address outlives that.
            TicketPurpose::EmailUndo(_) => {
                account.is_active() && change.is_some_and(EmailChange::may_be_undone)
            }
        };
        // A mail that left late does not keep a proposal open for longer (L2).
        let proposal_ended = match self.purpose {
            TicketPurpose::EmailChange(_) => change.is_some_and(|change| now >= change.expires_at),
            _ => false,
        };
        match fits {
            false => Err(TicketProblem::Superseded),
            true if now >= self.expires_at || proposal_ended => Err(TicketProblem::Expired),
            true => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Profile;
    use crate::entropy::Zero;
    use crate::password::PasswordHash;

    fn active() -> Account {
        let (now, hash) = (Timestamp::from_millis(0), PasswordHash::from_phc("x".to_owned()));
        let address = EmailAddress::parse("frank@example.com").expect("valid");
        Account::invite(address, Profile::default(), now, &Zero).activate(hash, now).expect("invited")
    }

    fn ticket(account: &Account) -> AccountTicket {
        AccountTicket {
            id: TicketId::from_uuid(uuid::Uuid::nil()),
            digest: Digest::of(b"x"),
            purpose: TicketPurpose::PasswordReset,
            account: account.id,
            email: account.user_name.clone(),
            credential_version: account.credential_version,
            vouched_by: None,
            issued_at: Timestamp::from_millis(0),
            expires_at: Timestamp::from_millis(1000),
            state: TicketState::Open,
            code_tries: 0,
            answer_tries: 0,
        }
    }

    /// L3: a reset link dies with its time, a newer password and another address.
    #[test]
    fn a_reset_ticket_is_bound_to_address_credential_and_time() {
        let (account, now) = (active(), Timestamp::from_millis(999));
        let judge = |ticket: &AccountTicket, account: &Account, now| ticket.judge(account, None, now);
        assert_eq!(judge(&ticket(&account), &account, now), Ok(()));
        let at_its_end = Timestamp::from_millis(1000);
        assert_eq!(judge(&ticket(&account), &account, at_its_end), Err(TicketProblem::Expired));
        let newer = Account { credential_version: 2, ..account.clone() };
        assert_eq!(judge(&ticket(&account), &newer, now), Err(TicketProblem::Superseded));
        let elsewhere = EmailAddress::parse("frank@new.example").expect("valid");
        let moved = Account { user_name: elsewhere, ..account.clone() };
        assert_eq!(judge(&ticket(&account), &moved, now), Err(TicketProblem::Superseded));
        let burned = AccountTicket { state: TicketState::Burned { at: now }, ..ticket(&account) };
        assert_eq!(judge(&burned, &account, now), Err(TicketProblem::Burned));
    }

    fn proposed(account: &Account) -> EmailChange {
        let new = EmailAddress::parse("frank@new.example").expect("valid");
        let (at, life) = (Timestamp::from_millis(0), std::time::Duration::from_millis(500));
        EmailChange::propose(account, new, None, (at, life), &Zero)
    }

    /// L1, L3: a proof of a new address is good for one proposal, as long as that stands, under one password.
    #[test]
    fn a_proof_of_an_address_dies_with_its_proposal_and_with_the_password() {
        let (account, now) = (active(), Timestamp::from_millis(499));
        let change = proposed(&account);
        let ticket = AccountTicket { purpose: TicketPurpose::EmailChange(change.id), ..ticket(&account) };
        assert_eq!(ticket.judge(&account, Some(&change), now), Ok(()));
        let late = Timestamp::from_millis(500);
        assert_eq!(ticket.judge(&account, Some(&change), late), Err(TicketProblem::Expired));
        for state in [
            EmailChangeState::Confirmed { at: now },
            EmailChangeState::Cancelled { at: now },
            EmailChangeState::Undone { at: now },
        ] {
            let settled = EmailChange { state, ..change.clone() };
            assert_eq!(ticket.judge(&account, Some(&settled), now), Err(TicketProblem::Superseded));
        }
        assert_eq!(ticket.judge(&account, None, now), Err(TicketProblem::Superseded));
        let newer = account.change_password(PasswordHash::from_phc("y".to_owned())).expect("active");
        assert_eq!(ticket.judge(&newer, Some(&change), now), Err(TicketProblem::Superseded));
    }

    /// R72: whoever changed the address may have changed the password, too; the old address outlives both.
    #[test]
    fn the_old_address_outlives_a_changed_password_and_another_address() {
        let (account, now) = (active(), Timestamp::from_millis(999));
        let change = proposed(&account);
        let ticket = AccountTicket { purpose: TicketPurpose::EmailUndo(change.id), ..ticket(&account) };
        let elsewhere = EmailAddress::parse("thief@third.example").expect("valid");
        let taken = account.change_password(PasswordHash::from_phc("y".to_owned())).expect("active");
        let taken = taken.change_user_name(elsewhere).expect("active");
        let confirmed = EmailChange { state: EmailChangeState::Confirmed { at: now }, ..change.clone() };
        assert_eq!(ticket.judge(&taken, Some(&confirmed), now), Ok(()));
        let undone = EmailChange { state: EmailChangeState::Undone { at: now }, ..change };
        assert_eq!(ticket.judge(&taken, Some(&undone), now), Err(TicketProblem::Superseded));
        let late = Timestamp::from_millis(1000);
        assert_eq!(ticket.judge(&taken, Some(&confirmed), late), Err(TicketProblem::Expired));
    }
}
