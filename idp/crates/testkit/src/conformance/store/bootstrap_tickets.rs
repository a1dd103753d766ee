//! The link of `idp bootstrap` (L1-L3), and what an installation has before it.

use std::sync::Arc;
use std::time::Duration;

use idp_domain::account::{Account, AccountState};
use idp_domain::ticket::{BootstrapFor, BootstrapTicket};

use super::{CONTENDERS, Db, HOUR, SECOND, assert_same, race, reading, wins, writing};
use crate::Samples;

const LIFE: Duration = HOUR;

fn ticket(make: &Samples, makes: BootstrapFor) -> BootstrapTicket {
    BootstrapTicket::issue(makes, make.now, LIFE, &make.entropy).0
}

async fn put(store: &Db, ticket: &BootstrapTicket) {
    let mut tx = writing(store).await;
    tx.bootstrap_tickets().put(ticket).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(store: &Db, ticket: &BootstrapTicket) -> Option<BootstrapTicket> {
    reading(store).await.bootstrap_tickets().find(ticket.id).await.unwrap()
}

pub async fn a_bootstrap_ticket_comes_back_and_takes_the_place_of_the_one_before(store: Db) {
    let make = Samples::default();
    let older = ticket(&make, BootstrapFor::FirstOperator);
    let newer = ticket(&make, BootstrapFor::FurtherOperator);
    assert!(found(&store, &older).await.is_none());
    put(&store, &older).await;
    let stored = found(&store, &older).await.unwrap();
    assert_same(&stored, &older);
    assert!(stored.digest == older.digest);
    let mut tx = writing(&store).await;
    assert!(tx.bootstrap_tickets().consume(older.id, make.now).await.unwrap());
    tx.commit().await.unwrap();
    let used = BootstrapTicket { used_at: Some(make.now), ..older.clone() };
    assert_same(&found(&store, &older).await.unwrap(), &used);

    put(&store, &newer).await;
    assert!(found(&store, &older).await.is_none(), "replaced");
    let stored = found(&store, &newer).await.unwrap();
    assert_same(&stored, &newer);
    assert!(stored.digest == newer.digest);
    let mut tx = writing(&store).await;
    assert!(
        !tx.bootstrap_tickets().consume(older.id, make.now).await.unwrap(),
        "a replaced one opens nothing"
    );
}

pub async fn a_bootstrap_ticket_is_consumed_by_one_caller_only(store: Db) {
    let make = Samples::default();
    let ticket = ticket(&make, BootstrapFor::FirstOperator);
    put(&store, &ticket).await;
    let (db, id, now) = (Arc::clone(&store), ticket.id, make.now);
    let results = race(CONTENDERS, move |_| {
        let store = Arc::clone(&db);
        async move {
            let mut tx = writing(&store).await;
            let won = tx.bootstrap_tickets().consume(id, now).await.unwrap();
            tx.commit().await.unwrap();
            won
        }
    })
    .await;
    assert_eq!(wins(&results), 1);
}

pub async fn an_expired_bootstrap_ticket_is_not_consumed(store: Db) {
    let make = Samples::default();
    let ticket = ticket(&make, BootstrapFor::FirstOperator);
    put(&store, &ticket).await;
    let mut tx = writing(&store).await;
    let end = ticket.expires_at;
    assert!(!tx.bootstrap_tickets().consume(ticket.id, end).await.unwrap(), "over at the very instant");
    assert!(tx.bootstrap_tickets().consume(ticket.id, end - SECOND).await.unwrap());
}

/// R13: switching the only operator off does not make the installation an empty one.
pub async fn an_operator_is_seen_in_every_state_and_nobody_else_for_one(store: Db) {
    let mut make = Samples::default();
    let anybody = make.active_account();
    let mut tx = writing(&store).await;
    tx.accounts().insert(&anybody).await.unwrap();
    assert!(!tx.bootstrap_tickets().has_operator().await.unwrap());
    let operator = Account {
        is_operator: true,
        state: AccountState::Disabled { at: make.now, password: None },
        ..make.active_account()
    };
    tx.accounts().insert(&operator).await.unwrap();
    assert!(tx.bootstrap_tickets().has_operator().await.unwrap());
}

pub async fn the_first_company_is_seen(store: Db) {
    let mut make = Samples::default();
    let mut tx = writing(&store).await;
    assert!(!tx.bootstrap_tickets().has_company().await.unwrap());
    tx.companies().insert(&make.company()).await.unwrap();
    assert!(tx.bootstrap_tickets().has_company().await.unwrap());
}
