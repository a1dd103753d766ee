//! `Ephemeral` in memory.

use std::sync::Arc;
use std::time::Duration;

use idp_domain::ports::{Ephemeral, EphemeralError, EphemeralKey};
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

/// More than there is room for of any kind.
const FLOOD: u32 = 300_001;

fn seen(id: u32) -> EphemeralKey {
    EphemeralKey::ProofUsed { key: "key".to_owned(), id: id.to_string() }
}

fn asserted(client: &str, id: u32) -> EphemeralKey {
    EphemeralKey::AssertionUsed { client: client.to_owned(), id: id.to_string() }
}

fn mails(network: u32) -> EphemeralKey {
    EphemeralKey::NetworkMails { network: network.to_string(), bucket: 0 }
}

/// A flood of keys costs the oldest ones, never the memory of the server.
#[tokio::test]
async fn a_full_memory_forgets_what_would_expire_first() {
    let memory = open().await;
    for network in 0..100_001 {
        let ttl = Duration::from_secs(60 + u64::from(network));
        assert_eq!(memory.port.count(&mails(network), ttl).await.unwrap(), 1);
    }
    for (network, count) in [(0, 0), (1, 1), (100_000, 1)] {
        assert_eq!(memory.port.counted(&mails(network)).await.unwrap(), count, "{network}");
    }
}

/// Strangers make keys of most kinds: it costs no other kind anything.
#[tokio::test]
async fn a_flood_of_one_kind_makes_no_other_forgotten() {
    let memory = open().await;
    let pushed = EphemeralKey::PushedRequests { network: "10.0.0.0".to_owned(), bucket: 0 };
    assert!(memory.port.put_if_absent(&seen(0), Duration::from_secs(60)).await.unwrap());
    memory.port.count(&pushed, Duration::from_secs(60)).await.unwrap();
    for network in 0..FLOOD {
        memory.port.count(&mails(network), Duration::from_secs(3600)).await.unwrap();
    }
    assert!(!memory.port.put_if_absent(&seen(0), Duration::from_secs(60)).await.unwrap());
    assert_eq!(memory.port.counted(&pushed).await.unwrap(), 1);
}

/// RFC 9449 section 11.1, RFC 7523 section 3: what was used once is refused as long as it could be used again, if need be with
/// everything that is new.
#[tokio::test]
async fn a_full_memory_forgets_nothing_that_was_used_once() {
    let memory = open().await;
    for id in 0..FLOOD - 1 {
        assert!(memory.port.put_if_absent(&seen(id), Duration::from_secs(60)).await.unwrap());
    }
    let late = memory.port.put_if_absent(&seen(FLOOD), Duration::from_secs(3600)).await;
    assert!(matches!(late, Err(EphemeralError::Busy(_))), "{late:?}");
    assert!(!memory.port.put_if_absent(&seen(0), Duration::from_secs(60)).await.unwrap());
    memory.clock.advance(Duration::from_secs(60));
    assert!(memory.port.put_if_absent(&seen(FLOOD), Duration::from_secs(60)).await.unwrap(), "there is room");
}

/// A client that registered itself may sign assertions as fast as it likes, each good for an hour: it costs no other client
/// anything, and no proof.
#[tokio::test]
async fn one_client_takes_up_its_own_room_alone() {
    let (memory, hour) = (open().await, Duration::from_secs(3600));
    for id in 0..20_000 {
        assert!(memory.port.put_if_absent(&asserted("flood", id), hour).await.unwrap());
    }
    let late = memory.port.put_if_absent(&asserted("flood", 20_000), hour).await;
    assert!(matches!(late, Err(EphemeralError::Busy(_))), "{late:?}");
    assert!(!memory.port.put_if_absent(&asserted("flood", 0), hour).await.unwrap(), "nothing is forgotten");
    assert!(memory.port.put_if_absent(&asserted("other", 0), hour).await.unwrap());
    assert!(memory.port.put_if_absent(&seen(0), hour).await.unwrap());
    memory.clock.advance(hour);
    assert!(
        memory.port.put_if_absent(&asserted("flood", 20_000), hour).await.unwrap(),
        "there is room again"
    );
}
