//! The job: one worker at a time, rows in their order, in chunks of one transaction each. What became of a row is stored
//! with what was done, so that a crash at any moment neither loses nor doubles anybody; the next worker goes on at the row
//! after the last one that is stored.

use std::collections::BTreeSet;
use std::time::Duration;

use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::bulk::{Batch, BatchRow, BatchState, Cancellation, RowCode, RowOutcome, Verdict};
use idp_domain::outbox::OutboxMail;
use idp_domain::ports::{RowFilter, StoreError, Tx};

use super::judge::{Carried, Judge};
use super::{look, record, resend};
use crate::authority::CompanyScope;
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::mail::enqueue_in_turn;
use crate::provision::NewMember;

/// Rows of one transaction: enough to share a commit, few enough that nobody waits long and a cancel is soon heard.
const CHUNK: u64 = 25;
/// How long a silent worker keeps its job; it says something with every chunk.
const LEASE: Duration = Duration::from_secs(10);

/// Works on jobs, one after the other.
#[expect(missing_debug_implementations, reason = "holds ports")]
pub struct JobWorker {
    env: Env,
    /// Names this process among the nodes.
    owner: String,
    /// The job in hand, as it was last seen.
    job: Option<Batch>,
}

/// What one turn came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// No job waits.
    Idle,
    /// So many rows were carried out; there may be more.
    Worked(u64),
    /// The job came to its end after so many rows, or is somebody else's now.
    Ended(u64),
}

/// How one transaction ended.
enum Chunk {
    Carried {
        batch: Box<Batch>,
        rows: u64,
    },
    /// Done, cancelled, or another node's.
    Over {
        rows: u64,
    },
}

impl JobWorker {
    pub fn new(env: Env, owner: String) -> Self {
        Self { env, owner, job: None }
    }

    /// Carries out the next rows of the job in hand, or of the one that waits longest.
    ///
    /// # Errors
    /// [`Fault`] when the database fails; the job stays in hand, or comes back when its lease runs out.
    pub async fn turn(&mut self) -> Result<Turn, Fault> {
        let job = match self.job.take() {
            Some(job) => job,
            None => match self.lease().await? {
                Some(job) => job,
                None => return Ok(Turn::Idle),
            },
        };
        let chunk = self.work(&job).await;
        Ok(match chunk {
            Ok(Chunk::Carried { batch, rows }) => {
                self.job = Some(*batch);
                Turn::Worked(rows)
            }
            Ok(Chunk::Over { rows }) => Turn::Ended(rows),
            Err(fault) => {
                self.job = Some(job);
                return Err(fault);
            }
        })
    }

    async fn lease(&self) -> Result<Option<Batch>, Fault> {
        let now = self.env.now();
        let mut tx = self.env.store.write().await?;
        let job = tx.batches().lease(&self.owner, now, now + LEASE).await?;
        tx.commit().await?;
        Ok(job)
    }

    /// One chunk; where its rows cannot be stored together, one by one, so that a row harms no other (R30).
    async fn work(&self, job: &Batch) -> Result<Chunk, Fault> {
        let limited = resend::limited(&self.env, job, CHUNK).await?;
        match self.chunk(job, CHUNK, &limited).await {
            Err(fault) if !fault.is_passing() => {
                tracing::info!(error = %fault, job = %job.id, "rows are carried out one by one");
                self.one_by_one(job, &limited).await
            }
            other => other,
        }
    }

    async fn one_by_one(&self, job: &Batch, limited: &BTreeSet<u32>) -> Result<Chunk, Fault> {
        let (mut batch, mut carried) = (Box::new(job.clone()), 0);
        for _ in 0..CHUNK {
            match self.alone(&batch, limited).await? {
                Chunk::Carried { batch: next, rows } => (batch, carried) = (next, carried + rows),
                Chunk::Over { rows } => return Ok(Chunk::Over { rows: carried + rows }),
            }
        }
        Ok(Chunk::Carried { batch, rows: carried })
    }

    /// The next row by itself: tried again when somebody was in its way, given up when the database will not have it.
    async fn alone(&self, batch: &Batch, limited: &BTreeSet<u32>) -> Result<Chunk, Fault> {
        let is_race = |fault: &Fault| {
            matches!(
                fault,
                Fault::Store(StoreError::Conflict(_) | StoreError::Stale | StoreError::Backend(_))
            )
        };
        match self.chunk(batch, 1, limited).await {
            Err(fault) if is_race(&fault) => {}
            other => return other,
        }
        match self.chunk(batch, 1, limited).await {
            Err(fault) if is_race(&fault) => {
                tracing::error!(error = %fault, job = %batch.id, "a row cannot be stored");
                self.give_up(batch).await
            }
            other => other,
        }
    }

