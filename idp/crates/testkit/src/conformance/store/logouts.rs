//! The queue of back-channel logout tokens: the guarantees of the outbox.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::delivery::DeliveryState;
use idp_domain::id::DeliveryId;
use idp_domain::logout::LogoutDelivery;
use idp_domain::ports::Tx;

use super::queue::{self, Queued, queue};
use super::{Db, SECOND, writing};
use crate::Samples;

queue!(LogoutDelivery, DeliveryId, logouts, deliveries);

async fn deliveries(_: &Db, make: &mut Samples, count: usize) -> Vec<LogoutDelivery> {
    (0..count).map(|_| delivery(make)).collect()
}

fn delivery(make: &mut Samples) -> LogoutDelivery {
    let (client, account) = (make.client(), make.account());
    let (session, _) = make.session(&account);
    make.logout_delivery(&client, &session)
}

pub async fn a_logout_is_never_leased_by_two_at_once(store: Db) {
    queue::is_never_leased_by_two_at_once::<LogoutDelivery>(store).await;
}

pub async fn logouts_are_leased_when_due_the_oldest_first(store: Db) {
    let mut make = Samples::default();
    let unqueued = LogoutDelivery { sub: "pairwise".to_owned(), ..delivery(&mut make) };
    queue::is_leased_when_due_the_oldest_first(store, unqueued, make).await;
}

/// Behind a client that stalls wait its own deliveries, and nobody else's: of one lease at most four are one client's, the
/// oldest, whatever else is due.
pub async fn no_client_takes_up_a_lease_of_logouts(store: Db) {
    let mut make = Samples::default();
    let (stalled, other, account) = (make.client(), make.client(), make.account());
    let (session, _) = make.session(&account);
    let of = |make: &mut Samples, client, count| -> Vec<LogoutDelivery> {
        (0..count).map(|_| make.logout_delivery(client, &session)).collect()
    };
    let (first, second) = (of(&mut make, &stalled, 300), of(&mut make, &other, 2));
    let mut tx = writing(&store).await;
    for delivery in first.iter().chain(&second) {
        tx.logouts().enqueue(delivery).await.unwrap();
    }
    tx.commit().await.unwrap();

    let now = make.now;
    for (limit, firsts, seconds) in
        [(100, &first[..4], &second[..]), (3, &first[4..7], &[]), (9, &first[7..11], &[])]
    {
        let mut tx = writing(&store).await;
        let leased = tx.logouts().lease("a", now, now + SECOND * 60, limit).await.unwrap();
        tx.commit().await.unwrap();
        let ids: Vec<DeliveryId> = leased.iter().map(|delivery| delivery.id).collect();
        let expected: Vec<DeliveryId> = firsts.iter().chain(seconds).map(|delivery| delivery.id).collect();
        assert_eq!(ids, expected, "of {limit}");
    }
}

pub async fn a_logout_whose_lease_ran_out_is_taken_again(store: Db) {
    queue::is_taken_again_when_its_lease_ran_out::<LogoutDelivery>(store).await;
}

pub async fn a_logout_is_settled_by_its_owner_only(store: Db) {
    queue::is_settled_by_its_owner_only::<LogoutDelivery>(store).await;
}

pub async fn the_depth_counts_waiting_and_dead_logouts(store: Db) {
    queue::is_counted_while_it_waits_and_when_it_is_dead::<LogoutDelivery>(store).await;
}

pub async fn a_dropped_lease_leaves_the_logout_due(store: Db) {
    queue::is_due_again_when_its_lease_was_dropped::<LogoutDelivery>(store).await;
}

pub async fn settled_logouts_are_swept_and_dead_ones_stay(store: Db) {
    queue::is_swept_when_settled_and_stays_when_dead::<LogoutDelivery>(store).await;
}
