//! Device authorization grants (RFC 8628): every step is taken by one caller, in its turn and in its time.

use std::sync::Arc;
use std::time::Duration;

use idp_domain::client::Client;
use idp_domain::device_grant::{DeviceGrant, DeviceRequest, DeviceState};
use idp_domain::grant::Consented;
use idp_domain::id::{GrantId, SessionId};
use idp_domain::ports::StoreError;
use idp_domain::session::Session;
use idp_domain::{Digest, Timestamp};

use super::{CONTENDERS, Db, SECOND, assert_same, race, reading, wins, writing};
use crate::Samples;

/// A stored request, and somebody who may answer it.
struct Scene {
    grant: DeviceGrant,
    client: Client,
    session: Session,
    consented: Consented,
}

async fn asked(store: &Db, make: &mut Samples) -> Scene {
    let client = make.client();
    let (grant, _) = make.device_grant(&client);
    let account = make.account();
    let (session, _) = make.session(&account);
    let consented = make.consented(&session, None);
    let mut tx = writing(store).await;
    tx.device_grants().insert(&grant).await.unwrap();
    tx.commit().await.unwrap();
    Scene { grant, client, session, consented }
}

async fn found(store: &Db, grant: &DeviceGrant) -> DeviceGrant {
    reading(store).await.device_grants().find(grant.id).await.unwrap().expect("the device grant")
}

impl Scene {
    async fn claim(&self, store: &Db, by: SessionId, now: Timestamp) -> bool {
        let mut tx = writing(store).await;
        let won = tx.device_grants().claim(self.grant.id, by, now).await.unwrap();
        tx.commit().await.unwrap();
        won
    }

    async fn approve(&self, store: &Db, consented: &Consented, now: Timestamp) -> bool {
        let mut tx = writing(store).await;
        let won = tx.device_grants().approve(self.grant.id, consented, now).await.unwrap();
        tx.commit().await.unwrap();
        won
    }

    async fn deny(&self, store: &Db, by: SessionId, now: Timestamp) -> bool {
        let mut tx = writing(store).await;
        let won = tx.device_grants().deny(self.grant.id, by, now).await.unwrap();
        tx.commit().await.unwrap();
        won
    }

    async fn redeem(&self, store: &Db, by: &Client, (grant, now): (GrantId, Timestamp)) -> bool {
        let mut tx = writing(store).await;
        let won = tx.device_grants().redeem(self.grant.id, &by.id, grant, now).await.unwrap();
        tx.commit().await.unwrap();
        won
    }

    async fn approved(store: &Db, make: &mut Samples) -> Self {
        let scene = asked(store, make).await;
        assert!(scene.claim(store, scene.session.id, make.now).await);
        assert!(scene.approve(store, &scene.consented, make.now).await);
        scene
    }

    async fn state(&self, store: &Db) -> DeviceState {
        found(store, &self.grant).await.state
    }
}

/// A step that is not open, in whatever state.
async fn refuse_every_step(store: &Db, scene: &Scene, make: &Samples) {
    let (session, now) = (scene.session.id, make.now);
    assert!(!scene.claim(store, session, now).await);
    assert!(!scene.approve(store, &scene.consented, now).await);
    assert!(!scene.deny(store, session, now).await);
    let grant = GrantId::new(now, &make.entropy);
    assert!(!scene.redeem(store, &scene.client, (grant, now)).await);
}

