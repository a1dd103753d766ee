//! How often a password, an answer or a code may be guessed (rules section 4): counted per account, before it is looked at.

use std::time::Duration;

use crate::Timestamp;
use crate::id::DeviceId;

/// Whose guesses are counted together. Strangers never use up what the person's own devices have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Passwords from browsers in which this person never logged in.
    Strangers,
    /// Passwords from one browser in which the person did.
    Device(DeviceId),
    /// Answers and saved codes, sent by whoever holds the mailbox (Q8).
    Recovery,
}

impl Bucket {
    /// The stored word.
    pub fn as_text(self) -> String {
        match self {
            Self::Strangers => "strangers".to_owned(),
            Self::Device(device) => device.to_string(),
            Self::Recovery => "recovery".to_owned(),
        }
    }
}

/// When the next guess is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Failures without a pause after them.
    pub free: u32,
    /// The pause after the first failure that is not free; it doubles with each further one.
    pub first: Duration,
    /// The longest pause.
    pub cap: Duration,
    /// After so many failures in a row nothing is looked at any more until the account is recovered (NIST SP 800-63B-4
    /// section 3.2.2).
    pub ceiling: Option<u32>,
    /// Failures this long after the first of them begin a new count.
    pub forget_after: Option<Duration>,
}

impl Schedule {
    /// The pause after the `failures`-th failure in a row.
    pub fn pause(&self, failures: u32) -> Duration {
        match failures.saturating_sub(self.free) {
            0 => Duration::ZERO,
            beyond => self.first.saturating_mul(2_u32.saturating_pow((beyond - 1).min(31))).min(self.cap),
        }
    }

    /// The pauses that are not the cap, the first first; after those it is always the cap.
    pub fn rising(&self) -> Vec<Duration> {
        let pauses = (1..=32).map(|beyond| self.pause(self.free.saturating_add(beyond)));
        pauses.take_while(|pause| *pause < self.cap).collect()
    }
}

/// What is remembered of guesses that were wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guesses {
    /// In a row.
    pub failures: u32,
    /// When the last pause ends, be it over by now.
    pub paused_until: Timestamp,
}

/// Why nobody's next guess is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Not before then.
    Until(Timestamp),
    /// Not before the account is recovered or unlocked.
    UntilRecovered,
}

impl Guesses {
    pub fn lock(&self, schedule: &Schedule, now: Timestamp) -> Option<Lock> {
        if schedule.ceiling.is_some_and(|ceiling| self.failures >= ceiling) {
            return Some(Lock::UntilRecovered);
        }
        (now < self.paused_until).then_some(Lock::Until(self.paused_until))
    }
}

/// Whether a guess may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It counts as the `failures`-th failure in a row until it turns out right.
    Admitted { failures: u32 },
    /// Not before then.
    Wait { until: Timestamp },
    /// The ceiling is reached.
    Exhausted,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules section 4: five are free, the sixth costs 30 s, then twice as long each time up to 30 min.
    #[test]
    fn pauses_begin_with_the_sixth_failure_and_double() {
        let schedule = Schedule {
            free: 5,
            first: Duration::from_secs(30),
            cap: Duration::from_secs(1800),
            ceiling: Some(100),
            forget_after: None,
        };
        let pauses: Vec<_> = (4..=13).map(|failures| schedule.pause(failures).as_secs()).collect();
        assert_eq!(pauses, [0, 0, 30, 60, 120, 240, 480, 960, 1800, 1800]);
        let rising: Vec<_> = schedule.rising().iter().map(Duration::as_secs).collect();
        assert_eq!(rising, [30, 60, 120, 240, 480, 960]);
        let at_once = Schedule { free: 9, first: schedule.cap, ..schedule };
        assert_eq!((at_once.pause(9).as_secs(), at_once.pause(10).as_secs()), (0, 1800));
        assert!(at_once.rising().is_empty());
    }
}
