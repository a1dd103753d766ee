//! Lists of people to add and the jobs they become (R27-R34).

use std::sync::Arc;

use idp_domain::Digest;
use idp_domain::bulk::{
    Batch, BatchOptions, BatchRow, BatchState, Cancellation, RequestedBy, Requester, RowCode, RowFinding,
    RowOutcome, Verdict,
};
use idp_domain::company::Company;
use idp_domain::ports::{RowFilter, StoreError};

use super::{CONTENDERS, Db, HOUR, SECOND, Scene, assert_same, race, reading, wins, writing};
use crate::Samples;

/// A proposed list of so many rows, numbered from 2 on as those of a file.
async fn proposed(store: &Db, make: &mut Samples, company: &Company, rows: u32) -> (Batch, Vec<BatchRow>) {
    let batch = make.batch(company);
    let rows: Vec<BatchRow> = (2..2 + rows).map(|number| make.batch_row(number)).collect();
    let mut tx = writing(store).await;
    tx.batches().insert(&batch).await.unwrap();
    tx.batches().put_rows(batch.id, &rows).await.unwrap();
    tx.commit().await.unwrap();
    (batch, rows)
}

async fn queue(store: &Db, batch: &Batch) -> Result<bool, StoreError> {
    let mut tx = writing(store).await;
    let queued = tx.batches().queue(batch.id, &batch.requester, batch.created_at).await?;
    tx.commit().await?;
    Ok(queued)
}

async fn found(store: &Db, batch: &Batch) -> Batch {
    reading(store).await.batches().find(batch.company, batch.id).await.unwrap().expect("a batch")
}

pub async fn a_batch_and_its_rows_come_back_as_they_were_stored(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let other = Scene::stored(&store, &mut make).await;
    let at = make.now;
    let (mut batch, mut rows) = proposed(&store, &mut make, &scene.company, 3).await;
    assert_same(&found(&store, &batch).await, &batch);
    let by_person = Requester {
        who: RequestedBy::Person {
            account: scene.account.id,
            auth_time: at,
            client: None,
            company: Some(scene.company.id),
        },
        ..batch.requester.clone()
    };
    let states = [
        BatchState::Proposed,
        BatchState::Done { at },
        BatchState::Cancelled { at, why: Cancellation::Asked },
        BatchState::Cancelled { at, why: Cancellation::AuthorityLost },
    ];
    for state in states {
        batch = Batch {
            state,
            requester: by_person.clone(),
            options: BatchOptions { resend_pending: true },
            settled_to: 7,
            ..make.batch(&scene.company)
        };
        let mut tx = writing(&store).await;
        tx.batches().insert(&batch).await.unwrap();
        tx.commit().await.unwrap();
        assert_same(&found(&store, &batch).await, &batch);
    }
    rows[1] = BatchRow {
        well_formed: false,
        selected: false,
        verdict: Verdict {
            outcome: RowOutcome::Failed,
            findings: vec![
                RowFinding { code: RowCode::EmailMissing, field: "email".to_owned() },
                RowFinding { code: RowCode::NotStored, field: String::new() },
            ],
        },
        member: Some(scene.membership.id),
        ..rows[1].clone()
    };
    let mut tx = writing(&store).await;
    let newest = tx.batches().list(scene.company.id, 9).await.unwrap();
    assert_eq!(newest.iter().map(|it| it.id).max(), Some(batch.id));
    assert_eq!((newest.len(), newest[0].id), (5, batch.id), "the newest first");
    let first = newest[4].id;
    tx.batches().put_rows(first, &rows[1..2]).await.unwrap();
    assert_eq!(tx.batches().rows(first, RowFilter::default(), 9).await.unwrap(), rows);
    assert!(
        tx.batches().find(other.company.id, first).await.unwrap().is_none(),
        "a foreign list is not there"
    );
    assert!(tx.batches().list(other.company.id, 9).await.unwrap().is_empty());
}

pub async fn rows_are_read_in_order_by_page_outcome_and_bound(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (batch, mut rows) = proposed(&store, &mut make, &scene.company, 9).await;
    for row in rows.iter_mut().filter(|row| row.number % 2 == 0) {
        row.verdict = Verdict::because(RowOutcome::Failed, RowCode::RowMalformed);
    }
    let mut tx = writing(&store).await;
    tx.batches().put_rows(batch.id, &rows).await.unwrap();
    let mut numbers = async |filter: RowFilter<'_>, limit| {
        let read = tx.batches().rows(batch.id, filter, limit).await.unwrap();
        read.iter().map(|row| row.number).collect::<Vec<_>>()
    };
    let all = RowFilter::default();
    let failed = RowFilter { outcomes: &[RowOutcome::Failed], ..all };
    assert_eq!(numbers(all, 3).await, [2, 3, 4]);
    assert_eq!(numbers(RowFilter { after: 4, ..all }, 3).await, [5, 6, 7]);
    assert_eq!(numbers(failed, 9).await, [2, 4, 6, 8, 10]);
    assert_eq!(numbers(RowFilter { after: 4, upto: Some(8), ..failed }, 9).await, [6, 8]);
    let either = RowFilter { outcomes: &[RowOutcome::Created, RowOutcome::Failed], ..all };
    assert_eq!(numbers(either, 99).await.len(), 9);
}

