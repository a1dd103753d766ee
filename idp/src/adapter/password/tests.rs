#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::*;
use crate::adapter::SystemEntropy;

const CHEAP: Cost = Cost { memory_kib: 64, iterations: 1, parallelism: 1 };
/// Some tenths of a second in a debug build of this crate: long enough to be waited for.
const SLOW: Cost = Cost { memory_kib: 128 * 1024, iterations: 2, parallelism: 1 };

fn pepper(id: &str) -> Pepper {
    Pepper { id: id.to_owned(), secret: Secret::new([id.len() as u8; 32]) }
}

fn hasher_with(cost: Cost, queue_limit: usize, peppers: &[&str]) -> Argon2Hasher {
    let peppers = peppers.iter().map(|id| pepper(id)).collect();
    let options = HasherOptions { cost, queue_limit, threads: NonZeroUsize::new(1), peppers };
    Argon2Hasher::new(options, Arc::new(SystemEntropy)).unwrap()
}

fn hasher() -> Argon2Hasher {
    hasher_with(CHEAP, 8, &["p1"])
}

fn password(text: &str) -> Password {
    Password::typed(text)
}

/// P7, P8.
#[tokio::test]
async fn the_right_password_matches_and_only_that_one() {
    let hasher = hasher();
    let hash = hasher.hash(&password("copper ladder quiet meadow")).await.unwrap();
    assert!(hash.as_str().starts_with("$argon2id$v=19$m=64,t=1,p=1,keyid=cDE$"), "{}", hash.as_str());
    let verdict = async |text: &str| hasher.verify(Some(&hash), &password(text)).await.unwrap();
    assert_eq!(verdict("copper ladder quiet meadow").await, Verdict::Match);
    for wrong in
        ["", "copper ladder quiet meado", "copper ladder quiet meadow ", "Copper ladder quiet meadow"]
    {
        assert_eq!(verdict(wrong).await, Verdict::Mismatch, "{wrong}");
    }
    let again = hasher.hash(&password("copper ladder quiet meadow")).await.unwrap();
    assert_ne!(again, hash, "every hash has its own salt");
}

/// P8: the stored tag is worth nothing without the pepper, and is what its definition says.
#[tokio::test]
async fn what_is_stored_is_the_argon2_tag_under_the_pepper() {
    let hash = hasher().hash(&password("secret")).await.unwrap();
    let stored = Phc::parse(&hash).unwrap();
    let mut plain = [0; 32];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, CHEAP.params().unwrap())
        .hash_password_into(b"secret", &stored.salt, &mut plain)
        .unwrap();
    assert_ne!(stored.tag, plain);
    let hmac = <Hmac<Sha256> as KeyInit>::new_from_slice(&[2; 32]).unwrap().chain_update(plain);
    assert_eq!(hmac.finalize().into_bytes().as_slice(), stored.tag);
}

/// P9: no hash, no difference: the same number of computations, and never a match.
#[tokio::test]
async fn an_unknown_person_costs_as_much_as_a_known_one() {
    let hasher = hasher();
    let hash = hasher.hash(&password("right")).await.unwrap();
    let before = hasher.computed();
    assert_eq!(hasher.verify(Some(&hash), &password("wrong")).await.unwrap(), Verdict::Mismatch);
    assert_eq!(hasher.computed(), before + 1);
    assert_eq!(hasher.verify(None, &password("wrong")).await.unwrap(), Verdict::Mismatch);
    assert_eq!(hasher.computed(), before + 2);
    assert_eq!(hasher.dummy.cost, CHEAP);
}

/// P7: rehash when below target; P8: and when the pepper was rotated.
#[tokio::test]
async fn cheaper_hashes_and_older_peppers_match_and_are_stale() {
    let hash = hasher().hash(&password("right")).await.unwrap();
    let dearer = Cost { memory_kib: 128, ..CHEAP };
    let longer = Cost { iterations: 2, ..CHEAP };
    let cheaper = Cost { memory_kib: 32, ..CHEAP };
    for (cost, peppers, expected) in [
        (CHEAP, &["p1"][..], Verdict::Match),
        (cheaper, &["p1"], Verdict::Match),
        (dearer, &["p1"], Verdict::MatchStale),
        (longer, &["p1"], Verdict::MatchStale),
        (CHEAP, &["pepper-2", "p1"], Verdict::MatchStale),
        (CHEAP, &["p1", "pepper-2"], Verdict::Match),
    ] {
        let later = hasher_with(cost, 8, peppers);
        assert_eq!(
            later.verify(Some(&hash), &password("right")).await.unwrap(),
            expected,
            "{cost:?} {peppers:?}"
        );
        assert_eq!(later.verify(Some(&hash), &password("wrong")).await.unwrap(), Verdict::Mismatch);
    }
}

