//! Pushed authorization requests.

use async_trait::async_trait;

use super::store::Result;
use crate::Timestamp;
use crate::id::{PushedRequestId, SessionId};
use crate::pushed_request::PushedRequest;

#[async_trait]
pub trait PushedRequests: Send {
    async fn insert(&mut self, request: &PushedRequest) -> Result<()>;
    async fn find(&mut self, id: PushedRequestId) -> Result<Option<PushedRequest>>;
    /// Marks it as answered by this session, and empties it. `false` when it is answered, unless that was the same session a
    /// moment ago ([`ANSWERED_AGAIN`](crate::pushed_request::ANSWERED_AGAIN)), or is gone.
    async fn answer(&mut self, id: PushedRequestId, by: Option<SessionId>, now: Timestamp) -> Result<bool>;
    /// Deletes at most `limit` that expired before `before`.
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}
