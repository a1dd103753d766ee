//! What every queue promises: leased by one, settled by its owner, never lost. `outbox` and `logouts` say it of theirs.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::delivery::DeliveryState;
use idp_domain::ports::Tx;

use super::{CONTENDERS, Db, HOUR, SECOND, race, reading, writing};
use crate::Samples;

/// A queue by what waits in it.
#[async_trait]
pub(super) trait Queued: Clone + Debug + PartialEq + Send + Sync + 'static {
    type Id: Copy + Debug + Ord + Send;
    fn id(&self) -> Self::Id;
    fn state(&mut self) -> &mut DeliveryState;
    fn attempts(&mut self) -> &mut u32;
    fn created_at(&self) -> Timestamp;

    /// New ones; what they refer to is stored, they are not yet.
    async fn made(store: &Db, make: &mut Samples, count: usize) -> Vec<Self>;

    async fn enqueue(&self, tx: &mut dyn Tx);
    async fn take(tx: &mut dyn Tx, owner: &str, now: Timestamp, until: Timestamp, limit: u64) -> Vec<Self>;
    async fn settle(&self, tx: &mut dyn Tx, owner: &str, state: &DeliveryState) -> bool;
    async fn find(&self, tx: &mut dyn Tx) -> Option<Self>;
    async fn next_due(tx: &mut dyn Tx) -> Option<Timestamp>;
    async fn depth(tx: &mut dyn Tx) -> (u64, u64);
    async fn sweep(tx: &mut dyn Tx, before: Timestamp, limit: u64) -> u64;
}

/// A queue of the port, whose items `$made` makes; the rest all queues spell alike.
macro_rules! queue {
    ($item:ident, $id:ty, $port:ident, $made:ident) => {
        #[async_trait]
        impl Queued for $item {
            type Id = $id;

            async fn made(store: &Db, make: &mut Samples, count: usize) -> Vec<$item> {
                $made(store, make, count).await
            }

            fn id(&self) -> $id {
                self.id
            }

            fn state(&mut self) -> &mut DeliveryState {
                &mut self.state
            }

            fn attempts(&mut self) -> &mut u32 {
                &mut self.attempts
            }

            fn created_at(&self) -> Timestamp {
                self.created_at
            }

            async fn enqueue(&self, tx: &mut dyn Tx) {
                tx.$port().enqueue(self).await.unwrap();
            }

            async fn take(
                tx: &mut dyn Tx,
                owner: &str,
                now: Timestamp,
                until: Timestamp,
                limit: u64,
            ) -> Vec<$item> {
                tx.$port().lease(owner, now, until, limit).await.unwrap()
            }

            async fn settle(&self, tx: &mut dyn Tx, owner: &str, state: &DeliveryState) -> bool {
                tx.$port().settle(self.id, owner, state).await.unwrap()
            }

            async fn find(&self, tx: &mut dyn Tx) -> Option<$item> {
                tx.$port().find(self.id).await.unwrap()
            }

            async fn next_due(tx: &mut dyn Tx) -> Option<Timestamp> {
                tx.$port().next_due().await.unwrap()
            }

            async fn depth(tx: &mut dyn Tx) -> (u64, u64) {
                tx.$port().depth().await.unwrap()
            }

            async fn sweep(tx: &mut dyn Tx, before: Timestamp, limit: u64) -> u64 {
                tx.$port().sweep(before, limit).await.unwrap()
            }
        }
    };
}
pub(super) use queue;

async fn enqueued<Q: Queued>(store: &Db, make: &mut Samples, count: usize) -> Vec<Q> {
    let made = Q::made(store, make, count).await;
    let mut tx = writing(store).await;
    for item in &made {
        item.enqueue(tx.as_mut()).await;
    }
    tx.commit().await.unwrap();
    made
}

/// Leases for a minute.
async fn lease<Q: Queued>(store: &Db, owner: &str, now: Timestamp, limit: u64) -> Vec<Q> {
    let mut tx = writing(store).await;
    let leased = Q::take(tx.as_mut(), owner, now, now + SECOND * 60, limit).await;
    tx.commit().await.unwrap();
    leased
}

