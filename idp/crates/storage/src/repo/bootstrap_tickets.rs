//! The link of `idp bootstrap`: one row, so that no two links are ever alive, whatever happens at the same moment.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::id::TicketId;
use idp_domain::ports::BootstrapTickets;
use idp_domain::ticket::{BootstrapFor, BootstrapTicket};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _};

use super::{OnlyRow as _, Result};
use crate::entity::bootstrap_tickets::{Column, Entity, Model};
use crate::entity::{accounts, companies};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, digest, known};

const TABLE: &str = "bootstrap_tickets";
/// The key of the only row.
const SLOT: i32 = 1;

#[async_trait]
impl BootstrapTickets for SqlTx {
    async fn put(&mut self, ticket: &BootstrapTicket) -> Result<()> {
        let all =
            [Column::Id, Column::Digest, Column::Makes, Column::IssuedAt, Column::ExpiresAt, Column::UsedAt];
        let replace = OnConflict::column(Column::Slot).update_columns(all).to_owned();
        let row = row(ticket).into_active_model();
        Entity::insert(row).on_conflict(replace).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, id: TicketId) -> Result<Option<BootstrapTicket>> {
        Entity::find().filter(Column::Id.eq(id.uuid())).only(self).await?.map(read).transpose()
    }

    async fn consume(&mut self, id: TicketId, now: Timestamp) -> Result<bool> {
        let used = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(now.millis()))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::UsedAt.is_null())
            .filter(Column::ExpiresAt.gt(now.millis()))
            .exec(self)
            .await
            .stored()?;
        Ok(used.rows_affected == 1)
    }

    async fn has_operator(&mut self) -> Result<bool> {
        let operators = accounts::Entity::find().filter(accounts::Column::IsOperator.eq(true));
        let one = operators.select_only().column(accounts::Column::Id).limit(1);
        Ok(one.into_tuple::<Uuid>().one(self).await.stored()?.is_some())
    }

    async fn has_company(&mut self) -> Result<bool> {
        let one = companies::Entity::find().select_only().column(companies::Column::Id).limit(1);
        Ok(one.into_tuple::<Uuid>().one(self).await.stored()?.is_some())
    }
}

fn row(ticket: &BootstrapTicket) -> Model {
    let BootstrapTicket { id, digest, makes, issued_at, expires_at, used_at } = ticket;
    Model {
        slot: SLOT,
        id: id.uuid(),
        digest: digest.bytes().to_vec(),
        makes: makes.as_str().to_owned(),
        issued_at: issued_at.millis(),
        expires_at: expires_at.millis(),
        used_at: used_at.map(Timestamp::millis),
    }
}

fn read(row: Model) -> Result<BootstrapTicket> {
    let Model { slot: _, id, digest: bytes, makes, issued_at, expires_at, used_at } = row;
    Ok(BootstrapTicket {
        id: TicketId::from_uuid(id),
        digest: digest(TABLE, bytes)?,
        makes: known(TABLE, "operator", BootstrapFor::parse(&makes))?,
        issued_at: at(issued_at),
        expires_at: at(expires_at),
        used_at: used_at.map(at),
    })
}
