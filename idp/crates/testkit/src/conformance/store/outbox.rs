//! The outbox: leased by one, settled by its owner, never lost.

use std::collections::BTreeSet;
use std::sync::Arc;

use idp_domain::Timestamp;
use idp_domain::outbox::{Letter, MailState, OutboxMail};

use super::{CONTENDERS, Db, HOUR, SECOND, Scene, race, reading, writing};
use crate::Samples;

async fn enqueued(store: &Db, make: &mut Samples, count: usize) -> Vec<OutboxMail> {
    let scene = Scene::stored(store, make).await;
    let mails: Vec<_> = (0..count).map(|_| make.mail(&scene.invitation)).collect();
    let mut tx = writing(store).await;
    for mail in &mails {
        tx.outbox().enqueue(mail).await.unwrap();
    }
    tx.commit().await.unwrap();
    mails
}

/// Leases for a minute.
async fn lease(store: &Db, owner: &str, now: Timestamp, limit: u64) -> Vec<OutboxMail> {
    let mut tx = writing(store).await;
    let leased = tx.outbox().lease(owner, now, now + SECOND * 60, limit).await.unwrap();
    tx.commit().await.unwrap();
    leased
}

async fn settle(store: &Db, mail: &OutboxMail, owner: &str, state: &MailState) -> bool {
    let mut tx = writing(store).await;
    let settled = tx.outbox().settle(mail.id, owner, state).await.unwrap();
    tx.commit().await.unwrap();
    settled
}

async fn found(store: &Db, mail: &OutboxMail) -> OutboxMail {
    reading(store).await.outbox().find(mail.id).await.unwrap().expect("the mail")
}

pub async fn a_mail_is_never_leased_by_two_at_once(store: Db) {
    let mut make = Samples::default();
    let mails = enqueued(&store, &mut make, 30).await;
    let (db, now) = (Arc::clone(&store), make.now);
    let results = race(CONTENDERS, move |n| {
        let store = Arc::clone(&db);
        async move { lease(&store, &format!("node-{n}"), now, 4).await }
    })
    .await;
    let mut leased: Vec<_> = results.into_iter().flatten().map(|mail| mail.id).collect();
    // Who lost a row to somebody else may leave others for the next look.
    while let Some(mail) = lease(&store, "last", now, 1).await.pop() {
        leased.push(mail.id);
    }
    assert_eq!(leased.len(), mails.len(), "each exactly once");
    let once: BTreeSet<_> = leased.into_iter().collect();
    assert_eq!(once, mails.iter().map(|mail| mail.id).collect());
}

pub async fn mails_are_leased_when_due_the_oldest_first(store: Db) {
    let mut make = Samples::default();
    let mut mails = enqueued(&store, &mut make, 3).await;
    let invitation = mails[0].letter.invitation();
    let later = OutboxMail {
        state: MailState::Due { at: make.now + HOUR },
        letter: Letter::MembershipAdded { invitation },
        company: None,
        ..mails.remove(2)
    };
    let later = OutboxMail { id: idp_domain::id::MailId::new(make.now, &make.entropy), ..later };
    let mut tx = writing(&store).await;
    tx.outbox().enqueue(&later).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(found(&store, &later).await, later);

    let now = make.now;
    let until = now + SECOND * 60;
    let first = lease(&store, "a", now, 2).await;
    let expected: Vec<_> = mails
        .iter()
        .map(|mail| OutboxMail {
            state: MailState::Leased { until, owner: "a".to_owned() },
            attempts: 1,
            ..mail.clone()
        })
        .collect();
    assert_eq!(first, expected);
    assert_eq!(lease(&store, "b", now, 9).await.len(), 1, "the third");
    assert_eq!(reading(&store).await.outbox().next_due().await.unwrap(), Some(until));
    assert!(lease(&store, "b", now, 9).await.is_empty(), "the last is not due yet");
    let due = lease(&store, "b", now + HOUR, 9).await;
    assert_eq!(due.last().map(|mail| mail.id), Some(later.id));
}

