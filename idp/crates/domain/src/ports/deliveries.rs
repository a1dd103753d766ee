//! Queues of deliveries, and whose turn it is where many leave: leased by one at a time, never lost.

use std::time::Duration;

use async_trait::async_trait;

use super::store::Result;
use crate::Timestamp;
use crate::delivery::{Delivery, DeliveryState};
use crate::id::CompanyId;

/// A queue of deliveries: what is enqueued with a commit is delivered at least once, and is never in two hands at the same
/// time.
#[async_trait]
pub trait Deliveries<T: Delivery>: Send {
    async fn enqueue(&mut self, delivery: &T) -> Result<()>;
    /// The same of several, in one statement; at most [`super::AT_ONCE`].
    async fn enqueue_all(&mut self, deliveries: &[T]) -> Result<()>;
    /// Takes at most `limit` that are due (or whose lease ran out) for `owner` until `until`, oldest first, and raises
    /// their attempts; none is ever leased by two at once.
    async fn lease(&mut self, owner: &str, now: Timestamp, until: Timestamp, limit: u64) -> Result<Vec<T>>;
    /// Ends a lease; `false` when `owner` no longer holds it. `state` is never `Leased`.
    async fn settle(&mut self, id: T::Id, owner: &str, state: &DeliveryState) -> Result<bool>;
    async fn find(&mut self, id: T::Id) -> Result<Option<T>>;
    /// When the next one falls due, leased ones included.
    async fn next_due(&mut self) -> Result<Option<Timestamp>>;
    /// How many wait or are leased, and how many are dead.
    async fn depth(&mut self) -> Result<(u64, u64)>;
    /// Deletes at most `limit` that were sent or dropped before `before`; the dead stay to be seen.
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}

/// When mails to many leave: those of one company one after the other, whoever queues them and on whichever node.
#[async_trait]
pub trait MailTurns: Send {
    /// Takes the company's next `count` turns, `distance` apart and none before `now`; when the first of them is. Others who
    /// want turns of the company wait until this transaction ends: take them last, and lock nothing afterwards.
    async fn take(
        &mut self,
        company: CompanyId,
        count: u32,
        distance: Duration,
        now: Timestamp,
    ) -> Result<Timestamp>;
}
