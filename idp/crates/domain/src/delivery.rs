//! Queued deliveries, mails and logout tokens alike: leased, tried, tried again, given up on.

use std::time::Duration;

use crate::Timestamp;

/// What a queue holds.
pub trait Delivery: Send + Sync {
    /// What names one of them.
    type Id: Copy + Send + Sync;
}

/// Where a queued delivery stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryState {
    Due {
        at: Timestamp,
    },
    Leased {
        until: Timestamp,
        owner: String,
    },
    Sent {
        at: Timestamp,
    },
    /// Given up on.
    Dead {
        at: Timestamp,
        why: String,
    },
    /// Overtaken before it was sent: nobody wants it any more.
    Dropped {
        at: Timestamp,
    },
}

/// When to try again and when to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    pub first: Duration,
    pub cap: Duration,
    pub max_attempts: u32,
}

impl RetryPolicy {
    /// The pause after the `attempts`-th failure (1-based), doubling up to the cap; `None` when it was the last.
    pub fn pause(&self, attempts: u32) -> Option<Duration> {
        if attempts >= self.max_attempts {
            return None;
        }
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1).min(30)));
        Some(doubled.min(self.cap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap_and_end() {
        let policy =
            RetryPolicy { first: Duration::from_secs(30), cap: Duration::from_secs(100), max_attempts: 4 };
        let pauses: Vec<_> = (1..=5).map(|n| policy.pause(n).map(|p| p.as_secs())).collect();
        assert_eq!(pauses, [Some(30), Some(60), Some(100), None, None]);
    }
}
