//! The audit log, its chains, and leases: which node does what only one at a time may do.

use async_trait::async_trait;

use super::store::Result;
use crate::Timestamp;
use crate::audit::{AuditEvent, AuditFilter, AuditPage};
use crate::audit_chain::{Chain, ChainId, ChainedEvent, Link, UnchainedEvent};
use crate::id::{AccountId, AuditId, CompanyId};

#[async_trait]
pub trait Audit: Send {
    async fn record(&mut self, event: &AuditEvent) -> Result<()>;
    /// The newest first, at most `limit`; of one company when given.
    async fn list(&mut self, company: Option<CompanyId>, limit: u64) -> Result<Vec<AuditEvent>>;
    /// What concerns one account, the newest first, at most `limit`.
    async fn list_of_account(&mut self, account: AccountId, limit: u64) -> Result<Vec<AuditEvent>>;
    /// A page of one log: a company's, or the platform's own, which holds what belongs to no company.
    async fn search(
        &mut self,
        log: ChainId,
        filter: &AuditFilter,
        page: AuditPage,
    ) -> Result<Vec<AuditEvent>>;
}

/// The chains over the audit log. Whoever changes one locks it first.
#[async_trait]
pub trait AuditChains: Send {
    /// At most `limit` that were recorded and not tied in yet, the oldest first; those of the chains `except` not.
    async fn list_unchained(&mut self, except: &[ChainId], limit: u64) -> Result<Vec<UnchainedEvent>>;
    /// Of one chain when given.
    async fn count_unchained(&mut self, chain: Option<ChainId>) -> Result<u64>;
    /// Ties events in at their places.
    ///
    /// # Errors
    /// `Stale` when one of them has a place already.
    async fn link(&mut self, chain: ChainId, links: &[(AuditId, Link)]) -> Result<()>;
    /// The highest place that any event has, whatever the chain's row says; zero when there is none.
    async fn highest(&mut self, chain: ChainId) -> Result<u64>;
    /// The events behind `after` up to the place `last`, in order, at most `limit`.
    async fn list_chained(
        &mut self,
        chain: ChainId,
        after: u64,
        last: u64,
        limit: u64,
    ) -> Result<Vec<ChainedEvent>>;
    async fn find(&mut self, id: ChainId) -> Result<Option<Chain>>;
    /// The same; every other transaction that locks the chain waits until this one ends.
    async fn lock(&mut self, id: ChainId) -> Result<Option<Chain>>;
    /// In order of their ids, those after `after`, at most `limit`.
    async fn list(&mut self, after: Option<ChainId>, limit: u64) -> Result<Vec<Chain>>;
    /// Inserts or replaces.
    async fn put(&mut self, chain: &Chain) -> Result<()>;
    /// Whether every chain that was made is there, by their numbers.
    async fn are_complete(&mut self) -> Result<bool>;
    /// Whether there is a company, an account, a client or a signing key: none of them comes to be without an event.
    async fn are_expected(&mut self) -> Result<bool>;
    /// For each chain the lowest place of an event outside of its ends, or without a chain.
    async fn list_outside(&mut self) -> Result<Vec<(ChainId, u64)>>;
    /// The next chain after `after` whose first event is from before `before`.
    async fn find_due(&mut self, before: Timestamp, after: Option<ChainId>) -> Result<Option<ChainId>>;
    /// Deletes the events behind `after` up to the place `last`; returns how many.
    async fn sweep(&mut self, chain: ChainId, after: u64, last: u64) -> Result<u64>;
}

#[async_trait]
pub trait Leases: Send {
    /// Takes the lease `name` for `owner` until `until`, or renews it; `false` while another holds it. Until the end of the
    /// transaction nobody else can take it, however long that is.
    async fn take(&mut self, name: &str, owner: &str, now: Timestamp, until: Timestamp) -> Result<bool>;
}
