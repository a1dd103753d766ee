//! Saved recovery codes (L8).

use std::sync::Arc;

use idp_domain::account::Account;
use idp_domain::recovery_code::StoredRecoveryCode;

use super::{CONTENDERS, Db, assert_same, race, reading, wins, writing};
use crate::Samples;

async fn account(store: &Db, make: &mut Samples) -> Account {
    let account = make.active_account();
    let mut tx = writing(store).await;
    tx.accounts().insert(&account).await.unwrap();
    tx.commit().await.unwrap();
    account
}

async fn put(store: &Db, code: &StoredRecoveryCode) {
    let mut tx = writing(store).await;
    tx.recovery_codes().put(code).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(store: &Db, account: &Account) -> Option<StoredRecoveryCode> {
    reading(store).await.recovery_codes().find(account.id).await.unwrap()
}

pub async fn a_recovery_code_replaces_the_one_before(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (account(&store, &mut make).await, account(&store, &mut make).await);
    assert!(found(&store, &mine).await.is_none());
    let ((old, _), (new, code)) = (make.recovery_code(&mine), make.recovery_code(&mine));
    for code in [&old, &new] {
        put(&store, code).await;
    }
    let stored = found(&store, &mine).await.expect("the newer one");
    assert_same(&stored, &new);
    assert!(stored.digest == code.digest() && stored.digest != old.digest);
    assert!(found(&store, &other).await.is_none());
    let mut tx = writing(&store).await;
    assert!(!tx.recovery_codes().consume(mine.id, &old.digest).await.unwrap(), "it was replaced");
}

/// L8: it works once.
pub async fn a_recovery_code_is_consumed_by_one_caller_only(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (account(&store, &mut make).await, account(&store, &mut make).await);
    let ((code, _), (theirs, _)) = (make.recovery_code(&mine), make.recovery_code(&other));
    for code in [&code, &theirs] {
        put(&store, code).await;
    }
    let mut tx = writing(&store).await;
    assert!(!tx.recovery_codes().consume(mine.id, &theirs.digest).await.unwrap(), "another's");
    drop(tx);
    let (db, id) = (Arc::clone(&store), mine.id);
    let results = race(CONTENDERS, move |_| {
        let store = Arc::clone(&db);
        async move {
            let mut tx = writing(&store).await;
            let won = tx.recovery_codes().consume(id, &code.digest).await.unwrap();
            tx.commit().await.unwrap();
            won
        }
    })
    .await;
    assert_eq!(wins(&results), 1);
    assert!(found(&store, &mine).await.is_none() && found(&store, &other).await.is_some());
}

pub async fn a_recovery_code_that_is_removed_is_gone(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (account(&store, &mut make).await, account(&store, &mut make).await);
    let ((code, _), (theirs, _)) = (make.recovery_code(&mine), make.recovery_code(&other));
    for code in [&code, &theirs] {
        put(&store, code).await;
    }
    let mut tx = writing(&store).await;
    tx.recovery_codes().remove(mine.id).await.unwrap();
    tx.recovery_codes().remove(mine.id).await.expect("nothing is left to remove");
    tx.commit().await.unwrap();
    assert!(found(&store, &mine).await.is_none() && found(&store, &other).await.is_some());
}
