//! Grants, the families of refresh tokens.

use idp_domain::grant::{Consented, Grant, Revocation, RevocationReason};
use idp_domain::scope::Scopes;
use idp_domain::session::Session;

use super::{Db, SECOND, assert_same, reading, writing};
use crate::Samples;

const WHY: RevocationReason = RevocationReason::LoggedOut;

async fn stored(store: &Db, grant: &Grant) {
    let mut tx = writing(store).await;
    tx.grants().insert(grant).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(store: &Db, grant: &Grant) -> Grant {
    reading(store).await.grants().find(grant.id).await.unwrap().expect("the grant")
}

/// A family that began in `session`, and one beside it with `offline_access`.
async fn families(store: &Db, make: &mut Samples, session: &Session) -> (Grant, Grant) {
    let client = make.client();
    let consented = make.consented(session, None);
    let online = make.grant(&client, consented.clone());
    let scopes = Scopes::parse("openid offline_access");
    let offline = make.grant(&client, Consented { scopes, ..consented });
    stored(store, &online).await;
    stored(store, &offline).await;
    (online, offline)
}

fn session(make: &mut Samples) -> Session {
    let account = make.account();
    make.session(&account).0
}

pub async fn a_grant_is_revoked_once_and_says_why(store: Db) {
    let mut make = Samples::default();
    let (account, company, client) = (make.account(), make.company(), make.client());
    let membership = make.membership(&account, &company);
    let (session, _) = make.session(&account);
    let consented = make.consented(&session, Some(&membership));
    for why in RevocationReason::VARIANTS {
        let acr = Some("urn:example:acr".to_owned());
        let grant = make.grant(&client, Consented { acr, ..consented.clone() });
        stored(&store, &grant).await;
        assert_same(&found(&store, &grant).await, &grant);
        let at = make.now;
        let mut tx = writing(&store).await;
        assert!(tx.grants().revoke(grant.id, *why, at).await.unwrap());
        assert!(!tx.grants().revoke(grant.id, WHY, at + SECOND).await.unwrap(), "the first reason stays");
        tx.commit().await.unwrap();
        assert_eq!(found(&store, &grant).await.revoked, Some(Revocation { at, why: *why }));
    }
}

pub async fn ending_a_session_revokes_its_families_except_offline_ones(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (session(&mut make), session(&mut make));
    let (online, offline) = families(&store, &mut make, &mine).await;
    let (elsewhere, _) = families(&store, &mut make, &other).await;
    let mut tx = writing(&store).await;
    assert_eq!(tx.grants().revoke_of_session(mine.id, WHY, make.now).await.unwrap(), 1);
    assert_eq!(tx.grants().revoke_of_session(mine.id, WHY, make.now).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert!(!found(&store, &online).await.is_live(make.now));
    assert!(found(&store, &offline).await.is_live(make.now));
    assert!(found(&store, &elsewhere).await.is_live(make.now));
}

pub async fn every_family_of_an_account_is_revoked_at_once(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (session(&mut make), session(&mut make));
    let (online, offline) = families(&store, &mut make, &mine).await;
    let (elsewhere, _) = families(&store, &mut make, &other).await;
    let mut tx = writing(&store).await;
    let why = RevocationReason::Deactivated;
    assert_eq!(tx.grants().revoke_of_account(mine.account, why, make.now).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let revoked = Some(Revocation { at: make.now, why });
    assert_eq!(found(&store, &online).await.revoked, revoked);
    assert_eq!(found(&store, &offline).await.revoked, revoked);
    assert!(found(&store, &elsewhere).await.is_live(make.now));
}

pub async fn the_live_families_of_a_session_are_listed(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (session(&mut make), session(&mut make));
    let (online, offline) = families(&store, &mut make, &mine).await;
    families(&store, &mut make, &other).await;
    let ids = async |store: &Db| -> Vec<_> {
        let grants = reading(store).await.grants().list_of_session(mine.id).await.unwrap();
        grants.into_iter().map(|grant| grant.id).collect()
    };
    assert_eq!(ids(&store).await, [online.id, offline.id]);
    let mut tx = writing(&store).await;
    tx.grants().revoke(online.id, WHY, make.now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ids(&store).await, [offline.id]);
}

pub async fn grants_are_swept_after_their_expiry_even_revoked_ones(store: Db) {
    let mut make = Samples::default();
    let session = session(&mut make);
    let (first, second) = families(&store, &mut make, &session).await;
    let (revoked, _) = families(&store, &mut make, &session).await;
    let mut tx = writing(&store).await;
    assert!(tx.grants().revoke(revoked.id, WHY, make.now).await.unwrap());
    assert_eq!(tx.grants().sweep(make.now + SECOND, 9).await.unwrap(), 0, "a revoked one stays till then");
    assert_eq!(tx.grants().sweep(revoked.expires_at, 1).await.unwrap(), 1);
    assert_eq!(tx.grants().sweep(revoked.expires_at, 9).await.unwrap(), 1);
    tx.commit().await.unwrap();
    found(&store, &revoked).await;
    let mut tx = reading(&store).await;
    for gone in [first, second] {
        assert!(tx.grants().find(gone.id).await.unwrap().is_none());
    }
}
