//! Answers kept for callers that repeat a request with the same `Idempotency-Key` (`provisioning.md` section 2).

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::idempotency::{LIFE, StoredAnswer};
use idp_domain::ports::{Idempotency, StoreError};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, Iterable as _, QueryFilter as _,
};

use super::{OnlyRow as _, Result, before, sweep_by_key};
use crate::entity::idempotency_answers::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, digest};

const TABLE: &str = "idempotency_answers";

#[async_trait]
impl Idempotency for SqlTx {
    async fn find(&mut self, caller: &str, key: &str, now: Timestamp) -> Result<Option<StoredAnswer>> {
        Entity::find_by_id((caller.to_owned(), key.to_owned()))
            .filter(Column::CreatedAt.gt((now - LIFE).millis()))
            .only(self)
            .await?
            .map(read)
            .transpose()
    }

    async fn insert(&mut self, answer: &StoredAnswer) -> Result<()> {
        let changing = Column::iter().filter(|column| !matches!(column, Column::Caller | Column::Key));
        let expired = Expr::col((Entity, Column::CreatedAt)).lte((answer.created_at - LIFE).millis());
        let replace_expired = OnConflict::columns([Column::Caller, Column::Key])
            .update_columns(changing)
            .action_and_where(expired)
            .to_owned();
        let row = row(answer).into_active_model();
        let insert = Entity::insert(row).on_conflict(replace_expired);
        let rows = insert.exec_without_returning(self).await.stored()?;
        if rows == 0 { Err(StoreError::Conflict("idempotency_key")) } else { Ok(()) }
    }

    async fn sweep(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        let key = ([Column::Caller, Column::Key], Column::CreatedAt);
        sweep_by_key::<Entity>(self, key, before(Column::CreatedAt, instant - LIFE), limit).await
    }
}

fn row(answer: &StoredAnswer) -> Model {
    let StoredAnswer { caller, key, request, status, body, created_at } = answer;
    Model {
        caller: caller.clone(),
        key: key.clone(),
        request: request.bytes().to_vec(),
        status: i64::from(*status),
        body: body.clone(),
        created_at: created_at.millis(),
    }
}

fn read(row: Model) -> Result<StoredAnswer> {
    Ok(StoredAnswer {
        caller: row.caller,
        key: row.key,
        request: digest(TABLE, row.request)?,
        status: u16::try_from(row.status).map_err(|_| corrupt(TABLE, "a status out of range"))?,
        body: row.body,
        created_at: at(row.created_at),
    })
}
