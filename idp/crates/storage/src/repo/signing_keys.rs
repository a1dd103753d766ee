//! Signing keys, sealed before they come here. Of two nodes that rotate at once, one wins.

use async_trait::async_trait;
use idp_domain::ports::{SigningKeys, StoreError};
use idp_domain::signing_key::{SigningAlg, SigningKey};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    TryInsertResult,
};

use super::Result;
use crate::entity::signing_keys::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, known};

const TABLE: &str = "signing_keys";

#[async_trait]
impl SigningKeys for SqlTx {
    async fn list(&mut self) -> Result<Vec<SigningKey>> {
        let keys = Entity::find().order_by_asc(Column::ActiveFrom).order_by_asc(Column::Kid);
        keys.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn insert(&mut self, key: &SigningKey) -> Result<()> {
        let inserted = Entity::insert(row(key).into_active_model())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(self)
            .await
            .stored()?;
        match inserted {
            TryInsertResult::Inserted(1) => Ok(()),
            _ => Err(StoreError::Conflict("signing_key")),
        }
    }

    async fn reseal(&mut self, key: &SigningKey) -> Result<()> {
        Entity::update_many()
            .col_expr(Column::Sealed, Expr::value(key.sealed.as_str()))
            .filter(Column::Kid.eq(key.kid.as_str()))
            .exec(self)
            .await
            .stored()?;
        Ok(())
    }

    async fn delete(&mut self, kid: &str) -> Result<()> {
        Entity::delete_by_id(kid).exec(self).await.stored()?;
        Ok(())
    }
}

fn row(key: &SigningKey) -> Model {
    let SigningKey { kid, alg, sealed, created_at, active_from } = key;
    Model {
        kid: kid.clone(),
        alg: alg.as_str().to_owned(),
        sealed: sealed.clone(),
        created_at: created_at.millis(),
        active_from: active_from.millis(),
    }
}

fn read(row: Model) -> Result<SigningKey> {
    Ok(SigningKey {
        kid: row.kid,
        alg: known(TABLE, "algorithm", SigningAlg::parse(&row.alg))?,
        sealed: row.sealed,
        created_at: at(row.created_at),
        active_from: at(row.active_from),
    })
}
