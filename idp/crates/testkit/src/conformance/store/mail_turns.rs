//! Turns of mails to many: one company's follow each other, whoever takes them and on whichever node.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::id::CompanyId;

use super::{CONTENDERS, Db, HOUR, race, writing};
use crate::Samples;

const DISTANCE: Duration = Duration::from_millis(250);

async fn taken(store: &Db, company: CompanyId, count: u32, now: Timestamp) -> Timestamp {
    let mut tx = writing(store).await;
    let first = tx.mail_turns().take(company, count, DISTANCE, now).await.unwrap();
    tx.commit().await.unwrap();
    first
}

pub async fn turns_of_a_company_follow_each_other(store: Db) {
    let mut make = Samples::default();
    let (company, other, now) = (make.company().id, make.company().id, make.now);
    assert_eq!(taken(&store, company, 4, now).await, now, "the first leaves at once");
    assert_eq!(taken(&store, company, 2, now + DISTANCE).await, now + DISTANCE * 4, "after the four");
    assert_eq!(taken(&store, company, 1, now).await, now + DISTANCE * 6, "clocks of two nodes differ");
    assert_eq!(taken(&store, other, 1, now).await, now, "nobody waits for another company");
    let rested = now + HOUR;
    assert_eq!(taken(&store, company, 1, rested).await, rested, "after a pause at once again");
    assert_eq!(taken(&store, company, 1, rested).await, rested + DISTANCE);
}

pub async fn a_turn_that_was_not_committed_is_given_again(store: Db) {
    let mut make = Samples::default();
    let (company, now) = (make.company().id, make.now);
    let mut tx = writing(&store).await;
    assert_eq!(tx.mail_turns().take(company, 9, DISTANCE, now).await.unwrap(), now);
    drop(tx);
    assert_eq!(taken(&store, company, 1, now).await, now);
}

pub async fn of_many_who_take_turns_at_once_no_two_get_the_same(store: Db) {
    let mut make = Samples::default();
    let (company, now) = (make.company().id, make.now);
    let db = Arc::clone(&store);
    let firsts = race(CONTENDERS, move |_| {
        let store = Arc::clone(&db);
        async move { taken(&store, company, 2, now).await }
    })
    .await;
    let expected: BTreeSet<_> = (0..CONTENDERS).map(|n| now + DISTANCE * 2 * n).collect();
    assert_eq!(firsts.into_iter().collect::<BTreeSet<_>>(), expected);
}
