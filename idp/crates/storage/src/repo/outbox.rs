//! The outbox. `due_at` says when a mail may be taken: when it falls due or when its lease ends; null once settled.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::id::{CompanyId, InvitationId, MailId};
use idp_domain::outbox::{Letter, MailState, OutboxMail};
use idp_domain::ports::Outbox;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, Order, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _,
};

use super::{Result, before, sweep};
use crate::entity::outbox::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, count, parse_count, state_at};

const TABLE: &str = "outbox";

#[async_trait]
impl Outbox for SqlTx {
    async fn enqueue(&mut self, mail: &OutboxMail) -> Result<()> {
        Entity::insert(row(mail).into_active_model()).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn lease(
        &mut self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        limit: u64,
    ) -> Result<Vec<OutboxMail>> {
        let due = || Column::DueAt.lte(now.millis());
        let oldest = Query::select()
            .column(Column::Id)
            .from(Entity)
            .and_where(due())
            .order_by(Column::DueAt, Order::Asc)
            .order_by(Column::Id, Order::Asc)
            .limit(limit)
            .take();
        // `due` stands here too, because PostgreSQL re-checks only the outer condition after waiting for a row.
        let mut leased = Entity::update_many()
            .col_expr(Column::State, Expr::value("leased"))
            .col_expr(Column::DueAt, Expr::value(until.millis()))
            .col_expr(Column::Owner, Expr::value(owner))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .filter(Column::Id.in_subquery(oldest))
            .filter(due())
            .exec_with_returning(self)
            .await
            .stored()?;
        leased.sort_by_key(|mail| mail.id);
        leased.into_iter().map(read).collect()
    }

    async fn settle(&mut self, id: MailId, owner: &str, state: &MailState) -> Result<bool> {
        let StateColumns { state, due_at, owner: holder, settled_at, why } = state_columns(state);
        let settled = Entity::update_many()
            .col_expr(Column::State, Expr::value(state))
            .col_expr(Column::DueAt, Expr::value(due_at))
            .col_expr(Column::Owner, Expr::value(holder))
            .col_expr(Column::SettledAt, Expr::value(settled_at))
            .col_expr(Column::Why, Expr::value(why))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::State.eq("leased"))
            .filter(Column::Owner.eq(owner))
            .exec(self)
            .await
            .stored()?;
        Ok(settled.rows_affected == 1)
    }

    async fn find(&mut self, id: MailId) -> Result<Option<OutboxMail>> {
        Entity::find_by_id(id.uuid()).one(self).await.stored()?.map(read).transpose()
    }

    async fn next_due(&mut self) -> Result<Option<Timestamp>> {
        let waiting = Entity::find().filter(Column::DueAt.is_not_null());
        let next = waiting.order_by_asc(Column::DueAt).one(self).await.stored()?;
        Ok(next.and_then(|row| row.due_at).map(at))
    }

    async fn depth(&mut self) -> Result<(u64, u64)> {
        let waiting = Entity::find().filter(Column::DueAt.is_not_null()).count(self).await.stored()?;
        let dead = Entity::find().filter(Column::State.eq("dead")).count(self).await.stored()?;
        Ok((waiting, dead))
    }

    async fn sweep(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        let finished = Column::State.is_in(["sent", "dropped"]);
        let old = before(Column::SettledAt, instant).add(finished);
        sweep::<Entity>(self, (Column::Id, Column::SettledAt), old, limit).await
    }
}

struct StateColumns {
    state: &'static str,
    due_at: Option<i64>,
    owner: Option<String>,
    settled_at: Option<i64>,
    why: Option<String>,
}

fn state_columns(state: &MailState) -> StateColumns {
    let settled = |state, at: &Timestamp| StateColumns {
        state,
        due_at: None,
        owner: None,
        settled_at: Some(at.millis()),
        why: None,
    };
    let waiting = |state, at: &Timestamp| StateColumns {
        state,
        due_at: Some(at.millis()),
        owner: None,
        settled_at: None,
        why: None,
    };
    match state {
        MailState::Due { at } => waiting("due", at),
        MailState::Leased { until, owner } => {
            StateColumns { owner: Some(owner.clone()), ..waiting("leased", until) }
        }
        MailState::Sent { at } => settled("sent", at),
        MailState::Dead { at, why } => StateColumns { why: Some(why.clone()), ..settled("dead", at) },
        MailState::Dropped { at } => settled("dropped", at),
    }
}

fn row(mail: &OutboxMail) -> Model {
    let OutboxMail { id, company, letter, state, attempts, created_at } = mail;
    let (kind, invitation) = match letter {
        Letter::Activation { invitation } => ("activation", invitation),
        Letter::MembershipAdded { invitation } => ("membership_added", invitation),
    };
    let StateColumns { state, due_at, owner, settled_at, why } = state_columns(state);
    Model {
        id: id.uuid(),
        company: company.map(CompanyId::uuid),
        kind: kind.to_owned(),
        invitation: invitation.uuid(),
        state: state.to_owned(),
        due_at,
        owner,
        settled_at,
        why,
        attempts: count(*attempts),
        created_at: created_at.millis(),
    }
}

fn read(row: Model) -> Result<OutboxMail> {
    let invitation = InvitationId::from_uuid(row.invitation);
    let letter = match row.kind.as_str() {
        "activation" => Letter::Activation { invitation },
        "membership_added" => Letter::MembershipAdded { invitation },
        other => return Err(corrupt(TABLE, format!("unknown letter {other}"))),
    };
    let due = || state_at(TABLE, row.due_at);
    let settled = || state_at(TABLE, row.settled_at);
    let state = match (row.state.as_str(), row.owner, row.why) {
        ("due", None, None) => MailState::Due { at: due()? },
        ("leased", Some(owner), None) => MailState::Leased { until: due()?, owner },
        ("sent", None, None) => MailState::Sent { at: settled()? },
        ("dead", None, Some(why)) => MailState::Dead { at: settled()?, why },
        ("dropped", None, None) => MailState::Dropped { at: settled()? },
        (state, ..) => return Err(corrupt(TABLE, format!("state {state} with the wrong facts"))),
    };
    Ok(OutboxMail {
        id: MailId::from_uuid(row.id),
        company: row.company.map(CompanyId::from_uuid),
        letter,
        state,
        attempts: parse_count(TABLE, row.attempts)?,
        created_at: at(row.created_at),
    })
}
