//! Who is logged in: sessions in memory, found by a random cookie value.
//!
//! A session ends after an hour without a visit, after twelve hours in any case, at log-out, and when the
//! provider no longer stands by it. The number is bounded; the longest unseen gives way. The cookie value is
//! new at every log-in, so that a planted one is worth nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use openidconnect::CsrfToken;
use subtle::ConstantTimeEq;

use crate::oidc::Tokens;

const IDLE: Duration = Duration::from_secs(60 * 60);
const ABSOLUTE: Duration = Duration::from_secs(12 * 60 * 60);
const IN_ALL: usize = 10_000;
/// 256 bits.
const ID_BYTES: u32 = 32;

/// One person in one browser.
pub(crate) struct Session {
    /// Held across a refresh, so that two tabs never present the same refresh token at once.
    pub(crate) tokens: tokio::sync::Mutex<Tokens>,
    csrf: CsrfToken,
}

impl Session {
    /// The value a form of this session carries.
    pub(crate) fn csrf(&self) -> &str {
        self.csrf.secret()
    }

    /// Whether a posted form came from one of this session's own pages.
    pub(crate) fn wrote(&self, csrf: &str) -> bool {
        self.csrf.secret().as_bytes().ct_eq(csrf.as_bytes()).into()
    }
}

struct Entry {
    session: Arc<Session>,
    started: Instant,
    seen: Instant,
}

impl Entry {
    fn is_alive(&self, now: Instant) -> bool {
        now < self.seen + IDLE && now < self.started + ABSOLUTE
    }
}

/// Every live session, by cookie value.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<String, Entry>>);

impl Sessions {
    /// Starts a session and returns its cookie value.
    pub(crate) fn start(&self, tokens: Tokens, now: Instant) -> String {
        let mut entries = self.lock();
        entries.retain(|_, entry| entry.is_alive(now));
        if entries.len() >= IN_ALL {
            let unseen = entries.iter().min_by_key(|(_, entry)| entry.seen).map(|(id, _)| id.clone());
            unseen.and_then(|id| entries.remove(&id));
        }
        let session =
            Session { tokens: tokio::sync::Mutex::new(tokens), csrf: CsrfToken::new_random_len(ID_BYTES) };
        let id = CsrfToken::new_random_len(ID_BYTES).into_secret();
        entries.insert(id.clone(), Entry { session: Arc::new(session), started: now, seen: now });
        id
    }

    /// Finds a live session and notes the visit.
    pub(crate) fn find(&self, id: &str, now: Instant) -> Option<Arc<Session>> {
        let mut entries = self.lock();
        let entry = entries.get_mut(id).filter(|entry| entry.is_alive(now))?;
        entry.seen = now;
        Some(Arc::clone(&entry.session))
    }

    pub(crate) fn end(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;
    use crate::tests::any_tokens;

    #[test]
    fn every_log_in_gets_a_cookie_value_of_its_own_with_256_bits() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let (first, second) = (sessions.start(any_tokens(), now), sessions.start(any_tokens(), now));
        assert_ne!(first, second);
        assert_eq!(first.len(), 43, "32 bytes in base64url");
    }

    #[test]
    fn a_session_ends_after_an_hour_unseen_and_a_visit_prolongs_it() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let id = sessions.start(any_tokens(), now);
        let later = now + IDLE - Duration::from_secs(1);
        assert!(sessions.find(&id, later).is_some());
        assert!(sessions.find(&id, later + IDLE - Duration::from_secs(1)).is_some());
        assert!(sessions.find(&id, later + IDLE + IDLE).is_none());
    }

    #[test]
    fn a_session_ends_after_twelve_hours_however_busy() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let id = sessions.start(any_tokens(), now);
        for half_hours in 1..24 {
            assert!(sessions.find(&id, now + Duration::from_secs(1800 * half_hours)).is_some());
        }
        assert!(sessions.find(&id, now + ABSOLUTE).is_none());
    }

    #[test]
    fn an_ended_session_is_gone_and_the_others_stay() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let (mine, other) = (sessions.start(any_tokens(), now), sessions.start(any_tokens(), now));
        sessions.end(&mine);
        assert!(sessions.find(&mine, now).is_none());
        assert!(sessions.find(&other, now).is_some());
    }

    #[test]
    fn only_the_sessions_own_forms_are_believed() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let one = sessions.find(&sessions.start(any_tokens(), now), now).unwrap();
        let two = sessions.find(&sessions.start(any_tokens(), now), now).unwrap();
        assert!(one.wrote(one.csrf()));
        assert!(!one.wrote(two.csrf()));
        assert!(!one.wrote(""));
    }
}
