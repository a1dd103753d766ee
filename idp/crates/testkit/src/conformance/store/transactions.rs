//! What a transaction promises, whoever else is writing.

use std::sync::Arc;
use std::task::Poll;

use super::{Db, Scene, race, reading, writing};
use crate::Samples;

pub async fn a_dropped_transaction_leaves_nothing(store: Db) {
    let mut make = Samples::default();
    let account = make.account();
    let mut tx = writing(&store).await;
    tx.accounts().insert(&account).await.unwrap();
    assert!(tx.accounts().find(account.id).await.unwrap().is_some(), "it sees its own work");
    drop(tx);
    assert!(reading(&store).await.accounts().find(account.id).await.unwrap().is_none());
    assert!(writing(&store).await.accounts().find(account.id).await.unwrap().is_none());
}

pub async fn a_committed_transaction_is_seen_by_the_next_reader(store: Db) {
    let mut make = Samples::default();
    let account = make.account();
    let mut tx = writing(&store).await;
    tx.accounts().insert(&account).await.unwrap();
    let before = reading(&store).await.accounts().find(account.id).await.unwrap();
    assert!(before.is_none(), "nobody sees what is not committed");
    tx.commit().await.unwrap();
    assert!(reading(&store).await.accounts().find(account.id).await.unwrap().is_some());
}

/// Every second writer drops its transaction; each of the others lasts.
pub async fn writers_that_give_up_neither_block_nor_lose_the_others(store: Db) {
    let mut make = Samples::default();
    let accounts: Arc<Vec<_>> = Arc::new((0..40).map(|_| make.account()).collect());
    let (db, work) = (Arc::clone(&store), Arc::clone(&accounts));
    race(40, move |n| {
        let (store, accounts) = (Arc::clone(&db), Arc::clone(&work));
        async move {
            let mut tx = writing(&store).await;
            tx.accounts().insert(&accounts[n as usize]).await.unwrap();
            if n % 2 == 1 {
                tx.commit().await.unwrap();
            }
        }
    })
    .await;
    let mut tx = reading(&store).await;
    for (n, account) in accounts.iter().enumerate() {
        let found = tx.accounts().find(account.id).await.unwrap();
        assert_eq!(found.is_some(), n % 2 == 1, "writer {n}");
    }
}

/// A request can be cancelled wherever it waits: before it gets the transaction, in a statement, in its commit.
pub async fn a_writer_cancelled_at_any_await_harms_nobody(store: Db) {
    let mut make = Samples::default();
    for polls in 0..40 {
        let (doomed, other) = (make.account(), make.account());
        let db = Arc::clone(&store);
        let mut work = Box::pin(async move {
            let mut tx = writing(&db).await;
            tx.accounts().insert(&doomed).await.unwrap();
            tx.commit().await.unwrap();
        });
        let mut left = polls;
        let cancelled = std::future::poll_fn(move |context| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            work.as_mut().poll(context)
        });
        let save = async {
            let mut tx = writing(&store).await;
            tx.accounts().insert(&other).await.unwrap();
            tx.commit().await.unwrap();
        };
        tokio::join!(cancelled, save);
        let found = reading(&store).await.accounts().find(other.id).await.unwrap();
        assert!(found.is_some(), "the other writer, when this one was cancelled after {polls} polls");
    }
}

pub async fn a_panicking_writer_loses_only_its_own_work(store: Db) {
    let mut make = Samples::default();
    let accounts: Arc<Vec<_>> = Arc::new((0..20).map(|_| make.account()).collect());
    let (db, work) = (Arc::clone(&store), Arc::clone(&accounts));
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let (store, accounts) = (Arc::clone(&db), Arc::clone(&work));
        tasks.spawn(async move {
            let mut tx = writing(&store).await;
            tx.accounts().insert(&accounts[n]).await.unwrap();
            // Unwinds like a panic, without its noise in the log.
            if n == 7 {
                std::panic::resume_unwind(Box::new("a bug"));
            }
            tx.commit().await.unwrap();
        });
    }
    let mut panicked = 0;
    while let Some(ended) = tasks.join_next().await {
        panicked += usize::from(ended.is_err());
    }
    assert_eq!(panicked, 1);
    let mut tx = reading(&store).await;
    for (n, account) in accounts.iter().enumerate() {
        let found = tx.accounts().find(account.id).await.unwrap();
        assert_eq!(found.is_some(), n != 7, "writer {n}");
    }
}

pub async fn sixty_four_writers_at_once_all_last(store: Db) {
    let mut make = Samples::default();
    let accounts: Arc<Vec<_>> = Arc::new((0..64).map(|_| make.account()).collect());
    let (db, work) = (Arc::clone(&store), Arc::clone(&accounts));
    race(64, move |n| {
        let (store, accounts) = (Arc::clone(&db), Arc::clone(&work));
        async move {
            let account = &accounts[n as usize];
            let mut tx = writing(&store).await;
            tx.accounts().insert(account).await.unwrap();
            tx.commit().await.unwrap();
            let found = reading(&store).await.accounts().find(account.id).await.unwrap();
            assert!(found.is_some(), "what was acknowledged is there at once");
        }
    })
    .await;
}

pub async fn a_transaction_that_only_reads_cannot_write(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let mut tx = reading(&store).await;
    assert!(tx.accounts().record_sign_in(scene.account.id, make.now).await.is_err());
    assert!(tx.accounts().insert(&make.account()).await.is_err());
}

pub async fn the_database_answers(store: Db) {
    store.ping().await.unwrap();
}