async fn settle<Q: Queued>(store: &Db, item: &Q, owner: &str, state: &DeliveryState) -> bool {
    let mut tx = writing(store).await;
    let settled = item.settle(tx.as_mut(), owner, state).await;
    tx.commit().await.unwrap();
    settled
}

pub(super) async fn found<Q: Queued>(store: &Db, item: &Q) -> Q {
    item.find(reading(store).await.as_mut()).await.expect("what was queued")
}

async fn next_due<Q: Queued>(store: &Db) -> Option<Timestamp> {
    Q::next_due(reading(store).await.as_mut()).await
}

async fn depth<Q: Queued>(store: &Db) -> (u64, u64) {
    Q::depth(reading(store).await.as_mut()).await
}

fn ids<Q: Queued>(items: &[Q]) -> Vec<Q::Id> {
    items.iter().map(Queued::id).collect()
}

fn due_at<Q: Queued>(mut item: Q, at: Timestamp) -> Q {
    *item.state() = DeliveryState::Due { at };
    item
}

pub(super) async fn is_never_leased_by_two_at_once<Q: Queued>(store: Db) {
    let mut make = Samples::default();
    let queued = enqueued::<Q>(&store, &mut make, 30).await;
    let (db, now) = (Arc::clone(&store), make.now);
    let results = race(CONTENDERS, move |n| {
        let store = Arc::clone(&db);
        async move { lease::<Q>(&store, &format!("node-{n}"), now, 4).await }
    })
    .await;
    let mut leased: Vec<_> = results.into_iter().flatten().map(|item| item.id()).collect();
    // Who lost a row to somebody else may leave others for the next look.
    while let Some(item) = lease::<Q>(&store, "last", now, 1).await.pop() {
        leased.push(item.id());
    }
    assert_eq!(leased.len(), queued.len(), "each exactly once");
    let once: BTreeSet<_> = leased.into_iter().collect();
    assert_eq!(once, queued.iter().map(Queued::id).collect());
}

pub(super) async fn is_leased_when_due_the_oldest_first<Q: Queued>(
    store: Db,
    unqueued: Q,
    mut make: Samples,
) {
    let queued = enqueued::<Q>(&store, &mut make, 3).await;
    let now = make.now;
    let later = due_at(unqueued, now + HOUR);
    let mut tx = writing(&store).await;
    later.enqueue(tx.as_mut()).await;
    tx.commit().await.unwrap();
    assert_eq!(found(&store, &later).await, later);

    let until = now + SECOND * 60;
    let first: Vec<Q> = lease(&store, "a", now, 2).await;
    let mut expected = queued[..2].to_vec();
    for item in &mut expected {
        *item.state() = DeliveryState::Leased { until, owner: "a".to_owned() };
        *item.attempts() = 1;
    }
    assert_eq!(first, expected);
    assert_eq!(ids(&lease::<Q>(&store, "b", now, 9).await), [queued[2].id()]);
    assert_eq!(next_due::<Q>(&store).await, Some(until));
    assert!(lease::<Q>(&store, "b", now, 9).await.is_empty(), "the last is not due yet");
    let due: Vec<Q> = lease(&store, "b", now + HOUR, 9).await;
    assert!(due.len() == 4 && ids(&due).contains(&later.id()), "{due:?}");
}

pub(super) async fn is_taken_again_when_its_lease_ran_out<Q: Queued>(store: Db) {
    let mut make = Samples::default();
    enqueued::<Q>(&store, &mut make, 1).await;
    let now = make.now;
    assert_eq!(lease::<Q>(&store, "dead", now, 9).await.len(), 1);
    assert!(lease::<Q>(&store, "b", now + SECOND * 59, 9).await.is_empty());
    let mut again: Vec<Q> = lease(&store, "b", now + SECOND * 60, 9).await;
    let [item] = again.as_mut_slice() else { panic!("{again:?}") };
    assert_eq!(*item.attempts(), 2);
    let sent = DeliveryState::Sent { at: now };
    assert!(!settle(&store, item, "dead", &sent).await, "its lease is another's now");
    assert!(settle(&store, item, "b", &sent).await);
}

