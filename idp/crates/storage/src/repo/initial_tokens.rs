//! Initial access tokens. Each use is one statement, so that a token registers no more clients than it may.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::id::{CompanyId, InitialTokenId};
use idp_domain::ports::InitialTokens;
use idp_domain::registration::InitialToken;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
};

use super::{OnlyRow as _, Result, before, sweep};
use crate::entity::initial_tokens::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, count, digest, line, parse_count};

const TABLE: &str = "initial_tokens";

#[async_trait]
impl InitialTokens for SqlTx {
    async fn insert(&mut self, token: &InitialToken) -> Result<()> {
        let row = row(token).into_active_model();
        Entity::insert(row).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, id: InitialTokenId) -> Result<Option<InitialToken>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn list(&mut self) -> Result<Vec<InitialToken>> {
        let newest = Entity::find().order_by_desc(Column::Id);
        newest.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn take(&mut self, id: InitialTokenId, now: Timestamp) -> Result<bool> {
        let used = Entity::update_many()
            .col_expr(Column::Uses, Expr::col(Column::Uses).sub(1))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::Uses.gt(0))
            .filter(Column::ExpiresAt.gt(now.millis()))
            .exec(self)
            .await
            .stored()?;
        Ok(used.rows_affected == 1)
    }

    async fn revoke(&mut self, id: InitialTokenId) -> Result<bool> {
        Ok(Entity::delete_by_id(id.uuid()).exec(self).await.stored()?.rows_affected == 1)
    }

    async fn sweep(&mut self, end: Timestamp, limit: u64) -> Result<u64> {
        sweep::<Entity>(self, (Column::Id, Column::ExpiresAt), before(Column::ExpiresAt, end), limit).await
    }
}

fn row(token: &InitialToken) -> Model {
    let InitialToken { id, digest, note, company, uses, issued_at, expires_at } = token;
    Model {
        id: id.uuid(),
        digest: digest.bytes().to_vec(),
        note: note.as_str().to_owned(),
        company: company.map(CompanyId::uuid),
        uses: count(*uses),
        issued_at: issued_at.millis(),
        expires_at: expires_at.millis(),
    }
}

fn read(row: Model) -> Result<InitialToken> {
    let Model { id, digest: bytes, note, company, uses, issued_at, expires_at } = row;
    Ok(InitialToken {
        id: InitialTokenId::from_uuid(id),
        digest: digest(TABLE, bytes)?,
        note: line(TABLE, &note)?,
        company: company.map(CompanyId::from_uuid),
        uses: parse_count(TABLE, uses)?,
        issued_at: at(issued_at),
        expires_at: at(expires_at),
    })
}
