//! A clock that stands still until it is told otherwise.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use idp_domain::{Clock, Timestamp};

#[derive(Debug)]
pub struct MockClock(AtomicI64);

impl MockClock {
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.millis()))
    }

    pub fn set(&self, now: Timestamp) {
        self.0.store(now.millis(), Ordering::SeqCst);
    }

    pub fn advance(&self, span: Duration) {
        let span = i64::try_from(span.as_millis()).expect("a span that fits a clock");
        self.0.fetch_add(span, Ordering::SeqCst);
    }
}

impl Default for MockClock {
    /// Saturday, 2026-11-21 12:00:00 UTC.
    fn default() -> Self {
        Self::at(Timestamp::from_seconds(1_795_262_400))
    }
}

impl Clock for MockClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_only_when_told() {
        let clock = MockClock::default();
        assert_eq!(clock.now().to_rfc3339(), "2026-11-21T12:00:00.000Z");
        clock.advance(Duration::from_millis(1500));
        assert_eq!(clock.now().to_rfc3339(), "2026-11-21T12:00:01.500Z");
        clock.set(Timestamp::from_millis(0));
        assert_eq!(clock.now().millis(), 0);
    }
}
