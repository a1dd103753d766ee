//! Pushed authorization requests.

use async_trait::async_trait;

use super::store::Result;
use crate::Timestamp;
use crate::id::PushedRequestId;
use crate::pushed_request::PushedRequest;

#[async_trait]
pub trait PushedRequests: Send {
    async fn insert(&mut self, request: &PushedRequest) -> Result<()>;
    async fn find(&mut self, id: PushedRequestId) -> Result<Option<PushedRequest>>;
    /// Takes it away because it was answered; `true` when it was there, so for one caller only.
    async fn remove(&mut self, id: PushedRequestId) -> Result<bool>;
    /// Deletes at most `limit` that expired before `before`.
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}
