//! Pairwise subjects (OpenID Connect Core section 8.1): the first one kept for an account at a sector stays.

use async_trait::async_trait;
use idp_domain::id::AccountId;
use idp_domain::ports::Subjects;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait as _, IntoActiveModel as _};

use super::Result;
use crate::entity::pairwise_subjects::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;

const TABLE: &str = "pairwise_subjects";

#[async_trait]
impl Subjects for SqlTx {
    async fn find(&mut self, sector: &str, account: AccountId) -> Result<Option<String>> {
        let key = (sector.to_owned(), account.uuid());
        Ok(Entity::find_by_id(key).one(self).await.stored()?.map(|row| row.subject))
    }

    async fn keep(&mut self, sector: &str, account: AccountId, subject: &str) -> Result<String> {
        let row = Model { sector: sector.to_owned(), account: account.uuid(), subject: subject.to_owned() };
        // Waits for another that is keeping one, and yields to it; a subject of somebody else is refused.
        let yielding = OnConflict::columns([Column::Sector, Column::Account]).do_nothing().to_owned();
        let insert = Entity::insert(row.into_active_model()).on_conflict(yielding).try_insert();
        insert.exec_without_returning(self).await.stored()?;
        let kept = Subjects::find(self, sector, account).await?;
        kept.ok_or_else(|| corrupt(TABLE, "a subject was not kept"))
    }
}