pub async fn a_lease_that_ran_out_is_taken_again(store: Db) {
    let mut make = Samples::default();
    enqueued(&store, &mut make, 1).await;
    let now = make.now;
    assert_eq!(lease(&store, "dead", now, 9).await.len(), 1);
    assert!(lease(&store, "b", now + SECOND * 59, 9).await.is_empty());
    let again = lease(&store, "b", now + SECOND * 60, 9).await;
    let [mail] = again.as_slice() else { panic!("{again:?}") };
    assert_eq!(mail.attempts, 2);
    let sent = MailState::Sent { at: now };
    assert!(!settle(&store, mail, "dead", &sent).await, "its lease is another's now");
    assert!(settle(&store, mail, "b", &sent).await);
}

pub async fn only_the_owner_settles(store: Db) {
    let mut make = Samples::default();
    let mails = enqueued(&store, &mut make, 4).await;
    let at = make.now + SECOND;
    assert!(!settle(&store, &mails[0], "a", &MailState::Sent { at }).await, "nobody leased it");
    assert_eq!(lease(&store, "a", make.now, 9).await.len(), 4);
    let states = [
        MailState::Sent { at },
        MailState::Dead { at, why: "550 no such user".to_owned() },
        MailState::Dropped { at },
        MailState::Due { at },
    ];
    for (mail, state) in mails.iter().zip(&states) {
        assert!(!settle(&store, mail, "b", state).await);
        assert!(settle(&store, mail, "a", state).await);
        assert!(!settle(&store, mail, "a", state).await, "it ended");
        assert_eq!(found(&store, mail).await.state, *state);
    }
    assert_eq!(lease(&store, "c", at, 9).await.len(), 1, "the one to try again");
}

pub async fn the_depth_counts_waiting_and_dead_mails(store: Db) {
    let mut make = Samples::default();
    let mut tx = reading(&store).await;
    assert_eq!(tx.outbox().depth().await.unwrap(), (0, 0));
    assert_eq!(tx.outbox().next_due().await.unwrap(), None);
    drop(tx);
    let mails = enqueued(&store, &mut make, 4).await;
    let first_due = mails[0].created_at;
    assert_eq!(reading(&store).await.outbox().next_due().await.unwrap(), Some(first_due));
    let leased = lease(&store, "a", make.now, 3).await;
    assert_eq!(reading(&store).await.outbox().depth().await.unwrap(), (4, 0));
    let why = "gone".to_owned();
    assert!(settle(&store, &leased[0], "a", &MailState::Dead { at: make.now, why }).await);
    assert!(settle(&store, &leased[1], "a", &MailState::Sent { at: make.now }).await);
    assert_eq!(reading(&store).await.outbox().depth().await.unwrap(), (2, 1));
}

pub async fn a_dropped_lease_leaves_the_mail_due(store: Db) {
    let mut make = Samples::default();
    let mails = enqueued(&store, &mut make, 1).await;
    let mut tx = writing(&store).await;
    assert_eq!(tx.outbox().lease("a", make.now, make.now + HOUR, 9).await.unwrap().len(), 1);
    drop(tx);
    assert_eq!(found(&store, &mails[0]).await, mails[0]);
    assert_eq!(lease(&store, "b", make.now, 9).await.len(), 1);
}

pub async fn settled_mails_are_swept_and_dead_ones_stay(store: Db) {
    let mut make = Samples::default();
    let mails = enqueued(&store, &mut make, 5).await;
    let at = make.now;
    let leased = lease(&store, "a", at, 5).await;
    let dead = MailState::Dead { at, why: "gone".to_owned() };
    let sent = MailState::Sent { at };
    let states = [&sent, &dead, &MailState::Dropped { at }, &sent];
    for (mail, state) in leased.iter().zip(states) {
        assert!(settle(&store, mail, "a", state).await);
    }
    let mut tx = writing(&store).await;
    assert_eq!(tx.outbox().sweep(at, 9).await.unwrap(), 0, "not older than that");
    assert_eq!(tx.outbox().sweep(at + SECOND, 2).await.unwrap(), 2);
    assert_eq!(tx.outbox().sweep(at + SECOND, 2).await.unwrap(), 1);
    assert_eq!(tx.outbox().sweep(at + SECOND, 2).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(found(&store, &mails[1]).await.state, dead, "the agency still sees it (R85)");
    assert!(matches!(found(&store, &mails[4]).await.state, MailState::Leased { .. }));
}
