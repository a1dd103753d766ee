//! Signing keys and their calendar: announced before use, retired late (rules section 5, "Signing").

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The algorithms we sign with; RS256 because OpenID Connect Core section 15.1 demands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SigningAlg {
    #[serde(rename = "RS256")]
    Rs256,
    #[serde(rename = "ES256")]
    Es256,
}

impl SigningAlg {
    pub const VARIANTS: [Self; 2] = [Self::Rs256, Self::Es256];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|alg| alg.as_str() == text)
    }
}

/// A key as stored: its private half sealed under a master key, its calendar in the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// RFC 7638 thumbprint.
    pub kid: String,
    pub alg: SigningAlg,
    pub sealed: String,
    pub created_at: Timestamp,
    /// Signs from here on; before, it is announced in the JWKS.
    pub active_from: Timestamp,
}

/// `keys.rotate_after`, `keys.announce_before`, `keys.retire_after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyCalendar {
    pub rotate_after: Duration,
    pub announce_before: Duration,
    pub retire_after: Duration,
}

/// Keys begin on the hour: of two nodes that make the same key at the same moment, the store refuses one.
const HOUR: Duration = Duration::from_secs(3600);

/// What the calendar asks for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange {
    /// Make a key that signs from `active_from`.
    Make { alg: SigningAlg, active_from: Timestamp },
    /// No token of this key can be alive any more.
    Drop { kid: String },
}

impl KeyCalendar {
    /// The changes that are due. Applying them and asking again gives nothing.
    pub fn due(&self, keys: &[SigningKey], now: Timestamp) -> Vec<KeyChange> {
        SigningAlg::VARIANTS.into_iter().flat_map(|alg| self.due_for(alg, keys, now)).collect()
    }

    /// When a key that is made now may sign: announced long enough, and on the hour.
    pub fn earliest(&self, now: Timestamp) -> Timestamp {
        (now + self.announce_before + HOUR - Duration::from_millis(1)).floor(HOUR)
    }

    fn due_for(&self, alg: SigningAlg, keys: &[SigningKey], now: Timestamp) -> Vec<KeyChange> {
        let mut keys: Vec<&SigningKey> = keys.iter().filter(|key| key.alg == alg).collect();
        keys.sort_by_key(|key| key.active_from);
        let mut due = Vec::new();
        match keys.last() {
            None => due.push(KeyChange::Make { alg, active_from: now.floor(HOUR) }),
            Some(newest) => {
                let successor_from = newest.active_from + self.rotate_after;
                // Looked at an hour early, so that a look once a minute announces in time.
                if now + self.announce_before + HOUR >= successor_from {
                    due.push(KeyChange::Make { alg, active_from: successor_from.max(self.earliest(now)) });
                }
            }
        }
        for pair in keys.windows(2) {
            if let [old, next] = pair
                && now >= next.active_from + self.retire_after
            {
                due.push(KeyChange::Drop { kid: old.kid.clone() });
            }
        }
        due
    }
}

/// The key of `alg` that signs at `now`: the newest that is active.
pub fn signing_at(keys: &[SigningKey], alg: SigningAlg, now: Timestamp) -> Option<&SigningKey> {
    keys.iter().filter(|key| key.alg == alg && key.active_from <= now).max_by_key(|key| key.active_from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn calendar() -> KeyCalendar {
        KeyCalendar { rotate_after: DAY * 90, announce_before: DAY, retire_after: DAY }
    }

    fn apply(keys: &mut Vec<SigningKey>, now: Timestamp) -> usize {
        let due = calendar().due(keys, now);
        for change in &due {
            match change {
                KeyChange::Make { alg, active_from } => keys.push(SigningKey {
                    kid: format!("{alg:?}-{}", active_from.millis()),
                    alg: *alg,
                    sealed: String::new(),
                    created_at: now,
                    active_from: *active_from,
                }),
                KeyChange::Drop { kid } => keys.retain(|key| key.kid != *kid),
            }
        }
        due.len()
    }

    /// Two nodes that start together, or look at the calendar late, ask for the same key.
    #[test]
    fn nodes_a_few_milliseconds_apart_want_the_same_key() {
        let morning = Timestamp::from_millis(0) + DAY * 400 + Duration::from_millis(3_599_000);
        let apart = |keys: &[SigningKey]| {
            let [one, other] = [0, 40].map(|ms| calendar().due(keys, morning + Duration::from_millis(ms)));
            assert_eq!(one, other);
            assert!(!one.is_empty());
        };
        apart(&[]);
        let mut late = Vec::new();
        apply(&mut late, Timestamp::from_millis(0));
        apart(&late);
    }

    /// Rules section 5, "Signing": a year of hourly looks; somebody signs always, each key is announced a day ahead.
    #[test]
    fn a_year_of_rotation_never_leaves_a_gap_nor_surprises_a_client() {
        let start = Timestamp::from_millis(0);
        let mut keys = Vec::new();
        let mut made = 0;
        for hour in 0..365 * 24 {
            let now = start + Duration::from_secs(hour * 3600);
            made += apply(&mut keys, now);
            assert!(calendar().due(&keys, now).is_empty(), "applying twice changes nothing");
            for alg in SigningAlg::VARIANTS {
                assert!(signing_at(&keys, alg, now).is_some());
            }
            for key in keys.iter().filter(|key| key.active_from > start) {
                assert!(key.active_from.since(key.created_at) >= DAY);
            }
            assert!(keys.len() <= 4);
        }
        assert_eq!(made, 2 * (5 + 4), "five keys made and four dropped for each algorithm");
    }
}
