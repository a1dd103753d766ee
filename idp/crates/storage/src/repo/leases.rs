//! Leases: one statement takes one, renews it, or finds that it is another's.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::ports::Leases;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{Condition, EntityTrait as _, IntoActiveModel as _};

use super::Result;
use crate::entity::leases::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;

#[async_trait]
impl Leases for SqlTx {
    async fn take(&mut self, name: &str, owner: &str, now: Timestamp, until: Timestamp) -> Result<bool> {
        let row = Model { name: name.to_owned(), owner: owner.to_owned(), until: until.millis() };
        let free = Condition::any()
            .add(Expr::col((Entity, Column::Owner)).eq(owner))
            .add(Expr::col((Entity, Column::Until)).lte(now.millis()));
        let replace = OnConflict::column(Column::Name)
            .update_columns([Column::Owner, Column::Until])
            .action_cond_where(free)
            .to_owned();
        let taken = Entity::insert(row.into_active_model()).on_conflict(replace);
        Ok(taken.exec_without_returning(self).await.stored()? == 1)
    }
}
