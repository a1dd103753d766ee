//! What every queue is (`outbox`, `logout_deliveries`): rows leased by one owner at a time, settled by that owner, never lost.
//!
//! `due_at` says when a row may be taken: when it falls due or when its lease ends; null once settled.

use idp_domain::Timestamp;
use idp_domain::delivery::DeliveryState;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    Condition, DeriveIden, EntityTrait, ExprTrait as _, FromQueryResult, Order, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _,
};

use super::{Result, sweep};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, state_at};

/// The columns that all queues have.
#[derive(Debug, Clone, Copy, DeriveIden)]
enum Column {
    Id,
    State,
    DueAt,
    Owner,
    SettledAt,
    Why,
    Attempts,
}

/// Whose turn it is when much is due: no receiver may hold up the others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lanes {
    /// Names the receiver.
    pub(super) column: &'static str,
    /// The most that one of them is sent in one lease.
    pub(super) most: i64,
}

/// Whose turn it is where rows of a queue are not alike.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Turns {
    pub(super) lanes: Option<Lanes>,
    /// The column that is true of what waits until nothing else is due.
    pub(super) patient: Option<&'static str>,
}

/// Leases at most `limit` rows that are due, the longest due first; in no order.
pub(super) async fn lease<E: EntityTrait>(
    tx: &SqlTx,
    Turns { lanes, patient }: Turns,
    (owner, until): (&str, Timestamp),
    now: Timestamp,
    limit: u64,
) -> Result<Vec<E::Model>> {
    let due = || Expr::col(Column::DueAt).lte(now.millis());
    let mut oldest =
        Query::select().column(Column::Id).from(E::default()).and_where(due()).limit(limit).take();
    if let Some(patient) = patient {
        oldest.order_by(patient, Order::Asc);
    }
    oldest.order_by(Column::DueAt, Order::Asc).order_by(Column::Id, Order::Asc);
    if let Some(Lanes { column, most }) = lanes {
        oldest.and_where(Expr::col(Column::Id).in_subquery(first_of_lanes::<E>(column, most, due())));
    }
    // `due` stands here too, because PostgreSQL re-checks only the outer condition after waiting for a row.
    E::update_many()
        .col_expr(Column::State, Expr::value("leased"))
        .col_expr(Column::DueAt, Expr::value(until.millis()))
        .col_expr(Column::Owner, Expr::value(owner))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Expr::col(Column::Id).in_subquery(oldest))
        .filter(due())
        .exec_with_returning(tx)
        .await
        .stored()
}

/// The longest due of each lane.
fn first_of_lanes<E: EntityTrait>(column: &'static str, most: i64, due: Expr) -> SelectStatement {
    let turn = format!("row_number() OVER (PARTITION BY {column} ORDER BY due_at, id)");
    let numbered = Query::select()
        .column(Column::Id)
        .expr_as(Expr::cust(turn), "turn")
        .from(E::default())
        .and_where(due)
        .take();
    Query::select()
        .column(Column::Id)
        .from_subquery(numbered, "numbered")
        .and_where(Expr::col("turn").lte(most))
        .take()
}

/// Ends the lease that `owner` holds; `false` when it holds none.
pub(super) async fn settle<E: EntityTrait>(
    tx: &SqlTx,
    id: Uuid,
    owner: &str,
    state: &DeliveryState,
) -> Result<bool> {
    let StateColumns { state, due_at, owner: holder, settled_at, why } = StateColumns::of(state);
    let settled = E::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::DueAt, Expr::value(due_at))
        .col_expr(Column::Owner, Expr::value(holder))
        .col_expr(Column::SettledAt, Expr::value(settled_at))
        .col_expr(Column::Why, Expr::value(why))
        .filter(Expr::col(Column::Id).eq(id))
        .filter(Expr::col(Column::State).eq("leased"))
        .filter(Expr::col(Column::Owner).eq(owner))
        .exec(tx)
        .await
        .stored()?;
    Ok(settled.rows_affected == 1)
}

/// When the next row may be taken.
pub(super) async fn next_due<E: EntityTrait>(tx: &SqlTx) -> Result<Option<Timestamp>> {
    let earliest = E::find().select_only().expr_as(Expr::col(Column::DueAt).min(), "due_at");
    let millis: Option<Option<i64>> = earliest.into_tuple().one(tx).await.stored()?;
    Ok(millis.flatten().map(at))
}

/// How many rows wait or are leased, and how many are dead.
pub(super) async fn depth<E>(tx: &SqlTx) -> Result<(u64, u64)>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
{
    let waiting = E::find().filter(Expr::col(Column::DueAt).is_not_null()).count(tx).await.stored()?;
    let dead = E::find().filter(Expr::col(Column::State).eq("dead")).count(tx).await.stored()?;
    Ok((waiting, dead))
}

