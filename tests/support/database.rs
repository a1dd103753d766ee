//! A fresh, migrated database per test: a copy of one SQLite file, or a copy of one PostgreSQL template database.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use idp_domain::ports::Store;
use idp_storage::{DatabaseOptions, SqlStore};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;

use super::environment;

/// Dropping it removes the database.
pub(crate) struct TestDatabase {
    store: SqlStore,
    url: String,
    _home: Home,
}

/// What the database lies in, and goes with.
enum Home {
    Folder { _folder: TempDir },
    Server { _database: PostgresDatabase },
}

impl TestDatabase {
    pub(crate) async fn sqlite() -> Self {
        static MIGRATED: OnceCell<Vec<u8>> = OnceCell::const_new();
        let migrated = MIGRATED.get_or_init(migrated_file).await;
        let (folder, file) = sqlite_file();
        std::fs::write(&file, migrated).expect("a copy of the migrated file");
        let url = sqlite_url(&file);
        Self { store: connect(&url).await, url, _home: Home::Folder { _folder: folder } }
    }

    pub(crate) async fn postgres() -> Self {
        static MIGRATED: OnceCell<String> = OnceCell::const_new();
        let template = MIGRATED.get_or_init(migrated_template).await;
        let name = unique("idp_test");
        administer(format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        let database = PostgresDatabase { name };
        let url = postgres_url(&database.name);
        Self { store: connect(&url).await, url, _home: Home::Server { _database: database } }
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.store.clone())
    }

    /// For another node on the same database: connections of its own.
    pub(crate) async fn another_store(&self) -> Arc<dyn Store> {
        Arc::new(connect(&self.url).await)
    }

    /// For a second process on the same database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Runs a statement past the store, as an operator could.
    pub(crate) async fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self._home {
            Home::Folder { .. } => run_on_file(&self.url, sql).await,
            Home::Server { .. } => run_on_server(&self.url, sql).await,
        }
    }

    /// The one number that a statement asks for.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self._home {
            Home::Folder { .. } => {
                let mut file = SqliteConnection::connect(&self.url).await.expect("the SQLite file");
                sqlx::query_scalar(sql).fetch_one(&mut file).await.expect("a number from SQLite")
            }
            Home::Server { .. } => {
                let mut server = PgConnection::connect(&self.url).await.expect("the PostgreSQL server");
                sqlx::query_scalar(sql).fetch_one(&mut server).await.expect("a number from PostgreSQL")
            }
        }
    }
}

async fn connect(url: &str) -> SqlStore {
    let options = DatabaseOptions { url: url.to_owned(), max_connections: 16 };
    SqlStore::connect(&options).await.expect("a connection to the test database")
}

fn sqlite_file() -> (TempDir, PathBuf) {
    let folder = TempDir::with_prefix("idp-test-").expect("a temporary folder");
    let file = folder.path().join("idp.sqlite");
    (folder, file)
}

fn sqlite_url(file: &std::path::Path) -> String {
    format!("sqlite://{}", file.display())
}

async fn migrated_file() -> Vec<u8> {
    let (_folder, file) = sqlite_file();
    let store = connect(&sqlite_url(&file)).await;
    idp_migration::migrate(store.connection()).await.expect("the migrations on SQLite");
    store.close().await.expect("the write-ahead log folded into the file");
    std::fs::read(file).expect("the migrated file")
}

async fn migrated_template() -> String {
    let name = unique("idp_template");
    administer(format!("CREATE DATABASE {name}")).await;
    let store = connect(&postgres_url(&name)).await;
    idp_migration::migrate(store.connection()).await.expect("the migrations on PostgreSQL");
    // A template must have no connection left to it.
    store.close().await.expect("the connections closed");
    name
}

fn unique(prefix: &str) -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

fn postgres_url(database: &str) -> String {
    let mut url: Url = environment::postgres_url().parse().expect("IDP_TEST_POSTGRES_URL is a URL");
    url.set_path(database);
    url.into()
}

async fn run_on_file(url: &str, sql: AssertSqlSafe<String>) {
    let mut file = SqliteConnection::connect(url).await.expect("the SQLite file");
    file.execute(sql).await.expect("a statement for SQLite");
    file.close().await.expect("a goodbye");
}

async fn run_on_server(url: &str, sql: AssertSqlSafe<String>) {
    let mut server = PgConnection::connect(url).await.expect("the PostgreSQL server");
    server.execute(sql).await.expect("a statement for PostgreSQL");
    server.close().await.expect("a goodbye");
}

/// Makes or drops databases.
async fn administer(sql: String) {
    run_on_server(&environment::postgres_url(), AssertSqlSafe(sql)).await;
}

struct PostgresDatabase {
    name: String,
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // The test's own runtime may be ending, and a drop cannot wait on it.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(administer(drop));
        });
        // A database that stays behind harms nobody: the cluster goes with the test run.
        let _ = dropping.join();
    }
}