pub async fn a_device_grant_comes_back_as_it_was_stored_in_every_state(store: Db) {
    let mut make = Samples::default();
    let client = make.client();
    let account = make.account();
    let (session, _) = make.session(&account);
    let consented = Box::new(make.consented(&session, None));
    let grant = GrantId::new(make.now, &make.entropy);
    for (claimed, state) in [
        (None, DeviceState::Pending),
        (Some(session.id), DeviceState::Claimed),
        (Some(session.id), DeviceState::Approved { consented }),
        (Some(session.id), DeviceState::Denied),
        (Some(session.id), DeviceState::Redeemed { grant }),
    ] {
        let (asked, _) = make.device_grant(&client);
        let sparse = DeviceRequest {
            company: None,
            login_hint: None,
            code_challenge: None,
            device_name: None,
            ..asked.asked.clone()
        };
        let (second, _) = make.device_grant(&client);
        for stored in [
            DeviceGrant { session: claimed, state: state.clone(), ..asked },
            DeviceGrant { session: claimed, state: state.clone(), asked: sparse, ..second },
        ] {
            let mut tx = writing(&store).await;
            tx.device_grants().insert(&stored).await.unwrap();
            tx.commit().await.unwrap();
            let read = found(&store, &stored).await;
            assert_same(&read, &stored);
            assert_eq!((read.digest, read.user_code), (stored.digest, stored.user_code));
        }
    }
}

/// A code is found under whichever key it was derived, and is one request's as long as that one is there.
pub async fn a_user_code_names_one_request(store: Db) {
    let mut make = Samples::default();
    let Scene { grant, client, .. } = asked(&store, &mut make).await;
    let (other, _) = make.device_grant(&client);
    let (unknown, _) = make.device_grant(&client);
    let mut tx = writing(&store).await;
    let twin = DeviceGrant { user_code: grant.user_code, ..other.clone() };
    let refused = tx.device_grants().insert(&twin).await;
    assert!(matches!(refused, Err(StoreError::Conflict("user_code"))), "{refused:?}");
    drop(tx);
    let mut tx = writing(&store).await;
    tx.device_grants().insert(&other).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = reading(&store).await;
    let mut named = async |digests: &[Digest]| {
        let found = tx.device_grants().find_by_user_code(digests).await.unwrap();
        found.map(|found| found.id)
    };
    assert_eq!(named(&[grant.user_code]).await, Some(grant.id));
    assert_eq!(named(&[unknown.user_code, other.user_code]).await, Some(other.id));
    assert_eq!(named(&[unknown.user_code]).await, None);
    assert_eq!(named(&[]).await, None);
    assert_eq!(named(&[grant.digest]).await, None, "the program's code opens no page");
}

/// Attack 38 (CVE-2026-45337): the first session that opens a request has it, and nobody else after that.
pub async fn a_device_grant_is_claimed_by_one_session_only(store: Db) {
    let mut make = Samples::default();
    let scene = Arc::new(asked(&store, &mut make).await);
    let sessions: Arc<Vec<SessionId>> =
        Arc::new((0..CONTENDERS).map(|_| SessionId::new(make.now, &make.entropy)).collect());
    let (db, contended, candidates, now) =
        (Arc::clone(&store), Arc::clone(&scene), Arc::clone(&sessions), make.now);
    let results = race(CONTENDERS, move |n| {
        let (store, scene, session) = (Arc::clone(&db), Arc::clone(&contended), candidates[n as usize]);
        async move { scene.claim(&store, session, now).await.then_some(session) }
    })
    .await;
    let winners: Vec<SessionId> = results.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let read = found(&store, &scene.grant).await;
    assert_eq!((read.session, read.state), (Some(winners[0]), DeviceState::Claimed));
    assert!(scene.claim(&store, winners[0], now).await, "the winner may look again");
    assert!(!scene.claim(&store, scene.session.id, now).await, "and nobody else");
}

/// The program wants somebody else than who opened it: whoever opens it next has it.
pub async fn a_claim_is_given_back_by_the_session_that_has_it_until_it_answers(store: Db) {
    let mut make = Samples::default();
    let scene = asked(&store, &mut make).await;
    let (first, second) = (SessionId::new(make.now, &make.entropy), scene.session.id);
    let release = async |session: SessionId| {
        let mut tx = writing(&store).await;
        tx.device_grants().release(scene.grant.id, session).await.unwrap();
        tx.commit().await.unwrap();
    };
    assert!(scene.claim(&store, first, make.now).await);
    release(second).await;
    assert!(!scene.claim(&store, second, make.now).await, "it is not theirs to give back");
    release(first).await;
    let read = found(&store, &scene.grant).await;
    assert_eq!((read.session, read.state), (None, DeviceState::Pending));
    assert!(scene.claim(&store, second, make.now).await);
    assert!(!scene.deny(&store, first, make.now).await);
    assert!(scene.approve(&store, &scene.consented, make.now).await);
    release(second).await;
    assert!(matches!(scene.state(&store).await, DeviceState::Approved { .. }), "answered is answered");
}

