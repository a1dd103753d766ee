//! Pushed authorization requests (RFC 9126): answered once, and kept for a while.

use std::sync::Arc;

use idp_domain::Timestamp;
use idp_domain::id::SessionId;
use idp_domain::pushed_request::{ANSWERED_AGAIN, PushedRequest, PushedState};

use super::{CONTENDERS, Db, SECOND, assert_same, race, reading, writing};
use crate::{Samples, SeededEntropy};

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
        assert_eq!((&read.digest, &read.state), (&stored.digest, &stored.state));
    }
    let client = make.client();
    let (unknown, _) = make.pushed_request(&client);
    assert!(found(&store, &unknown).await.is_none());
}

async fn answered(store: &Db, request: &PushedRequest, by: Option<SessionId>, now: Timestamp) -> bool {
    let mut tx = writing(store).await;
    let may = tx.pushed_requests().answer(request.id, by, now).await.unwrap();
    tx.commit().await.unwrap();
    may
}

pub async fn a_pushed_request_is_answered_by_one_session(store: Db) {
    let mut make = Samples::default();
    let (request, other) = (pushed(&store, &mut make).await, pushed(&store, &mut make).await);
    let (db, contended, now) = (Arc::clone(&store), request.clone(), make.now);
    let answers = race(CONTENDERS, move |n| {
        let (store, request) = (Arc::clone(&db), contended.clone());
        async move { (session(n), answered(&store, &request, Some(session(n)), now).await) }
    })
    .await;
    let won: Vec<SessionId> =
        answers.into_iter().filter(|(_, won)| *won).map(|(session, _)| session).collect();
    let read = found(&store, &request).await.expect("it is kept");
    let PushedState::Answered { at, by: Some(first) } = read.state else { panic!("{read:?}") };
    assert_eq!(at, now);
    assert_eq!(won, [first], "one first");
    assert_same(&found(&store, &other).await.expect("another one stays"), &other);
    let (again, late) = (now + ANSWERED_AGAIN, now + ANSWERED_AGAIN + SECOND);
    assert!(answered(&store, &request, Some(first), again).await, "a double click");
    assert!(!answered(&store, &request, Some(first), late).await, "counted from the first answer");
    assert!(!answered(&store, &request, None, now).await);
    assert!(!answered(&store, &request, Some(session(CONTENDERS)), now).await);
    assert!(answered(&store, &other, None, now).await);
    assert!(answered(&store, &other, None, again).await);
    assert!(!answered(&store, &other, Some(first), now).await);
    let client = make.client();
    let (unknown, _) = make.pushed_request(&client);
    assert!(!answered(&store, &unknown, Some(first), now).await, "it is gone");
}

fn session(n: u32) -> SessionId {
    SessionId::new(Timestamp::from_seconds(n.into()), &SeededEntropy::new(n.into()))
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
