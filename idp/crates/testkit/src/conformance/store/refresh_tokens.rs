//! Refresh tokens and their rotation (RFC 9700 section 4.14.2).

use std::sync::Arc;

use idp_domain::Timestamp;
use idp_domain::grant::{RefreshGrace, RefreshState, RefreshToken};
use idp_domain::ports::Rotation;

use super::{CONTENDERS, Db, SECOND, assert_same, race, reading, writing};
use crate::Samples;

const GRACE: RefreshGrace = RefreshGrace { span: SECOND, retries: 3 };

/// A token and its successor, not yet stored.
async fn current(store: &Db, make: &mut Samples) -> (RefreshToken, RefreshToken) {
    let (account, client) = (make.account(), make.client());
    let (session, _) = make.session(&account);
    let consented = make.consented(&session, None);
    let grant = make.grant(&client, consented);
    let ((token, _), (successor, _)) = (make.refresh_token(&grant), make.refresh_token(&grant));
    let mut tx = writing(store).await;
    tx.grants().insert(&grant).await.unwrap();
    tx.refresh_tokens().insert(&token).await.unwrap();
    tx.commit().await.unwrap();
    (token, successor)
}

/// Rotates as a use case does: who wins stores the successor in the same transaction.
async fn rotate(store: &Db, token: &RefreshToken, successor: &RefreshToken, now: Timestamp) -> Rotation {
    let mut tx = writing(store).await;
    let rotation = tx.refresh_tokens().rotate(token.id, successor.id, GRACE, now).await.unwrap();
    if rotation == Rotation::Won {
        tx.refresh_tokens().insert(successor).await.unwrap();
    }
    tx.commit().await.unwrap();
    rotation
}

async fn found(store: &Db, token: &RefreshToken) -> RefreshToken {
    reading(store).await.refresh_tokens().find(token.id).await.unwrap().expect("the token")
}

pub async fn a_refresh_token_is_rotated_by_one_caller_only(store: Db) {
    let mut make = Samples::default();
    let (token, first) = current(&store, &mut make).await;
    let stored = found(&store, &token).await;
    assert_same(&stored, &token);
    assert_eq!(stored.digest, token.digest);
    let successors: Arc<Vec<RefreshToken>> = Arc::new(
        (0..CONTENDERS)
            .map(|_| {
                let id = idp_domain::id::RefreshTokenId::new(make.now, &make.entropy);
                RefreshToken { id, ..first.clone() }
            })
            .collect(),
    );
    let (db, candidates, contended, now) =
        (Arc::clone(&store), Arc::clone(&successors), token.clone(), make.now);
    let results = race(CONTENDERS, move |n| {
        let (store, token, successor) = (Arc::clone(&db), contended.clone(), candidates[n as usize].clone());
        async move { (rotate(&store, &token, &successor, now).await, successor.id) }
    })
    .await;
    let winners: Vec<_> = results.iter().filter(|(rotation, _)| *rotation == Rotation::Won).collect();
    let [(_, winner)] = winners.as_slice() else { panic!("{} winners", winners.len()) };
    let again = |rotation: Rotation| matches!(rotation, Rotation::Again { .. });
    for (rotation, _) in results.iter().filter(|(rotation, _)| again(*rotation)) {
        assert_eq!(*rotation, Rotation::Again { successor: *winner }, "the same successor for everybody");
    }
    let retries = results.iter().filter(|(rotation, _)| again(*rotation)).count();
    assert_eq!(retries, 3, "as often as the grace allows, and no oftener");
    let state = RefreshState::Rotated { at: now, successor: *winner, retries: 3 };
    assert_eq!(found(&store, &token).await.state, state);
}

