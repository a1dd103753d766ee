//! Guesses at accounts, counted before they are looked at (rules section 4).

use std::sync::Arc;
use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::id::{AccountId, DeviceId};
use idp_domain::throttle::{Admission, Bucket, Guesses, Schedule};

use super::{Db, HOUR, SECOND, race, writing};
use crate::Samples;

/// Five are free, the sixth costs 30 s, then twice as long each time up to 30 min.
const SCHEDULE: Schedule = Schedule {
    free: 5,
    first: Duration::from_secs(30),
    cap: Duration::from_secs(1800),
    ceiling: Some(100),
    forget_after: None,
};
/// How many guesses come in one burst.
const BURST: u32 = 50;

async fn admit(store: &Db, account: AccountId, schedule: &Schedule, now: Timestamp) -> Admission {
    let mut tx = writing(store).await;
    let admission = tx.throttles().admit(account, Bucket::Strangers, schedule, now).await.unwrap();
    tx.commit().await.unwrap();
    admission
}

/// Many at once: which failures those that were admitted count as, and what the others were told.
async fn burst(
    store: &Db,
    account: AccountId,
    schedule: Schedule,
    now: Timestamp,
) -> (Vec<u32>, Vec<Admission>) {
    let store = Arc::clone(store);
    let admissions = race(BURST, move |_| {
        let store = Arc::clone(&store);
        async move { admit(&store, account, &schedule, now).await }
    })
    .await;
    let (mut admitted, mut refused) = (Vec::new(), Vec::new());
    for admission in admissions {
        match admission {
            Admission::Admitted { failures } => admitted.push(failures),
            other => refused.push(other),
        }
    }
    admitted.sort_unstable();
    (admitted, refused)
}

/// Rules section 4: guesses sent at once do not slip past the count, not even for an account that does not exist.
pub async fn of_a_burst_of_guesses_no_more_are_admitted_than_the_schedule_allows(store: Db) {
    let mut make = Samples::default();
    let (nobody, now) = (make.account().id, make.now);
    let (admitted, refused) = burst(&store, nobody, SCHEDULE, now).await;
    assert_eq!(admitted, [1, 2, 3, 4, 5, 6], "the sixth begins the first pause");
    let until = now + SECOND * 30;
    assert_eq!(refused, vec![Admission::Wait { until }; 44]);
    let (admitted, refused) = burst(&store, nobody, SCHEDULE, until).await;
    assert_eq!(admitted, [7], "one after each pause");
    assert_eq!(refused, vec![Admission::Wait { until: until + SECOND * 60 }; 49]);
}

pub async fn each_pause_is_twice_the_one_before_up_to_the_cap(store: Db) {
    let mut make = Samples::default();
    let (account, mut now) = (make.account().id, make.now);
    for failures in 1..=14 {
        assert_eq!(admit(&store, account, &SCHEDULE, now).await, Admission::Admitted { failures });
        let until = now + SCHEDULE.pause(failures);
        if until > now {
            for early in [now, until - Duration::from_millis(1)] {
                assert_eq!(admit(&store, account, &SCHEDULE, early).await, Admission::Wait { until });
            }
        }
        now = until;
    }
    let capped = Schedule { free: 0, first: SCHEDULE.cap, ..SCHEDULE };
    let at_once = make.account().id;
    assert_eq!(admit(&store, at_once, &capped, now).await, Admission::Admitted { failures: 1 });
    let until = now + capped.cap;
    assert_eq!(admit(&store, at_once, &capped, now).await, Admission::Wait { until });
    assert_eq!(admit(&store, at_once, &capped, until).await, Admission::Admitted { failures: 2 });
    let until = until + capped.cap;
    assert_eq!(admit(&store, at_once, &capped, now).await, Admission::Wait { until });
}

/// NIST SP 800-63B-4 section 3.2.2; L7.
pub async fn at_the_ceiling_nothing_is_admitted_until_the_account_is_recovered(store: Db) {
    let mut make = Samples::default();
    let (account, now) = (make.account().id, make.now);
    let schedule = Schedule { ceiling: Some(3), ..SCHEDULE };
    let (admitted, refused) = burst(&store, account, schedule, now).await;
    assert_eq!(admitted, [1, 2, 3]);
    assert_eq!(refused, vec![Admission::Exhausted; 47]);
    let paused = Schedule { free: 2, ..schedule };
    let blocked = make.account().id;
    burst(&store, blocked, paused, now).await;
    for later in [now, now + SCHEDULE.cap, now + HOUR * 24 * 365] {
        assert_eq!(admit(&store, account, &schedule, later).await, Admission::Exhausted);
        assert_eq!(admit(&store, blocked, &paused, later).await, Admission::Exhausted, "no pause hides it");
    }
    let mut tx = writing(&store).await;
    tx.throttles().clear_all(account).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(admit(&store, account, &schedule, now).await, Admission::Admitted { failures: 1 });
}