pub async fn rows_are_counted_by_outcome(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (batch, mut rows) = proposed(&store, &mut make, &scene.company, 1200).await;
    for (row, outcome) in rows.iter_mut().zip(RowOutcome::VARIANTS.into_iter().cycle()) {
        row.verdict = Verdict::of(outcome);
    }
    let mut tx = writing(&store).await;
    tx.batches().put_rows(batch.id, &rows).await.unwrap();
    let counts = tx.batches().count(batch.id, None).await.unwrap();
    assert_eq!((counts.created, counts.membership_added, counts.resent), (240, 240, 240));
    assert_eq!((counts.skipped, counts.failed, counts.total()), (240, 240, 1200));
    let some = tx.batches().count(batch.id, Some(4)).await.unwrap();
    assert_eq!((some.created, some.membership_added, some.resent, some.total()), (1, 1, 1, 3));
    assert_eq!(tx.batches().count(batch.id, Some(0)).await.unwrap().total(), 0);
}

pub async fn a_list_is_changed_only_while_it_waits(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let other = Scene::stored(&store, &mut make).await;
    let (batch, _) = proposed(&store, &mut make, &scene.company, 1).await;
    let changed = Batch { digest: Digest::of(b"changed"), ..batch.clone() };
    let mut tx = writing(&store).await;
    assert!(!tx.batches().hold_proposed(other.company.id, batch.id).await.unwrap());
    assert!(tx.batches().hold_proposed(scene.company.id, batch.id).await.unwrap());
    tx.batches().repropose(&changed).await.unwrap();
    tx.commit().await.unwrap();
    assert!(found(&store, &batch).await.digest == changed.digest);
    assert!(queue(&store, &batch).await.unwrap());
    let mut tx = writing(&store).await;
    assert!(!tx.batches().hold_proposed(scene.company.id, batch.id).await.unwrap());
    assert!(matches!(tx.batches().repropose(&batch).await, Err(StoreError::Stale)));
}

pub async fn of_many_confirmations_one_queues_the_list(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (batch, _) = proposed(&store, &mut make, &scene.company, 1).await;
    let db = Arc::clone(&store);
    let confirmed = batch.clone();
    let results = race(CONTENDERS, move |_| {
        let (store, batch) = (Arc::clone(&db), confirmed.clone());
        async move { queue(&store, &batch).await.unwrap() }
    })
    .await;
    assert_eq!(wins(&results), 1);
    assert_eq!(found(&store, &batch).await.state, BatchState::Queued);
}

pub async fn a_company_has_one_job_under_way(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let other = Scene::stored(&store, &mut make).await;
    let (first, _) = proposed(&store, &mut make, &scene.company, 1).await;
    let (second, _) = proposed(&store, &mut make, &scene.company, 1).await;
    let (foreign, _) = proposed(&store, &mut make, &other.company, 1).await;
    assert!(queue(&store, &first).await.unwrap());
    assert!(matches!(queue(&store, &second).await, Err(StoreError::Conflict("active_job"))));
    assert!(queue(&store, &foreign).await.unwrap(), "another company's job is in nobody's way");
    let mut tx = writing(&store).await;
    let over = BatchState::Cancelled { at: make.now, why: Cancellation::Asked };
    assert!(tx.batches().cancel(first.id, over).await.unwrap());
    tx.commit().await.unwrap();
    assert!(queue(&store, &second).await.unwrap());
}

pub async fn a_job_is_leased_by_one_worker_and_again_when_its_lease_ran_out(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (batch, _) = proposed(&store, &mut make, &scene.company, 1).await;
    let now = batch.created_at;
    let mut tx = writing(&store).await;
    assert!(tx.batches().lease("a", now, now + SECOND).await.unwrap().is_none(), "it waits for a yes");
    tx.commit().await.unwrap();
    assert!(queue(&store, &batch).await.unwrap());
    let db = Arc::clone(&store);
    let leased = move |n: u32, now| {
        let store = Arc::clone(&db);
        async move {
            let mut tx = writing(&store).await;
            let job = tx.batches().lease(&format!("worker {n}"), now, now + SECOND * 10).await.unwrap();
            tx.commit().await.unwrap();
            job.is_some()
        }
    };
    let at_once = leased.clone();
    assert_eq!(wins(&race(CONTENDERS, move |n| at_once(n, now)).await), 1);
    assert_eq!(found(&store, &batch).await.state, BatchState::Running);
    assert!(!leased(98, now + SECOND * 9).await);
    assert!(leased(99, now + SECOND * 10).await, "the worker is silent");
}

