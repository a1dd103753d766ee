//! Changes of address (R72): each moves on from the state it was read in, or not at all.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::email_change::{EmailChange, EmailChangeState};
use idp_domain::id::{AccountId, CompanyId, EmailChangeId};
use idp_domain::ports::EmailChanges;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, UpdateMany,
};

use super::{OnlyRow as _, Result};
use crate::entity::email_changes::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, email, state_at};

const TABLE: &str = "email_changes";

#[async_trait]
impl EmailChanges for SqlTx {
    async fn insert(&mut self, change: &EmailChange) -> Result<()> {
        Entity::insert(row(change).into_active_model()).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, id: EmailChangeId) -> Result<Option<EmailChange>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn find_proposed(&mut self, account: AccountId) -> Result<Option<EmailChange>> {
        let proposed = Entity::find()
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::State.eq(PROPOSED))
            .order_by_desc(Column::Id);
        proposed.only(self).await?.map(read).transpose()
    }

    async fn settle(&mut self, change: &EmailChange, to: EmailChangeState) -> Result<bool> {
        let (state, state_at) = columns(change.state);
        let as_read = match state_at {
            Some(millis) => Column::StateAt.eq(millis),
            None => Column::StateAt.is_null(),
        };
        let settled = moved(to)
            .filter(Column::Id.eq(change.id.uuid()))
            .filter(Column::State.eq(state))
            .filter(as_read)
            .exec(self)
            .await
            .stored()?;
        Ok(settled.rows_affected == 1)
    }

    async fn undo_since(&mut self, account: AccountId, since: Timestamp, now: Timestamp) -> Result<u64> {
        let undoing = moved(EmailChangeState::Undone { at: now })
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::State.eq(CONFIRMED))
            .filter(Column::StateAt.gte(since.millis()));
        Ok(undoing.exec(self).await.stored()?.rows_affected)
    }

    async fn cancel_proposed(
        &mut self,
        account: AccountId,
        keep: Option<EmailChangeId>,
        now: Timestamp,
    ) -> Result<u64> {
        let mut cancelling = moved(EmailChangeState::Cancelled { at: now })
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::State.eq(PROPOSED));
        if let Some(keep) = keep {
            cancelling = cancelling.filter(Column::Id.ne(keep.uuid()));
        }
        Ok(cancelling.exec(self).await.stored()?.rows_affected)
    }

    async fn list_of_account(&mut self, account: AccountId) -> Result<Vec<EmailChange>> {
        let newest = Entity::find().filter(Column::Account.eq(account.uuid())).order_by_desc(Column::Id);
        newest.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn remove_all(&mut self, account: AccountId) -> Result<()> {
        Entity::delete_many().filter(Column::Account.eq(account.uuid())).exec(self).await.stored()?;
        Ok(())
    }
}

const PROPOSED: &str = "proposed";
const CONFIRMED: &str = "confirmed";

fn moved(to: EmailChangeState) -> UpdateMany<Entity> {
    let (state, state_at) = columns(to);
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::StateAt, Expr::value(state_at))
}

/// A state as its word and its instant.
fn columns(state: EmailChangeState) -> (&'static str, Option<i64>) {
    match state {
        EmailChangeState::Proposed => (PROPOSED, None),
        EmailChangeState::Confirmed { at } => (CONFIRMED, Some(at.millis())),
        EmailChangeState::Cancelled { at } => ("cancelled", Some(at.millis())),
        EmailChangeState::Undone { at } => ("undone", Some(at.millis())),
    }
}

fn row(change: &EmailChange) -> Model {
    let EmailChange { id, account, old, new, proposed_by, state, created_at, expires_at } = change;
    let (state, state_at) = columns(*state);
    Model {
        id: id.uuid(),
        account: account.uuid(),
        old_email: old.as_str().to_owned(),
        old_email_canonical: old.canonical().to_owned(),
        new_email: new.as_str().to_owned(),
        new_email_canonical: new.canonical().to_owned(),
        proposed_by: proposed_by.map(CompanyId::uuid),
        state: state.to_owned(),
        state_at,
        created_at: created_at.millis(),
        expires_at: expires_at.millis(),
    }
}

pub(super) fn read(row: Model) -> Result<EmailChange> {
    let since = || state_at(TABLE, row.state_at);
    let state = match row.state.as_str() {
        PROPOSED => EmailChangeState::Proposed,
        CONFIRMED => EmailChangeState::Confirmed { at: since()? },
        "cancelled" => EmailChangeState::Cancelled { at: since()? },
        "undone" => EmailChangeState::Undone { at: since()? },
        other => return Err(corrupt(TABLE, format!("unknown state {other}"))),
    };
    Ok(EmailChange {
        id: EmailChangeId::from_uuid(row.id),
        account: AccountId::from_uuid(row.account),
        old: email(row.old_email, row.old_email_canonical),
        new: email(row.new_email, row.new_email_canonical),
        proposed_by: row.proposed_by.map(CompanyId::from_uuid),
        state,
        created_at: at(row.created_at),
        expires_at: at(row.expires_at),
    })
}