    async fn chunk(&self, job: &Batch, limit: u64, limited: &BTreeSet<u32>) -> Result<Chunk, Fault> {
        let Some(mut held) = self.hold(job).await? else { return Ok(Chunk::Over { rows: 0 }) };
        let rows = held.rows(limit).await?;
        held.carry_out(&self.env, rows, limited).await?;
        let chunk = held.finish(&self.env, limit).await?;
        self.env.bell.ring(Queue::Mail);
        Ok(chunk)
    }

    /// Marks the next row as failed.
    async fn give_up(&self, job: &Batch) -> Result<Chunk, Fault> {
        let Some(mut held) = self.hold(job).await? else { return Ok(Chunk::Over { rows: 0 }) };
        for row in held.rows(1).await? {
            let verdict = Verdict::because(RowOutcome::Failed, RowCode::NotStored);
            held.settled.push(BatchRow { verdict, member: None, ..row });
        }
        held.finish(&self.env, 1).await
    }

    /// The job in a transaction of its own, under a fresh lease; `None` when it is over or somebody else's.
    async fn hold(&self, job: &Batch) -> Result<Option<Held>, Fault> {
        let env = &self.env;
        let now = env.now();
        let mut tx = env.store.write().await?;
        let Some(batch) = tx.batches().hold(job.id, &self.owner, now + LEASE).await? else {
            return Ok(None);
        };
        // Whoever confirmed it may have lost what they had: looked at with every chunk, not only at the start.
        let scope = CompanyScope::stand_in(&mut *tx, &batch.requester, batch.company).await?;
        let Some(scope) = scope else {
            let why = Cancellation::AuthorityLost;
            let cancelled = BatchState::Cancelled { at: now, why };
            tx.batches().cancel(batch.id, cancelled).await?;
            let counts = tx.batches().count(batch.id, Some(batch.settled_to)).await?;
            let event = AuditEvent::new(AuditAction::BulkCancelled, Actor::System, now, env.entropy());
            let event = event.company(batch.company).subject(batch.id).reason(why.as_str());
            let event = record::told(event, (Some(batch.state), cancelled), counts);
            tx.audit().record(&event).await?;
            tx.commit().await?;
            tracing::warn!(job = %batch.id, "a job was cancelled: who confirmed it may no longer do so");
            return Ok(None);
        };
        Ok(Some(Held { tx, batch, scope, settled: Vec::new(), mails: Vec::new() }))
    }
}

/// A job under its worker's transaction.
struct Held {
    tx: Box<dyn Tx>,
    batch: Batch,
    scope: CompanyScope,
    /// Rows as they are to be stored.
    settled: Vec<BatchRow>,
    /// To be queued when all rows are done.
    mails: Vec<OutboxMail>,
}

impl Held {
    async fn rows(&mut self, limit: u64) -> Result<Vec<BatchRow>, Fault> {
        let filter = RowFilter { after: self.batch.settled_to, ..RowFilter::default() };
        Ok(self.tx.batches().rows(self.batch.id, filter, limit).await?)
    }

    /// Carries rows out, in their order, by what is read of all of them at once.
    async fn carry_out(
        &mut self,
        env: &Env,
        rows: Vec<BatchRow>,
        limited: &BTreeSet<u32>,
    ) -> Result<(), Fault> {
        let looked: Vec<_> = rows.iter().map(look::look_in_job).collect();
        let people: Vec<&NewMember> = looked.iter().filter_map(|it| it.as_ref().ok()).collect();
        let judge = Judge::to_do(&mut *self.tx, (&self.scope, self.batch.options), &people).await?;
        for (row, looked) in rows.into_iter().zip(&looked) {
            let may_mail = !limited.contains(&row.number);
            let carried = match looked {
                Err(verdict) => Carried::nothing(verdict.clone(), None),
                Ok(member) => judge.carry_out(env, &mut *self.tx, member, may_mail).await?,
            };
            let Carried { verdict, member, mail } = carried;
            self.mails.extend(mail);
            self.settled.push(BatchRow { verdict, member, ..row });
        }
        Ok(())
    }

    /// Stores what became of the rows and commits; fewer than `limit` were the last.
    async fn finish(mut self, env: &Env, limit: u64) -> Result<Chunk, Fault> {
        let rows = self.settled.len() as u64;
        let id = self.batch.id;
        self.tx.batches().put_rows(id, &self.settled).await?;
        if let Some(last) = self.settled.last() {
            self.batch.settled_to = last.number;
        }
        let is_over = rows < limit;
        if is_over {
            let before = self.batch.state;
            self.batch.state = BatchState::Done { at: env.now() };
            let counts = self.tx.batches().count(id, None).await?;
            let event = self.scope.event(env, AuditAction::BulkDone).subject(id);
            let event = record::told(event, (Some(before), self.batch.state), counts);
            self.tx.audit().record(&event).await?;
        }
        self.tx.batches().advance(&self.batch).await?;
        enqueue_in_turn(env, &mut *self.tx, self.batch.company, self.mails).await?;
        self.tx.commit().await?;
        Ok(if is_over { Chunk::Over { rows } } else { Chunk::Carried { batch: Box::new(self.batch), rows } })
    }
}