pub async fn a_device_grant_is_answered_by_the_session_that_claimed_it_in_its_time(store: Db) {
    let mut make = Samples::default();
    let scene = asked(&store, &mut make).await;
    let (own, other) = (scene.session.id, SessionId::new(make.now, &make.entropy));
    let foreign = Consented { session: other, ..scene.consented.clone() };
    let (in_time, late) = (scene.grant.expires_at - SECOND, scene.grant.expires_at);
    assert!(!scene.approve(&store, &scene.consented, in_time).await, "nobody has opened it");
    assert!(!scene.deny(&store, own, in_time).await);
    assert!(!scene.claim(&store, own, late).await);
    assert!(scene.claim(&store, own, in_time).await);
    assert!(!scene.approve(&store, &foreign, in_time).await);
    assert!(!scene.deny(&store, other, in_time).await);
    assert!(!scene.approve(&store, &scene.consented, late).await);
    assert!(!scene.deny(&store, own, late).await);
    assert!(scene.approve(&store, &scene.consented, in_time).await);
    let consented = Box::new(scene.consented.clone());
    assert_eq!(scene.state(&store).await, DeviceState::Approved { consented });
    assert!(!scene.claim(&store, own, in_time).await, "answered is answered");
}

/// A double click, and a yes and a no at the same moment: one answer counts, and a no is never overtaken.
pub async fn of_many_answers_at_once_one_counts(store: Db) {
    let mut make = Samples::default();
    let scene = Arc::new(asked(&store, &mut make).await);
    assert!(scene.claim(&store, scene.session.id, make.now).await);
    let (db, contended, now) = (Arc::clone(&store), Arc::clone(&scene), make.now);
    let approvals = race(CONTENDERS, move |_| {
        let (store, scene) = (Arc::clone(&db), Arc::clone(&contended));
        async move { scene.approve(&store, &scene.consented, now).await }
    })
    .await;
    assert_eq!(wins(&approvals), 1);
    let (db, contended) = (Arc::clone(&store), Arc::clone(&scene));
    let denials = race(CONTENDERS, move |_| {
        let (store, scene) = (Arc::clone(&db), Arc::clone(&contended));
        async move { scene.deny(&store, scene.session.id, now).await }
    })
    .await;
    assert_eq!(wins(&denials), 1, "a yes that nobody has fetched can be taken back");
    assert_eq!(scene.state(&store).await, DeviceState::Denied);

    let scene = Arc::new(asked(&store, &mut make).await);
    let now = make.now;
    assert!(scene.claim(&store, scene.session.id, now).await);
    let (db, contended) = (Arc::clone(&store), Arc::clone(&scene));
    race(CONTENDERS, move |n| {
        let (store, scene) = (Arc::clone(&db), Arc::clone(&contended));
        async move {
            match n % 2 {
                0 => scene.approve(&store, &scene.consented, now).await,
                _ => scene.deny(&store, scene.session.id, now).await,
            }
        }
    })
    .await;
    assert_eq!(scene.state(&store).await, DeviceState::Denied, "whichever came first");
}

/// Attack 40 (Keycloak 36811).
pub async fn a_no_is_final(store: Db) {
    let mut make = Samples::default();
    let scene = asked(&store, &mut make).await;
    assert!(scene.claim(&store, scene.session.id, make.now).await);
    assert!(scene.deny(&store, scene.session.id, make.now).await);
    refuse_every_step(&store, &scene, &make).await;
    assert_eq!(scene.state(&store).await, DeviceState::Denied);
}

