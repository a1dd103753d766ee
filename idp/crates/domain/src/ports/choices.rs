//! Which agency somebody chose last at which client (`company.md` section 3, "remembers per client").

use async_trait::async_trait;

use super::store::Result;
use crate::Timestamp;
use crate::client::ClientId;
use crate::id::{AccountId, CompanyId};

/// What somebody chose last at one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyChoice {
    pub client: ClientId,
    pub company: CompanyId,
    pub chosen_at: Timestamp,
}

#[async_trait]
pub trait CompanyChoices: Send {
    /// Remembers the choice; the one before is forgotten.
    async fn put(
        &mut self,
        account: AccountId,
        client: &ClientId,
        company: CompanyId,
        now: Timestamp,
    ) -> Result<()>;
    async fn find(&mut self, account: AccountId, client: &ClientId) -> Result<Option<CompanyId>>;
    /// Everything the account chose, by client.
    async fn list_of_account(&mut self, account: AccountId) -> Result<Vec<CompanyChoice>>;
    /// Forgets where the account chose this company; returns at how many clients.
    async fn remove(&mut self, account: AccountId, company: CompanyId) -> Result<u64>;
    /// Forgets everything the account chose; returns how many choices.
    async fn remove_of_account(&mut self, account: AccountId) -> Result<u64>;
}
