//! Revoked access tokens without a grant (RFC 7009), by their `jti`.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::ports::RevokedTokens;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait as _, IntoActiveModel as _};

use super::{Result, before, sweep};
use crate::entity::revoked_tokens::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;

#[async_trait]
impl RevokedTokens for SqlTx {
    async fn put(&mut self, jti: &str, expires_at: Timestamp) -> Result<()> {
        let row = Model { jti: jti.to_owned(), expires_at: expires_at.millis() };
        let keep = OnConflict::column(Column::Jti).do_nothing().to_owned();
        let insert = Entity::insert(row.into_active_model()).on_conflict(keep).try_insert();
        insert.exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn contains(&mut self, jti: &str) -> Result<bool> {
        Ok(Entity::find_by_id(jti).one(self).await.stored()?.is_some())
    }

    async fn sweep(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        let expired = before(Column::ExpiresAt, instant);
        sweep::<Entity>(self, (Column::Jti, Column::ExpiresAt), expired, limit).await
    }
}
