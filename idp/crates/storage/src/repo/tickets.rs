//! Activation tickets (rules L1-L5): digests only, used once, ended together (R67).

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::id::{AccountId, CompanyId, InvitationId, TicketId};
use idp_domain::ports::Tickets;
use idp_domain::ticket::ActivationTicket;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::{OnlyRow as _, Result, before, sweep};
use crate::entity::activation_tickets::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, digest, email, parse_ticket_state, ticket_state};

const TABLE: &str = "activation_tickets";

#[async_trait]
impl Tickets for SqlTx {
    async fn put(&mut self, ticket: &ActivationTicket) -> Result<()> {
        let renewed = [Column::Digest, Column::IssuedAt, Column::ExpiresAt];
        let renew = OnConflict::column(Column::Id).update_columns(renewed).to_owned();
        let row = row(ticket).into_active_model();
        Entity::insert(row).on_conflict(renew).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, id: TicketId) -> Result<Option<ActivationTicket>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn consume(&mut self, id: TicketId, now: Timestamp) -> Result<bool> {
        let used = Entity::update_many()
            .col_expr(Column::State, Expr::value("used"))
            .col_expr(Column::StateAt, Expr::value(now.millis()))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::State.eq("open"))
            .filter(Column::ExpiresAt.gt(now.millis()))
            .exec(self)
            .await
            .stored()?;
        Ok(used.rows_affected == 1)
    }

    async fn supersede(
        &mut self,
        account: AccountId,
        newer: Option<(CompanyId, TicketId)>,
        now: Timestamp,
    ) -> Result<u64> {
        let mut superseding = Entity::update_many()
            .col_expr(Column::State, Expr::value("superseded"))
            .col_expr(Column::StateAt, Expr::value(now.millis()))
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::State.eq("open"));
        if let Some((company, newer)) = newer {
            superseding =
                superseding.filter(Column::Company.eq(company.uuid())).filter(Column::Id.ne(newer.uuid()));
        }
        Ok(superseding.exec(self).await.stored()?.rows_affected)
    }

    async fn sweep(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        let expired = before(Column::ExpiresAt, instant);
        sweep::<Entity>(self, (Column::Id, Column::ExpiresAt), expired, limit).await
    }
}

fn row(ticket: &ActivationTicket) -> Model {
    let ActivationTicket {
        id,
        digest,
        invitation,
        account,
        company,
        email,
        credential_version,
        issued_at,
        expires_at,
        state,
    } = ticket;
    let (state, state_at) = ticket_state(*state);
    Model {
        id: id.uuid(),
        digest: digest.bytes().to_vec(),
        invitation: invitation.uuid(),
        account: account.uuid(),
        company: company.uuid(),
        email: email.as_str().to_owned(),
        email_canonical: email.canonical().to_owned(),
        credential_version: *credential_version,
        issued_at: issued_at.millis(),
        expires_at: expires_at.millis(),
        state,
        state_at,
    }
}

fn read(row: Model) -> Result<ActivationTicket> {
    Ok(ActivationTicket {
        id: TicketId::from_uuid(row.id),
        digest: digest(TABLE, row.digest)?,
        invitation: InvitationId::from_uuid(row.invitation),
        account: AccountId::from_uuid(row.account),
        company: CompanyId::from_uuid(row.company),
        email: email(row.email, row.email_canonical),
        credential_version: row.credential_version,
        issued_at: at(row.issued_at),
        expires_at: at(row.expires_at),
        state: parse_ticket_state(TABLE, &row.state, row.state_at)?,
    })
}
