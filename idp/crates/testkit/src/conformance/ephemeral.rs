//! The suite of the port `Ephemeral`.

use std::sync::Arc;
use std::time::Duration;

use idp_domain::ports::{Ephemeral, EphemeralKey};

use super::store::race;

/// A backend under test, and how time passes for it: by a mock clock, or by waiting for somebody else's.
pub trait Backend: Send + Sync + 'static {
    fn port(&self) -> Arc<dyn Ephemeral>;

    /// A time to live that is short for this backend.
    fn ttl(&self) -> Duration;

    /// Returns when what lived for [`Backend::ttl`] from now on is gone.
    fn outlive(&self) -> impl Future<Output = ()> + Send;
}

/// Long enough never to end during a test.
const LONG: Duration = Duration::from_secs(3600);

fn seen(id: &str) -> EphemeralKey {
    EphemeralKey::AssertionUsed { client: "client-1".to_owned(), id: id.to_owned() }
}

pub async fn a_count_counts_from_one_and_an_absent_one_is_zero(backend: impl Backend) {
    let (port, key) = (backend.port(), seen("a"));
    assert_eq!(port.counted(&key).await.unwrap(), 0);
    assert_eq!(port.count(&key, LONG).await.unwrap(), 1);
    assert_eq!(port.count(&key, LONG).await.unwrap(), 2);
    assert_eq!(port.counted(&key).await.unwrap(), 2);
}

pub async fn the_first_count_starts_the_time_to_live_and_later_ones_do_not_extend_it(backend: impl Backend) {
    let (port, key) = (backend.port(), seen("a"));
    port.count(&key, backend.ttl()).await.unwrap();
    port.count(&key, LONG).await.unwrap();
    backend.outlive().await;
    assert_eq!(port.counted(&key).await.unwrap(), 0);
    assert_eq!(port.count(&key, LONG).await.unwrap(), 1, "a new life begins at one");
    backend.outlive().await;
    assert_eq!(port.counted(&key).await.unwrap(), 1, "and lasts as long as its own first count said");
}

pub async fn what_is_taken_back_was_never_counted(backend: impl Backend) {
    let (port, key) = (backend.port(), seen("a"));
    port.uncount(&key).await.unwrap();
    assert_eq!(port.counted(&key).await.unwrap(), 0, "there is nothing to take back");
    port.count(&key, backend.ttl()).await.unwrap();
    port.count(&key, backend.ttl()).await.unwrap();
    for left in [1, 0, 0] {
        port.uncount(&key).await.unwrap();
        assert_eq!(port.counted(&key).await.unwrap(), left);
    }
    assert_eq!(port.count(&key, LONG).await.unwrap(), 1);
    backend.outlive().await;
    assert_eq!(port.counted(&key).await.unwrap(), 0, "the time to live is that of the first count");
}

pub async fn a_key_is_put_by_the_first_caller_only(backend: impl Backend) {
    let port = backend.port();
    assert!(port.put_if_absent(&seen("a"), LONG).await.unwrap());
    assert!(!port.put_if_absent(&seen("a"), LONG).await.unwrap());
    assert!(port.put_if_absent(&seen("b"), LONG).await.unwrap());
}

/// Architecture, decision 9.
pub async fn an_expired_key_is_absent_for_put_if_absent(backend: impl Backend) {
    let (port, key) = (backend.port(), seen("a"));
    assert!(port.put_if_absent(&key, backend.ttl()).await.unwrap());
    backend.outlive().await;
    assert!(port.put_if_absent(&key, LONG).await.unwrap());
    assert!(!port.put_if_absent(&key, LONG).await.unwrap());
}

pub async fn keys_of_different_kinds_and_contents_never_meet(backend: impl Backend) {
    let port = backend.port();
    let seen =
        |issuer: &str, id: &str| EphemeralKey::AssertionUsed { client: issuer.to_owned(), id: id.to_owned() };
    let failures =
        |network: &str, bucket| EphemeralKey::NetworkFailures { network: network.to_owned(), bucket };
    let keys = [
        seen("a", "b:c"),
        seen("a:b", "c"),
        seen("a:b:c", ""),
        failures("10.0.0.0/24", 60),
        failures("10.0.0.0/24", 120),
        failures("60:10.0.0.0/24", 60),
        EphemeralKey::NetworkMails { network: "10.0.0.0/24".to_owned(), bucket: 60 },
        EphemeralKey::CompanyFailures { company: "10.0.0.0/24".to_owned(), bucket: 60 },
        EphemeralKey::DeviceRequests { network: "10.0.0.0/24".to_owned(), bucket: 60 },
        EphemeralKey::PushedRequests { network: "10.0.0.0/24".to_owned(), bucket: 60 },
        EphemeralKey::WrongUserCodes { by: "10.0.0.0/24".to_owned(), bucket: 60 },
        EphemeralKey::DevicePolled { grant: "10.0.0.0/24".to_owned(), pause: 60 },
        EphemeralKey::DevicePolled { grant: "10.0.0.0/24".to_owned(), pause: 65 },
        EphemeralKey::Registrations { by: "10.0.0.0/24".to_owned(), bucket: 60 },
        EphemeralKey::ClientUsed { client: "10.0.0.0/24".to_owned(), day: 60 },
        EphemeralKey::DeviceAbroad { grant: "10.0.0.0/24".to_owned() },
    ];
    for key in &keys {
        assert!(port.put_if_absent(key, LONG).await.unwrap(), "{key:?}");
    }
}

pub async fn many_counters_at_once_lose_nothing(backend: impl Backend) {
    let port = backend.port();
    let counter = Arc::clone(&port);
    let mut counts = race(50, move |_| {
        let port = Arc::clone(&counter);
        async move { port.count(&seen("a"), LONG).await.unwrap() }
    })
    .await;
    counts.sort_unstable();
    assert_eq!(counts, (1..=50).collect::<Vec<u64>>(), "each caller has a number of its own");
    assert_eq!(port.counted(&seen("a")).await.unwrap(), 50);
}

pub async fn of_many_callers_at_once_one_puts_the_key(backend: impl Backend) {
    let port = backend.port();
    let firsts = race(50, move |_| {
        let port = Arc::clone(&port);
        async move { port.put_if_absent(&seen("a"), LONG).await.unwrap() }
    })
    .await;
    assert_eq!(firsts.into_iter().filter(|first| *first).count(), 1);
}

pub async fn the_backend_answers(backend: impl Backend) {
    backend.port().ping().await.unwrap();
}
