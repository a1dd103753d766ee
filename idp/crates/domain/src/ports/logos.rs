//! The pictures of agencies and of clients, one each; what the record of an agency or a client says of its picture is written
//! with it, in one transaction.

use async_trait::async_trait;

use super::store::Result;
use crate::client::ClientId;
use crate::id::CompanyId;
use crate::logo::{LogoName, Picture};

#[async_trait]
pub trait Logos: Send {
    /// Inserts, or replaces the company's one from before: that is not found any more.
    async fn put(&mut self, company: CompanyId, name: LogoName, picture: &Picture) -> Result<()>;
    async fn find(&mut self, name: LogoName) -> Result<Option<Picture>>;
    /// `true` when there was one.
    async fn remove(&mut self, company: CompanyId) -> Result<bool>;
}

#[async_trait]
pub trait ClientLogos: Send {
    /// Inserts, or replaces the client's one from before: that is not found any more.
    async fn put(&mut self, client: &ClientId, name: LogoName, picture: &Picture) -> Result<()>;
    async fn find(&mut self, name: LogoName) -> Result<Option<Picture>>;
    /// `true` when there was one.
    async fn remove(&mut self, client: &ClientId) -> Result<bool>;
}
