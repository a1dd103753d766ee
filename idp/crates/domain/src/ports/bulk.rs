//! Lists of people to add, their rows, and the jobs they become. One job of a company at a time; one worker of a job at a
//! time, whose lease is part of every statement that moves it.

use async_trait::async_trait;

use super::store::Result;
use crate::Timestamp;
use crate::bulk::{Batch, BatchRow, BatchState, Counts, Requester, RowOutcome};
use crate::id::{BatchId, CompanyId};

/// Which rows of a batch.
#[derive(Debug, Clone, Copy, Default)]
pub struct RowFilter<'a> {
    /// Only with one of these outcomes; empty: with any.
    pub outcomes: &'a [RowOutcome],
    /// Only up to this number.
    pub upto: Option<u32>,
    /// Only beyond this number.
    pub after: u32,
}

#[async_trait]
pub trait Batches: Send {
    async fn insert(&mut self, batch: &Batch) -> Result<()>;
    /// Inserts or replaces rows.
    async fn put_rows(&mut self, batch: BatchId, rows: &[BatchRow]) -> Result<()>;
    async fn find(&mut self, company: CompanyId, id: BatchId) -> Result<Option<Batch>>;
    /// The newest first, at most `limit`.
    async fn list(&mut self, company: CompanyId, limit: u64) -> Result<Vec<Batch>>;
    /// In order of their numbers, at most `limit`.
    async fn rows(&mut self, batch: BatchId, filter: RowFilter<'_>, limit: u64) -> Result<Vec<BatchRow>>;
    /// By outcome: of all rows, or of those up to a number.
    async fn count(&mut self, batch: BatchId, upto: Option<u32>) -> Result<Counts>;
    /// Makes everybody else who moves the batch wait until this transaction ends; `false` unless it is still proposed.
    async fn hold_proposed(&mut self, company: CompanyId, id: BatchId) -> Result<bool>;
    /// Stores the digest of a proposed batch.
    ///
    /// # Errors
    /// `Stale` when it is no longer proposed.
    async fn repropose(&mut self, batch: &Batch) -> Result<()>;
    /// Queues a proposed batch in the name of `requester`; `true` for one caller only.
    ///
    /// # Errors
    /// `Conflict("active_job")` when the company has another one under way.
    async fn queue(&mut self, id: BatchId, requester: &Requester, now: Timestamp) -> Result<bool>;
    /// Ends a batch that has not come to its end; `true` for one caller only. Waits for the worker's transaction.
    async fn cancel(&mut self, id: BatchId, state: BatchState) -> Result<bool>;
    /// Takes the job that waits longest, or whose lease ran out, for `owner` until `until`.
    async fn lease(&mut self, owner: &str, now: Timestamp, until: Timestamp) -> Result<Option<Batch>>;
    /// Extends `owner`'s lease and makes everybody else wait until this transaction ends; `None` when it has none, because
    /// the job was cancelled or another node took it.
    async fn hold(&mut self, id: BatchId, owner: &str, until: Timestamp) -> Result<Option<Batch>>;
    /// Stores how far a held job came and its state: `Running`, or `Done`.
    async fn advance(&mut self, batch: &Batch) -> Result<()>;
    /// Deletes proposals made before `proposed` and jobs that ended before `ended`: at most `limit` rows and then `limit`
    /// batches without rows.
    async fn sweep(&mut self, proposed: Timestamp, ended: Timestamp, limit: u64) -> Result<u64>;
}