pub async fn a_device_grant_is_redeemed_by_one_caller_only(store: Db) {
    let mut make = Samples::default();
    let scene = Arc::new(Scene::approved(&store, &mut make).await);
    let grants: Arc<Vec<GrantId>> =
        Arc::new((0..CONTENDERS).map(|_| GrantId::new(make.now, &make.entropy)).collect());
    let (db, contended, candidates, now) =
        (Arc::clone(&store), Arc::clone(&scene), Arc::clone(&grants), make.now);
    let results = race(CONTENDERS, move |n| {
        let (store, scene, grant) = (Arc::clone(&db), Arc::clone(&contended), candidates[n as usize]);
        async move { scene.redeem(&store, &scene.client, (grant, now)).await.then_some(grant) }
    })
    .await;
    let winners: Vec<GrantId> = results.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let redeemed = DeviceState::Redeemed { grant: winners[0] };
    assert_eq!(scene.state(&store).await, redeemed, "the loser learns whose it is");
    refuse_every_step(&store, &scene, &make).await;
    assert_eq!(scene.state(&store).await, redeemed);
}

/// Attack 35 (CVE-2023-2585).
pub async fn a_device_grant_is_redeemed_by_its_client_in_its_time(store: Db) {
    let mut make = Samples::default();
    let scene = asked(&store, &mut make).await;
    let (other, grant) = (make.client(), GrantId::new(make.now, &make.entropy));
    let (in_time, late) = (scene.grant.expires_at - SECOND, scene.grant.expires_at);
    assert!(!scene.redeem(&store, &scene.client, (grant, in_time)).await, "nobody has opened it");
    assert!(scene.claim(&store, scene.session.id, in_time).await);
    assert!(!scene.redeem(&store, &scene.client, (grant, in_time)).await, "nobody has answered");
    assert!(scene.approve(&store, &scene.consented, in_time).await);
    assert!(!scene.redeem(&store, &other, (grant, in_time)).await, "another client");
    assert!(!scene.redeem(&store, &scene.client, (grant, late)).await, "too late");
    assert!(scene.redeem(&store, &scene.client, (grant, in_time)).await);
}

/// A sign-out of the browser, and a changed password everywhere, take back what was approved and not fetched yet, and nothing
/// else.
pub async fn what_nobody_has_fetched_is_denied_with_its_session_or_account(store: Db) {
    let mut make = Samples::default();
    let fetched = Scene::approved(&store, &mut make).await;
    let (account, here) = (fetched.consented.account, fetched.session.id);
    let there = SessionId::new(make.now, &make.entropy);
    let grant = GrantId::new(make.now, &make.entropy);
    assert!(fetched.redeem(&store, &fetched.client, (grant, make.now)).await);
    let more = async |make: &mut Samples, session: SessionId, is_approved: bool| {
        let scene = asked(&store, make).await;
        assert!(scene.claim(&store, session, make.now).await);
        let consented = Consented { account, session, ..scene.consented.clone() };
        assert_eq!(is_approved && scene.approve(&store, &consented, make.now).await, is_approved);
        scene
    };
    let in_this = more(&mut make, here, true).await;
    let in_that = more(&mut make, there, true).await;
    let opened = more(&mut make, there, false).await;
    let strangers = Scene::approved(&store, &mut make).await;
    let late = strangers.grant.expires_at;
    let mut tx = writing(&store).await;
    assert_eq!(tx.device_grants().deny_of_session(there, late).await.unwrap(), 0);
    for denied in [1, 0] {
        assert_eq!(tx.device_grants().deny_of_session(there, make.now).await.unwrap(), denied);
    }
    tx.commit().await.unwrap();
    assert_eq!(in_that.state(&store).await, DeviceState::Denied);
    assert!(matches!(in_this.state(&store).await, DeviceState::Approved { .. }));
    let mut tx = writing(&store).await;
    assert_eq!(tx.device_grants().deny_of_account(account, late).await.unwrap(), 0);
    for denied in [1, 0] {
        assert_eq!(tx.device_grants().deny_of_account(account, make.now).await.unwrap(), denied);
    }
    tx.commit().await.unwrap();
    assert_eq!(in_this.state(&store).await, DeviceState::Denied);
    assert_eq!(opened.state(&store).await, DeviceState::Claimed);
    assert_eq!(fetched.state(&store).await, DeviceState::Redeemed { grant });
    assert!(matches!(strangers.state(&store).await, DeviceState::Approved { .. }));
}