pub async fn a_loser_gets_the_same_successor_within_the_grace(store: Db) {
    let mut make = Samples::default();
    let (token, successor) = current(&store, &mut make).await;
    let (_, another) = current(&store, &mut make).await;
    let now = make.now;
    assert_eq!(rotate(&store, &token, &successor, now).await, Rotation::Won);
    let within = now + GRACE.span - std::time::Duration::from_millis(1);
    let again = Rotation::Again { successor: successor.id };
    assert_eq!(rotate(&store, &token, &another, now).await, again);
    assert_eq!(rotate(&store, &token, &another, within).await, again);
    let state = RefreshState::Rotated { at: now, successor: successor.id, retries: 2 };
    assert_eq!(found(&store, &token).await.state, state);
}

pub async fn after_the_grace_a_rotated_token_was_reused(store: Db) {
    let mut make = Samples::default();
    let (token, successor) = current(&store, &mut make).await;
    let (_, another) = current(&store, &mut make).await;
    assert_eq!(rotate(&store, &token, &successor, make.now).await, Rotation::Won);
    assert_eq!(rotate(&store, &token, &another, make.now + GRACE.span).await, Rotation::Reused);
    let unknown = another;
    assert_eq!(rotate(&store, &unknown, &successor, make.now).await, Rotation::Reused);
}

pub async fn the_grace_ends_after_so_many_retries(store: Db) {
    let mut make = Samples::default();
    let (token, successor) = current(&store, &mut make).await;
    let (_, another) = current(&store, &mut make).await;
    assert_eq!(rotate(&store, &token, &successor, make.now).await, Rotation::Won);
    for _ in 0..GRACE.retries {
        let again = rotate(&store, &token, &another, make.now).await;
        assert_eq!(again, Rotation::Again { successor: successor.id });
    }
    assert_eq!(rotate(&store, &token, &another, make.now).await, Rotation::Reused);
}

pub async fn the_grace_ends_when_the_successor_was_used(store: Db) {
    let mut make = Samples::default();
    let (token, successor) = current(&store, &mut make).await;
    let (_, third) = current(&store, &mut make).await;
    assert_eq!(rotate(&store, &token, &successor, make.now).await, Rotation::Won);
    assert_eq!(rotate(&store, &successor, &third, make.now).await, Rotation::Won);
    assert_eq!(rotate(&store, &token, &third, make.now).await, Rotation::Reused);
    let again = Rotation::Again { successor: third.id };
    assert_eq!(rotate(&store, &successor, &token, make.now).await, again, "its successor is still current");
}

pub async fn a_token_that_is_kept_stays_current_until_its_new_end(store: Db) {
    let mut make = Samples::default();
    let (token, successor) = current(&store, &mut make).await;
    let later = token.expires_at + SECOND;
    let keep = async |token: &RefreshToken| {
        let mut tx = writing(&store).await;
        let kept = tx.refresh_tokens().keep(token.id, later).await.unwrap();
        tx.commit().await.unwrap();
        kept
    };
    assert!(keep(&token).await && keep(&token).await, "as often as it is presented");
    assert_same(&found(&store, &token).await, &RefreshToken { expires_at: later, ..token.clone() });
    assert_eq!(rotate(&store, &token, &successor, make.now).await, Rotation::Won);
    assert!(!keep(&token).await, "it was rotated");
    let id = idp_domain::id::RefreshTokenId::new(make.now, &make.entropy);
    assert!(!keep(&RefreshToken { id, ..token }).await, "nobody's");
}

pub async fn refresh_tokens_are_swept_in_bounded_batches(store: Db) {
    let mut make = Samples::default();
    for _ in 0..3 {
        current(&store, &mut make).await;
    }
    let (fresh, _) = current(&store, &mut make).await;
    let mut tx = writing(&store).await;
    assert_eq!(tx.refresh_tokens().sweep(fresh.expires_at, 2).await.unwrap(), 2);
    assert_eq!(tx.refresh_tokens().sweep(fresh.expires_at, 2).await.unwrap(), 1);
    assert_eq!(tx.refresh_tokens().sweep(fresh.expires_at, 2).await.unwrap(), 0);
    tx.commit().await.unwrap();
    found(&store, &fresh).await;
}
