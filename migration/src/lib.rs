//! The database schema, the same on SQLite and PostgreSQL, as a list of migrations.
//!
//! Never edits a migration that was released: a change is a new file (`README.md`, "Expand and contract").

mod schema;

mod m20261121_000001_accounts;
mod m20261121_000002_companies;
mod m20261121_000003_memberships;
mod m20261121_000004_invitations;
mod m20261121_000005_clients;
mod m20261121_000006_sessions;
mod m20261121_000007_grants;
mod m20261121_000008_signing_keys;
mod m20261121_000009_outbox;
mod m20261121_000010_audit;
mod m20261121_000011_idempotency;
mod m20261122_000012_client_metadata;
mod m20261122_000013_grant_claims;
mod m20261122_000014_consents;
mod m20261122_000015_pairwise_subjects;
mod m20261122_000016_revoked_tokens;
mod m20261122_000017_logout_deliveries;
mod m20261122_000018_throttles;
mod m20261122_000019_account_tickets;
mod m20261122_000020_email_changes;
mod m20261122_000021_recovery_codes;
mod m20261122_000022_session_places;
mod m20261122_000023_password_state;
mod m20261122_000024_audit_of_accounts;
mod m20261122_000025_outbox_letters;
mod m20261122_000026_former_answers;
mod m20261122_000027_provisioning;
mod m20261122_000028_audit_chain;
mod m20261122_000029_company_settings;
mod m20261122_000030_bulk_jobs;
mod m20261122_000031_bootstrap;
mod m20261122_000033_mail_failures;
mod m20261122_000034_member_persons;
mod m20261122_000035_invitations_to;
mod m20261122_000036_outbox_turns;
mod m20261122_000037_sessions_ended;
mod m20261122_000038_company_logos;
mod m20261122_000039_mail_turns;
mod m20261122_000040_device_grants;
mod m20261122_000041_grant_computers;
mod m20261122_000042_pushed_requests;
mod m20261122_000043_grant_keys;
mod m20261122_000044_registrations;
mod m20261122_000045_client_logos;

use std::collections::BTreeSet;
use std::fmt;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseConnection, EntityTrait, QueryOrder};
use sea_orm_migration::seaql_migrations;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_accounts::Migration),
            Box::new(m20261121_000002_companies::Migration),
            Box::new(m20261121_000003_memberships::Migration),
            Box::new(m20261121_000004_invitations::Migration),
            Box::new(m20261121_000005_clients::Migration),
            Box::new(m20261121_000006_sessions::Migration),
            Box::new(m20261121_000007_grants::Migration),
            Box::new(m20261121_000008_signing_keys::Migration),
            Box::new(m20261121_000009_outbox::Migration),
            Box::new(m20261121_000010_audit::Migration),
            Box::new(m20261121_000011_idempotency::Migration),
            Box::new(m20261122_000012_client_metadata::Migration),
            Box::new(m20261122_000013_grant_claims::Migration),
            Box::new(m20261122_000014_consents::Migration),
            Box::new(m20261122_000015_pairwise_subjects::Migration),
            Box::new(m20261122_000016_revoked_tokens::Migration),
            Box::new(m20261122_000017_logout_deliveries::Migration),
            Box::new(m20261122_000018_throttles::Migration),
            Box::new(m20261122_000019_account_tickets::Migration),
            Box::new(m20261122_000020_email_changes::Migration),
            Box::new(m20261122_000021_recovery_codes::Migration),
            Box::new(m20261122_000022_session_places::Migration),
            Box::new(m20261122_000023_password_state::Migration),
            Box::new(m20261122_000024_audit_of_accounts::Migration),
            Box::new(m20261122_000025_outbox_letters::Migration),
            Box::new(m20261122_000026_former_answers::Migration),
            Box::new(m20261122_000027_provisioning::Migration),
            Box::new(m20261122_000028_audit_chain::Migration),
            Box::new(m20261122_000029_company_settings::Migration),
            Box::new(m20261122_000030_bulk_jobs::Migration),
            Box::new(m20261122_000031_bootstrap::Migration),
            Box::new(m20261122_000033_mail_failures::Migration),
            Box::new(m20261122_000034_member_persons::Migration),
            Box::new(m20261122_000035_invitations_to::Migration),
            Box::new(m20261122_000036_outbox_turns::Migration),
            Box::new(m20261122_000037_sessions_ended::Migration),
            Box::new(m20261122_000038_company_logos::Migration),
            Box::new(m20261122_000039_mail_turns::Migration),
            Box::new(m20261122_000040_device_grants::Migration),
            Box::new(m20261122_000041_grant_computers::Migration),
            Box::new(m20261122_000042_pushed_requests::Migration),
            Box::new(m20261122_000043_grant_keys::Migration),
            Box::new(m20261122_000044_registrations::Migration),
            Box::new(m20261122_000045_client_logos::Migration),
        ]
    }
}

