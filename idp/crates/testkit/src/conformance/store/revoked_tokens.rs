//! Revoked access tokens without a grant (RFC 7009).

use std::sync::Arc;

use idp_domain::Timestamp;

use super::{CONTENDERS, Db, SECOND, race, reading, writing};
use crate::Samples;

async fn put(store: &Db, jti: &str, expires_at: Timestamp) {
    let mut tx = writing(store).await;
    tx.revoked_tokens().put(jti, expires_at).await.unwrap();
    tx.commit().await.unwrap();
}

async fn contains(store: &Db, jti: &str) -> bool {
    reading(store).await.revoked_tokens().contains(jti).await.unwrap()
}

pub async fn a_token_is_revoked_for_every_node_however_often(store: Db) {
    let make = Samples::default();
    assert!(!contains(&store, "jti-1").await);
    let (db, expires_at) = (Arc::clone(&store), make.now + SECOND);
    race(CONTENDERS, move |_| {
        let store = Arc::clone(&db);
        async move { put(&store, "jti-1", expires_at).await }
    })
    .await;
    assert!(contains(&store, "jti-1").await);
    assert!(!contains(&store, "jti-2").await);
    assert!(!contains(&store, "JTI-1").await, "compared byte for byte");
}

pub async fn revoked_tokens_are_swept_when_they_would_have_expired(store: Db) {
    let make = Samples::default();
    for n in 0..4 {
        put(&store, &format!("jti-{n}"), make.now + SECOND * n).await;
    }
    let before = make.now + SECOND * 3;
    let mut tx = writing(&store).await;
    for swept in [2, 1, 0] {
        assert_eq!(tx.revoked_tokens().sweep(before, 2).await.unwrap(), swept);
    }
    tx.commit().await.unwrap();
    assert!(!contains(&store, "jti-2").await);
    assert!(contains(&store, "jti-3").await);
}
