//! Pairwise subjects (OpenID Connect Core section 8.1).

use std::collections::BTreeSet;
use std::sync::Arc;

use idp_domain::account::Account;

use super::{CONTENDERS, Db, race, reading, writing};
use crate::Samples;

const SECTOR: &str = "shop.example";

async fn stored(store: &Db, make: &mut Samples) -> Account {
    let account = make.account();
    let mut tx = writing(store).await;
    tx.accounts().insert(&account).await.unwrap();
    tx.commit().await.unwrap();
    account
}

async fn kept(store: &Db, sector: &str, account: &Account, subject: &str) -> String {
    let mut tx = writing(store).await;
    let kept = tx.subjects().keep(sector, account.id, subject).await.unwrap();
    tx.commit().await.unwrap();
    kept
}

pub async fn the_first_subject_of_a_person_at_a_sector_stays(store: Db) {
    let mut make = Samples::default();
    let (me, other) = (stored(&store, &mut make).await, stored(&store, &mut make).await);
    assert_eq!(reading(&store).await.subjects().find(SECTOR, me.id).await.unwrap(), None);
    assert_eq!(kept(&store, SECTOR, &me, "first").await, "first");
    assert_eq!(kept(&store, SECTOR, &me, "second").await, "first");
    assert_eq!(kept(&store, "other.example", &me, "third").await, "third");
    assert_eq!(kept(&store, SECTOR, &other, "fourth").await, "fourth");
    let mut tx = reading(&store).await;
    for (sector, account, subject) in
        [(SECTOR, &me, "first"), ("other.example", &me, "third"), (SECTOR, &other, "fourth")]
    {
        let found = tx.subjects().find(sector, account.id).await.unwrap();
        assert_eq!(found.as_deref(), Some(subject));
    }
}

/// Two nodes sign the same person in at once: both tell the client the same name.
pub async fn of_many_subjects_at_once_everybody_gets_the_same(store: Db) {
    let mut make = Samples::default();
    let account = stored(&store, &mut make).await;
    let (db, contended) = (Arc::clone(&store), account.clone());
    let results = race(CONTENDERS, move |n| {
        let (store, account) = (Arc::clone(&db), contended.clone());
        async move { kept(&store, SECTOR, &account, &format!("node-{n}")).await }
    })
    .await;
    let told: BTreeSet<String> = results.into_iter().collect();
    let found = reading(&store).await.subjects().find(SECTOR, account.id).await.unwrap();
    assert_eq!(told, found.into_iter().collect());
}

/// No client may take one person for another.
pub async fn a_subject_names_one_person_of_a_sector(store: Db) {
    let mut make = Samples::default();
    let (me, other) = (stored(&store, &mut make).await, stored(&store, &mut make).await);
    kept(&store, SECTOR, &me, "mine").await;
    let mut tx = writing(&store).await;
    assert!(tx.subjects().keep(SECTOR, other.id, "mine").await.is_err());
    drop(tx);
    assert_eq!(reading(&store).await.subjects().find(SECTOR, other.id).await.unwrap(), None);
    assert_eq!(kept(&store, "other.example", &other, "mine").await, "mine");
}