#[tokio::test]
async fn a_hash_under_a_pepper_we_do_not_have_is_unreadable_and_says_which() {
    let hash = hasher().hash(&password("right")).await.unwrap();
    let refused = hasher_with(CHEAP, 8, &["other"]).verify(Some(&hash), &password("right")).await;
    assert!(refused.unwrap_err().to_string().contains(r#"the pepper "p1" is not configured"#));
    let damaged = PasswordHash::from_phc("$argon2id$".to_owned());
    let refused = hasher().verify(Some(&damaged), &password("right")).await;
    assert!(matches!(refused, Err(HashError::Unreadable(_))), "{refused:?}");
    // Another key under the same name is a mismatch, not a match.
    let options = HasherOptions {
        cost: CHEAP,
        queue_limit: 1,
        threads: None,
        peppers: vec![Pepper { id: "p1".to_owned(), secret: Secret::new([9; 32]) }],
    };
    let swapped = Argon2Hasher::new(options, Arc::new(SystemEntropy)).unwrap();
    assert_eq!(swapped.verify(Some(&hash), &password("right")).await.unwrap(), Verdict::Mismatch);
}

/// P7: one thread, two may wait: whoever comes then is told at once, and everybody else is served.
#[tokio::test]
async fn a_flood_is_turned_away_at_once_and_those_in_the_queue_are_served() {
    let hasher = hasher_with(SLOW, 2, &["p1"]);
    let password = password("right");
    let mut flood: Vec<_> = (0..50).map(|_| hasher.verify(None, &password)).collect();
    let started = Instant::now();
    let mut waiting = Vec::new();
    let mut busy = 0;
    for mut check in flood.drain(..) {
        match check.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(HashError::Busy)) => busy += 1,
            Poll::Ready(other) => panic!("{other:?}"),
            Poll::Pending => waiting.push(check),
        }
    }
    assert!(started.elapsed() < Duration::from_millis(100), "turned away in {:?}", started.elapsed());
    assert!((47..=48).contains(&busy) && waiting.len() == 50 - busy, "{busy} turned away");
    for check in waiting {
        assert_eq!(check.await.unwrap(), Verdict::Mismatch);
    }
    assert_eq!(hasher.verify(None, &password).await.unwrap(), Verdict::Mismatch, "the queue is free again");
}

/// A browser that goes away leaves neither a stuck thread nor work that nobody waits for.
#[tokio::test]
async fn a_caller_who_gives_up_does_not_hold_the_thread() {
    let hasher = hasher_with(SLOW, 9, &["p1"]);
    let password = password("right");
    for _ in 0..8 {
        let mut check = hasher.verify(None, &password);
        assert!(check.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(hasher.verify(None, &password).await.unwrap(), Verdict::Mismatch);
    assert!(hasher.computed() <= 2, "{} computed, one or two of them in vain", hasher.computed());
}

#[tokio::test]
async fn a_dearer_hash_than_the_last_gets_the_memory_it_needs() {
    let dear = hasher_with(Cost { memory_kib: 1024, iterations: 1, parallelism: 2 }, 8, &["p1"]);
    let hash = dear.hash(&password("right")).await.unwrap();
    let cheap = hasher();
    assert_eq!(cheap.verify(None, &password("right")).await.unwrap(), Verdict::Mismatch);
    assert_eq!(cheap.verify(Some(&hash), &password("right")).await.unwrap(), Verdict::Match);
    assert_eq!(cheap.verify(None, &password("right")).await.unwrap(), Verdict::Mismatch);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let made = |cost, peppers: &[&str]| {
        let peppers = peppers.iter().map(|id| pepper(id)).collect();
        let options = HasherOptions { cost, queue_limit: 1, threads: None, peppers };
        Argon2Hasher::new(options, Arc::new(SystemEntropy)).map(|_| ())
    };
    assert!(matches!(made(CHEAP, &[]), Err(HasherError::NoPepper)));
    assert!(matches!(made(CHEAP, &["a", "b", "a"]), Err(HasherError::RepeatedPepper(id)) if id == "a"));
    assert!(matches!(made(Cost { memory_kib: 4, ..CHEAP }, &["a"]), Err(HasherError::Cost(_))));
}
