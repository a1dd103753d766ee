//! From the errors of the database to those of the port; the cause is kept, never the values of a statement.

use idp_domain::ports::StoreError;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlErr};
use sqlx::error::DatabaseError as _;
use sqlx::sqlite::SqliteError;

/// A uniqueness rule: what the message of either database says when it is broken, and its name in the port.
///
/// SQLite names the columns (`accounts.user_name_canonical`), PostgreSQL the index (`accounts_user_name_canonical`).
pub(crate) struct Rule {
    pub(crate) says: &'static str,
    pub(crate) name: &'static str,
}

pub(crate) fn backend(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Backend(error.into())
}

/// Time-outs are overload, everything else is not.
pub(crate) fn failed(error: DbErr) -> StoreError {
    if is_time_out(&error) { StoreError::Busy(error.into()) } else { backend(error) }
}

fn is_time_out(error: &DbErr) -> bool {
    /// SQLite's `SQLITE_BUSY`: another process kept the lock on the file; the bits above the eighth only say where.
    const SQLITE_BUSY: i64 = 5;
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => true,
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            let lite = cause.as_database_error().and_then(|cause| cause.try_downcast_ref::<SqliteError>());
            let code = lite.and_then(|lite| lite.code()?.parse::<i64>().ok());
            code.is_some_and(|code| code & 0xff == SQLITE_BUSY)
        }
        _ => false,
    }
}

pub(crate) fn corrupt(table: &'static str, why: impl Into<String>) -> StoreError {
    StoreError::Corrupt { table, why: why.into() }
}

/// Turns the result of a statement into one of the port.
pub(crate) trait Stored<T> {
    fn stored(self) -> Result<T, StoreError>;

    /// The same for a statement that can break one of `rules`; any other broken rule stays a failure of the backend.
    fn stored_unless(self, rules: &[Rule]) -> Result<T, StoreError>;
}

impl<T> Stored<T> for Result<T, DbErr> {
    fn stored(self) -> Result<T, StoreError> {
        self.map_err(failed)
    }

    fn stored_unless(self, rules: &[Rule]) -> Result<T, StoreError> {
        self.map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(message)) => rules
                .iter()
                .find(|rule| message.contains(rule.says))
                .map_or_else(|| failed(error), |rule| StoreError::Conflict(rule.name)),
            _ => failed(error),
        })
    }
}

/// Whether a conditional update found its row.
///
/// # Errors
/// `Stale` when it did not.
pub(crate) fn fresh(rows: u64) -> Result<(), StoreError> {
    if rows == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::time::Duration;

    use sea_orm::{ConnectionTrait as _, DatabaseConnection, SqlxSqliteConnector, TransactionTrait as _};
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

    use super::*;

    /// A pool of one connection, without any patience.
    async fn impatient(folder: &tempfile::TempDir) -> DatabaseConnection {
        const PATIENCE: Duration = Duration::from_millis(50);
        let file = SqliteConnectOptions::new()
            .filename(folder.path().join("busy.sqlite"))
            .create_if_missing(true)
            .busy_timeout(PATIENCE);
        let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
        SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.connect_with(file).await.unwrap())
    }

    #[tokio::test]
    async fn no_connection_in_time_is_overload() {
        let folder = tempfile::tempdir().unwrap();
        let pool = impatient(&folder).await;
        let _held = pool.begin().await.unwrap();
        let refused = pool.begin().await.map(drop).stored();
        assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
        let refused = pool.execute_unprepared("SELECT 1").await.map(drop).stored();
        assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    }

    #[tokio::test]
    async fn a_file_that_another_process_is_writing_is_overload_and_a_mistake_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (impatient(&folder).await, impatient(&folder).await);
        one.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
        let refused = other.execute_unprepared("BEGIN IMMEDIATE").await.map(drop).stored();
        assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
        let wrong = other.execute_unprepared("SELECT nothing").await.map(drop).stored();
        assert!(matches!(wrong, Err(StoreError::Backend(_))), "{wrong:?}");
    }
}
