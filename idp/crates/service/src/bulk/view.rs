//! Looking at a list or a job: how far it is, and its rows by page. Every company sees its own only.

use idp_domain::bulk::{Batch, BatchRow, BatchState, Counts, RowOutcome};
use idp_domain::id::BatchId;
use idp_domain::ports::{RowFilter, Tx};

use super::BulkError;
use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;
use crate::provision::{self, InvitationProgress};

/// A list or job, and how far it is.
#[derive(Debug)]
pub struct JobState {
    pub batch: Batch,
    /// All rows.
    pub total: u64,
    /// What became of the rows; of a list that waits, what would.
    pub counts: Counts,
}

/// A row, and how far the mail of its member has come (R34).
#[derive(Debug)]
pub struct RowState {
    pub row: BatchRow,
    /// Whether its turn has not come in a job: then nothing is said of it.
    pub waits: bool,
    pub invitation: Option<InvitationProgress>,
}

pub(super) async fn state(tx: &mut dyn Tx, scope: &CompanyScope, batch: Batch) -> Result<JobState, Fault> {
    let all = tx.batches().count(batch.id, None).await?;
    let counts = match upto(&batch) {
        None => all,
        upto => tx.batches().count(batch.id, upto).await?,
    };
    Ok(JobState { total: all.total(), counts: shown_counts(scope, counts), batch })
}

/// The last row of which something can be said.
fn upto(batch: &Batch) -> Option<u32> {
    match batch.state {
        BatchState::Proposed | BatchState::Done { .. } => None,
        BatchState::Queued | BatchState::Running | BatchState::Cancelled { .. } => Some(batch.settled_to),
    }
}

/// Whether the row's turn in a job has not come. Of a list that waits for a yes, it is said what would become of it.
pub(super) fn waits(batch: &Batch, row: &BatchRow) -> bool {
    batch.state != BatchState::Proposed && !batch.is_settled(row.number)
}

/// One list or job of the caller's company; a foreign or unknown id is `None`.
///
/// # Errors
/// [`Fault`].
pub async fn find(env: &Env, scope: &CompanyScope, id: BatchId) -> Result<Option<JobState>, Fault> {
    let mut tx = env.store.read().await?;
    match tx.batches().find(scope.id(), id).await? {
        Some(batch) => Ok(Some(state(&mut *tx, scope, batch).await?)),
        None => Ok(None),
    }
}

/// The company's lists and jobs, the newest first, at most `limit`.
///
/// # Errors
/// [`Fault`].
pub async fn newest(env: &Env, scope: &CompanyScope, limit: u64) -> Result<Vec<JobState>, Fault> {
    let mut tx = env.store.read().await?;
    let mut states = Vec::new();
    for batch in tx.batches().list(scope.id(), limit).await? {
        states.push(state(&mut *tx, scope, batch).await?);
    }
    Ok(states)
}

/// A page of rows in their order, those beyond the number `after`, at most `limit`, and where the next page begins. With an
/// outcome: only rows of which it can be said.
///
/// # Errors
/// [`BulkError::NotFound`], [`Fault`].
pub async fn rows(
    env: &Env,
    scope: &CompanyScope,
    id: BatchId,
    outcome: Option<RowOutcome>,
    (after, limit): (u32, u64),
) -> Result<(Vec<RowState>, Option<u32>), BulkError> {
    let mut tx = env.store.read().await?;
    let batch = tx.batches().find(scope.id(), id).await?.ok_or(BulkError::NotFound)?;
    let outcomes = outcome.map(|outcome| among(scope, outcome)).unwrap_or_default();
    let upto = if outcome.is_some() { upto(&batch) } else { None };
    let filter = RowFilter { outcomes, upto, after };
    let mut page = tx.batches().rows(id, filter, limit + 1).await?;
    drop(tx);
    let more = page.len() as u64 > limit;
    if more {
        page.pop();
    }
    let next = page.last().map(|row| row.number).filter(|_| more);
    let mut states = Vec::with_capacity(page.len());
    for mut row in page {
        row.verdict.outcome = shown(scope, row.verdict.outcome);
        let waits = waits(&batch, &row);
        let invitation = match row.member {
            Some(member) => provision::find(env, scope, member).await?.map(|member| member.invitation),
            None => None,
        };
        states.push(RowState { row, waits, invitation });
    }
    Ok((states, next))
}

/// Who is no operator does not tell a new account from one that was there (R33).
fn among(scope: &CompanyScope, outcome: RowOutcome) -> &'static [RowOutcome] {
    match outcome {
        RowOutcome::Created if !scope.is_operator() => &[RowOutcome::Created, RowOutcome::MembershipAdded],
        RowOutcome::Created => &[RowOutcome::Created],
        RowOutcome::MembershipAdded => &[RowOutcome::MembershipAdded],
        RowOutcome::Resent => &[RowOutcome::Resent],
        RowOutcome::Skipped => &[RowOutcome::Skipped],
        RowOutcome::Failed => &[RowOutcome::Failed],
    }
}

/// What the caller is told of an outcome (R33).
pub(super) fn shown(scope: &CompanyScope, outcome: RowOutcome) -> RowOutcome {
    match outcome {
        RowOutcome::MembershipAdded if !scope.is_operator() => RowOutcome::Created,
        other => other,
    }
}

/// The same of how many.
pub(super) fn shown_counts(scope: &CompanyScope, counts: Counts) -> Counts {
    if scope.is_operator() {
        return counts;
    }
    Counts { created: counts.created + counts.membership_added, membership_added: 0, ..counts }
}
