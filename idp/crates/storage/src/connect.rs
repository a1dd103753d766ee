//! Opening the database: which pools there are, and how each connection is set up (`crates.md` section 5).
//!
//! TLS to PostgreSQL is rustls on aws-lc-rs, the one provider of this binary.

use std::str::FromStr as _;
use std::time::Duration;

use idp_domain::ports::StoreError;
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::error::backend;

type Result<T> = std::result::Result<T, StoreError>;

/// How long anybody waits for a connection before the database counts as overloaded.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// A PostgreSQL connection that idled longer is asked whether it still lives before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(10);

/// The settings `database.*`.
#[derive(Debug, Clone)]
pub struct DatabaseOptions {
    /// `sqlite:///path/to/file` or `postgres://user:password@host/database`; the TLS mode is part of it (`sslmode`).
    pub url: String,
    /// In all, for reading and writing together. SQLite always writes through one of them.
    pub max_connections: u32,
}

/// Where reads and where writes go.
#[derive(Debug, Clone)]
pub(crate) struct Pools {
    pub(crate) reader: DatabaseConnection,
    pub(crate) writer: DatabaseConnection,
}

/// Opens both pools; a SQLite file that does not exist yet is created.
pub(crate) async fn open(options: &DatabaseOptions) -> Result<Pools> {
    match options.url.split(':').next() {
        Some("sqlite") => open_sqlite(options).await,
        Some("postgres" | "postgresql") => open_postgres(options).await,
        _ => Err(backend("the database URL must begin with sqlite: or postgres:")),
    }
}

async fn open_sqlite(options: &DatabaseOptions) -> Result<Pools> {
    if options.url.contains(":memory:") || options.url.contains("mode=memory") {
        return Err(backend("SQLite needs a file: readers and the writer have connections of their own"));
    }
    let file = SqliteConnectOptions::from_str(&options.url)
        .map_err(backend)?
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("mmap_size", "268435456")
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "MEMORY")
        .statement_cache_capacity(256)
        .disable_statement_logging();
    let writing = file
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "67108864");
    keep_private(&writing).map_err(backend)?;
    let writer = sqlite_pool(1).connect_with(writing).await.map_err(backend)?;
    let readers = options.max_connections.saturating_sub(1).max(1);
    let reader = sqlite_pool(readers).connect_lazy_with(file.read_only(true));
    Ok(Pools {
        reader: SqlxSqliteConnector::from_sqlx_sqlite_pool(reader),
        writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
    })
}

/// Makes a new database file readable by nobody else; SQLite gives its companions (`-wal`, `-shm`) the same mode.
fn keep_private(options: &SqliteConnectOptions) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let made =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(options.get_filename());
    match made {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// A local file cannot go away, so connections are neither asked nor renewed; one that is stuck in a transaction,
/// because SQLite refused even to roll back, is closed instead of returned.
fn sqlite_pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}

async fn open_postgres(options: &DatabaseOptions) -> Result<Pools> {
    let server = PgConnectOptions::from_str(&options.url)
        .map_err(backend)?
        .application_name("idp")
        .statement_cache_capacity(256)
        .disable_statement_logging();
    let writing = server.clone().options([("default_transaction_isolation", "read committed")]);
    let reading = server.options([("default_transaction_read_only", "on")]);
    let writers = (options.max_connections / 2).max(1);
    let readers = options.max_connections.saturating_sub(writers).max(1);
    let writer = postgres_pool(writers).connect_with(writing).await.map_err(backend)?;
    let reader = postgres_pool(readers).connect_lazy_with(reading);
    Ok(Pools {
        reader: SqlxPostgresConnector::from_sqlx_postgres_pool(reader),
        writer: SqlxPostgresConnector::from_sqlx_postgres_pool(writer),
    })
}

fn postgres_pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_IDLE {
                    return Ok(connection.ping().await.is_ok());
                }
                Ok(true)
            })
        })
}
