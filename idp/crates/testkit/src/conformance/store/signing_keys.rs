//! Signing keys.

use std::sync::Arc;

use idp_domain::ports::StoreError;
use idp_domain::signing_key::{SigningAlg, SigningKey};

use super::{CONTENDERS, Db, race, reading, wins, writing};
use crate::Samples;

pub async fn of_nodes_that_rotate_at_once_one_wins(store: Db) {
    let mut make = Samples::default();
    let key = make.signing_key(SigningAlg::Es256);
    let (db, contended) = (Arc::clone(&store), key.clone());
    let results = race(CONTENDERS, move |n| {
        let store = Arc::clone(&db);
        let key = SigningKey { kid: format!("node-{n}"), ..contended.clone() };
        async move {
            let mut tx = writing(&store).await;
            match tx.signing_keys().insert(&key).await {
                Ok(()) => tx.commit().await.map(|()| true).unwrap(),
                Err(StoreError::Conflict("signing_key")) => false,
                Err(other) => panic!("{other}"),
            }
        }
    })
    .await;
    assert_eq!(wins(&results), 1);
    let kept = reading(&store).await.signing_keys().list().await.unwrap();
    assert_eq!(kept.len(), 1);

    let same_kid = SigningKey { kid: kept[0].kid.clone(), ..make.signing_key(SigningAlg::Es256) };
    let mut tx = writing(&store).await;
    let refused = tx.signing_keys().insert(&same_kid).await;
    assert!(matches!(refused, Err(StoreError::Conflict("signing_key"))), "{refused:?}");
    drop(tx);
    let other_alg = SigningKey { alg: SigningAlg::Rs256, ..key };
    let mut tx = writing(&store).await;
    tx.signing_keys().insert(&other_alg).await.expect("each algorithm has a calendar of its own");
}

pub async fn a_key_is_resealed_listed_and_deleted(store: Db) {
    let mut make = Samples::default();
    let (old, new) = (make.signing_key(SigningAlg::Es256), make.signing_key(SigningAlg::Rs256));
    let mut tx = writing(&store).await;
    tx.signing_keys().insert(&new).await.unwrap();
    tx.signing_keys().insert(&old).await.unwrap();
    let changed = SigningKey { sealed: "resealed".to_owned(), active_from: make.now, ..old.clone() };
    tx.signing_keys().reseal(&changed).await.unwrap();
    tx.commit().await.unwrap();
    let resealed = SigningKey { sealed: "resealed".to_owned(), ..old.clone() };
    let listed = reading(&store).await.signing_keys().list().await.unwrap();
    assert_eq!(listed, [resealed, new.clone()], "only the sealed half changes");
    let mut tx = writing(&store).await;
    tx.signing_keys().delete(&old.kid).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(reading(&store).await.signing_keys().list().await.unwrap(), [new]);
}
