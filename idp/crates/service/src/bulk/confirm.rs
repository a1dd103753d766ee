//! "Are you Sure?" (R23, R29): a yes to exactly these rows, by whoever was shown them, within ten minutes, once. And the
//! second thought: cancelling.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::audit::AuditAction;
use idp_domain::bulk::{Batch, BatchState, Cancellation};
use idp_domain::id::BatchId;
use idp_domain::ports::{Purpose, StoreError};
use idp_domain::{Digest, Timestamp};

use super::{BulkError, JobState, record, view};
use crate::authority::CompanyScope;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::once::{Answer, Terms};

/// How long a yes may take.
const CONFIRM_WITHIN: Duration = Duration::from_secs(600);

/// Writes a job as the wire shows it.
pub type PresentJob<'a> = &'a (dyn Fn(&JobState) -> Result<String, Fault> + Send + Sync);

/// What a confirmation is bound to: the batch, its rows, who was shown them, and until when.
fn seed(scope: &CompanyScope, batch: &Batch, until: i64) -> String {
    let who = match scope.caller().requester().who {
        idp_domain::bulk::RequestedBy::Client { client } => format!("client {client}"),
        idp_domain::bulk::RequestedBy::Person { account, .. } => format!("person {account}"),
        idp_domain::bulk::RequestedBy::Commands => "commands".to_owned(),
    };
    let rows = URL_SAFE_NO_PAD.encode(batch.digest.bytes());
    format!("{} {} {rows} {until} {who}", batch.id, batch.company)
}

/// A confirm token for the rows as they are, and until when it is good.
pub(super) fn issue(env: &Env, scope: &CompanyScope, batch: &Batch) -> (String, Timestamp) {
    let until = Timestamp::from_seconds((env.now() + CONFIRM_WITHIN).seconds());
    let seconds = until.seconds();
    let proof = env.sealer.derive(Purpose::BulkConfirmation, seed(scope, batch, seconds).as_bytes());
    (format!("{}.{seconds}.{}", batch.id, URL_SAFE_NO_PAD.encode(proof)), until)
}

/// A fresh confirm token for a list that waits, for a page that shows its rows.
///
/// # Errors
/// [`BulkError::NotFound`], [`BulkError::NotProposed`], [`Fault`].
pub async fn confirmation(
    env: &Env,
    scope: &CompanyScope,
    id: BatchId,
) -> Result<(String, Timestamp), BulkError> {
    let mut tx = env.store.read().await?;
    let batch = tx.batches().find(scope.id(), id).await?.ok_or(BulkError::NotFound)?;
    match batch.state {
        BatchState::Proposed => Ok(issue(env, scope, &batch)),
        _ => Err(BulkError::NotProposed),
    }
}

/// The parts of a token that anybody can read.
struct Presented {
    id: BatchId,
    until: i64,
    proof: Vec<u8>,
}

impl Presented {
    fn read(token: &str) -> Option<Self> {
        let mut parts = token.splitn(3, '.');
        let (id, until, proof) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            id: id.parse().ok()?,
            until: until.parse().ok()?,
            proof: URL_SAFE_NO_PAD.decode(proof).ok()?,
        })
    }

    /// Whether we issued it to this caller for these rows.
    fn proves(&self, env: &Env, scope: &CompanyScope, batch: &Batch) -> bool {
        let seed = seed(scope, batch, self.until);
        let derived = env.sealer.derive_all(Purpose::BulkConfirmation, seed.as_bytes());
        derived.iter().any(|proof| Digest::of(proof).matches(&self.proof))
    }
}

/// Makes a job of the list: 202.
///
/// # Errors
/// [`BulkError::NotConfirmed`], [`BulkError::ConfirmationExpired`], [`BulkError::ConfirmedBefore`],
/// [`BulkError::JobActive`], [`BulkError::KeyReused`], [`Fault`].
pub async fn confirm(
    env: &Env,
    scope: &CompanyScope,
    token: &str,
    terms: &Terms,
    present: PresentJob<'_>,
) -> Result<(BatchId, Answer), BulkError> {
    let presented = Presented::read(token).ok_or(BulkError::NotConfirmed)?;
    let (id, now) = (presented.id, env.now());
    let mut tx = env.store.write().await?;
    if let Some(answer) = terms.replay(&mut *tx, now).await?? {
        tx.commit().await?;
        return Ok((id, answer));
    }
    let batch = tx.batches().find(scope.id(), id).await?.ok_or(BulkError::NotConfirmed)?;
    if !presented.proves(env, scope, &batch) {
        return Err(BulkError::NotConfirmed);
    }
    if batch.state != BatchState::Proposed {
        return Err(BulkError::ConfirmedBefore);
    }
    if now.seconds() >= presented.until {
        return Err(BulkError::ConfirmationExpired);
    }
    match tx.batches().queue(id, &scope.caller().requester(), now).await {
        Ok(true) => {}
        Ok(false) => return Err(BulkError::ConfirmedBefore),
        Err(StoreError::Conflict(_)) => return Err(BulkError::JobActive),
        Err(other) => return Err(other.into()),
    }
    // The rows cannot change once it is queued; they may have, a moment before.
    let queued = tx.batches().find(scope.id(), id).await?.ok_or(BulkError::NotFound)?;
    if queued.digest != batch.digest {
        return Err(BulkError::NotConfirmed);
    }
    let event = scope.event(env, AuditAction::BulkConfirmed).subject(id);
    let counts = tx.batches().count(id, None).await?;
    tx.audit().record(&record::told(event, (Some(batch.state), queued.state), counts)).await?;
    let state = view::state(&mut *tx, scope, queued).await?;
    let answer = Answer { status: 202, body: present(&state)? };
    terms.remember(&mut *tx, &answer, now).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Jobs);
    Ok((id, answer))
}

/// Stops a job after the rows that are being carried out, or drops a list that waits: 200.
///
/// # Errors
/// [`BulkError::NotFound`], [`BulkError::Over`], [`BulkError::Precondition`], [`BulkError::KeyReused`], [`Fault`].
pub async fn cancel(
    env: &Env,
    scope: &CompanyScope,
    id: BatchId,
    terms: &Terms,
    present: PresentJob<'_>,
) -> Result<Answer, BulkError> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    if let Some(answer) = terms.replay(&mut *tx, now).await?? {
        tx.commit().await?;
        return Ok(answer);
    }
    let batch = tx.batches().find(scope.id(), id).await?.ok_or(BulkError::NotFound)?;
    let before = batch.state;
    let seen = view::state(&mut *tx, scope, batch).await?;
    if !terms.matches(&present(&seen)?) {
        return Err(BulkError::Precondition);
    }
    let cancelled = BatchState::Cancelled { at: now, why: Cancellation::Asked };
    if !tx.batches().cancel(id, cancelled).await? {
        return Err(BulkError::Over);
    }
    let batch = tx.batches().find(scope.id(), id).await?.ok_or(BulkError::NotFound)?;
    let state = view::state(&mut *tx, scope, batch).await?;
    let event = scope.event(env, AuditAction::BulkCancelled).subject(id);
    tx.audit().record(&record::told(event, (Some(before), state.batch.state), state.counts)).await?;
    let answer = Answer { status: 200, body: present(&state)? };
    terms.remember(&mut *tx, &answer, now).await?;
    tx.commit().await?;
    Ok(answer)
}
