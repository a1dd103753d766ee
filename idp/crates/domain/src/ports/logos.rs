//! The pictures of agencies, one each; what an agency's record says of it lies beside its name and is written with it.

use async_trait::async_trait;

use super::store::Result;
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
