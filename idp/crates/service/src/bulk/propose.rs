//! The dry run: every row judged and kept, nothing done. The list can be corrected until somebody says yes to it (R28, R30).

use idp_domain::Timestamp;
use idp_domain::audit::AuditAction;
use idp_domain::bulk::{Batch, BatchOptions, BatchRow, BatchState, Counts, RowOutcome, RowText, Verdict};
use idp_domain::id::BatchId;
use idp_domain::ports::{AT_ONCE, RowFilter, StoreError, Tx};

use super::judge::Judge;
use super::look::{digest, look};
use super::{BulkError, MOST_CSV_ROWS, UploadedRow, confirm, ease, record, view};
use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;
use crate::provision::NewMember;

/// A list as it was sent.
#[derive(Debug)]
pub struct Upload {
    pub rows: Vec<UploadedRow>,
    pub options: BatchOptions,
}

/// A list that waits for a yes.
#[derive(Debug)]
pub struct Proposal {
    pub batch: Batch,
    /// In their order.
    pub rows: Vec<BatchRow>,
    /// By what they would come to.
    pub counts: Counts,
    /// What [`super::confirm`] takes.
    pub confirm_token: String,
    pub confirm_by: Timestamp,
}

/// A change of one row before the confirmation; `None` leaves things as they are.
#[derive(Debug, Clone)]
pub struct RowEdit {
    pub number: u32,
    /// All cells of the row.
    pub text: Option<RowText>,
    pub selected: Option<bool>,
}

/// Judges every row and keeps the list for [`idp_domain::bulk::PROPOSAL_LIFE`].
///
/// # Errors
/// [`BulkError::Empty`], [`BulkError::TooManyRows`], [`Fault`].
pub async fn propose(env: &Env, scope: &CompanyScope, upload: Upload) -> Result<Proposal, BulkError> {
    let Upload { rows, options } = upload;
    if rows.is_empty() {
        return Err(BulkError::Empty);
    }
    if rows.len() > MOST_CSV_ROWS {
        return Err(BulkError::TooManyRows(MOST_CSV_ROWS));
    }
    let mut rows: Vec<BatchRow> = rows.into_iter().map(unjudged).collect();
    judge_all(env, scope, options, (&mut rows, &[])).await?;
    let fixed = (options, digest(options, &rows));
    let requester = scope.caller().requester();
    let batch = Batch::propose(scope.id(), requester, fixed, env.now(), env.entropy());
    let mut tx = env.store.write().await?;
    tx.batches().insert(&batch).await?;
    tx.batches().put_rows(batch.id, &rows).await?;
    let event = scope.event(env, AuditAction::BulkProposed).subject(batch.id);
    tx.audit().record(&record::told(event, (None, batch.state), counted(&rows))).await?;
    tx.commit().await?;
    Ok(proposal(env, scope, batch, rows))
}

/// By what the rows would come to.
fn counted(rows: &[BatchRow]) -> Counts {
    let mut counts = Counts::default();
    for row in rows {
        counts.add(row.verdict.outcome, 1);
    }
    counts
}

/// Changes rows of a list that waits, and judges it again. A yes that was given to the list as it was is worth nothing.
/// Numbers that the list does not have are passed over.
///
/// # Errors
/// [`BulkError::NotFound`], [`BulkError::NotProposed`], [`Fault`].
pub async fn edit(
    env: &Env,
    scope: &CompanyScope,
    id: BatchId,
    edits: &[RowEdit],
) -> Result<Proposal, BulkError> {
    match edit_once(env, scope, (id, edits), env.store.read().await?).await {
        // Somebody else corrected the same list at this moment: both corrections count. Theirs may still be on its way to
        // the disk, where only writers see it.
        Err(BulkError::Fault(Fault::Store(StoreError::Stale))) => {
            edit_once(env, scope, (id, edits), env.store.write().await?).await
        }
        other => other,
    }
}

