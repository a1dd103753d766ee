//! The schema of the database: made from nothing, never guessed at.

use crate::support::database::TestDatabase;
use crate::support::rig::Rig;

const NEWER: &str = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_later', 0)";
const OLDER: &str =
    "DELETE FROM seaql_migrations WHERE version IN (SELECT max(version) FROM seaql_migrations)";

/// A rig on the database, whose settings would do in production.
fn rig(database: &TestDatabase) -> Rig {
    let mut rig = Rig::production();
    rig.set("database.url", database.url());
    rig
}

async fn emptied(database: &TestDatabase) {
    database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
}

fn is_made_from_nothing(rig: &Rig) {
    let first = rig.run(&["migrate"]).answer();
    assert!(first.starts_with("Applied ") && first.contains("m20261121_000001_accounts"), "{first}");
    assert_eq!(rig.run(&["migrate"]).answer(), "The database is up to date; nothing was changed.\n");
    assert_eq!(
        rig.run(&["keys", "list"]).answer(),
        "There are no signing keys yet; the first start of the server makes them.\n"
    );
}

#[test]
fn migrate_makes_the_schema_from_nothing_on_sqlite() {
    is_made_from_nothing(&Rig::production());
}

#[tokio::test]
async fn migrate_makes_the_schema_from_nothing_on_postgres() {
    let database = TestDatabase::postgres().await;
    emptied(&database).await;
    is_made_from_nothing(&rig(&database));
}

#[test]
fn production_refuses_a_database_without_a_schema() {
    let complaint = Rig::production().run(&["serve"]).complaint(1);
    assert!(complaint.contains("the database has no schema yet; run `idp migrate`"), "{complaint}");
}

async fn a_newer_database_is_left_alone(database: &TestDatabase) {
    database.execute(NEWER).await;
    for mode in ["production", "development"] {
        let mut rig = rig(database);
        rig.set("mode", mode);
        for command in [&["serve"][..], &["migrate"], &["keys", "rotate"]] {
            let complaint = rig.run(command).complaint(1);
            assert!(complaint.contains("newer than this program"), "{complaint}");
            assert!(complaint.contains("m20990101_000001_later"), "{complaint}");
            assert!(complaint.contains("Run that release"), "{complaint}");
        }
    }
}

#[tokio::test]
async fn a_newer_sqlite_database_is_left_alone() {
    a_newer_database_is_left_alone(&TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn a_newer_postgres_database_is_left_alone() {
    a_newer_database_is_left_alone(&TestDatabase::postgres().await).await;
}

#[tokio::test]
async fn production_says_that_an_older_database_waits_for_migrate() {
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        database.execute(OLDER).await;
        let complaint = rig(&database).run(&["serve"]).complaint(1);
        assert!(complaint.contains("lacks 1 migrations; run `idp migrate`"), "{complaint}");
    }
}

/// Development has nobody to call: it brings the database up to date itself.
#[tokio::test]
async fn development_migrates_at_the_start() {
    let rig = Rig::new();
    let said = rig.serve().await.stop().await;
    assert!(said.contains("migrated the development database"), "{said}");
}