/// One by one: the person who approved it, from wherever they are, and as long as nobody has fetched it.
pub async fn what_nobody_has_fetched_is_listed_and_denied_for_its_account(store: Db) {
    let mut make = Samples::default();
    let first = Scene::approved(&store, &mut make).await;
    let (account, now) = (first.consented.account, make.now);
    let more = async |make: &mut Samples| {
        let scene = asked(&store, make).await;
        assert!(scene.claim(&store, scene.session.id, make.now).await);
        let consented = Consented { account, session: scene.session.id, ..scene.consented.clone() };
        assert!(scene.approve(&store, &consented, make.now).await);
        scene
    };
    let (second, fetched, strangers) =
        (more(&mut make).await, more(&mut make).await, Scene::approved(&store, &mut make).await);
    assert!(fetched.redeem(&store, &fetched.client, (GrantId::new(now, &make.entropy), now)).await);
    let listed = async |now: Timestamp| {
        let listed =
            reading(&store).await.device_grants().list_approved_of_account(account, now).await.unwrap();
        listed.into_iter().map(|it| it.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(now).await, [second.grant.id, first.grant.id]);
    assert_eq!(listed(first.grant.expires_at).await, [second.grant.id]);

    let deny = async |scene: &Scene, now: Timestamp| {
        let mut tx = writing(&store).await;
        let denied = tx.device_grants().deny_approved(scene.grant.id, account, now).await.unwrap();
        tx.commit().await.unwrap();
        denied
    };
    assert!(!deny(&strangers, now).await && !deny(&fetched, now).await);
    assert!(!deny(&first, first.grant.expires_at).await, "over by itself");
    assert!(deny(&first, now).await && !deny(&first, now).await, "once");
    assert_eq!((first.state(&store).await, listed(now).await), (DeviceState::Denied, vec![second.grant.id]));
    assert!(matches!(strangers.state(&store).await, DeviceState::Approved { .. }));
}

/// RFC 8628 section 3.5: longer from then on; a burst of polls makes it longer once.
pub async fn a_pause_between_polls_gets_longer_once_for_all_who_ask_at_the_same_moment(store: Db) {
    let mut make = Samples::default();
    let scene = asked(&store, &mut make).await;
    let (id, seconds) = (scene.grant.id, Duration::from_secs);
    let pauses = [(5, 10), (10, 15)].map(|(from, to)| (seconds(from), seconds(to)));
    for (from, to) in pauses {
        let db = Arc::clone(&store);
        race(CONTENDERS, move |_| {
            let store = Arc::clone(&db);
            async move {
                let mut tx = writing(&store).await;
                tx.device_grants().slow_down(id, from, to).await.unwrap();
                tx.commit().await.unwrap();
            }
        })
        .await;
        assert_eq!(found(&store, &scene.grant).await.interval, to);
    }
}

pub async fn device_grants_are_swept_in_bounded_batches(store: Db) {
    let mut make = Samples::default();
    for _ in 0..3 {
        asked(&store, &mut make).await;
    }
    let fresh = Scene::approved(&store, &mut make).await;
    let grant = GrantId::new(make.now, &make.entropy);
    assert!(fresh.redeem(&store, &fresh.client, (grant, make.now)).await);
    let mut tx = writing(&store).await;
    for swept in [2, 1, 0] {
        assert_eq!(tx.device_grants().sweep(fresh.grant.expires_at, 2).await.unwrap(), swept);
    }
    tx.commit().await.unwrap();
    assert_eq!(fresh.state(&store).await, DeviceState::Redeemed { grant }, "a tombstone stays");
}
