//! `Ephemeral` on Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use idp_domain::ports::{Ephemeral, EphemeralKey};
use idp_storage::RedisEphemeral;
use idp_testkit::conformance::ephemeral::Backend;

use crate::support::environment;

struct Redis {
    port: Arc<RedisEphemeral>,
}

/// The server is shared; each test has a prefix of its own.
async fn open() -> Redis {
    static OPENED: AtomicU32 = AtomicU32::new(0);
    let prefix = format!("test-{}-{}:", std::process::id(), OPENED.fetch_add(1, Ordering::Relaxed));
    let port = RedisEphemeral::connect(&environment::redis_url(), &prefix).await.expect("the Redis server");
    Redis { port: Arc::new(port) }
}

impl Backend for Redis {
    fn port(&self) -> Arc<dyn Ephemeral> {
        Arc::<RedisEphemeral>::clone(&self.port)
    }

    /// Longer than any pause of a busy machine between two calls of one test.
    fn ttl(&self) -> Duration {
        Duration::from_millis(700)
    }

    /// Redis has a clock of its own, so this waits for it: a key that began now lives longest.
    async fn outlive(&self) {
        let last = EphemeralKey::NetworkFailures { network: "outlived".to_owned(), bucket: 0 };
        self.port.count(&last, self.ttl()).await.expect("a count");
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.port.counted(&last).await.expect("a count") > 0 {
            assert!(Instant::now() < deadline, "the key never expired");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

idp_testkit::ephemeral_suite!(open);

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_and_not_a_wait() {
    let begun = Instant::now();
    assert!(RedisEphemeral::connect("redis://127.0.0.1:1", "test:").await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(30));
}