async fn edit_once(
    env: &Env,
    scope: &CompanyScope,
    (id, edits): (BatchId, &[RowEdit]),
    reading: Box<dyn Tx>,
) -> Result<Proposal, BulkError> {
    let (batch, before) = proposed(reading, scope, id).await?;
    let mut rows = before.clone();
    for edit in edits {
        apply(&mut rows, edit);
    }
    judge_all(env, scope, batch.options, (&mut rows, &before)).await?;
    let changed: Vec<BatchRow> =
        rows.iter().zip(&before).filter(|(now, before)| now != before).map(|(now, _)| now.clone()).collect();
    let edited = Batch { digest: digest(batch.options, &rows), ..batch.clone() };
    // Judged outside, so that nobody waits for it; stored only over what was read.
    let mut tx = env.store.write().await?;
    if !tx.batches().hold_proposed(scope.id(), id).await? {
        return Err(BulkError::NotProposed);
    }
    let held = tx.batches().find(scope.id(), id).await?.ok_or(BulkError::NotFound)?;
    if held.digest != batch.digest {
        return Err(StoreError::Stale.into());
    }
    tx.batches().put_rows(id, &changed).await?;
    tx.batches().repropose(&edited).await?;
    tx.commit().await?;
    Ok(proposal(env, scope, edited, rows))
}

fn apply(rows: &mut [BatchRow], edit: &RowEdit) {
    let Some(row) = rows.iter_mut().find(|row| row.number == edit.number) else { return };
    if let Some(text) = &edit.text {
        row.text = ease::ease(text.clone(), None);
        row.well_formed = true;
    }
    row.selected = edit.selected.unwrap_or(row.selected);
}

/// A list that waits, with all its rows.
async fn proposed(
    mut tx: Box<dyn Tx>,
    scope: &CompanyScope,
    id: BatchId,
) -> Result<(Batch, Vec<BatchRow>), BulkError> {
    let batch = tx.batches().find(scope.id(), id).await?.ok_or(BulkError::NotFound)?;
    if batch.state != BatchState::Proposed {
        return Err(BulkError::NotProposed);
    }
    let rows = tx.batches().rows(id, RowFilter::default(), MOST_CSV_ROWS as u64).await?;
    Ok((batch, rows))
}

fn unjudged(row: UploadedRow) -> BatchRow {
    let UploadedRow { number, text, well_formed } = row;
    let verdict = Verdict::of(RowOutcome::Created);
    BatchRow { number, text, well_formed, selected: true, verdict, member: None }
}

/// Judges every row; what was said of a row that is as `before` still holds, so the database is not asked again.
async fn judge_all(
    env: &Env,
    scope: &CompanyScope,
    options: BatchOptions,
    (rows, before): (&mut [BatchRow], &[BatchRow]),
) -> Result<(), Fault> {
    let looked = look(rows);
    let looked_before: Vec<Result<NewMember, Verdict>> = look(before);
    let mut open = Vec::new();
    for (n, (row, looked)) in rows.iter_mut().zip(looked).enumerate() {
        let is_as_before = before.get(n).is_some_and(|it| it.text == row.text)
            && looked_before.get(n).is_some_and(Result::is_ok);
        match looked {
            Err(verdict) => (row.verdict, row.member) = (verdict, None),
            Ok(_) if is_as_before => {}
            Ok(member) => open.push((row, member)),
        }
    }
    let mut tx = env.store.read().await?;
    for chunk in open.chunks_mut(AT_ONCE) {
        let people: Vec<&NewMember> = chunk.iter().map(|(_, member)| member).collect();
        let judge = Judge::to_tell(&mut *tx, (scope, options), &people).await?;
        for (row, member) in chunk {
            let (verdict, known) = judge.judge(member);
            (row.verdict, row.member) = (verdict, known.map(|known| known.id));
        }
    }
    Ok(())
}

fn proposal(env: &Env, scope: &CompanyScope, batch: Batch, mut rows: Vec<BatchRow>) -> Proposal {
    for row in &mut rows {
        row.verdict.outcome = view::shown(scope, row.verdict.outcome);
    }
    let counts = counted(&rows);
    let (confirm_token, confirm_by) = confirm::issue(env, scope, &batch);
    Proposal { batch, rows, counts, confirm_token, confirm_by }
}
