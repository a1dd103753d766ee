//! Activation tickets (rules L1-L5).

use std::sync::Arc;

use idp_domain::Entropy;
use idp_domain::secret::Token;
use idp_domain::ticket::{ActivationTicket, TicketState};

use super::{CONTENDERS, Db, HOUR, SECOND, Scene, assert_same, race, reading, wins, writing};
use crate::Samples;

async fn put(store: &Db, ticket: &ActivationTicket) {
    let mut tx = writing(store).await;
    tx.tickets().put(ticket).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(store: &Db, ticket: &ActivationTicket) -> ActivationTicket {
    reading(store).await.tickets().find(ticket.id).await.unwrap().expect("the ticket")
}

/// The same mail tried again: L2 wants a ticket to be reissued, never revived.
pub async fn a_ticket_put_again_gets_a_new_digest_and_stays_as_used_as_it_was(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (ticket, token) = make.ticket(&scene.invitation, &scene.account);
    put(&store, &ticket).await;
    let stored = found(&store, &ticket).await;
    assert_same(&stored, &ticket);
    assert!(token.proves(&stored.digest));

    let entropy: &dyn Entropy = &make.entropy;
    let renewed = Token::with_secret(ticket.id, entropy.bytes());
    let again = ActivationTicket {
        digest: renewed.digest(),
        issued_at: ticket.issued_at + HOUR,
        expires_at: ticket.expires_at + HOUR,
        ..ticket.clone()
    };
    put(&store, &again).await;
    let stored = found(&store, &ticket).await;
    assert_same(&stored, &again);
    assert!(renewed.proves(&stored.digest) && !token.proves(&stored.digest));

    let used_at = make.now + SECOND;
    let mut tx = writing(&store).await;
    assert!(tx.tickets().consume(ticket.id, used_at).await.unwrap());
    tx.tickets().put(&again).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(found(&store, &ticket).await.state, TicketState::Used { at: used_at });
}

pub async fn a_ticket_is_consumed_by_one_caller_only(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (ticket, _) = make.ticket(&scene.invitation, &scene.account);
    put(&store, &ticket).await;
    let (db, id, now) = (Arc::clone(&store), ticket.id, make.now);
    let results = race(CONTENDERS, move |_| {
        let store = Arc::clone(&db);
        async move {
            let mut tx = writing(&store).await;
            let won = tx.tickets().consume(id, now).await.unwrap();
            tx.commit().await.unwrap();
            won
        }
    })
    .await;
    assert_eq!(wins(&results), 1);
    assert_eq!(found(&store, &ticket).await.state, TicketState::Used { at: now });
}

pub async fn an_expired_ticket_is_not_consumed(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (ticket, _) = make.ticket(&scene.invitation, &scene.account);
    put(&store, &ticket).await;
    let mut tx = writing(&store).await;
    assert!(!tx.tickets().consume(ticket.id, ticket.expires_at).await.unwrap(), "over at the very instant");
    assert!(tx.tickets().consume(ticket.id, ticket.expires_at - SECOND).await.unwrap());
}

/// R67.
pub async fn superseding_ends_every_open_ticket_but_the_one_kept(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let other = Scene::stored(&store, &mut make).await;
    let tickets = [(); 4].map(|()| make.ticket(&scene.invitation, &scene.account).0);
    let [used, older, old, newest] = &tickets;
    let (theirs, _) = make.ticket(&other.invitation, &other.account);
    for ticket in tickets.iter().chain([&theirs]) {
        put(&store, ticket).await;
    }
    let at = make.now;
    let mut tx = writing(&store).await;
    assert!(tx.tickets().consume(used.id, at).await.unwrap());
    assert_eq!(
        tx.tickets().supersede(scene.account.id, Some((scene.company.id, newest.id)), at).await.unwrap(),
        2
    );
    tx.commit().await.unwrap();
    let superseded = TicketState::Superseded { at };
    let expected = [
        (used, TicketState::Used { at }),
        (older, superseded),
        (old, superseded),
        (newest, TicketState::Open),
        (&theirs, TicketState::Open),
    ];
    for (ticket, state) in expected {
        assert_eq!(found(&store, ticket).await.state, state);
    }
    let mut tx = writing(&store).await;
    assert!(!tx.tickets().consume(old.id, at).await.unwrap(), "a superseded one opens nothing");
    assert_eq!(tx.tickets().supersede(scene.account.id, None, at).await.unwrap(), 1, "and the last one");
}

pub async fn tickets_are_swept_in_bounded_batches(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let expired: Vec<_> = (0..3).map(|_| make.ticket(&scene.invitation, &scene.account).0).collect();
    make.now = make.now + HOUR;
    let (fresh, _) = make.ticket(&scene.invitation, &scene.account);
    for ticket in expired.iter().chain([&fresh]) {
        put(&store, ticket).await;
    }
    let mut tx = writing(&store).await;
    let before = fresh.expires_at;
    assert_eq!(tx.tickets().sweep(before, 2).await.unwrap(), 2);
    assert_eq!(tx.tickets().sweep(before, 2).await.unwrap(), 1);
    assert_eq!(tx.tickets().sweep(before, 2).await.unwrap(), 0, "it expires at that instant, not before");
    tx.commit().await.unwrap();
    found(&store, &fresh).await;
}
