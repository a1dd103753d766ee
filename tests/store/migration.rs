//! Migrating, and refusing what cannot be: the same on both databases.

use idp_migration::{SchemaError, SchemaState, migrate, status};
use idp_storage::{DatabaseOptions, SqlStore};

use crate::support::database::TestDatabase;

async fn open(database: &TestDatabase) -> SqlStore {
    let options = DatabaseOptions { url: database.url().to_owned(), max_connections: 2 };
    SqlStore::connect(&options).await.expect("a second store on the same database")
}

async fn refuses_a_newer_database(database: TestDatabase) {
    let store = open(&database).await;
    assert_eq!(status(store.connection()).await.unwrap(), SchemaState::Current);
    assert_eq!(
        migrate(store.connection()).await.unwrap(),
        Vec::<String>::new(),
        "migrating twice is nothing"
    );

    let sql = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_flying_cars', 0)";
    database.execute(sql).await;
    let unknown = vec!["m20990101_000001_flying_cars".to_owned()];
    let ahead = SchemaState::Ahead { unknown };
    assert_eq!(status(store.connection()).await.unwrap(), ahead);
    let refused = migrate(store.connection()).await;
    assert!(matches!(&refused, Err(SchemaError::Ahead { .. })), "{refused:?}");
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("newer than this program") && text.contains("flying_cars"), "{text}");

    let sql = "DELETE FROM seaql_migrations WHERE version LIKE '%flying_cars' OR version LIKE '%idempotency'";
    database.execute(sql).await;
    let pending = vec!["m20261121_000011_idempotency".to_owned()];
    assert_eq!(status(store.connection()).await.unwrap(), SchemaState::Behind { pending });
}

#[tokio::test]
async fn a_newer_sqlite_file_is_refused_and_an_older_one_is_recognised() {
    refuses_a_newer_database(TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn a_newer_postgres_database_is_refused_and_an_older_one_is_recognised() {
    refuses_a_newer_database(TestDatabase::postgres().await).await;
}

#[tokio::test]
async fn an_empty_database_says_so_and_does_not_answer_a_ping() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("new.sqlite").display());
    let store = SqlStore::connect(&DatabaseOptions { url, max_connections: 2 }).await.unwrap();
    assert_eq!(status(store.connection()).await.unwrap(), SchemaState::Empty);
    assert!(idp_domain::ports::Store::ping(&store).await.is_err());
    assert_eq!(migrate(store.connection()).await.unwrap().len(), 11);
    idp_domain::ports::Store::ping(&store).await.unwrap();
}

#[tokio::test]
async fn an_url_that_is_none_of_ours_is_refused_in_words() {
    for url in ["mysql://localhost/idp", "sqlite::memory:", "", "postgres//x"] {
        let refused = SqlStore::connect(&DatabaseOptions { url: url.to_owned(), max_connections: 2 }).await;
        assert!(refused.is_err(), "{url}");
    }
}
