//! What is written down for later: the audit log, and answers to be given again.

use std::sync::Arc;

use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::idempotency::{LIFE, StoredAnswer};
use idp_domain::ports::StoreError;

use super::{CONTENDERS, Db, SECOND, assert_same, race, reading, wins, writing};
use crate::Samples;

async fn recorded(store: &Db, event: &AuditEvent) {
    let mut tx = writing(store).await;
    tx.audit().record(event).await.unwrap();
    tx.commit().await.unwrap();
}

/// R94.
pub async fn an_audit_event_comes_back_as_it_was_recorded(store: Db) {
    let mut make = Samples::default();
    let (account, company, client) = (make.account(), make.company(), make.client());
    let actors = [
        Actor::Person { account: account.id },
        Actor::Client { client: client.id.clone() },
        Actor::Anonymous,
        Actor::System,
    ];
    let addresses = ["192.0.2.7", "2001:db8::7"].map(|text| text.parse().expect("an address"));
    let mut recorded_events = Vec::new();
    for (n, action) in AuditAction::VARIANTS.iter().enumerate() {
        let origin = Origin {
            request_id: Some(format!("req_{n}")),
            address: Some(addresses[n % 2]),
            user_agent: Some("Sample/1.0".to_owned()),
        };
        let mut event = make.audit_event(*action);
        event.actor = actors[n % actors.len()].clone();
        if n % 3 != 0 {
            event = event.from(&origin).company(company.id).account(account.id);
            event = event.subject(account.id).reason("wrong_password").client(&client.id);
            event = event.change("note", None, Some("a")).change("cell", Some("b"), None);
        }
        recorded(&store, &event).await;
        recorded_events.push(event);
    }
    recorded_events.reverse();
    let listed = reading(&store).await.audit().list(None, 1000).await.unwrap();
    assert_same(&listed, &recorded_events);
}

pub async fn audit_events_are_listed_newest_first_of_one_company_when_asked(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (make.company(), make.company());
    let mut ids = Vec::new();
    for n in 0..6 {
        let company = if n % 2 == 0 { mine.id } else { other.id };
        let event = make.audit_event(AuditAction::SignedIn).company(company);
        recorded(&store, &event).await;
        ids.push(event.id);
    }
    let mut tx = reading(&store).await;
    let newest: Vec<_> = tx.audit().list(Some(mine.id), 2).await.unwrap();
    assert_eq!(newest.iter().map(|event| event.id).collect::<Vec<_>>(), [ids[4], ids[2]]);
    let all: Vec<_> = tx.audit().list(None, 3).await.unwrap();
    assert_eq!(all.iter().map(|event| event.id).collect::<Vec<_>>(), [ids[5], ids[4], ids[3]]);
}

/// What the office did at one agency is in another's list, and in the person's own.
pub async fn audit_events_are_listed_newest_first_of_one_account(store: Db) {
    let mut make = Samples::default();
    let (me, other, company) = (make.account(), make.account(), make.company());
    let mut ids = Vec::new();
    for n in 0..6 {
        let event = make.audit_event(AuditAction::PasswordChanged);
        let event = event.account(if n % 2 == 0 { me.id } else { other.id });
        let event = if n == 4 { event.company(company.id) } else { event };
        recorded(&store, &event).await;
        ids.push(event.id);
    }
    recorded(&store, &make.audit_event(AuditAction::SigningKeyMade)).await;
    let mut tx = reading(&store).await;
    let newest = tx.audit().list_of_account(me.id, 2).await.unwrap();
    assert_eq!(newest.iter().map(|event| event.id).collect::<Vec<_>>(), [ids[4], ids[2]]);
    let theirs = tx.audit().list_of_account(other.id, 9).await.unwrap();
    assert_eq!(theirs.iter().map(|event| event.id).collect::<Vec<_>>(), [ids[5], ids[3], ids[1]]);
}

async fn kept(store: &Db, answer: &StoredAnswer) {
    let mut tx = writing(store).await;
    tx.idempotency().insert(answer).await.unwrap();
    tx.commit().await.unwrap();
}

/// `provisioning.md` section 2.
pub async fn an_answer_is_replayed_for_its_life(store: Db) {
    let mut make = Samples::default();
    let answer = make.stored_answer();
    kept(&store, &answer).await;
    let mut tx = reading(&store).await;
    let idempotency = tx.idempotency();
    let last = answer.created_at + LIFE - SECOND;
    for now in [answer.created_at, last] {
        let found = idempotency.find(&answer.caller, &answer.key, now).await.unwrap();
        assert_eq!(found.as_ref(), Some(&answer));
    }
    let over = answer.created_at + LIFE;
    assert!(idempotency.find(&answer.caller, &answer.key, over).await.unwrap().is_none());
    assert!(idempotency.find("another caller", &answer.key, last).await.unwrap().is_none());
    assert!(idempotency.find(&answer.caller, "another key", last).await.unwrap().is_none());
}

pub async fn a_taken_key_conflicts_until_it_expired(store: Db) {
    let mut make = Samples::default();
    let answer = make.stored_answer();
    kept(&store, &answer).await;
    let later = |at| StoredAnswer { created_at: at, body: "{}".to_owned(), status: 200, ..answer.clone() };
    let early = later(answer.created_at + LIFE - SECOND);
    let mut tx = writing(&store).await;
    let refused = tx.idempotency().insert(&early).await;
    assert!(matches!(refused, Err(StoreError::Conflict("idempotency_key"))), "{refused:?}");
    drop(tx);
    let in_time = later(answer.created_at + LIFE);
    kept(&store, &in_time).await;
    let mut tx = reading(&store).await;
    let found = tx.idempotency().find(&answer.caller, &answer.key, in_time.created_at).await.unwrap();
    assert_eq!(found, Some(in_time));
}

pub async fn of_many_requests_with_one_key_one_is_stored(store: Db) {
    let mut make = Samples::default();
    let answer = make.stored_answer();
    let db = Arc::clone(&store);
    let results = race(CONTENDERS, move |_| {
        let (store, answer) = (Arc::clone(&db), answer.clone());
        async move {
            let mut tx = writing(&store).await;
            match tx.idempotency().insert(&answer).await {
                Ok(()) => tx.commit().await.map(|()| true).unwrap(),
                Err(StoreError::Conflict("idempotency_key")) => false,
                Err(other) => panic!("{other}"),
            }
        }
    })
    .await;
    assert_eq!(wins(&results), 1);
}

pub async fn expired_answers_are_swept_in_bounded_batches(store: Db) {
    let mut make = Samples::default();
    for _ in 0..3 {
        kept(&store, &make.stored_answer()).await;
    }
    let fresh = make.stored_answer();
    kept(&store, &fresh).await;
    let before = fresh.created_at + LIFE;
    let mut tx = writing(&store).await;
    assert_eq!(tx.idempotency().sweep(before, 2).await.unwrap(), 2);
    assert_eq!(tx.idempotency().sweep(before, 2).await.unwrap(), 1);
    assert_eq!(tx.idempotency().sweep(before, 2).await.unwrap(), 0);
    let found = tx.idempotency().find(&fresh.caller, &fresh.key, fresh.created_at).await.unwrap();
    assert_eq!(found, Some(fresh));
}
