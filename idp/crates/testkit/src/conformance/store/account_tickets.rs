//! Tickets of a person's own account (rules L1-L5).

use std::sync::Arc;

use idp_domain::account::Account;
use idp_domain::id::TicketId;
use idp_domain::ports::Tx;
use idp_domain::ticket::{AccountTicket, TicketPurpose, TicketState};

use super::{CONTENDERS, Db, HOUR, SECOND, assert_same, race, reading, wins, writing};
use crate::Samples;

const RESET: TicketPurpose = TicketPurpose::PasswordReset;

async fn put(store: &Db, ticket: &AccountTicket) {
    let mut tx = writing(store).await;
    tx.account_tickets().put(ticket).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(store: &Db, id: TicketId) -> AccountTicket {
    reading(store).await.account_tickets().find(id).await.unwrap().expect("the ticket")
}

/// A ticket to reset the password of somebody, stored.
async fn reset(store: &Db, make: &mut Samples) -> (Account, AccountTicket) {
    let account = make.active_account();
    let (ticket, _) = make.account_ticket(&account, RESET);
    put(store, &ticket).await;
    (account, ticket)
}

/// The same mail tried again carries the same secrets, and revives nothing.
pub async fn an_account_ticket_comes_back_and_is_put_once(store: Db) {
    let mut make = Samples::default();
    let account = make.active_account();
    let change = make.email_change(&account).id;
    let purposes = [
        RESET,
        TicketPurpose::EmailVerification,
        TicketPurpose::EmailChange(change),
        TicketPurpose::EmailUndo(change),
    ];
    for purpose in purposes {
        let (ticket, token) = make.account_ticket(&account, purpose);
        put(&store, &ticket).await;
        let stored = found(&store, ticket.id).await;
        assert_same(&stored, &ticket);
        assert!(token.proves(&stored.digest));
        let at = make.now;
        let mut tx = writing(&store).await;
        assert_eq!(tx.account_tickets().try_answers(ticket.id, 3, at).await.unwrap(), Some(1));
        assert!(tx.account_tickets().consume(ticket.id, at).await.unwrap());
        tx.account_tickets().put(&ticket).await.unwrap();
        tx.commit().await.unwrap();
        let used = AccountTicket { state: TicketState::Used { at }, answer_tries: 1, ..ticket };
        assert_same(&found(&store, used.id).await, &used);
    }
    assert!(
        reading(&store)
            .await
            .account_tickets()
            .find(TicketId::from_uuid(change.uuid()))
            .await
            .unwrap()
            .is_none()
    );
}

/// Q8: of however many at once, so many are looked at; codes and answers are counted apart.
pub async fn of_a_burst_of_tries_no_more_are_counted_than_are_allowed(store: Db) {
    const MOST: u32 = 5;
    let mut make = Samples::default();
    let (_, ticket) = reset(&store, &mut make).await;
    let (db, id, now) = (Arc::clone(&store), ticket.id, make.now);
    let tries = race(50, move |n| {
        let store = Arc::clone(&db);
        async move {
            let mut tx = writing(&store).await;
            let tickets = tx.account_tickets();
            let counted = match n % 2 {
                0 => (tickets.try_code(id, MOST, now).await.unwrap(), None),
                _ => (None, tickets.try_answers(id, MOST - 2, now).await.unwrap()),
            };
            tx.commit().await.unwrap();
            counted
        }
    })
    .await;
    let (codes, answers): (Vec<_>, Vec<_>) = tries.into_iter().unzip();
    let sorted = |tries: Vec<Option<u32>>| {
        let mut counted: Vec<u32> = tries.into_iter().flatten().collect();
        counted.sort_unstable();
        counted
    };
    assert_eq!((sorted(codes), sorted(answers)), (vec![1, 2, 3, 4, 5], vec![1, 2, 3]));
    let tried = AccountTicket { code_tries: 5, answer_tries: 3, ..ticket };
    assert_same(&found(&store, id).await, &tried);
}

pub async fn a_ticket_that_is_over_counts_no_tries(store: Db) {
    async fn tries(tx: &mut dyn Tx, ticket: &AccountTicket, after: std::time::Duration) -> [Option<u32>; 2] {
        let (tickets, now) = (tx.account_tickets(), ticket.issued_at + after);
        [
            tickets.try_code(ticket.id, 5, now).await.unwrap(),
            tickets.try_answers(ticket.id, 5, now).await.unwrap(),
        ]
    }
    let mut make = Samples::default();
    let (_, ticket) = reset(&store, &mut make).await;
    let mut tx = writing(&store).await;
    assert_eq!(tries(tx.as_mut(), &ticket, HOUR).await, [None; 2], "over at the very instant");
    assert_eq!(tries(tx.as_mut(), &ticket, HOUR - SECOND).await, [Some(1); 2]);
    assert!(tx.account_tickets().consume(ticket.id, make.now).await.unwrap());
    assert_eq!(tries(tx.as_mut(), &ticket, SECOND).await, [None; 2]);
}

/// L3.
pub async fn an_account_ticket_is_consumed_by_one_caller_only(store: Db) {
    let mut make = Samples::default();
    let (_, ticket) = reset(&store, &mut make).await;
    let mut tx = writing(&store).await;
    assert!(!tx.account_tickets().consume(ticket.id, ticket.expires_at).await.unwrap(), "it expired");
    drop(tx);
    let (db, id, now) = (Arc::clone(&store), ticket.id, make.now);
    let results = race(CONTENDERS, move |_| {
        let store = Arc::clone(&db);
        async move {
            let mut tx = writing(&store).await;
            let won = tx.account_tickets().consume(id, now).await.unwrap();
            tx.commit().await.unwrap();
            won
        }
    })
    .await;
    assert_eq!(wins(&results), 1);
    assert_eq!(found(&store, id).await.state, TicketState::Used { at: now });
}

/// Q8: link and code die together.
pub async fn a_burned_ticket_opens_nothing_and_a_used_one_stays_used(store: Db) {
    let mut make = Samples::default();
    let ((_, burned), (_, used)) = (reset(&store, &mut make).await, reset(&store, &mut make).await);
    let at = make.now;
    let mut tx = writing(&store).await;
    let tickets = tx.account_tickets();
    assert!(tickets.consume(used.id, at).await.unwrap());
    for ticket in [&burned, &used] {
        tickets.burn(ticket.id, at).await.unwrap();
        tickets.burn(ticket.id, at + SECOND).await.unwrap();
    }
    assert!(!tickets.consume(burned.id, at).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(found(&store, burned.id).await.state, TicketState::Burned { at });
    assert_eq!(found(&store, used.id).await.state, TicketState::Used { at });
}

/// R80: of one person, by one agency; whoever else vouched, and what nobody vouched for, stays.
pub async fn what_an_agency_vouched_for_ends_with_its_word(store: Db) {
    let mut make = Samples::default();
    let (account, own) = reset(&store, &mut make).await;
    let (maple, birch) = (make.company().id, make.company().id);
    let somebody = make.active_account();
    let [ended, kept, theirs] = [(&account, maple), (&account, birch), (&somebody, maple)].map(|(of, by)| {
        let (ticket, _) = make.account_ticket(of, RESET);
        AccountTicket { vouched_by: Some(by), ..ticket }
    });
    for ticket in [&ended, &kept, &theirs] {
        put(&store, ticket).await;
    }
    let at = make.now;
    let mut tx = writing(&store).await;
    assert_eq!(tx.account_tickets().supersede_vouched(account.id, maple, at).await.unwrap(), 1);
    assert_eq!(tx.account_tickets().supersede_vouched(account.id, maple, at).await.unwrap(), 0);
    tx.commit().await.unwrap();
    let ended = AccountTicket { state: TicketState::Superseded { at }, ..ended };
    for ticket in [&ended, &kept, &own, &theirs] {
        assert_same(&found(&store, ticket.id).await, ticket);
    }
}

/// L3: only the newest mail works, and one that answers were sent for; one for something else is left alone (attack 7).
pub async fn superseding_ends_the_open_tickets_of_one_purpose_but_the_one_kept(store: Db) {
    let mut make = Samples::default();
    let (account, used) = reset(&store, &mut make).await;
    let [in_use, old, newest] = [(); 3].map(|()| make.account_ticket(&account, RESET).0);
    let (elsewhere, _) = make.account_ticket(&account, TicketPurpose::EmailVerification);
    for ticket in [&in_use, &old, &newest, &elsewhere] {
        put(&store, ticket).await;
    }
    let (_, theirs) = reset(&store, &mut make).await;
    let at = make.now;
    let mut tx = writing(&store).await;
    let tickets = tx.account_tickets();
    assert!(tickets.consume(used.id, at).await.unwrap());
    assert_eq!(tickets.try_answers(in_use.id, 5, at).await.unwrap(), Some(1));
    let open = tickets.find_open(account.id, RESET.as_str()).await.unwrap();
    assert_same(&open.expect("the newest"), &newest);
    assert_eq!(tickets.supersede(account.id, RESET.as_str(), Some(newest.id), at).await.unwrap(), 1);
    assert_eq!(
        tickets.find_open(account.id, RESET.as_str()).await.unwrap().map(|open| open.id),
        Some(newest.id)
    );
    assert_eq!(tickets.find(in_use.id).await.unwrap().map(|ticket| ticket.state), Some(TicketState::Open));
    assert_eq!(tickets.supersede(account.id, RESET.as_str(), None, at).await.unwrap(), 2, "and it, too");
    assert!(tickets.find_open(account.id, RESET.as_str()).await.unwrap().is_none());
    assert!(!tickets.consume(newest.id, at).await.unwrap(), "a superseded one opens nothing");
    tx.commit().await.unwrap();
    let superseded = TicketState::Superseded { at };
    let expected = [
        (used, TicketState::Used { at }),
        (AccountTicket { answer_tries: 1, ..in_use }, superseded),
        (old, superseded),
        (newest, superseded),
        (elsewhere, TicketState::Open),
        (theirs, TicketState::Open),
    ];
    for (ticket, state) in expected {
        assert_same(&found(&store, ticket.id).await, &AccountTicket { state, ..ticket });
    }
}

pub async fn account_tickets_are_swept_in_bounded_batches(store: Db) {
    let mut make = Samples::default();
    for _ in 0..3 {
        reset(&store, &mut make).await;
    }
    make.now = make.now + HOUR;
    let (_, fresh) = reset(&store, &mut make).await;
    let mut tx = writing(&store).await;
    for swept in [2, 1, 0] {
        assert_eq!(tx.account_tickets().sweep(fresh.expires_at, 2).await.unwrap(), swept);
    }
    tx.commit().await.unwrap();
    found(&store, fresh.id).await;
}
