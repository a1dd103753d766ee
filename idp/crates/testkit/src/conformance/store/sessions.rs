//! Single sign-on sessions (rules section 5).

use std::time::Duration;

use idp_domain::audit::Place;
use idp_domain::session::{Amr, Session, SessionLife};

use super::{Db, HOUR, SECOND, assert_same, reading, writing};
use crate::Samples;

async fn stored(store: &Db, session: &Session) {
    let mut tx = writing(store).await;
    tx.sessions().insert(session).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(store: &Db, session: &Session) -> Session {
    reading(store).await.sessions().find(session.id).await.unwrap().expect("the session")
}

pub async fn a_session_slides_when_touched_and_never_backwards(store: Db) {
    let mut make = Samples::default();
    let account = make.account();
    let (session, token) = make.session(&account);
    stored(&store, &session).await;
    let fresh = found(&store, &session).await;
    assert_same(&fresh, &session);
    assert!(token.proves(&fresh.digest));
    let later = make.now + SECOND * 90;
    for now in [later, make.now] {
        let mut tx = writing(&store).await;
        tx.sessions().touch(session.id, now).await.unwrap();
        tx.commit().await.unwrap();
        assert_same(&found(&store, &session).await, &Session { last_seen: later, ..session.clone() });
    }
}

pub async fn a_session_ends_once(store: Db) {
    let mut make = Samples::default();
    let account = make.account();
    let (session, _) = make.session(&account);
    stored(&store, &session).await;
    let now = make.now;
    let mut tx = writing(&store).await;
    assert!(tx.sessions().end(session.id, now).await.unwrap());
    assert!(!tx.sessions().end(session.id, now + SECOND).await.unwrap());
    tx.sessions().touch(session.id, now + SECOND).await.unwrap();
    tx.commit().await.unwrap();
    let ended = Session { ended_at: Some(now), ..session.clone() };
    assert_same(&found(&store, &session).await, &ended);
}

pub async fn a_renewed_session_has_a_new_secret_unless_it_ended(store: Db) {
    let mut make = Samples::default();
    let account = make.account();
    let (session, old) = make.session(&account);
    stored(&store, &session).await;
    let now = make.now + HOUR / 2;
    let life = SessionLife { idle: HOUR * 2, absolute: HOUR * 9 };
    let elsewhere = Place { address: None, user_agent: Some("Another/2.0".to_owned()) };
    let (renewed, token) = session.clone().renew(vec![Amr::Pwd], (life, elsewhere), now, &make.entropy);
    let mut tx = writing(&store).await;
    assert!(tx.sessions().renew(&renewed).await.unwrap());
    tx.commit().await.unwrap();
    let stored = found(&store, &session).await;
    assert_same(&stored, &renewed);
    assert!(token.proves(&stored.digest) && !old.proves(&stored.digest), "the old secret is dead");

    let mut tx = writing(&store).await;
    assert!(tx.sessions().end(session.id, now).await.unwrap());
    assert!(!tx.sessions().renew(&renewed).await.unwrap(), "an ended one does not come back");
    tx.commit().await.unwrap();
    assert_eq!(found(&store, &session).await.ended_at, Some(now));
}

/// Idle and expired ones are listed, too: what began in them may live on.
pub async fn the_open_sessions_of_an_account_are_listed_the_newest_first(store: Db) {
    let mut make = Samples::default();
    let (account, other) = (make.account(), make.account());
    let [expired, ended, live] = [(); 3].map(|()| make.session(&account).0);
    let expired = Session { expires_at: expired.auth_time, ..expired };
    let (theirs, _) = make.session(&other);
    for session in [&expired, &ended, &live, &theirs] {
        stored(&store, session).await;
    }
    let mut tx = writing(&store).await;
    assert!(tx.sessions().end(ended.id, make.now).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = reading(&store).await;
    let listed = tx.sessions().list_open_of_account(account.id).await.unwrap();
    assert_same(&listed, &vec![live, expired]);
    assert!(tx.sessions().list_open_of_account(make.account().id).await.unwrap().is_empty());
}

/// What was issued in a session asks for its row as long as its absolute life lasts.
pub async fn sessions_are_swept_when_expired_or_ended_and_not_when_idle(store: Db) {
    let mut make = Samples::default();
    let account = make.account();
    let before = make.now + HOUR * 10;
    let beginning = |make: &mut Samples, idle: Duration, absolute: Duration| {
        let life = SessionLife { idle, absolute };
        Session::begin(account.id, vec![Amr::Pwd], (life, Place::default()), make.now, &make.entropy).0
    };
    let expired = beginning(&mut make, HOUR * 20, HOUR * 9);
    let idle = beginning(&mut make, HOUR * 9, HOUR * 20);
    let ended = Session { ended_at: Some(make.now), ..beginning(&mut make, HOUR * 20, HOUR * 20) };
    let live = beginning(&mut make, HOUR * 20, HOUR * 20);
    for session in [&expired, &idle, &ended, &live] {
        stored(&store, session).await;
    }
    let mut tx = writing(&store).await;
    for swept in [1, 1, 0] {
        assert_eq!(tx.sessions().sweep(before, 1).await.unwrap(), swept);
    }
    tx.commit().await.unwrap();
    found(&store, &idle).await;
    found(&store, &live).await;
}