/// Deletes rows that were sent or dropped before `instant`; the dead stay to be seen.
pub(super) async fn sweep_settled<E: EntityTrait>(tx: &SqlTx, instant: Timestamp, limit: u64) -> Result<u64> {
    let old = Condition::all()
        .add(Expr::col(Column::SettledAt).lt(instant.millis()))
        .add(Expr::col(Column::State).is_in(["sent", "dropped"]));
    sweep::<E>(tx, (Column::Id, Column::SettledAt), old, limit).await
}

/// The port of one queue, where `Entity`, `row` and `read` say how it is written and read.
macro_rules! queue {
    ($delivery:ty, $turns:expr) => {
        #[async_trait::async_trait]
        impl idp_domain::ports::Deliveries<$delivery> for SqlTx {
            async fn enqueue(&mut self, delivery: &$delivery) -> Result<()> {
                Entity::insert(row(delivery)?.into_active_model())
                    .exec_without_returning(self)
                    .await
                    .stored()?;
                Ok(())
            }

            async fn enqueue_all(&mut self, deliveries: &[$delivery]) -> Result<()> {
                let rows: Vec<_> = deliveries.iter().map(row).collect::<Result<_>>()?;
                if rows.is_empty() {
                    return Ok(());
                }
                let rows = rows.into_iter().map(|row| row.into_active_model());
                Entity::insert_many(rows).exec_without_returning(self).await.stored()?;
                Ok(())
            }

            async fn lease(
                &mut self,
                owner: &str,
                now: Timestamp,
                until: Timestamp,
                limit: u64,
            ) -> Result<Vec<$delivery>> {
                let mut leased = queue::lease::<Entity>(self, $turns, (owner, until), now, limit).await?;
                leased.sort_by_key(|row| row.id);
                leased.into_iter().map(read).collect()
            }

            async fn settle(
                &mut self,
                id: <$delivery as Delivery>::Id,
                owner: &str,
                state: &DeliveryState,
            ) -> Result<bool> {
                queue::settle::<Entity>(self, id.uuid(), owner, state).await
            }

            async fn find(&mut self, id: <$delivery as Delivery>::Id) -> Result<Option<$delivery>> {
                Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
            }

            async fn next_due(&mut self) -> Result<Option<Timestamp>> {
                queue::next_due::<Entity>(self).await
            }

            async fn depth(&mut self) -> Result<(u64, u64)> {
                queue::depth::<Entity>(self).await
            }

            async fn sweep(&mut self, before: Timestamp, limit: u64) -> Result<u64> {
                queue::sweep_settled::<Entity>(self, before, limit).await
            }
        }
    };
}
pub(super) use queue;

/// A state as its columns.
pub(super) struct StateColumns {
    pub(super) state: String,
    pub(super) due_at: Option<i64>,
    pub(super) owner: Option<String>,
    pub(super) settled_at: Option<i64>,
    pub(super) why: Option<String>,
}

impl StateColumns {
    pub(super) fn of(state: &DeliveryState) -> Self {
        let none = |state: &str| Self {
            state: state.to_owned(),
            due_at: None,
            owner: None,
            settled_at: None,
            why: None,
        };
        let waiting = |state, at: &Timestamp| Self { due_at: Some(at.millis()), ..none(state) };
        let settled = |state, at: &Timestamp| Self { settled_at: Some(at.millis()), ..none(state) };
        match state {
            DeliveryState::Due { at } => waiting("due", at),
            DeliveryState::Leased { until, owner } => {
                Self { owner: Some(owner.clone()), ..waiting("leased", until) }
            }
            DeliveryState::Sent { at } => settled("sent", at),
            DeliveryState::Dead { at, why } => Self { why: Some(why.clone()), ..settled("dead", at) },
            DeliveryState::Dropped { at } => settled("dropped", at),
        }
    }

    pub(super) fn read(self, table: &'static str) -> Result<DeliveryState> {
        let due = || state_at(table, self.due_at);
        let settled = || state_at(table, self.settled_at);
        Ok(match (self.state.as_str(), self.owner, self.why) {
            ("due", None, None) => DeliveryState::Due { at: due()? },
            ("leased", Some(owner), None) => DeliveryState::Leased { until: due()?, owner },
            ("sent", None, None) => DeliveryState::Sent { at: settled()? },
            ("dead", None, Some(why)) => DeliveryState::Dead { at: settled()?, why },
            ("dropped", None, None) => DeliveryState::Dropped { at: settled()? },
            (state, ..) => return Err(corrupt(table, format!("state {state} with the wrong facts"))),
        })
    }
}
