//! Guesses at accounts, counted before they are looked at (rules section 4).

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::id::AccountId;
use idp_domain::ports::Throttles;
use idp_domain::throttle::{Admission, Bucket, Guesses, Schedule};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _,
};

use super::{OnlyRow as _, Result, before, sweep_by_key};
use crate::entity::throttles::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, count, parse_count};

const TABLE: &str = "throttles";

#[async_trait]
impl Throttles for SqlTx {
    async fn admit(
        &mut self,
        account: AccountId,
        bucket: Bucket,
        schedule: &Schedule,
        now: Timestamp,
    ) -> Result<Admission> {
        let first = Model {
            account: account.uuid(),
            bucket: bucket.as_text(),
            failures: 1,
            window_started: now.millis(),
            blocked_until: blocked_until(schedule, 1, now),
            changed_at: now.millis(),
        };
        let admitted = Entity::insert(first.into_active_model())
            .on_conflict(one_more(schedule, now))
            .exec_with_returning_many(self)
            .await
            .stored()?;
        if let Some(row) = admitted.into_iter().next() {
            return Ok(Admission::Admitted { failures: parse_count(TABLE, row.failures)? });
        }
        // The refused insert has locked the row on PostgreSQL, so this is what refused it.
        let row = Entity::find_by_id(key(account, bucket)).only(self).await?;
        let row = row.ok_or_else(|| corrupt(TABLE, "refused by a row that is not there"))?;
        let exhausted = schedule.ceiling.is_some_and(|ceiling| row.failures >= count(ceiling));
        Ok(if exhausted { Admission::Exhausted } else { Admission::Wait { until: at(row.blocked_until) } })
    }

    async fn release(&mut self, account: AccountId, bucket: Bucket) -> Result<()> {
        Entity::update_many()
            .col_expr(Column::Failures, Expr::col(Column::Failures).sub(1))
            .col_expr(Column::BlockedUntil, Expr::value(0_i64))
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::Bucket.eq(bucket.as_text()))
            .filter(Column::Failures.gt(0))
            .exec(self)
            .await
            .stored()?;
        Ok(())
    }

    async fn clear(&mut self, account: AccountId, bucket: Bucket) -> Result<()> {
        Entity::delete_by_id(key(account, bucket)).exec(self).await.stored()?;
        Ok(())
    }

    async fn clear_all(&mut self, account: AccountId) -> Result<()> {
        Entity::delete_many().filter(Column::Account.eq(account.uuid())).exec(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, account: AccountId, bucket: Bucket) -> Result<Option<Guesses>> {
        let row = Entity::find_by_id(key(account, bucket)).only(self).await?;
        let read = |row: Model| -> Result<Guesses> {
            Ok(Guesses { failures: parse_count(TABLE, row.failures)?, paused_until: at(row.blocked_until) })
        };
        row.map(read).transpose()
    }

    async fn sweep(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        let key = ([Column::Account, Column::Bucket], Column::ChangedAt);
        sweep_by_key::<Entity>(self, key, before(Column::ChangedAt, instant), limit).await
    }
}

fn key(account: AccountId, bucket: Bucket) -> (Uuid, String) {
    (account.uuid(), bucket.as_text())
}

/// Counts on, or anew where nothing is remembered, if the turn of one more guess has come.
fn one_more(schedule: &Schedule, now: Timestamp) -> OnConflict {
    let below = schedule.ceiling.map(|ceiling| stored(Column::Failures).lt(count(ceiling)));
    let below = below.map(|below| Condition::any().add(is_forgotten(schedule, now)).add(below));
    // A pause is waited for to its end, though the failures that began it are forgotten meanwhile.
    let turn = Condition::all().add(stored(Column::BlockedUntil).lte(now.millis())).add_option(below);
    let anew = |first: i64, on: Expr| Expr::case(is_forgotten(schedule, now), first).finally(on);
    OnConflict::columns([Column::Account, Column::Bucket])
        .value(Column::Failures, anew(1, stored(Column::Failures).add(1)))
        .value(Column::WindowStarted, anew(now.millis(), stored(Column::WindowStarted)))
        .value(Column::BlockedUntil, anew(blocked_until(schedule, 1, now), next_block(schedule, now)))
        .value(Column::ChangedAt, Expr::value(now.millis()))
        .action_cond_where(turn)
        .to_owned()
}

/// Whether the row tells nothing any more: its failures were taken back, or the first of them is too long ago.
fn is_forgotten(schedule: &Schedule, now: Timestamp) -> Condition {
    let oldest = schedule.forget_after.map(|span| (now - span).millis());
    Condition::any()
        .add(stored(Column::Failures).lte(0))
        .add_option(oldest.map(|oldest| stored(Column::WindowStarted).lte(oldest)))
}

/// [`blocked_until`] for one failure more than the row has: a case for each pause that still rises, then the cap.
fn next_block(schedule: &Schedule, now: Timestamp) -> Expr {
    let free = Expr::case(stored(Column::Failures).lt(count(schedule.free)), 0_i64);
    let rising = (schedule.free..).zip(schedule.rising());
    rising
        .fold(free, |cases, (failures, pause)| {
            cases.case(stored(Column::Failures).eq(count(failures)), (now + pause).millis())
        })
        .finally((now + schedule.cap).millis())
        .into()
}

/// When the pause after so many failures ends; zero where there is none, so that no node's clock can make it one.
fn blocked_until(schedule: &Schedule, failures: u32, now: Timestamp) -> i64 {
    let pause = schedule.pause(failures);
    if pause.is_zero() { 0 } else { (now + pause).millis() }
}

/// A column of the row that is there, as opposed to the one to be inserted.
fn stored(column: Column) -> Expr {
    Expr::col((Entity, column))
}
