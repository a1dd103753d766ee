//! Ephemeral state of a server that runs alone. Bounded: when full, what would expire first goes first.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use idp_domain::ports::{Ephemeral, EphemeralError, EphemeralKey};
use idp_domain::{Clock, Timestamp};

/// About 20 MB of keys.
const CAPACITY: usize = 100_000;

/// Entries live until the injected clock says otherwise.
#[expect(missing_debug_implementations, reason = "holds addresses of visitors")]
pub struct MemoryEphemeral {
    clock: Arc<dyn Clock>,
    started_at: Timestamp,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    counts: HashMap<String, (u64, Timestamp)>,
    by_expiry: BTreeSet<(Timestamp, String)>,
}

impl MemoryEphemeral {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { started_at: clock.now(), clock, entries: Mutex::default() }
    }

    /// The entries that are alive now.
    fn alive(&self) -> (MutexGuard<'_, Entries>, Timestamp) {
        // Each operation leaves the entries whole, so a panic elsewhere has not torn them.
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        entries.expire(now);
        (entries, now)
    }
}

#[async_trait]
impl Ephemeral for MemoryEphemeral {
    async fn count(&self, key: &EphemeralKey, ttl: Duration) -> Result<u64, EphemeralError> {
        let (mut entries, now) = self.alive();
        Ok(entries.add(key.as_text(), now + ttl))
    }

    async fn counted(&self, key: &EphemeralKey) -> Result<u64, EphemeralError> {
        let (entries, _) = self.alive();
        Ok(entries.counts.get(&key.as_text()).map_or(0, |(count, _)| *count))
    }

    async fn uncount(&self, key: &EphemeralKey) -> Result<(), EphemeralError> {
        let (mut entries, _) = self.alive();
        if let Some((count, _)) = entries.counts.get_mut(&key.as_text()) {
            *count = count.saturating_sub(1);
        }
        Ok(())
    }

    async fn put_if_absent(&self, key: &EphemeralKey, ttl: Duration) -> Result<bool, EphemeralError> {
        let (mut entries, now) = self.alive();
        let key = key.as_text();
        let absent = !entries.counts.contains_key(&key);
        if absent {
            entries.add(key, now + ttl);
        }
        Ok(absent)
    }

    fn remembers_since(&self) -> Option<Timestamp> {
        Some(self.started_at)
    }

    async fn ping(&self) -> Result<(), EphemeralError> {
        Ok(())
    }
}

impl Entries {
    fn expire(&mut self, now: Timestamp) {
        while self.by_expiry.first().is_some_and(|(until, _)| *until <= now) {
            self.remove_first();
        }
    }

    fn remove_first(&mut self) {
        if let Some((_, key)) = self.by_expiry.pop_first() {
            self.counts.remove(&key);
        }
    }

    /// Adds one; a new entry lives until `until`.
    fn add(&mut self, key: String, until: Timestamp) -> u64 {
        if let Some((count, _)) = self.counts.get_mut(&key) {
            *count += 1;
            return *count;
        }
        if self.counts.len() >= CAPACITY {
            self.remove_first();
        }
        self.by_expiry.insert((until, key.clone()));
        self.counts.insert(key, (1, until));
        1
    }
}
