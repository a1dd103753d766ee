//! Clients that registered themselves, and the tokens that let them (RFC 7591, RFC 7592).

use std::sync::Arc;

use idp_domain::client::ClientId;
use idp_domain::id::RegistrationId;
use idp_domain::registration::{Allowance, ApplicationType, InitialToken, Registration};
use idp_domain::secret::Token;
use idp_domain::text::Line;

use super::{CONTENDERS, Db, HOUR, SECOND, assert_same, race, reading, wins, writing};
use crate::Samples;

fn token(make: &mut Samples, uses: u32) -> InitialToken {
    let note = Line::parse("Shift Swap").expect("a note");
    let allowance = Allowance { note, company: Some(make.company().id), uses, life: HOUR };
    InitialToken::issue(allowance, make.now, &make.entropy).0
}

fn registration(make: &Samples, client: &str) -> Registration {
    let token = Token::mint(RegistrationId::new(make.now, &make.entropy), &make.entropy);
    Registration {
        id: token.id,
        client: ClientId::parse(client).expect("a client_id"),
        digest: token.digest(),
        initial_token: None,
        application_type: ApplicationType::Web,
        sector_identifier_uri: None,
        registered_at: make.now,
        last_used_at: make.now,
    }
}

async fn store_token(store: &Db, token: &InitialToken) {
    let mut tx = writing(store).await;
    tx.initial_tokens().insert(token).await.unwrap();
    tx.commit().await.unwrap();
}

async fn store_registration(store: &Db, registration: &Registration) {
    let mut tx = writing(store).await;
    tx.registrations().insert(registration).await.unwrap();
    tx.commit().await.unwrap();
}

pub async fn an_initial_token_comes_back_until_it_is_revoked(store: Db) {
    let mut make = Samples::default();
    let (older, newer) = (token(&mut make, 3), InitialToken { company: None, ..token(&mut make, 1) });
    store_token(&store, &older).await;
    store_token(&store, &newer).await;
    let mut tx = writing(&store).await;
    let found = tx.initial_tokens().find(older.id).await.unwrap().unwrap();
    assert_same(&found, &older);
    assert!(found.digest == older.digest);
    assert_eq!(tx.initial_tokens().list().await.unwrap().len(), 2);
    assert!(tx.initial_tokens().revoke(older.id).await.unwrap());
    assert!(!tx.initial_tokens().revoke(older.id).await.unwrap());
    assert!(tx.initial_tokens().find(older.id).await.unwrap().is_none());
    assert_same(&tx.initial_tokens().list().await.unwrap(), &vec![newer]);
}

pub async fn an_initial_token_is_taken_as_often_as_it_has_uses(store: Db) {
    const USES: u32 = 7;
    let mut make = Samples::default();
    let token = token(&mut make, USES);
    store_token(&store, &token).await;
    let (db, id, now) = (Arc::clone(&store), token.id, make.now);
    let results = race(CONTENDERS, move |_| {
        let store = Arc::clone(&db);
        async move {
            let mut tx = writing(&store).await;
            let won = tx.initial_tokens().take(id, now).await.unwrap();
            tx.commit().await.unwrap();
            won
        }
    })
    .await;
    assert_eq!(wins(&results), USES as usize);
    let left = reading(&store).await.initial_tokens().find(id).await.unwrap().unwrap();
    assert_eq!(left.uses, 0);
}

pub async fn an_initial_token_that_is_over_is_not_taken_and_swept(store: Db) {
    let mut make = Samples::default();
    let token = token(&mut make, 2);
    store_token(&store, &token).await;
    let mut tx = writing(&store).await;
    let end = token.expires_at;
    assert!(!tx.initial_tokens().take(token.id, end).await.unwrap(), "over at the very instant");
    assert!(tx.initial_tokens().take(token.id, end - SECOND).await.unwrap());
    assert_eq!(tx.initial_tokens().sweep(end, 10).await.unwrap(), 0);
    assert_eq!(tx.initial_tokens().sweep(end + SECOND, 10).await.unwrap(), 1);
    assert!(tx.initial_tokens().find(token.id).await.unwrap().is_none());
}

pub async fn a_registration_comes_back_by_its_id_and_by_its_client(store: Db) {
    let make = Samples::default();
    let own = registration(&make, "c-own");
    store_registration(&store, &own).await;
    store_registration(&store, &registration(&make, "c-other")).await;
    let mut tx = writing(&store).await;
    let found = tx.registrations().find(own.id).await.unwrap().unwrap();
    assert_same(&found, &own);
    assert!(found.digest == own.digest);
    assert_same(&tx.registrations().find_of_client(&own.client).await.unwrap().unwrap(), &own);

    let changed = Registration {
        application_type: ApplicationType::Native,
        sector_identifier_uri: "https://sector.example/uris.json".parse().ok(),
        ..own.clone()
    };
    assert!(tx.registrations().update(&changed).await.unwrap());
    assert_same(&tx.registrations().find(own.id).await.unwrap().unwrap(), &changed);
    assert!(tx.registrations().remove(&own.client).await.unwrap());
    assert!(!tx.registrations().remove(&own.client).await.unwrap());
    assert!(!tx.registrations().update(&changed).await.unwrap());
    assert!(tx.registrations().find(own.id).await.unwrap().is_none());
}

pub async fn what_is_used_is_noted_once_and_what_is_not_is_listed(store: Db) {
    let make = Samples::default();
    let (used, unused) = (registration(&make, "c-used"), registration(&make, "c-unused"));
    store_registration(&store, &used).await;
    store_registration(&store, &unused).await;
    let mut tx = writing(&store).await;
    let later = make.now + HOUR;
    assert!(!tx.registrations().note_use(&used.client, later, make.now).await.unwrap(), "used since then");
    assert!(tx.registrations().note_use(&used.client, later, make.now + SECOND).await.unwrap());
    assert!(!tx.registrations().note_use(&used.client, later, later).await.unwrap());
    let mut unused_since = async |at, limit| tx.registrations().list_unused(at, limit).await.unwrap();
    assert_eq!(unused_since(make.now, 10).await, []);
    assert_eq!(unused_since(later, 10).await, std::slice::from_ref(&unused.client));
    let everything = [unused.client.clone(), used.client.clone()];
    assert_eq!(unused_since(later + SECOND, 10).await, everything, "unused for longest first");
    assert_eq!(unused_since(later + SECOND, 1).await, everything[..1]);
}
