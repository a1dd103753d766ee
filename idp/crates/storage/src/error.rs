//! From the errors of the database to those of the port; the cause is kept, never the values of a statement.

use idp_domain::ports::StoreError;
use sea_orm::{DbErr, SqlErr};

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
        self.map_err(backend)
    }

    fn stored_unless(self, rules: &[Rule]) -> Result<T, StoreError> {
        self.map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(message)) => rules
                .iter()
                .find(|rule| message.contains(rule.says))
                .map_or_else(|| backend(error), |rule| StoreError::Conflict(rule.name)),
            _ => backend(error),
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
