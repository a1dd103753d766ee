//! Clients that registered themselves, and the tokens that let them (RFC 7591, RFC 7592).

use async_trait::async_trait;

use super::store::Result;
use crate::Timestamp;
use crate::client::ClientId;
use crate::id::{InitialTokenId, RegistrationId};
use crate::registration::{InitialToken, Registration};

#[async_trait]
pub trait InitialTokens: Send {
    async fn insert(&mut self, token: &InitialToken) -> Result<()>;
    async fn find(&mut self, id: InitialTokenId) -> Result<Option<InitialToken>>;
    /// The newest first, those that are used up or over among them.
    async fn list(&mut self) -> Result<Vec<InitialToken>>;
    /// Uses it once; of many callers at once, no more get `true` than there are uses. `false` as well when it is over.
    async fn take(&mut self, id: InitialTokenId, now: Timestamp) -> Result<bool>;
    /// `true` when it was there. What was registered with it stays.
    async fn revoke(&mut self, id: InitialTokenId) -> Result<bool>;
    /// Deletes at most `limit` that were over before `before`.
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}

#[async_trait]
pub trait Registrations: Send {
    async fn insert(&mut self, registration: &Registration) -> Result<()>;
    async fn find(&mut self, id: RegistrationId) -> Result<Option<Registration>>;
    async fn find_of_client(&mut self, client: &ClientId) -> Result<Option<Registration>>;
    /// Stores what a client may say anew of itself: application type and sector identifier. `true` when it was there.
    async fn update(&mut self, registration: &Registration) -> Result<bool>;
    /// Notes that the client was used at `now`; nothing is written, and the answer `false`, when it was used at `since` or later.
    async fn note_use(&mut self, client: &ClientId, now: Timestamp, since: Timestamp) -> Result<bool>;
    /// `true` when there was one.
    async fn remove(&mut self, client: &ClientId) -> Result<bool>;
    /// Clients that were last used before `before`, those unused for the longest time first, at most `limit`.
    async fn list_unused(&mut self, before: Timestamp, limit: u64) -> Result<Vec<ClientId>>;
}