/// How a database compares with this binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// Nothing was ever migrated here.
    Empty,
    Current,
    /// Older than the binary: the names of the migrations to apply, in their order.
    Behind {
        pending: Vec<String>,
    },
    /// Newer than the binary: the names of applied migrations it does not know.
    Ahead {
        unknown: Vec<String>,
    },
}

/// Why a schema could not be read or changed.
#[derive(Debug)]
pub enum SchemaError {
    /// The database was migrated by a newer release; this binary must not touch it.
    Ahead {
        unknown: Vec<String>,
    },
    Database(DbErr),
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ahead { unknown } => write!(
                f,
                "the database is newer than this program: it was migrated by a later release (unknown here: {}). \
                 Run that release, or restore a backup taken before its migration",
                unknown.join(", ")
            ),
            Self::Database(error) => write!(f, "the database schema: {error}"),
        }
    }
}

impl std::error::Error for SchemaError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Ahead { .. } => None,
            Self::Database(error) => Some(error),
        }
    }
}

impl From<DbErr> for SchemaError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// Compares the database with the migrations of this binary; changes nothing.
///
/// # Errors
/// [`SchemaError::Database`].
pub async fn status(db: &DatabaseConnection) -> Result<SchemaState, SchemaError> {
    let table = Migrator::migration_table_name().to_string();
    if !SchemaManager::new(db).has_table(table).await? {
        return Ok(SchemaState::Empty);
    }
    let applied =
        seaql_migrations::Entity::find().order_by_asc(seaql_migrations::Column::Version).all(db).await?;
    let applied: Vec<String> = applied.into_iter().map(|row| row.version).collect();
    Ok(compare(&applied))
}

/// Applies what is pending and returns the names of what was applied; each migration is a transaction of its own.
///
/// # Errors
/// [`SchemaError::Ahead`] when the database is newer than the binary, and then nothing is changed.
pub async fn migrate(db: &DatabaseConnection) -> Result<Vec<String>, SchemaError> {
    let pending = match status(db).await? {
        SchemaState::Current => return Ok(Vec::new()),
        SchemaState::Ahead { unknown } => return Err(SchemaError::Ahead { unknown }),
        SchemaState::Empty => known(),
        SchemaState::Behind { pending } => pending,
    };
    Migrator::up(db, None).await?;
    Ok(pending)
}

fn known() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

fn compare(applied: &[String]) -> SchemaState {
    let known = known();
    let names: BTreeSet<&String> = known.iter().collect();
    let unknown: Vec<String> = applied.iter().filter(|name| !names.contains(name)).cloned().collect();
    let pending: Vec<String> = known.iter().filter(|name| !applied.contains(name)).cloned().collect();
    match () {
        () if !unknown.is_empty() => SchemaState::Ahead { unknown },
        () if pending.is_empty() => SchemaState::Current,
        () if applied.is_empty() => SchemaState::Empty,
        () => SchemaState::Behind { pending },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_empty_behind_current_or_ahead() {
        let known = known();
        assert_eq!(compare(&[]), SchemaState::Empty);
        assert_eq!(compare(&known), SchemaState::Current);
        assert_eq!(compare(&known[..10]), SchemaState::Behind { pending: known[10..].to_vec() });
        let newer = "m20990101_000001_flying_cars".to_owned();
        let unknown = vec![newer.clone()];
        assert_eq!(
            compare(&[known.clone(), unknown.clone()].concat()),
            SchemaState::Ahead { unknown: unknown.clone() }
        );
        assert_eq!(
            compare(&[newer]),
            SchemaState::Ahead { unknown },
            "a stranger's schema is not ours to extend"
        );
    }

    #[test]
    fn migrations_apply_in_the_order_of_their_names() {
        let known = known();
        assert!(known.is_sorted(), "{known:?}");
    }
}
