//! Pushed authorization requests (RFC 9126): kept until they are answered, or over.

use std::sync::Arc;

use idp_domain::pushed_request::PushedRequest;

use super::{CONTENDERS, Db, SECOND, assert_same, race, reading, wins, writing};
use crate::Samples;

async fn pushed(store: &Db, make: &mut Samples) -> PushedRequest {
    let client = make.client();
    let (request, _) = make.pushed_request(&client);
    let mut tx = writing(store).await;
    tx.pushed_requests().insert(&request).await.unwrap();
    tx.commit().await.unwrap();
    request
}

async fn found(store: &Db, request: &PushedRequest) -> Option<PushedRequest> {
    reading(store).await.pushed_requests().find(request.id).await.unwrap()
}

pub async fn a_pushed_request_comes_back_as_it_was_stored(store: Db) {
    let mut make = Samples::default();
    let (first, second) = (pushed(&store, &mut make).await, pushed(&store, &mut make).await);
    for stored in [&first, &second] {
        let read = found(&store, stored).await.expect("the pushed request");
        assert_same(&read, stored);
        assert_eq!(read.digest, stored.digest);
    }
    let client = make.client();
    let (unknown, _) = make.pushed_request(&client);
    assert!(found(&store, &unknown).await.is_none());
}

pub async fn a_pushed_request_is_taken_away_once(store: Db) {
    let mut make = Samples::default();
    let (request, other) = (pushed(&store, &mut make).await, pushed(&store, &mut make).await);
    let (id, db) = (request.id, Arc::clone(&store));
    let removed = race(CONTENDERS, move |_| {
        let store = Arc::clone(&db);
        async move {
            let mut tx = writing(&store).await;
            let won = tx.pushed_requests().remove(id).await.unwrap();
            tx.commit().await.unwrap();
            won
        }
    })
    .await;
    assert_eq!(wins(&removed), 1);
    assert!(found(&store, &request).await.is_none());
    assert!(found(&store, &other).await.is_some(), "another one stays");
}

pub async fn pushed_requests_are_swept_in_bounded_batches(store: Db) {
    let mut make = Samples::default();
    for _ in 0..3 {
        pushed(&store, &mut make).await;
    }
    make.now = make.now + SECOND;
    let fresh = pushed(&store, &mut make).await;
    let mut tx = writing(&store).await;
    for swept in [2, 1, 0] {
        assert_eq!(tx.pushed_requests().sweep(fresh.expires_at, 2).await.unwrap(), swept);
    }
    tx.commit().await.unwrap();
    assert!(found(&store, &fresh).await.is_some());
}
