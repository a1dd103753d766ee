//! Lists of people to add and the jobs they become. A company's one active job is a unique index; a job's one worker is a
//! lease that every statement of the worker names.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::bulk::{
    Batch, BatchRow, BatchState, Cancellation, Counts, Requester, RowCode, RowFinding, RowOutcome, Verdict,
};
use idp_domain::id::{BatchId, CompanyId, MembershipId};
use idp_domain::ports::{AT_ONCE, Batches, RowFilter};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, Iterable as _, Order,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::{OnlyRow as _, Result, sweep, sweep_by_key};
use crate::entity::{bulk_batches, bulk_rows};
use crate::error::{Rule, Stored as _, corrupt, fresh};
use crate::tx::SqlTx;
use crate::value::{at, count, digest, json, known, parse_count, parse_json, parse_word, state_at};

type BatchColumn = bulk_batches::Column;
type RowColumn = bulk_rows::Column;

const BATCHES: &str = "bulk_batches";
const ROWS: &str = "bulk_rows";
const ACTIVE: [Rule; 1] = [Rule { says: "active_company", name: "active_job" }];

#[async_trait]
impl Batches for SqlTx {
    async fn insert(&mut self, batch: &Batch) -> Result<()> {
        let row = batch_row(batch)?.into_active_model();
        bulk_batches::Entity::insert(row).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn put_rows(&mut self, batch: BatchId, rows: &[BatchRow]) -> Result<()> {
        for chunk in rows.chunks(AT_ONCE) {
            let models: Vec<_> = chunk.iter().map(|row| row_row(batch, row)).collect::<Result<_>>()?;
            let changing =
                RowColumn::iter().filter(|column| !matches!(column, RowColumn::Batch | RowColumn::Number));
            let replace = OnConflict::columns([RowColumn::Batch, RowColumn::Number])
                .update_columns(changing)
                .to_owned();
            let models = models.into_iter().map(|row| row.into_active_model());
            bulk_rows::Entity::insert_many(models)
                .on_conflict(replace)
                .exec_without_returning(self)
                .await
                .stored()?;
        }
        Ok(())
    }

    async fn find(&mut self, company: CompanyId, id: BatchId) -> Result<Option<Batch>> {
        let own = bulk_batches::Entity::find_by_id(id.uuid());
        own.filter(BatchColumn::Company.eq(company.uuid())).only(self).await?.map(read_batch).transpose()
    }

    async fn list(&mut self, company: CompanyId, limit: u64) -> Result<Vec<Batch>> {
        let own = bulk_batches::Entity::find().filter(BatchColumn::Company.eq(company.uuid()));
        let rows = own.order_by_desc(BatchColumn::Id).limit(limit).all(self).await.stored()?;
        rows.into_iter().map(read_batch).collect()
    }

    async fn rows(&mut self, batch: BatchId, filter: RowFilter<'_>, limit: u64) -> Result<Vec<BatchRow>> {
        let RowFilter { outcomes, upto, after } = filter;
        let mut page = bulk_rows::Entity::find()
            .filter(RowColumn::Batch.eq(batch.uuid()))
            .filter(RowColumn::Number.gt(count(after)));
        if let Some(upto) = upto {
            page = page.filter(RowColumn::Number.lte(count(upto)));
        }
        if !outcomes.is_empty() {
            page = page.filter(RowColumn::Outcome.is_in(outcomes.iter().map(|outcome| outcome.as_str())));
        }
        let rows = page.order_by_asc(RowColumn::Number).limit(limit).all(self).await.stored()?;
        rows.into_iter().map(read_row).collect()
    }

    async fn count(&mut self, batch: BatchId, upto: Option<u32>) -> Result<Counts> {
        let mut counted = bulk_rows::Entity::find()
            .select_only()
            .column(RowColumn::Outcome)
            .column_as(RowColumn::Number.count(), "rows")
            .filter(RowColumn::Batch.eq(batch.uuid()))
            .group_by(RowColumn::Outcome);
        if let Some(upto) = upto {
            counted = counted.filter(RowColumn::Number.lte(count(upto)));
        }
        let counted: Vec<(String, i64)> = counted.into_tuple().all(self).await.stored()?;
        let mut counts = Counts::default();
        for (outcome, rows) in counted {
            let outcome = known(ROWS, "outcome", RowOutcome::parse(&outcome))?;
            counts.add(outcome, u64::try_from(rows).unwrap_or(0));
        }
        Ok(counts)
    }

    async fn hold_proposed(&mut self, company: CompanyId, id: BatchId) -> Result<bool> {
        let held = bulk_batches::Entity::update_many()
            .col_expr(BatchColumn::State, Expr::value("proposed"))
            .filter(BatchColumn::Id.eq(id.uuid()))
            .filter(BatchColumn::Company.eq(company.uuid()))
            .filter(BatchColumn::State.eq("proposed"));
        Ok(held.exec(self).await.stored()?.rows_affected == 1)
    }

    async fn repropose(&mut self, batch: &Batch) -> Result<()> {
        let stored = bulk_batches::Entity::update_many()
            .col_expr(BatchColumn::Digest, Expr::value(batch.digest.bytes().to_vec()))
            .filter(BatchColumn::Id.eq(batch.id.uuid()))
            .filter(BatchColumn::State.eq("proposed"));
        fresh(stored.exec(self).await.stored()?.rows_affected)
    }

    async fn queue(&mut self, id: BatchId, requester: &Requester, now: Timestamp) -> Result<bool> {
        let queued = bulk_batches::Entity::update_many()
            .col_expr(BatchColumn::State, Expr::value("queued"))
            .col_expr(BatchColumn::ActiveCompany, Expr::col(BatchColumn::Company))
            .col_expr(BatchColumn::Requester, Expr::value(json(BATCHES, requester)?))
            .col_expr(BatchColumn::DueAt, Expr::value(now.millis()))
            .filter(BatchColumn::Id.eq(id.uuid()))
            .filter(BatchColumn::State.eq("proposed"));
        Ok(queued.exec(self).await.stored_unless(&ACTIVE)?.rows_affected == 1)
    }

    async fn cancel(&mut self, id: BatchId, state: BatchState) -> Result<bool> {
        let (ended_at, why) = end_of(state);
        let cancelled = bulk_batches::Entity::update_many()
            .col_expr(BatchColumn::State, Expr::value(state.as_str()))
            .col_expr(BatchColumn::ActiveCompany, Expr::value(None::<Uuid>))
            .col_expr(BatchColumn::EndedAt, Expr::value(ended_at))
            .col_expr(BatchColumn::Why, Expr::value(why))
            .col_expr(BatchColumn::DueAt, Expr::value(None::<i64>))
            .col_expr(BatchColumn::Owner, Expr::value(None::<String>))
            .filter(BatchColumn::Id.eq(id.uuid()))
            .filter(BatchColumn::State.is_in(["proposed", "queued", "running"]));
        Ok(cancelled.exec(self).await.stored()?.rows_affected == 1)
    }

    async fn lease(&mut self, owner: &str, now: Timestamp, until: Timestamp) -> Result<Option<Batch>> {
        let due = || BatchColumn::DueAt.lte(now.millis());
        let oldest = Query::select()
            .column(BatchColumn::Id)
            .from(bulk_batches::Entity)
            .and_where(due())
            .order_by(BatchColumn::DueAt, Order::Asc)
            .order_by(BatchColumn::Id, Order::Asc)
            .limit(1)
            .take();
        // `due` stands here too, because PostgreSQL re-checks only the outer condition after waiting for a row.
        let leased = bulk_batches::Entity::update_many()
            .col_expr(BatchColumn::State, Expr::value("running"))
            .col_expr(BatchColumn::DueAt, Expr::value(until.millis()))
            .col_expr(BatchColumn::Owner, Expr::value(owner))
            .filter(BatchColumn::Id.in_subquery(oldest))
            .filter(due())
            .exec_with_returning(self)
            .await
            .stored()?;
        leased.into_iter().next().map(read_batch).transpose()
    }

    async fn hold(&mut self, id: BatchId, owner: &str, until: Timestamp) -> Result<Option<Batch>> {
        let held = bulk_batches::Entity::update_many()
            .col_expr(BatchColumn::DueAt, Expr::value(until.millis()))
            .filter(BatchColumn::Id.eq(id.uuid()))
            .filter(BatchColumn::State.eq("running"))
            .filter(BatchColumn::Owner.eq(owner))
            .exec_with_returning(self)
            .await
            .stored()?;
        held.into_iter().next().map(read_batch).transpose()
    }

    async fn advance(&mut self, batch: &Batch) -> Result<()> {
        let mut advanced = bulk_batches::Entity::update_many()
            .col_expr(BatchColumn::SettledTo, Expr::value(count(batch.settled_to)));
        if !batch.state.is_active() {
            let (ended_at, _) = end_of(batch.state);
            advanced = advanced
                .col_expr(BatchColumn::State, Expr::value(batch.state.as_str()))
                .col_expr(BatchColumn::ActiveCompany, Expr::value(None::<Uuid>))
                .col_expr(BatchColumn::EndedAt, Expr::value(ended_at))
                .col_expr(BatchColumn::DueAt, Expr::value(None::<i64>))
                .col_expr(BatchColumn::Owner, Expr::value(None::<String>));
        }
        let advanced =
            advanced.filter(BatchColumn::Id.eq(batch.id.uuid())).filter(BatchColumn::State.eq("running"));
        fresh(advanced.exec(self).await.stored()?.rows_affected)
    }

    async fn sweep(&mut self, proposed: Timestamp, ended: Timestamp, limit: u64) -> Result<u64> {
        let proposal = Condition::all()
            .add(BatchColumn::State.eq("proposed"))
            .add(BatchColumn::CreatedAt.lt(proposed.millis()));
        let job = Condition::all()
            .add(BatchColumn::State.is_in(["done", "cancelled"]))
            .add(BatchColumn::EndedAt.lt(ended.millis()));
        let old = Condition::any().add(proposal).add(job);
        let batches =
            Query::select().column(BatchColumn::Id).from(bulk_batches::Entity).cond_where(old.clone()).take();
        let key = ([RowColumn::Batch, RowColumn::Number], RowColumn::Number);
        let of_old = Condition::all().add(RowColumn::Batch.in_subquery(batches));
        let rows = sweep_by_key::<bulk_rows::Entity>(self, key, of_old, limit).await?;
        if rows == limit {
            return Ok(rows);
        }
        let order = (BatchColumn::Id, BatchColumn::Id);
        Ok(rows + sweep::<bulk_batches::Entity>(self, order, old, limit).await?)
    }
}

/// The instant of its end, and the word for why, if it was cancelled.
fn end_of(state: BatchState) -> (Option<i64>, Option<&'static str>) {
    let why = match state {
        BatchState::Cancelled { why, .. } => Some(why.as_str()),
        BatchState::Proposed | BatchState::Queued | BatchState::Running | BatchState::Done { .. } => None,
    };
    (state.ended_at().map(Timestamp::millis), why)
}

fn batch_row(batch: &Batch) -> Result<bulk_batches::Model> {
    let Batch { id, company, requester, options, created_at, digest, state, settled_to } = batch;
    let (ended_at, why) = end_of(*state);
    Ok(bulk_batches::Model {
        id: id.uuid(),
        company: company.uuid(),
        active_company: state.is_active().then(|| company.uuid()),
        requester: json(BATCHES, requester)?,
        options: json(BATCHES, options)?,
        created_at: created_at.millis(),
        digest: digest.bytes().to_vec(),
        state: state.as_str().to_owned(),
        ended_at,
        why: why.map(str::to_owned),
        settled_to: count(*settled_to),
        due_at: None,
        owner: None,
    })
}

fn read_batch(row: bulk_batches::Model) -> Result<Batch> {
    let ended = || state_at(BATCHES, row.ended_at);
    let state = match row.state.as_str() {
        "proposed" => BatchState::Proposed,
        "queued" => BatchState::Queued,
        "running" => BatchState::Running,
        "done" => BatchState::Done { at: ended()? },
        "cancelled" => {
            let why: Cancellation = parse_word(BATCHES, row.why.unwrap_or_default())?;
            BatchState::Cancelled { at: ended()?, why }
        }
        other => return Err(corrupt(BATCHES, format!("unknown state {other}"))),
    };
    Ok(Batch {
        id: BatchId::from_uuid(row.id),
        company: CompanyId::from_uuid(row.company),
        requester: parse_json(BATCHES, &row.requester)?,
        options: parse_json(BATCHES, &row.options)?,
        created_at: at(row.created_at),
        digest: digest(BATCHES, row.digest)?,
        state,
        settled_to: parse_count(BATCHES, row.settled_to)?,
    })
}

fn row_row(batch: BatchId, row: &BatchRow) -> Result<bulk_rows::Model> {
    let BatchRow { number, text, well_formed, selected, verdict, member } = row;
    let Verdict { outcome, findings } = verdict;
    let findings: Vec<_> =
        findings.iter().map(|RowFinding { code, field }| (code.as_str(), field.as_str())).collect();
    Ok(bulk_rows::Model {
        batch: batch.uuid(),
        number: count(*number),
        cells: json(ROWS, text)?,
        well_formed: *well_formed,
        selected: *selected,
        outcome: outcome.as_str().to_owned(),
        findings: json(ROWS, &findings)?,
        member: member.map(MembershipId::uuid),
    })
}

fn read_row(row: bulk_rows::Model) -> Result<BatchRow> {
    let findings: Vec<(String, String)> = parse_json(ROWS, &row.findings)?;
    let finding = |(code, field): (String, String)| -> Result<RowFinding> {
        Ok(RowFinding { code: known(ROWS, "code", RowCode::parse(&code))?, field })
    };
    Ok(BatchRow {
        number: parse_count(ROWS, row.number)?,
        text: parse_json(ROWS, &row.cells)?,
        well_formed: row.well_formed,
        selected: row.selected,
        verdict: Verdict {
            outcome: known(ROWS, "outcome", RowOutcome::parse(&row.outcome))?,
            findings: findings.into_iter().map(finding).collect::<Result<_>>()?,
        },
        member: row.member.map(MembershipId::from_uuid),
    })
}
