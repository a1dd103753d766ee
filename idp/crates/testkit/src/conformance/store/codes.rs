//! Authorization codes (RFC 6749 section 4.1.2).

use std::sync::Arc;

use idp_domain::client::Client;
use idp_domain::code::{AuthorizationCode, CodeState};
use idp_domain::id::GrantId;

use super::{CONTENDERS, Db, SECOND, assert_same, race, reading, writing};
use crate::Samples;

async fn issued(store: &Db, make: &mut Samples) -> (AuthorizationCode, Client) {
    let (account, client) = (make.account(), make.client());
    let (session, _) = make.session(&account);
    let consented = make.consented(&session, None);
    let (code, _) = make.code(&client, consented);
    let mut tx = writing(store).await;
    tx.codes().insert(&code).await.unwrap();
    tx.commit().await.unwrap();
    (code, client)
}

async fn found(store: &Db, code: &AuthorizationCode) -> AuthorizationCode {
    reading(store).await.codes().find(code.id).await.unwrap().expect("the code")
}

pub async fn a_code_is_redeemed_by_one_caller_only(store: Db) {
    let mut make = Samples::default();
    let (code, client) = issued(&store, &mut make).await;
    let stored = found(&store, &code).await;
    assert_same(&stored, &code);
    assert_eq!(stored.digest, code.digest);
    let grants: Arc<Vec<GrantId>> =
        Arc::new((0..CONTENDERS).map(|_| GrantId::new(make.now, &make.entropy)).collect());
    let (db, candidates, id, now) = (Arc::clone(&store), Arc::clone(&grants), code.id, make.now);
    let results = race(CONTENDERS, move |n| {
        let (store, client, grant) = (Arc::clone(&db), client.clone(), candidates[n as usize]);
        async move {
            let mut tx = writing(&store).await;
            let won = tx.codes().redeem(id, &client.id, grant, now).await.unwrap();
            tx.commit().await.unwrap();
            won.then_some(grant)
        }
    })
    .await;
    let winners: Vec<GrantId> = results.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let state = found(&store, &code).await.state;
    assert_eq!(state, CodeState::Redeemed { at: now, grant: winners[0] }, "the loser learns whose it is");
}

pub async fn a_code_is_redeemed_by_its_client_in_its_time(store: Db) {
    let mut make = Samples::default();
    let (code, client) = issued(&store, &mut make).await;
    let (other, grant) = (make.client(), GrantId::new(make.now, &make.entropy));
    let mut tx = writing(&store).await;
    let codes = tx.codes();
    assert!(!codes.redeem(code.id, &other.id, grant, make.now).await.unwrap(), "another client");
    assert!(!codes.redeem(code.id, &client.id, grant, code.expires_at).await.unwrap(), "too late");
    assert!(codes.redeem(code.id, &client.id, grant, code.expires_at - SECOND).await.unwrap());
    tx.commit().await.unwrap();
}

pub async fn codes_are_swept_in_bounded_batches(store: Db) {
    let mut make = Samples::default();
    for _ in 0..3 {
        issued(&store, &mut make).await;
    }
    let (fresh, client) = issued(&store, &mut make).await;
    let grant = GrantId::new(make.now, &make.entropy);
    let mut tx = writing(&store).await;
    assert!(tx.codes().redeem(fresh.id, &client.id, grant, make.now).await.unwrap());
    assert_eq!(tx.codes().sweep(fresh.expires_at, 2).await.unwrap(), 2);
    assert_eq!(tx.codes().sweep(fresh.expires_at, 2).await.unwrap(), 1);
    assert_eq!(tx.codes().sweep(fresh.expires_at, 2).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert!(matches!(found(&store, &fresh).await.state, CodeState::Redeemed { .. }), "a tombstone stays");
}