pub(super) async fn is_settled_by_its_owner_only<Q: Queued>(store: Db) {
    let mut make = Samples::default();
    let queued = enqueued::<Q>(&store, &mut make, 4).await;
    let at = make.now + SECOND;
    assert!(!settle(&store, &queued[0], "a", &DeliveryState::Sent { at }).await, "nobody leased it");
    assert_eq!(lease::<Q>(&store, "a", make.now, 9).await.len(), 4);
    let states = [
        DeliveryState::Sent { at },
        DeliveryState::Dead { at, why: "550 no such user".to_owned() },
        DeliveryState::Dropped { at },
        DeliveryState::Due { at },
    ];
    for (item, state) in queued.iter().zip(&states) {
        assert!(!settle(&store, item, "b", state).await);
        assert!(settle(&store, item, "a", state).await);
        assert!(!settle(&store, item, "a", state).await, "it ended");
        assert_eq!(found(&store, item).await.state(), state);
    }
    assert_eq!(lease::<Q>(&store, "c", at, 9).await.len(), 1, "the one to try again");
}

pub(super) async fn is_counted_while_it_waits_and_when_it_is_dead<Q: Queued>(store: Db) {
    let mut make = Samples::default();
    assert_eq!(depth::<Q>(&store).await, (0, 0));
    assert_eq!(next_due::<Q>(&store).await, None);
    let queued = enqueued::<Q>(&store, &mut make, 4).await;
    assert_eq!(next_due::<Q>(&store).await, Some(queued[0].created_at()));
    let leased: Vec<Q> = lease(&store, "a", make.now, 3).await;
    assert_eq!(depth::<Q>(&store).await, (4, 0));
    let why = "gone".to_owned();
    assert!(settle(&store, &leased[0], "a", &DeliveryState::Dead { at: make.now, why }).await);
    assert!(settle(&store, &leased[1], "a", &DeliveryState::Sent { at: make.now }).await);
    assert_eq!(depth::<Q>(&store).await, (2, 1));
}

pub(super) async fn is_due_again_when_its_lease_was_dropped<Q: Queued>(store: Db) {
    let mut make = Samples::default();
    let queued = enqueued::<Q>(&store, &mut make, 1).await;
    let mut tx = writing(&store).await;
    assert_eq!(Q::take(tx.as_mut(), "a", make.now, make.now + HOUR, 9).await.len(), 1);
    drop(tx);
    assert_eq!(found(&store, &queued[0]).await, queued[0]);
    assert_eq!(lease::<Q>(&store, "b", make.now, 9).await.len(), 1);
}

pub(super) async fn is_swept_when_settled_and_stays_when_dead<Q: Queued>(store: Db) {
    let mut make = Samples::default();
    let queued = enqueued::<Q>(&store, &mut make, 5).await;
    let at = make.now;
    let leased: Vec<Q> = lease(&store, "a", at, 5).await;
    let dead = DeliveryState::Dead { at, why: "gone".to_owned() };
    let sent = DeliveryState::Sent { at };
    let states = [&sent, &dead, &DeliveryState::Dropped { at }, &sent];
    for (item, state) in leased.iter().zip(states) {
        assert!(settle(&store, item, "a", state).await);
    }
    let mut tx = writing(&store).await;
    assert_eq!(Q::sweep(tx.as_mut(), at, 9).await, 0, "not older than that");
    for swept in [2, 1, 0] {
        assert_eq!(Q::sweep(tx.as_mut(), at + SECOND, 2).await, swept);
    }
    tx.commit().await.unwrap();
    assert_eq!(found(&store, &queued[1]).await.state(), &dead, "somebody still has to see it (R85)");
    assert!(matches!(found(&store, &queued[4]).await.state(), DeliveryState::Leased { .. }));
}
