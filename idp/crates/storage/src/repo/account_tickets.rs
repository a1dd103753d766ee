//! Tickets of a person's own account (rules L1-L5): digests only, tried so often, used once, ended together.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::id::{AccountId, CompanyId, EmailChangeId, TicketId};
use idp_domain::ports::AccountTickets;
use idp_domain::ticket::{AccountTicket, TicketPurpose, TicketState};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, UpdateMany,
};

use super::{OnlyRow as _, Result, before, sweep};
use crate::entity::account_tickets::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, count, digest, email, parse_count, parse_ticket_state, ticket_state};

const TABLE: &str = "account_tickets";
const OPEN: &str = "open";

#[async_trait]
impl AccountTickets for SqlTx {
    async fn put(&mut self, ticket: &AccountTicket) -> Result<()> {
        let keep = OnConflict::column(Column::Id).do_nothing().to_owned();
        let insert = Entity::insert(row(ticket).into_active_model()).on_conflict(keep).try_insert();
        insert.exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, id: TicketId) -> Result<Option<AccountTicket>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn find_open(&mut self, account: AccountId, purpose: &str) -> Result<Option<AccountTicket>> {
        let open = Entity::find()
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::Purpose.eq(purpose))
            .filter(Column::State.eq(OPEN))
            .order_by_desc(Column::Id);
        open.only(self).await?.map(read).transpose()
    }

    async fn try_code(&mut self, id: TicketId, most: u32, now: Timestamp) -> Result<Option<u32>> {
        let tried = one_more_try(self, (id, Column::CodeTries), most, now).await?;
        tried.map(|row| parse_count(TABLE, row.code_tries)).transpose()
    }

    async fn try_answers(&mut self, id: TicketId, most: u32, now: Timestamp) -> Result<Option<u32>> {
        let tried = one_more_try(self, (id, Column::AnswerTries), most, now).await?;
        tried.map(|row| parse_count(TABLE, row.answer_tries)).transpose()
    }

    async fn consume(&mut self, id: TicketId, now: Timestamp) -> Result<bool> {
        let used = ended(TicketState::Used { at: now })
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::ExpiresAt.gt(now.millis()))
            .exec(self)
            .await
            .stored()?;
        Ok(used.rows_affected == 1)
    }

    async fn burn(&mut self, id: TicketId, now: Timestamp) -> Result<()> {
        let burning = ended(TicketState::Burned { at: now }).filter(Column::Id.eq(id.uuid()));
        burning.exec(self).await.stored()?;
        Ok(())
    }

    async fn supersede(
        &mut self,
        account: AccountId,
        purpose: &str,
        newer: Option<TicketId>,
        now: Timestamp,
    ) -> Result<u64> {
        let mut superseding = ended(TicketState::Superseded { at: now })
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::Purpose.eq(purpose));
        if let Some(newer) = newer {
            superseding = superseding.filter(Column::Id.ne(newer.uuid())).filter(Column::AnswerTries.eq(0));
        }
        Ok(superseding.exec(self).await.stored()?.rows_affected)
    }

    async fn supersede_vouched(&mut self, account: AccountId, by: CompanyId, now: Timestamp) -> Result<u64> {
        let vouched = ended(TicketState::Superseded { at: now })
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::VouchedBy.eq(by.uuid()));
        Ok(vouched.exec(self).await.stored()?.rows_affected)
    }

    async fn sweep(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        let expired = before(Column::ExpiresAt, instant);
        sweep::<Entity>(self, (Column::Id, Column::ExpiresAt), expired, limit).await
    }
}

/// Ends tickets that are open.
fn ended(state: TicketState) -> UpdateMany<Entity> {
    let (state, state_at) = ticket_state(state);
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::StateAt, Expr::value(state_at))
        .filter(Column::State.eq(OPEN))
}

/// Counts one more try in a column, if the ticket is good for one.
async fn one_more_try(
    tx: &SqlTx,
    (id, tries): (TicketId, Column),
    most: u32,
    now: Timestamp,
) -> Result<Option<Model>> {
    let tried = Entity::update_many()
        .col_expr(tries, Expr::col(tries).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.eq(OPEN))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .filter(tries.lt(count(most)))
        .exec_with_returning(tx)
        .await
        .stored()?;
    Ok(tried.into_iter().next())
}

fn row(ticket: &AccountTicket) -> Model {
    let AccountTicket {
        id,
        digest,
        purpose,
        account,
        email,
        credential_version,
        vouched_by,
        issued_at,
        expires_at,
        state,
        code_tries,
        answer_tries,
    } = ticket;
    let (state, state_at) = ticket_state(*state);
    Model {
        id: id.uuid(),
        digest: digest.bytes().to_vec(),
        purpose: purpose.as_str().to_owned(),
        change: purpose.change().map(EmailChangeId::uuid),
        account: account.uuid(),
        email: email.as_str().to_owned(),
        email_canonical: email.canonical().to_owned(),
        credential_version: *credential_version,
        issued_at: issued_at.millis(),
        expires_at: expires_at.millis(),
        state,
        state_at,
        code_tries: count(*code_tries),
        answer_tries: count(*answer_tries),
        vouched_by: vouched_by.map(CompanyId::uuid),
    }
}

fn read(row: Model) -> Result<AccountTicket> {
    let purpose = match (row.purpose.as_str(), row.change.map(EmailChangeId::from_uuid)) {
        ("password_reset", None) => TicketPurpose::PasswordReset,
        ("email_verification", None) => TicketPurpose::EmailVerification,
        ("email_change", Some(change)) => TicketPurpose::EmailChange(change),
        ("email_undo", Some(change)) => TicketPurpose::EmailUndo(change),
        (purpose, _) => return Err(corrupt(TABLE, format!("purpose {purpose} with the wrong facts"))),
    };
    Ok(AccountTicket {
        id: TicketId::from_uuid(row.id),
        digest: digest(TABLE, row.digest)?,
        purpose,
        account: AccountId::from_uuid(row.account),
        email: email(row.email, row.email_canonical),
        credential_version: row.credential_version,
        vouched_by: row.vouched_by.map(CompanyId::from_uuid),
        issued_at: at(row.issued_at),
        expires_at: at(row.expires_at),
        state: parse_ticket_state(TABLE, &row.state, row.state_at)?,
        code_tries: parse_count(TABLE, row.code_tries)?,
        answer_tries: parse_count(TABLE, row.answer_tries)?,
    })
}
