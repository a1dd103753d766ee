//! Device authorization grants: every step is one statement, and one caller takes it.

use std::time::Duration;

use async_trait::async_trait;

use super::store::Result;
use crate::client::ClientId;
use crate::device_grant::DeviceGrant;
use crate::grant::Consented;
use crate::id::{AccountId, DeviceGrantId, GrantId, SessionId};
use crate::{Digest, Timestamp};

#[async_trait]
pub trait DeviceGrants: Send {
    /// # Errors
    /// `Conflict("user_code")` when another grant, a finished one that was not swept yet included, has the same user code.
    async fn insert(&mut self, grant: &DeviceGrant) -> Result<()>;
    async fn find(&mut self, id: DeviceGrantId) -> Result<Option<DeviceGrant>>;
    /// The one whose user code has one of these digests: a code was derived under any of the keys there are.
    async fn find_by_user_code(&mut self, digests: &[Digest]) -> Result<Option<DeviceGrant>>;
    /// Gives an unexpired grant that nobody has claimed, or that this very session has, to the session; `false` when it is
    /// anybody else's, answered or over (CVE-2026-45337).
    async fn claim(&mut self, id: DeviceGrantId, session: SessionId, now: Timestamp) -> Result<bool>;
    /// Gives a claim of the session's back: the next session that opens the grant has it.
    async fn release(&mut self, id: DeviceGrantId, session: SessionId) -> Result<()>;
    /// Approves an unexpired grant that the session of `consented` has claimed; `true` for one caller only.
    async fn approve(&mut self, id: DeviceGrantId, consented: &Consented, now: Timestamp) -> Result<bool>;
    /// Denies an unexpired grant that the session has claimed, or approved and nobody fetched yet, for good; `true` for one caller
    /// only.
    async fn deny(&mut self, id: DeviceGrantId, session: SessionId, now: Timestamp) -> Result<bool>;
    /// What the account approved and nobody has fetched yet, the newest first.
    async fn list_approved_of_account(
        &mut self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Vec<DeviceGrant>>;
    /// Denies an unexpired grant that the account approved, in whichever session, and nobody has fetched yet, for good; `true` for
    /// one caller only.
    async fn deny_approved(&mut self, id: DeviceGrantId, account: AccountId, now: Timestamp) -> Result<bool>;
    /// Denies what the account approved, in whichever session, and nobody has fetched yet; returns how many.
    async fn deny_of_account(&mut self, account: AccountId, now: Timestamp) -> Result<u64>;
    /// Denies what the session approved and nobody has fetched yet; returns how many.
    async fn deny_of_session(&mut self, session: SessionId, now: Timestamp) -> Result<u64>;
    /// Lengthens the pause between two polls from `from` to `to`, for good (RFC 8628 section 3.5); for those who ask at the same
    /// moment once.
    async fn slow_down(&mut self, id: DeviceGrantId, from: Duration, to: Duration) -> Result<()>;
    /// Marks an approved, unexpired grant of `client`'s redeemed for `grant`; `true` for one caller only.
    async fn redeem(
        &mut self,
        id: DeviceGrantId,
        client: &ClientId,
        grant: GrantId,
        now: Timestamp,
    ) -> Result<bool>;
    /// Deletes at most `limit` grants that expired before `before`.
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}
