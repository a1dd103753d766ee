//! Repositories of what a person proves themselves by besides the password, and of how often that was tried.

use async_trait::async_trait;

use super::store::Result;
use crate::email_change::{EmailChange, EmailChangeState};
use crate::id::{AccountId, CompanyId, EmailChangeId, TicketId};
use crate::question::{EnrolledAnswer, FormerAnswer};
use crate::recovery_code::StoredRecoveryCode;
use crate::throttle::{Admission, Bucket, Guesses, Schedule};
use crate::ticket::{AccountTicket, ActivationTicket, BootstrapTicket};
use crate::{Digest, Timestamp};

/// Tickets of forgotten passwords and of proofs of an address.
#[async_trait]
pub trait AccountTickets: Send {
    /// Inserts, or does nothing when the id is there: the same mail tried again carries the same secrets.
    async fn put(&mut self, ticket: &AccountTicket) -> Result<()>;
    async fn find(&mut self, id: TicketId) -> Result<Option<AccountTicket>>;
    /// The newest open ticket of an account for a purpose, whatever its expiry.
    async fn find_open(&mut self, account: AccountId, purpose: &str) -> Result<Option<AccountTicket>>;
    /// Counts one more typed code, if the ticket is open and unexpired and fewer than `most` were typed: one statement, so
    /// that of a burst no more are looked at. Returns the new count.
    async fn try_code(&mut self, id: TicketId, most: u32, now: Timestamp) -> Result<Option<u32>>;
    /// The same for a set of answers.
    async fn try_answers(&mut self, id: TicketId, most: u32, now: Timestamp) -> Result<Option<u32>>;
    /// Uses the ticket up if it is open and unexpired; `true` for one caller only.
    async fn consume(&mut self, id: TicketId, now: Timestamp) -> Result<bool>;
    /// Ends an open ticket after too many tries.
    async fn burn(&mut self, id: TicketId, now: Timestamp) -> Result<()>;
    /// Ends every open ticket of the account for the purpose; returns how many. When it is for a newer one, that stays, and so
    /// do those that answers were sent for: somebody has proven the mailbox and is at the questions, and a stranger who asks
    /// for a mail meanwhile does not take it out of their hands.
    async fn supersede(
        &mut self,
        account: AccountId,
        purpose: &str,
        newer: Option<TicketId>,
        now: Timestamp,
    ) -> Result<u64>;
    /// Ends every open ticket of the account that this agency vouched for; returns how many.
    async fn supersede_vouched(&mut self, account: AccountId, by: CompanyId, now: Timestamp) -> Result<u64>;
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}

