//! What people allowed which client.

use std::sync::Arc;

use idp_domain::account::Account;
use idp_domain::client::Client;
use idp_domain::consent::{Consent, Permitted};
use idp_domain::scope::Scopes;

use super::{CONTENDERS, Db, SECOND, race, reading, wins, writing};
use crate::Samples;

async fn put(store: &Db, consent: &Consent) {
    let mut tx = writing(store).await;
    tx.consents().put(consent).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(store: &Db, consent: &Consent) -> Option<Consent> {
    reading(store).await.consents().find(consent.account, &consent.client).await.unwrap()
}

/// Two people and two clients, stored.
async fn scene(store: &Db, make: &mut Samples) -> ([Account; 2], [Client; 2]) {
    let (accounts, clients) = ([make.account(), make.account()], [make.client(), make.client()]);
    let mut tx = writing(store).await;
    for account in &accounts {
        tx.accounts().insert(account).await.unwrap();
    }
    for client in &clients {
        tx.clients().put(client, make.now).await.unwrap();
    }
    tx.commit().await.unwrap();
    (accounts, clients)
}

pub async fn a_consent_is_of_one_person_to_one_client_and_replaced_by_the_next(store: Db) {
    let mut make = Samples::default();
    let ([me, other], [client, another]) = scene(&store, &mut make).await;
    let first = make.consent(&me, &client);
    assert_eq!(found(&store, &first).await, None);
    put(&store, &first).await;
    let widened = first
        .clone()
        .widened(&Permitted { scopes: Scopes::parse("email"), ..Permitted::default() }, make.now + SECOND);
    for consent in [&first, &widened, &first] {
        put(&store, consent).await;
        assert_eq!(found(&store, consent).await.as_ref(), Some(consent));
    }
    for nobodys in [make.consent(&other, &client), make.consent(&me, &another)] {
        assert_eq!(found(&store, &nobodys).await, None);
    }
}

pub async fn of_many_consents_at_once_one_stays(store: Db) {
    let mut make = Samples::default();
    let ([me, _], [client, _]) = scene(&store, &mut make).await;
    let consent = make.consent(&me, &client);
    let (db, contended) = (Arc::clone(&store), consent.clone());
    race(CONTENDERS, move |n| {
        let store = Arc::clone(&db);
        let consent = Consent { granted_at: contended.granted_at + SECOND * n, ..contended.clone() };
        async move { put(&store, &consent).await }
    })
    .await;
    let kept = reading(&store).await.consents().list_of_account(me.id).await.unwrap();
    let [kept] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!(*kept, Consent { granted_at: kept.granted_at, ..consent });
}

pub async fn the_consents_of_a_person_are_listed_the_newest_first(store: Db) {
    let mut make = Samples::default();
    let ([me, other], [client, another]) = scene(&store, &mut make).await;
    let older = make.consent(&me, &another);
    let newer = make.consent(&me, &client);
    let theirs = make.consent(&other, &client);
    for consent in [&newer, &older, &theirs] {
        put(&store, consent).await;
    }
    let list = async || reading(&store).await.consents().list_of_account(me.id).await.unwrap();
    assert_eq!(list().await, [newer.clone(), older.clone()]);
    let again = Consent { granted_at: make.now + SECOND, ..older };
    put(&store, &again).await;
    assert_eq!(list().await, [again, newer]);
}

pub async fn a_consent_is_withdrawn_once(store: Db) {
    let mut make = Samples::default();
    let ([me, other], [client, another]) = scene(&store, &mut make).await;
    let consent = make.consent(&me, &client);
    let others = [make.consent(&me, &another), make.consent(&other, &client)];
    put(&store, &consent).await;
    for other in &others {
        put(&store, other).await;
    }
    let (db, withdrawn) = (Arc::clone(&store), consent.clone());
    let results = race(CONTENDERS, move |_| {
        let (store, consent) = (Arc::clone(&db), withdrawn.clone());
        async move {
            let mut tx = writing(&store).await;
            let removed = tx.consents().remove(consent.account, &consent.client).await.unwrap();
            tx.commit().await.unwrap();
            removed
        }
    })
    .await;
    assert_eq!(wins(&results), 1);
    assert_eq!(found(&store, &consent).await, None);
    for other in &others {
        assert_eq!(found(&store, other).await.as_ref(), Some(other));
    }
}
