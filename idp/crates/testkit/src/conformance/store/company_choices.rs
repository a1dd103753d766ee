//! Which agency somebody chose last at which client.

use std::sync::Arc;

use idp_domain::id::CompanyId;
use idp_domain::ports::CompanyChoice;

use super::{CONTENDERS, Db, SECOND, race, reading, writing};
use crate::Samples;

pub async fn a_choice_is_of_one_person_at_one_client_and_replaced_by_the_next(store: Db) {
    let mut make = Samples::default();
    let (me, other) = (make.account().id, make.account().id);
    let (client, another) = (make.client().id, make.client().id);
    let (first, second) = (make.company().id, make.company().id);
    let mut tx = writing(&store).await;
    for company in [first, second, second] {
        tx.company_choices().put(me, &client, company, make.now).await.unwrap();
        assert_eq!(tx.company_choices().find(me, &client).await.unwrap(), Some(company));
    }
    tx.company_choices().put(me, &another, first, make.now).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = reading(&store).await;
    assert_eq!(tx.company_choices().find(me, &client).await.unwrap(), Some(second));
    assert_eq!(tx.company_choices().find(me, &another).await.unwrap(), Some(first));
    assert_eq!(tx.company_choices().find(other, &client).await.unwrap(), None);
}

pub async fn what_is_forgotten_is_of_one_company_or_of_one_person(store: Db) {
    let mut make = Samples::default();
    let (me, other) = (make.account().id, make.account().id);
    let clients = [make.client().id, make.client().id, make.client().id];
    let (left, stays) = (make.company().id, make.company().id);
    let mut tx = writing(&store).await;
    for (account, client, company) in [(me, 0, left), (me, 1, left), (me, 2, stays), (other, 0, left)] {
        tx.company_choices().put(account, &clients[client], company, make.now).await.unwrap();
    }
    let listed = tx.company_choices().list_of_account(me).await.unwrap();
    let expected = clients.iter().zip([left, left, stays]).map(|(client, company)| CompanyChoice {
        client: client.clone(),
        company,
        chosen_at: make.now,
    });
    assert_eq!(listed, expected.collect::<Vec<_>>());
    for forgotten in [2, 0] {
        assert_eq!(tx.company_choices().remove(me, left).await.unwrap(), forgotten);
    }
    assert_eq!(tx.company_choices().find(me, &clients[2]).await.unwrap(), Some(stays));
    for forgotten in [1, 0] {
        assert_eq!(tx.company_choices().remove_of_account(me).await.unwrap(), forgotten);
    }
    tx.commit().await.unwrap();
    let mut tx = reading(&store).await;
    assert_eq!(tx.company_choices().list_of_account(me).await.unwrap(), Vec::new());
    assert_eq!(tx.company_choices().find(other, &clients[0]).await.unwrap(), Some(left));
}

/// Two tabs, two agencies: one of them was the last, and neither is an error.
pub async fn of_many_choices_at_once_one_stays(store: Db) {
    let mut make = Samples::default();
    let (account, client) = (make.account().id, make.client().id);
    let companies: Arc<Vec<CompanyId>> = Arc::new((0..CONTENDERS).map(|_| make.company().id).collect());
    let (db, contended, at, now) = (Arc::clone(&store), Arc::clone(&companies), client.clone(), make.now);
    race(CONTENDERS, move |n| {
        let (store, client, company) = (Arc::clone(&db), at.clone(), contended[n as usize]);
        async move {
            let mut tx = writing(&store).await;
            tx.company_choices().put(account, &client, company, now + SECOND * n).await.unwrap();
            tx.commit().await.unwrap();
        }
    })
    .await;
    let last = reading(&store).await.company_choices().find(account, &client).await.unwrap();
    assert!(last.is_some_and(|last| companies.contains(&last)));
}