pub async fn a_held_job_advances_and_one_that_was_cancelled_is_held_by_nobody(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (batch, _) = proposed(&store, &mut make, &scene.company, 1).await;
    let now = batch.created_at;
    queue(&store, &batch).await.unwrap();
    let mut tx = writing(&store).await;
    tx.batches().lease("a", now, now + SECOND).await.unwrap().expect("due");
    assert!(tx.batches().hold(batch.id, "b", now + HOUR).await.unwrap().is_none(), "another worker's");
    let held = tx.batches().hold(batch.id, "a", now + HOUR).await.unwrap().expect("held");
    let further = Batch { settled_to: 25, ..held };
    tx.batches().advance(&further).await.unwrap();
    tx.commit().await.unwrap();
    assert_same(&found(&store, &batch).await, &further);
    let mut tx = writing(&store).await;
    assert!(tx.batches().lease("b", now + SECOND * 9, now + HOUR).await.unwrap().is_none(), "held longer");
    let done = Batch { state: BatchState::Done { at: now }, ..further.clone() };
    tx.batches().hold(batch.id, "a", now + HOUR).await.unwrap().expect("held");
    tx.batches().advance(&done).await.unwrap();
    assert!(tx.batches().hold(batch.id, "a", now + HOUR).await.unwrap().is_none());
    assert!(matches!(tx.batches().advance(&done).await, Err(StoreError::Stale)));
    tx.commit().await.unwrap();
    assert_same(&found(&store, &batch).await, &done);
    let (next, _) = proposed(&store, &mut make, &scene.company, 1).await;
    assert!(queue(&store, &next).await.unwrap(), "the company is free for another one");
    let mut tx = writing(&store).await;
    tx.batches().lease("a", next.created_at, now + HOUR).await.unwrap().expect("due");
    let cancelled = BatchState::Cancelled { at: now, why: Cancellation::Asked };
    assert!(tx.batches().cancel(next.id, cancelled).await.unwrap());
    assert!(tx.batches().hold(next.id, "a", now + HOUR).await.unwrap().is_none());
    assert!(tx.batches().lease("a", now + HOUR * 9, now + HOUR * 10).await.unwrap().is_none());
}

pub async fn of_many_cancellations_one_ends_the_job(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (batch, _) = proposed(&store, &mut make, &scene.company, 1).await;
    queue(&store, &batch).await.unwrap();
    let state = BatchState::Cancelled { at: make.now, why: Cancellation::AuthorityLost };
    let (db, id) = (Arc::clone(&store), batch.id);
    let results = race(CONTENDERS, move |_| {
        let store = Arc::clone(&db);
        async move {
            let mut tx = writing(&store).await;
            let cancelled = tx.batches().cancel(id, state).await.unwrap();
            tx.commit().await.unwrap();
            cancelled
        }
    })
    .await;
    assert_eq!(wins(&results), 1);
    assert_eq!(found(&store, &batch).await.state, state);
}

pub async fn lists_and_jobs_are_swept_with_their_rows_in_bounded_batches(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (old, _) = proposed(&store, &mut make, &scene.company, 5).await;
    let (active, _) = proposed(&store, &mut make, &scene.company, 2).await;
    queue(&store, &active).await.unwrap();
    let (fresh, _) = proposed(&store, &mut make, &scene.company, 2).await;
    let mut tx = writing(&store).await;
    let [proposed, ended] = [fresh.created_at, fresh.created_at];
    let mut swept = Vec::new();
    for _ in 0..4 {
        swept.push(tx.batches().sweep(proposed, ended, 3).await.unwrap());
    }
    assert_eq!(swept, [3, 3, 0, 0], "five rows and their list");
    assert!(tx.batches().find(scene.company.id, old.id).await.unwrap().is_none());
    tx.commit().await.unwrap();
    for kept in [&active, &fresh] {
        assert_eq!(reading(&store).await.batches().count(kept.id, None).await.unwrap().total(), 2);
    }
    let mut tx = writing(&store).await;
    let done = BatchState::Cancelled { at: make.now, why: Cancellation::Asked };
    tx.batches().cancel(active.id, done).await.unwrap();
    assert_eq!(tx.batches().sweep(proposed, make.now, 9).await.unwrap(), 0, "not before its time");
    assert_eq!(tx.batches().sweep(proposed, make.now + SECOND, 9).await.unwrap(), 3);
}