/// Q8: what is too long ago is forgotten, with its ceiling; a pause that began late in the window is waited for to its end.
pub async fn failures_that_are_long_ago_begin_a_new_count(store: Db) {
    let mut make = Samples::default();
    let (account, exhausted, now) = (make.account().id, make.account().id, make.now);
    let forgetful = Schedule { cap: HOUR * 48, first: HOUR * 48, forget_after: Some(HOUR * 24), ..SCHEDULE };
    let ceiling = Schedule { ceiling: Some(3), ..forgetful };
    assert_eq!(admit(&store, account, &forgetful, now).await, Admission::Admitted { failures: 1 });
    let (last, window) = (now + HOUR, now + HOUR * 24);
    burst(&store, account, forgetful, last).await;
    burst(&store, exhausted, ceiling, now).await;
    let almost = window - Duration::from_millis(1);
    let until = last + HOUR * 48;
    assert_eq!(admit(&store, account, &forgetful, almost).await, Admission::Wait { until });
    assert_eq!(admit(&store, exhausted, &ceiling, almost).await, Admission::Exhausted);
    assert_eq!(admit(&store, account, &forgetful, window).await, Admission::Wait { until });
    let (admitted, refused) = burst(&store, account, forgetful, until).await;
    assert_eq!(admitted, [1, 2, 3, 4, 5, 6], "the window began with the first failure, not with the last");
    assert_eq!(refused, vec![Admission::Wait { until: until + HOUR * 48 }; 44]);
    assert_eq!(admit(&store, exhausted, &ceiling, window).await, Admission::Admitted { failures: 1 });
}

/// An overloaded hasher is not the person's failure.
pub async fn a_guess_that_was_taken_back_never_counted(store: Db) {
    async fn release(store: &Db, account: AccountId, times: u32) {
        let mut tx = writing(store).await;
        for _ in 0..times {
            tx.throttles().release(account, Bucket::Strangers).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    let mut make = Samples::default();
    let (account, now) = (make.account().id, make.now);
    release(&store, account, 1).await;
    burst(&store, account, SCHEDULE, now).await;
    release(&store, account, 1).await;
    let again = admit(&store, account, &SCHEDULE, now).await;
    assert_eq!(again, Admission::Admitted { failures: 6 }, "its pause went with it");
    release(&store, account, 9).await;
    let later = now + HOUR;
    let day = Schedule { forget_after: Some(HOUR * 24), ..SCHEDULE };
    assert_eq!(admit(&store, account, &day, later).await, Admission::Admitted { failures: 1 });
    let still = admit(&store, account, &day, now + HOUR * 24).await;
    assert_eq!(still, Admission::Admitted { failures: 2 }, "a window begins with a failure that counts");
}

/// Strangers never use up what the person's own devices have.
pub async fn buckets_and_accounts_are_counted_apart(store: Db) {
    let mut make = Samples::default();
    let (account, other, now) = (make.account().id, make.account().id, make.now);
    let [phone, laptop] = [(); 2].map(|()| Bucket::Device(DeviceId::new(now, &make.entropy)));
    let all =
        [(account, Bucket::Strangers), (account, phone), (account, laptop), (account, Bucket::Recovery)];
    let mut tx = writing(&store).await;
    for failures in 1..=3 {
        for (account, bucket) in all.iter().copied().chain([(other, Bucket::Strangers)]) {
            let admission = tx.throttles().admit(account, bucket, &SCHEDULE, now).await.unwrap();
            assert_eq!(admission, Admission::Admitted { failures });
        }
    }
    tx.throttles().clear(account, phone).await.unwrap();
    for ((account, bucket), failures) in all.into_iter().zip([4, 1, 4, 4]) {
        let admission = tx.throttles().admit(account, bucket, &SCHEDULE, now).await.unwrap();
        assert_eq!(admission, Admission::Admitted { failures });
    }
    tx.throttles().clear_all(account).await.unwrap();
    for ((account, bucket), failures) in
        all.into_iter().chain([(other, Bucket::Strangers)]).zip([1, 1, 1, 1, 4])
    {
        let admission = tx.throttles().admit(account, bucket, &SCHEDULE, now).await.unwrap();
        assert_eq!(admission, Admission::Admitted { failures });
    }
}

pub async fn what_is_remembered_of_guesses_is_found_by_bucket(store: Db) {
    let mut make = Samples::default();
    let (account, other, now) = (make.account().id, make.account().id, make.now);
    let at_once = Schedule { free: 0, ..SCHEDULE };
    let mut tx = writing(&store).await;
    assert_eq!(tx.throttles().find(account, Bucket::Strangers).await.unwrap(), None);
    tx.throttles().admit(account, Bucket::Recovery, &SCHEDULE, now).await.unwrap();
    tx.throttles().admit(account, Bucket::Strangers, &at_once, now + SECOND).await.unwrap();
    tx.throttles().admit(other, Bucket::Strangers, &at_once, now + HOUR).await.unwrap();
    let free = tx.throttles().find(account, Bucket::Recovery).await.unwrap().expect("one failure");
    assert_eq!((free.failures, free.lock(&SCHEDULE, now)), (1, None), "a free failure pauses nothing");
    let found = tx.throttles().find(account, Bucket::Strangers).await.unwrap();
    let paused_until = now + SECOND + at_once.first;
    assert_eq!(found, Some(Guesses { failures: 1, paused_until }));
}

pub async fn counts_that_nobody_touched_are_swept_in_bounded_batches(store: Db) {
    let mut make = Samples::default();
    let [one, two, three, touched] = [(); 4].map(|()| make.account().id);
    let now = make.now;
    for account in [one, two, three, touched] {
        admit(&store, account, &SCHEDULE, now).await;
    }
    let before = now + SECOND;
    admit(&store, touched, &SCHEDULE, before).await;
    let mut tx = writing(&store).await;
    for swept in [2, 1, 0] {
        assert_eq!(tx.throttles().sweep(before, 2).await.unwrap(), swept);
    }
    tx.commit().await.unwrap();
    assert_eq!(admit(&store, touched, &SCHEDULE, before).await, Admission::Admitted { failures: 3 });
    assert_eq!(admit(&store, one, &SCHEDULE, before).await, Admission::Admitted { failures: 1 });
}
