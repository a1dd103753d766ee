//! What clients were given: codes, grants and their families of refresh tokens.

use std::time::Duration;

use async_trait::async_trait;

use super::store::Result;
use crate::Timestamp;
use crate::account::Account;
use crate::client::{Client, ClientId};
use crate::code::AuthorizationCode;
use crate::company::Company;
use crate::consent::Consent;
use crate::grant::{Grant, RefreshGrace, RefreshToken, RevocationReason};
use crate::id::{AccountId, CodeId, CompanyId, GrantId, RefreshTokenId, SessionId};
use crate::member::Membership;
use crate::session::Session;
use crate::thumbprint::Thumbprint;

#[async_trait]
pub trait Codes: Send {
    async fn insert(&mut self, code: &AuthorizationCode) -> Result<()>;
    async fn find(&mut self, id: CodeId) -> Result<Option<AuthorizationCode>>;
    /// Marks the code redeemed for `grant` if it is `client`'s, unexpired and unredeemed; `true` for one caller only.
    async fn redeem(&mut self, id: CodeId, client: &ClientId, grant: GrantId, now: Timestamp)
    -> Result<bool>;
    /// Deletes at most `limit` codes that expired before `before`.
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}

/// A grant and the rows it stands on, as they are at one moment; a row that is gone is `None`.
#[derive(Debug, Clone)]
pub struct GrantInContext {
    pub grant: Grant,
    pub account: Option<Account>,
    pub session: Option<Session>,
    pub company: Option<Company>,
    pub membership: Option<Membership>,
    pub client: Option<Client>,
    /// What the person allowed this client.
    pub consent: Option<Consent>,
}

#[async_trait]
pub trait Grants: Send {
    async fn insert(&mut self, grant: &Grant) -> Result<()>;
    async fn find(&mut self, id: GrantId) -> Result<Option<Grant>>;
    /// The grant and everything that decides whether it still stands, in one statement: what is asked of every token.
    async fn find_in_context(&mut self, id: GrantId) -> Result<Option<GrantInContext>>;
    /// Binds the refresh tokens of a family that are bound to no key; `true` when they are bound to this one now.
    async fn bind(&mut self, id: GrantId, key: Thumbprint) -> Result<bool>;
    /// `true` when it was not revoked before.
    async fn revoke(&mut self, id: GrantId, why: RevocationReason, now: Timestamp) -> Result<bool>;
    /// Revokes every family that began in the session, except those that outlive it; returns how many.
    async fn revoke_of_session(
        &mut self,
        session: SessionId,
        why: RevocationReason,
        now: Timestamp,
    ) -> Result<u64>;
    /// Revokes every family of the account, except those that began in the session `keep`; returns how many.
    async fn revoke_of_account(
        &mut self,
        account: AccountId,
        keep: Option<SessionId>,
        why: RevocationReason,
        now: Timestamp,
    ) -> Result<u64>;
    /// Revokes every family of the account that speaks for the company; returns how many.
    async fn revoke_of_company(
        &mut self,
        account: AccountId,
        company: CompanyId,
        why: RevocationReason,
        now: Timestamp,
    ) -> Result<u64>;
    /// Revokes the family `root` and everything that was switched from it; returns how many.
    async fn revoke_switched(&mut self, root: GrantId, why: RevocationReason, now: Timestamp) -> Result<u64>;
    /// The family that was switched from `root` to the company and is not revoked: there is one at most, because the next one
    /// takes its place.
    async fn find_switched_to(&mut self, root: GrantId, company: CompanyId) -> Result<Option<Grant>>;
    /// Revokes those of them that speak for the company; returns how many.
    async fn revoke_switched_to(
        &mut self,
        root: GrantId,
        company: CompanyId,
        why: RevocationReason,
        now: Timestamp,
    ) -> Result<u64>;
    /// Every grant of the account that is neither revoked nor expired, the newest first.
    async fn list_live_of_account(&mut self, account: AccountId, now: Timestamp) -> Result<Vec<Grant>>;
    /// Revokes every family that one client has for one account; returns how many.
    async fn revoke_of_client(
        &mut self,
        account: AccountId,
        client: &ClientId,
        why: RevocationReason,
        now: Timestamp,
    ) -> Result<u64>;
    /// Revokes every family that one client has, whoever it is for; returns how many.
    async fn revoke_all_of_client(
        &mut self,
        client: &ClientId,
        why: RevocationReason,
        now: Timestamp,
    ) -> Result<u64>;
    /// Of these accounts, every grant that speaks for the company and whose session is still open, revoked ones included:
    /// their clients took part in it.
    async fn list_in_open_sessions(
        &mut self,
        company: CompanyId,
        accounts: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Grant>>;
    /// Every grant that began in the session, revoked ones included: their clients took part in it.
    async fn list_of_session(&mut self, session: SessionId) -> Result<Vec<Grant>>;
    /// Deletes at most `limit` grants that expired before `before` and whose session is gone: as long as it is there, its
    /// end must still be told to the client.
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}

/// What presenting a refresh token came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// This caller rotated it.
    Won,
    /// Somebody did a moment ago: the same successor is to be given again.
    Again { successor: RefreshTokenId },
    /// Presented after its grace, too often, or after its successor was used: the family must be revoked.
    Reused,
}

#[async_trait]
pub trait RefreshTokens: Send {
    async fn insert(&mut self, token: &RefreshToken) -> Result<()>;
    async fn find(&mut self, id: RefreshTokenId) -> Result<Option<RefreshToken>>;
    /// Rotates `id` to `successor` in one statement, or says why not. The grace ends when the successor was rotated.
    async fn rotate(
        &mut self,
        id: RefreshTokenId,
        successor: RefreshTokenId,
        grace: RefreshGrace,
        now: Timestamp,
    ) -> Result<Rotation>;
    /// Lets a token that was not rotated live on until `expires_at`, for clients whose tokens are not; `false` when it was.
    async fn keep(&mut self, id: RefreshTokenId, expires_at: Timestamp) -> Result<bool>;
    async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64>;
}

/// How long used one-time secrets stay findable after their expiry, so that a replay is still seen.
pub const TOMBSTONE: Duration = Duration::from_secs(3600);
