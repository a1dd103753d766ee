//! Group commit on SQLite: what was acknowledged is on disk, and what fails fails for itself.

use std::sync::Arc;

use idp_domain::ports::{Store, StoreError};
use idp_storage::{DatabaseOptions, SqlStore};
use idp_testkit::Samples;
use tokio::task::JoinSet;

use crate::support::database::TestDatabase;

async fn open(database: &TestDatabase) -> Arc<SqlStore> {
    let options = DatabaseOptions { url: database.url().to_owned(), max_connections: 2 };
    Arc::new(SqlStore::connect(&options).await.expect("a store of its own"))
}

/// A second store has connections of its own, so it sees only what is committed in the file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_sixty_four_writers_were_told_is_in_the_file() {
    let database = TestDatabase::sqlite().await;
    let (writer, witness) = (database.store(), open(&database).await);
    let mut make = Samples::default();
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let (writer, witness, account) = (Arc::clone(&writer), Arc::clone(&witness), make.account());
        tasks.spawn(async move {
            let mut tx = writer.write().await.unwrap();
            tx.accounts().insert(&account).await.unwrap();
            tx.commit().await.unwrap();
            let seen = witness.read().await.unwrap().accounts().find(account.id).await.unwrap();
            assert!(seen.is_some());
        });
    }
    tasks.join_all().await;
}

/// A broken rule is one unit's own affair; its neighbours in the group are committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_in_a_group_concerns_only_its_own_unit() {
    let database = TestDatabase::sqlite().await;
    let store = database.store();
    let mut make = Samples::default();
    let taken = make.account();
    let mut tasks = JoinSet::new();
    for n in 0..30 {
        let store = Arc::clone(&store);
        let mut account = make.account();
        if n % 3 == 0 {
            account.user_name = taken.user_name.clone();
        }
        tasks.spawn(async move {
            let mut tx = store.write().await.unwrap();
            match tx.accounts().insert(&account).await {
                Ok(()) => tx.commit().await.map(|()| true).unwrap(),
                Err(StoreError::Conflict("user_name")) => false,
                Err(other) => panic!("{other}"),
            }
        });
    }
    let stored = tasks.join_all().await.into_iter().filter(|stored| *stored).count();
    assert_eq!(stored, 20 + 1, "one of the ten got the name");
}