/// Answers to security questions: the present ones, and one set of those they replaced.
#[async_trait]
pub trait Answers: Send {
    /// Replaces all answers of the account by these.
    async fn replace(&mut self, account: AccountId, answers: &[EnrolledAnswer]) -> Result<()>;
    async fn list(&mut self, account: AccountId) -> Result<Vec<EnrolledAnswer>>;
    /// Replaces all former answers of the account by these, which were replaced at that time; by none, removes them.
    async fn keep_former(
        &mut self,
        account: AccountId,
        answers: &[EnrolledAnswer],
        replaced_at: Timestamp,
    ) -> Result<()>;
    /// The former answers, however long ago they were replaced.
    async fn list_former(&mut self, account: AccountId) -> Result<Vec<FormerAnswer>>;
    /// Deletes at most `limit` former answers that were replaced before then.
    async fn sweep_former(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}

/// The link of `idp bootstrap`: at most one, replaced by the next.
#[async_trait]
pub trait BootstrapTickets: Send {
    /// Stores the ticket in the place of whichever was there.
    async fn put(&mut self, ticket: &BootstrapTicket) -> Result<()>;
    /// The ticket, unless another one took its place.
    async fn find(&mut self, id: TicketId) -> Result<Option<BootstrapTicket>>;
    /// Uses the ticket up if it is unused and unexpired; `true` for one caller only.
    async fn consume(&mut self, id: TicketId, now: Timestamp) -> Result<bool>;
    /// Whether somebody is an operator, in whatever state the account is.
    async fn has_operator(&mut self) -> Result<bool>;
    /// Whether there is an agency.
    async fn has_company(&mut self) -> Result<bool>;
}

/// Changes of address (R72).
#[async_trait]
pub trait EmailChanges: Send {
    async fn insert(&mut self, change: &EmailChange) -> Result<()>;
    async fn find(&mut self, id: EmailChangeId) -> Result<Option<EmailChange>>;
    /// The newest that is still proposed, whatever its expiry.
    async fn find_proposed(&mut self, account: AccountId) -> Result<Option<EmailChange>>;
    /// Moves a change on if it is still in the state it was read in; `true` for one caller only.
    async fn settle(&mut self, change: &EmailChange, to: EmailChangeState) -> Result<bool>;
    /// Moves every change of the account that took effect at `since` or later on to undone; returns how many.
    async fn undo_since(&mut self, account: AccountId, since: Timestamp, now: Timestamp) -> Result<u64>;
    /// Cancels every proposed change of the account except `keep`; returns how many.
    async fn cancel_proposed(
        &mut self,
        account: AccountId,
        keep: Option<EmailChangeId>,
        now: Timestamp,
    ) -> Result<u64>;
    /// Every change of the account, the newest first.
    async fn list_of_account(&mut self, account: AccountId) -> Result<Vec<EmailChange>>;
    /// Removes every change of an account that was closed: its addresses are kept nowhere.
    async fn remove_all(&mut self, account: AccountId) -> Result<()>;
}

/// Saved recovery codes, at most one of an account (L8).
#[async_trait]
pub trait RecoveryCodes: Send {
    /// Inserts or replaces.
    async fn put(&mut self, code: &StoredRecoveryCode) -> Result<()>;
    async fn find(&mut self, account: AccountId) -> Result<Option<StoredRecoveryCode>>;
    /// Removes the account's code if it is this one; `true` for one caller only.
    async fn consume(&mut self, account: AccountId, digest: &Digest) -> Result<bool>;
    /// Removes the account's code, whatever it is.
    async fn remove(&mut self, account: AccountId) -> Result<()>;
}

/// Guesses at an account, counted by bucket (rules section 4). An account that does not exist may be counted, too.
#[async_trait]
pub trait Throttles: Send {
    /// Counts one more guess, if its turn has come: one statement, so that of a burst no more are looked at than the schedule
    /// allows.
    async fn admit(
        &mut self,
        account: AccountId,
        bucket: Bucket,
        schedule: &Schedule,
        now: Timestamp,
    ) -> Result<Admission>;
    /// Takes back a guess that was counted and could not be looked at.
    async fn release(&mut self, account: AccountId, bucket: Bucket) -> Result<()>;
    /// Forgets the failures of one bucket: a guess was right.
    async fn clear(&mut self, account: AccountId, bucket: Bucket) -> Result<()>;
    /// Forgets all failures of an account: it was recovered (L7).
    async fn clear_all(&mut self, account: AccountId) -> Result<()>;
    /// What is remembered of wrong guesses in one bucket.
    async fn find(&mut self, account: AccountId, bucket: Bucket) -> Result<Option<Guesses>>;
    /// Deletes at most `limit` counts that did not change since `before`.
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}

#[async_trait]
pub trait Tickets: Send {
    /// Inserts, or replaces the digest and times of a ticket of the same id (the same mail tried again).
    async fn put(&mut self, ticket: &ActivationTicket) -> Result<()>;
    async fn find(&mut self, id: TicketId) -> Result<Option<ActivationTicket>>;
    /// Uses the ticket up if it is open and unexpired; `true` for one caller only.
    async fn consume(&mut self, id: TicketId, now: Timestamp) -> Result<bool>;
    /// Ends every open ticket of the account; returns how many. For a newer one, which stays, only those that the same company
    /// sent (R67): what one agency sends and takes back does not kill another's link (R78).
    async fn supersede(
        &mut self,
        account: AccountId,
        newer: Option<(CompanyId, TicketId)>,
        now: Timestamp,
    ) -> Result<u64>;
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}
