//! Group commit on SQLite: one task owns the writing connection and hands it from one unit of work to the next.
//!
//! A unit is acknowledged only after the `COMMIT` of its group, at `synchronous = FULL`. A unit that is dropped, by a
//! return, a panic or a cancelled request, rolls back alone. Nobody waits on purpose: a group is who queued meanwhile.
//!
//! The units of a group share one transaction: a unit sees what those before it in its group wrote, although it is not
//! committed yet, while readers do not. When that `COMMIT` fails, everyone who asked for it is told; a unit that had rolled
//! back by then may have seen what never lasted.

use std::sync::Arc;
use std::time::Duration;

use idp_domain::ports::StoreError;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};
use tokio::sync::{mpsc, oneshot};

use crate::error::{backend, failed};

/// Units, also those that rolled back: the first of a group does not wait for ever on a long queue.
const GROUP_LIMIT: usize = 64;
const QUEUE: usize = 1024;

type Result<T> = std::result::Result<T, StoreError>;
type Request = oneshot::Sender<Result<Unit>>;
/// Told after the `COMMIT`.
type Member = oneshot::Sender<Result<()>>;

/// The way to the writing task. The task ends when the last of these is gone.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    requests: mpsc::Sender<Request>,
    /// How long a unit waits for its turn.
    patience: Duration,
}

/// The writing connection, lent for one unit of work.
///
/// The order of the fields matters, because fields are dropped in it: that `outcome` is gone tells the writing task
/// that `transaction` is its own again.
#[derive(Debug)]
pub(crate) struct Unit {
    transaction: Arc<DatabaseTransaction>,
    outcome: oneshot::Sender<Member>,
}

/// One failure, told to every unit of its group.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the group of writes failed: {0}")]
struct GroupFailed(#[source] Arc<DbErr>);

impl Writer {
    /// `connection` is a pool of one connection, which nobody else writes through.
    #[expect(
        clippy::disallowed_methods,
        reason = "the task ends by itself when the last store handle is gone"
    )]
    pub(crate) fn start(connection: DatabaseConnection, patience: Duration) -> Self {
        let (requests, mut queue) = mpsc::channel(QUEUE);
        tokio::spawn(async move {
            while let Some(first) = queue.recv().await {
                run_group(&connection, first, &mut queue).await;
            }
        });
        Self { requests, patience }
    }

    /// Waits for the connection.
    ///
    /// # Errors
    /// `Busy` when it did not come in time, `Backend` when there is none.
    pub(crate) async fn unit(&self) -> Result<Unit> {
        let (request, unit) = oneshot::channel();
        let lent = async {
            self.requests.send(request).await.map_err(backend)?;
            unit.await.map_err(backend)?
        };
        tokio::time::timeout(self.patience, lent).await.map_err(|late| StoreError::Busy(late.into()))?
    }
}

impl Unit {
    pub(crate) fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Hands the connection back and waits until the group is on disk.
    pub(crate) async fn commit(self) -> Result<()> {
        let Self { transaction, outcome } = self;
        drop(transaction);
        let (member, told) = oneshot::channel();
        outcome.send(member).map_err(|_| backend("the writing task is gone"))?;
        told.await.map_err(backend)?
    }
}

async fn run_group(connection: &DatabaseConnection, first: Request, queue: &mut mpsc::Receiver<Request>) {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = match connection.begin_with_options(options).await {
        Ok(transaction) => Arc::new(transaction),
        Err(error) => {
            // Who asked may have gone; nobody is left to tell then.
            let _ = first.send(Err(failed(error)));
            return;
        }
    };
    let mut members = Vec::new();
    let mut units = 0;
    let mut next = Some(first);
    let mut gone = None;
    while let Some(request) = next.take() {
        units += 1;
        match run_unit(&transaction, request, !members.is_empty()).await {
            Ok(Some(member)) => members.push(member),
            // Alone in its group: the whole transaction is rolled back below.
            Ok(None) if members.is_empty() => break,
            Ok(None) => {}
            Err(error) => {
                gone = Some(error);
                break;
            }
        }
        if units < GROUP_LIMIT {
            next = queue.try_recv().ok();
        }
    }
    let result = finish(transaction, gone, members.is_empty()).await;
    let result = result.map_err(|error| GroupFailed(Arc::new(error)));
    if let Err(error) = &result {
        tracing::error!(%error, units = members.len(), "group commit");
    }
    for member in members {
        let _ = member.send(result.clone().map_err(backend));
    }
}

/// Lends the transaction for one unit: `Some` when it is to be committed, `None` when it rolled back.
///
/// # Errors
/// When the savepoint is gone, because SQLite gave up the whole transaction (disk full, I/O error).
async fn run_unit(
    transaction: &Arc<DatabaseTransaction>,
    request: Request,
    savepoint: bool,
) -> std::result::Result<Option<Member>, DbErr> {
    if request.is_closed() {
        return Ok(None);
    }
    if savepoint {
        transaction.execute_unprepared("SAVEPOINT unit").await?;
    }
    let (outcome, told) = oneshot::channel();
    let unit = Unit { transaction: Arc::clone(transaction), outcome };
    // When nobody takes the unit, it is dropped here, and that is a rollback.
    drop(request.send(Ok(unit)));
    let member = told.await.ok();
    if savepoint {
        let end = match &member {
            Some(_) => "RELEASE unit",
            None => "ROLLBACK TO unit; RELEASE unit",
        };
        transaction.execute_unprepared(end).await?;
    }
    Ok(member)
}

async fn finish(
    transaction: Arc<DatabaseTransaction>,
    gone: Option<DbErr>,
    nothing: bool,
) -> std::result::Result<(), DbErr> {
    let Some(transaction) = Arc::into_inner(transaction) else {
        return Err(DbErr::Custom("a unit of work outlived its end".to_owned()));
    };
    match gone {
        None if nothing => transaction.rollback().await,
        None => transaction.commit().await,
        Some(error) => {
            // What it was about is told; that there was nothing left to roll back is not news.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests;
