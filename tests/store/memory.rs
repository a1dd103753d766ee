//! `Ephemeral` in memory.

use std::sync::Arc;
use std::time::Duration;

use idp_domain::ports::{Ephemeral, EphemeralKey};
use idp_storage::MemoryEphemeral;
use idp_testkit::MockClock;
use idp_testkit::conformance::ephemeral::Backend;

struct Memory {
    clock: Arc<MockClock>,
    port: Arc<MemoryEphemeral>,
}

async fn open() -> Memory {
    let clock = Arc::new(MockClock::default());
    let port = Arc::new(MemoryEphemeral::new(Arc::<MockClock>::clone(&clock)));
    Memory { clock, port }
}

impl Backend for Memory {
    fn port(&self) -> Arc<dyn Ephemeral> {
        Arc::<MemoryEphemeral>::clone(&self.port)
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn outlive(&self) {
        self.clock.advance(self.ttl());
    }
}

idp_testkit::ephemeral_suite!(open);

/// A flood of keys costs the oldest ones, never the memory of the server.
#[tokio::test]
async fn a_full_memory_forgets_what_would_expire_first() {
    let memory = open().await;
    let seen = |id: u32| EphemeralKey::Seen { issuer: "client".to_owned(), id: id.to_string() };
    for id in 0..100_001 {
        let ttl = Duration::from_secs(60 + u64::from(id));
        assert!(memory.port.put_if_absent(&seen(id), ttl).await.unwrap());
    }
    assert_eq!(memory.port.counted(&seen(0)).await.unwrap(), 0);
    assert_eq!(memory.port.counted(&seen(1)).await.unwrap(), 1);
    assert_eq!(memory.port.counted(&seen(100_000)).await.unwrap(), 1);
}
