//! One file per repository of the port, each a trait implemented on the transaction itself.
//!
//! `row` destructures the whole domain struct and `read` the whole row, so that a new field cannot be forgotten.
//! What two callers can race for is one statement, and the number of its rows is the answer.

mod account_tickets;
mod accounts;
mod answers;
mod audit;
mod audit_chains;
mod bootstrap_tickets;
mod bulk;
mod clients;
mod codes;
mod companies;
mod company_choices;
mod consents;
mod context;
mod device_grants;
mod email_changes;
mod grants;
mod idempotency;
mod initial_tokens;
mod invitations;
mod leases;
mod logos;
mod logouts;
mod mail_turns;
mod member_list;
mod member_persons;
mod memberships;
mod outbox;
mod pushed_requests;
mod queue;
mod recovery_codes;
mod refresh_tokens;
mod registrations;
mod revoked_tokens;
mod sessions;
mod signing_keys;
mod subjects;
mod throttles;
mod tickets;

use idp_domain::Timestamp;
use idp_domain::ports::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait as _, IntoIden, Order, Query, SelectStatement, ValueTuple};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter as _,
    Select,
};

use crate::error::Stored as _;
use crate::tx::SqlTx;

type Result<T> = std::result::Result<T, StoreError>;

/// Every column of a row, to be written over another one; `except` stay as they are.
fn columns<A>(row: impl ModelTrait + IntoActiveModel<A>, except: &[<A::Entity as EntityTrait>::Column]) -> A
where
    A: ActiveModelTrait,
{
    let mut active = row.into_active_model().reset_all();
    for column in except {
        active.not_set(*column);
    }
    active
}

/// What `answer` finds for each of these keys: one look into an index for each key. A list of keys beside `company = ...` leaves
/// it to the planner instead, which believes that a company has few members and reads them all.
/// There must be a key.
fn for_each<'a>(
    keys: impl IntoIterator<Item = &'a str>,
    answer: impl FnOnce(Expr) -> SelectStatement,
) -> SelectStatement {
    // The name that both databases give to the only column of a list of values.
    let wanted = ("wanted", "column1");
    Query::select()
        .expr(Expr::from(answer(Expr::col(wanted))))
        .from_values(keys.into_iter().map(|key| ValueTuple::One(key.into())), wanted.0)
        .take()
}

/// Deletes at most `limit` rows that meet `condition`, the oldest by `order` first; returns how many.
async fn sweep<E: EntityTrait>(
    tx: &SqlTx,
    (id, order): (impl IntoIden + Copy, impl IntoIden),
    condition: impl Into<Condition>,
    limit: u64,
) -> Result<u64> {
    let oldest = Query::select()
        .column(id)
        .from(E::default())
        .cond_where(condition.into())
        .order_by(order, Order::Asc)
        .limit(limit)
        .take();
    let deleted = E::delete_many().filter(Expr::col(id).in_subquery(oldest)).exec(tx).await.stored()?;
    Ok(deleted.rows_affected)
}

/// The same where a key has two columns.
async fn sweep_by_key<E: EntityTrait>(
    tx: &SqlTx,
    (key, order): ([E::Column; 2], E::Column),
    condition: impl Into<Condition>,
    limit: u64,
) -> Result<u64> {
    let oldest = Query::select()
        .columns(key)
        .from(E::default())
        .cond_where(condition.into())
        .order_by(order, Order::Asc)
        .limit(limit)
        .take();
    let among = Expr::tuple(key.map(Expr::col)).in_subquery(oldest);
    Ok(E::delete_many().filter(among).exec(tx).await.stored()?.rows_affected)
}

/// `column < instant`, for sweeps.
fn before(column: impl ColumnTrait, instant: Timestamp) -> Condition {
    Condition::all().add(column.lt(instant.millis()))
}

/// What is looked for, and nothing that means more to SQL.
fn escaped(word: &str) -> String {
    word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

/// The row that a unique condition names. Without a `LIMIT`: SQLite prepares a statement with a bound limit anew at each
/// execution, which costs more than finding the row.
trait OnlyRow<M> {
    async fn only(self, tx: &SqlTx) -> Result<Option<M>>;
}

impl<E: EntityTrait> OnlyRow<E::Model> for Select<E> {
    async fn only(self, tx: &SqlTx) -> Result<Option<E::Model>> {
        Ok(self.all(tx).await.stored()?.into_iter().next())
    }
}
