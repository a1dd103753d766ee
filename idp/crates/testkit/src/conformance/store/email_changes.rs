//! Changes of address (R72).

use std::sync::Arc;

use idp_domain::account::Account;
use idp_domain::email_change::{EmailChange, EmailChangeState};

use super::{CONTENDERS, Db, SECOND, assert_same, race, reading, wins, writing};
use crate::Samples;

async fn account(store: &Db, make: &mut Samples) -> Account {
    let account = make.active_account();
    let mut tx = writing(store).await;
    tx.accounts().insert(&account).await.unwrap();
    tx.commit().await.unwrap();
    account
}

async fn stored(store: &Db, change: &EmailChange) {
    let mut tx = writing(store).await;
    tx.email_changes().insert(change).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(store: &Db, change: &EmailChange) -> EmailChange {
    reading(store).await.email_changes().find(change.id).await.unwrap().expect("the change")
}

pub async fn a_change_of_address_comes_back_in_every_state(store: Db) {
    let mut make = Samples::default();
    let account = account(&store, &mut make).await;
    let (agency, at) = (make.company().id, make.now);
    let states = [
        EmailChangeState::Proposed,
        EmailChangeState::Confirmed { at },
        EmailChangeState::Cancelled { at },
        EmailChangeState::Undone { at },
    ];
    for (state, proposed_by) in states.into_iter().zip([None, Some(agency), None, Some(agency)]) {
        let change = EmailChange { state, proposed_by, ..make.email_change(&account) };
        stored(&store, &change).await;
        assert_same(&found(&store, &change).await, &change);
    }
    let unknown = make.email_change(&account).id;
    assert!(reading(&store).await.email_changes().find(unknown).await.unwrap().is_none());
}

/// Proven at the new address and taken back at the old one in the same moment: one of the two happens.
pub async fn a_change_is_settled_by_one_caller_only_from_the_state_it_was_read_in(store: Db) {
    let mut make = Samples::default();
    let account = account(&store, &mut make).await;
    let change = make.email_change(&account);
    stored(&store, &change).await;
    let (confirmed, cancelled) =
        (EmailChangeState::Confirmed { at: make.now }, EmailChangeState::Cancelled { at: make.now });
    let (db, read) = (Arc::clone(&store), change.clone());
    let results = race(CONTENDERS, move |n| {
        let (store, change) = (Arc::clone(&db), read.clone());
        async move {
            let mut tx = writing(&store).await;
            let to = if n % 2 == 0 { confirmed } else { cancelled };
            let won = tx.email_changes().settle(&change, to).await.unwrap();
            tx.commit().await.unwrap();
            won
        }
    })
    .await;
    assert_eq!(wins(&results), 1);
    assert!([confirmed, cancelled].contains(&found(&store, &change).await.state));

    let change = EmailChange { state: confirmed, ..make.email_change(&account) };
    stored(&store, &change).await;
    let undone = EmailChangeState::Undone { at: make.now };
    let of_another_moment = EmailChangeState::Confirmed { at: make.now + SECOND };
    let mut tx = writing(&store).await;
    for stale in [EmailChangeState::Proposed, cancelled, of_another_moment] {
        let read = EmailChange { state: stale, ..change.clone() };
        assert!(!tx.email_changes().settle(&read, undone).await.unwrap(), "{stale:?}");
    }
    assert!(tx.email_changes().settle(&change, undone).await.unwrap());
    tx.commit().await.unwrap();
    assert_same(&found(&store, &change).await, &EmailChange { state: undone, ..change });
}

pub async fn the_newest_proposed_change_is_found_and_the_others_are_cancelled(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (account(&store, &mut make).await, account(&store, &mut make).await);
    let [old, newest] = [(); 2].map(|()| make.email_change(&mine));
    let at = make.now;
    let confirmed = EmailChange { state: EmailChangeState::Confirmed { at }, ..make.email_change(&mine) };
    let theirs = make.email_change(&other);
    for change in [&old, &newest, &confirmed, &theirs] {
        stored(&store, change).await;
    }
    let mut tx = writing(&store).await;
    let changes = tx.email_changes();
    assert_same(&changes.find_proposed(mine.id).await.unwrap().expect("the newest"), &newest);
    for cancelled in [1, 0] {
        assert_eq!(changes.cancel_proposed(mine.id, Some(newest.id), at).await.unwrap(), cancelled);
    }
    assert_same(&changes.find_proposed(mine.id).await.unwrap().expect("the one kept"), &newest);
    assert_eq!(changes.cancel_proposed(mine.id, None, at).await.unwrap(), 1);
    assert!(changes.find_proposed(mine.id).await.unwrap().is_none());
    tx.commit().await.unwrap();
    for change in [old, newest] {
        let state = EmailChangeState::Cancelled { at };
        assert_same(&found(&store, &change).await, &EmailChange { state, ..change });
    }
    for change in [confirmed, theirs] {
        assert_same(&found(&store, &change).await, &change);
    }
}

/// A closed account leaves no address behind.
pub async fn the_changes_of_one_account_are_listed_and_removed_together(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (account(&store, &mut make).await, account(&store, &mut make).await);
    let [older, newer, foreign] = [&mine, &mine, &other].map(|account| make.email_change(account));
    for change in [&older, &newer, &foreign] {
        stored(&store, change).await;
    }
    let mut tx = writing(&store).await;
    let listed = tx.email_changes().list_of_account(mine.id).await.unwrap();
    assert_eq!(listed.iter().map(|change| change.id).collect::<Vec<_>>(), [newer.id, older.id]);
    tx.email_changes().remove_all(mine.id).await.unwrap();
    assert!(tx.email_changes().list_of_account(mine.id).await.unwrap().is_empty());
    assert_eq!(tx.email_changes().list_of_account(other.id).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}

/// R72: whoever gets an address back ends every change that came after, however many there were.
pub async fn what_took_effect_since_an_instant_is_undone_and_nothing_else(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (account(&store, &mut make).await, account(&store, &mut make).await);
    let (before, at, after) = (make.now, make.now + SECOND, make.now + SECOND * 2);
    let confirmed = |change, at| EmailChange { state: EmailChangeState::Confirmed { at }, ..change };
    let earlier = confirmed(make.email_change(&mine), before);
    let undone = [confirmed(make.email_change(&mine), at), confirmed(make.email_change(&mine), after)];
    let proposed = make.email_change(&mine);
    let theirs = confirmed(make.email_change(&other), after);
    for change in undone.iter().chain([&earlier, &proposed, &theirs]) {
        stored(&store, change).await;
    }
    let mut tx = writing(&store).await;
    for expected in [2, 0] {
        assert_eq!(tx.email_changes().undo_since(mine.id, at, after).await.unwrap(), expected);
    }
    tx.commit().await.unwrap();
    for change in undone {
        let state = EmailChangeState::Undone { at: after };
        assert_same(&found(&store, &change).await, &EmailChange { state, ..change });
    }
    for change in [earlier, proposed, theirs] {
        assert_same(&found(&store, &change).await, &change);
    }
}
