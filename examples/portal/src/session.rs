//! Who is logged in: sessions in memory, found by a random cookie value.
//!
//! A session ends after an hour without a visit, after twelve hours in any case, at log-out, when the provider says so
//! (OpenID Connect Back-Channel Logout 1.0 section 2.7), and when it no longer stands by it. The number is bounded; the
//! longest unseen gives way. The cookie value is new at every log-in, so that a planted one is worth nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use openidconnect::CsrfToken;
use subtle::ConstantTimeEq;

use crate::flow;
use crate::oidc::{Holder, LogOutNotice, REPLAYABLE, Tokens};

const IDLE: Duration = Duration::from_secs(60 * 60);
const ABSOLUTE: Duration = Duration::from_secs(12 * 60 * 60);
const IN_ALL: usize = 10_000;
/// 256 bits.
const ID_BYTES: u32 = 32;
/// A notice is remembered while its token could come again, and while a log-in that it is about may be under way.
const REMEMBERED: Duration =
    if REPLAYABLE.as_secs() > flow::LIFETIME.as_secs() { REPLAYABLE } else { flow::LIFETIME };

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

    /// Whether a posted form, or a page that asks, is one of this session's own.
    pub(crate) fn wrote(&self, csrf: &str) -> bool {
        self.csrf.secret().as_bytes().ct_eq(csrf.as_bytes()).into()
    }
}

struct Entry {
    session: Arc<Session>,
    holder: Holder,
    started: Instant,
    seen: Instant,
}

impl Entry {
    fn is_alive(&self, now: Instant) -> bool {
        now < self.seen + IDLE && now < self.started + ABSOLUTE
    }
}

struct Heard {
    notice: LogOutNotice,
    at: Instant,
}

#[derive(Default)]
struct Ledger {
    entries: HashMap<String, Entry>,
    heard: Vec<Heard>,
}

/// Every live session, by cookie value, and what was heard of log-outs a moment ago.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Ledger>);

impl Sessions {
    /// Starts a session and returns its cookie value; `None` when the provider has ended it since `left`, the moment
    /// at which the person set out to log in. The notice of that may well be faster than the person's own browser.
    pub(crate) fn start(&self, tokens: Tokens, left: Instant, now: Instant) -> Option<String> {
        let mut ledger = self.lock();
        let holder = tokens.holder().clone();
        let has_ended = |heard: &Heard| heard.at >= left && is_about(&heard.notice, &holder);
        if ledger.heard.iter().any(has_ended) {
            return None;
        }
        let entries = &mut ledger.entries;
        entries.retain(|_, entry| entry.is_alive(now));
        if entries.len() >= IN_ALL {
            let unseen = entries.iter().min_by_key(|(_, entry)| entry.seen).map(|(id, _)| id.clone());
            unseen.and_then(|id| entries.remove(&id));
        }
        let session =
            Session { tokens: tokio::sync::Mutex::new(tokens), csrf: CsrfToken::new_random_len(ID_BYTES) };
        let id = CsrfToken::new_random_len(ID_BYTES).into_secret();
        entries.insert(id.clone(), Entry { session: Arc::new(session), holder, started: now, seen: now });
        Some(id)
    }

    /// Finds a live session and notes the visit.
    pub(crate) fn visit(&self, id: &str, now: Instant) -> Option<Arc<Session>> {
        let mut ledger = self.lock();
        let entry = ledger.entries.get_mut(id).filter(|entry| entry.is_alive(now))?;
        entry.seen = now;
        Some(Arc::clone(&entry.session))
    }

    /// Finds a live session. An open page that asks by itself is no visit: nobody may be sitting there.
    pub(crate) fn find(&self, id: &str, now: Instant) -> Option<Arc<Session>> {
        let ledger = self.lock();
        let entry = ledger.entries.get(id).filter(|entry| entry.is_alive(now))?;
        Some(Arc::clone(&entry.session))
    }

    pub(crate) fn end(&self, id: &str) {
        self.lock().entries.remove(id);
    }

    /// Ends the sessions a verified logout token is about, and says how many; `None` when the same token came before.
    pub(crate) fn end_as_told(&self, notice: LogOutNotice, now: Instant) -> Option<usize> {
        let mut ledger = self.lock();
        ledger.heard.retain(|heard| now < heard.at + REMEMBERED);
        if ledger.heard.iter().any(|heard| heard.notice.jti == notice.jti) {
            return None;
        }
        if ledger.heard.len() >= IN_ALL {
            ledger.heard.remove(0);
        }
        let before = ledger.entries.len();
        ledger.entries.retain(|_, entry| !is_about(&notice, &entry.holder));
        let ended = before - ledger.entries.len();
        ledger.heard.push(Heard { notice, at: now });
        Some(ended)
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_about(notice: &LogOutNotice, holder: &Holder) -> bool {
    notice.is_about(&holder.sub, holder.sid.as_deref())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;
    use crate::tests::tokens_of;

    fn start(sessions: &Sessions, now: Instant) -> String {
        sessions.start(tokens_of("sam", Some("one")), now, now).unwrap()
    }

    fn notice(jti: &str, sub: Option<&str>, sid: Option<&str>) -> LogOutNotice {
        LogOutNotice { jti: jti.to_owned(), sub: sub.map(str::to_owned), sid: sid.map(str::to_owned) }
    }

    #[test]
    fn every_log_in_gets_a_cookie_value_of_its_own_with_256_bits() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let (first, second) = (start(&sessions, now), start(&sessions, now));
        assert_ne!(first, second);
        assert_eq!(first.len(), 43, "32 bytes in base64url");
    }

    #[test]
    fn a_session_ends_after_an_hour_unseen_and_a_visit_prolongs_it() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let id = start(&sessions, now);
        let later = now + IDLE - Duration::from_secs(1);
        assert!(sessions.visit(&id, later).is_some());
        assert!(sessions.visit(&id, later + IDLE - Duration::from_secs(1)).is_some());
        assert!(sessions.visit(&id, later + IDLE + IDLE).is_none());
    }

    #[test]
    fn a_session_ends_after_twelve_hours_however_busy() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let id = start(&sessions, now);
        for half_hours in 1..24 {
            assert!(sessions.visit(&id, now + Duration::from_secs(1800 * half_hours)).is_some());
        }
        assert!(sessions.find(&id, now + ABSOLUTE).is_none());
    }

    #[test]
    fn an_ended_session_is_gone_and_the_others_stay() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let (mine, other) = (start(&sessions, now), start(&sessions, now));
        sessions.end(&mine);
        assert!(sessions.find(&mine, now).is_none());
        assert!(sessions.find(&other, now).is_some());
    }

    #[test]
    fn only_the_sessions_own_forms_are_believed() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let one = sessions.find(&start(&sessions, now), now).unwrap();
        let two = sessions.find(&start(&sessions, now), now).unwrap();
        assert!(one.wrote(one.csrf()));
        assert!(!one.wrote(two.csrf()));
        assert!(!one.wrote(""));
    }

    /// Section 2.7 of Back-Channel Logout: the session named, or all of the person where none is.
    #[test]
    fn a_notice_ends_the_session_it_names_or_all_of_its_person() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let open = |sub, sid| sessions.start(tokens_of(sub, sid), now, now).unwrap();
        let ids =
            [open("sam", Some("one")), open("sam", Some("two")), open("sam", None), open("ana", Some("3"))];
        let alive = || ids.each_ref().map(|id| sessions.find(id, now).is_some());

        assert_eq!(
            sessions.end_as_told(notice("a", Some("ana"), Some("one")), now),
            Some(0),
            "they disagree"
        );
        assert_eq!(sessions.end_as_told(notice("b", None, Some("one")), now), Some(1));
        assert_eq!(alive(), [false, true, true, true]);
        assert_eq!(sessions.end_as_told(notice("c", Some("sam"), Some("two")), now), Some(1));
        assert_eq!(alive(), [false, false, true, true]);
        assert_eq!(sessions.end_as_told(notice("d", Some("sam"), None), now), Some(1));
        assert_eq!(alive(), [false, false, false, true]);
    }

    #[test]
    fn the_same_notice_counts_once_for_as_long_as_its_token_looks_good() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        assert!(sessions.end_as_told(notice("a", Some("sam"), None), now).is_some());
        let last = now + REPLAYABLE - Duration::from_secs(1);
        assert!(sessions.end_as_told(notice("a", Some("sam"), None), last).is_none());
    }

    #[test]
    fn a_notice_that_overtakes_the_log_in_it_is_about_leaves_no_session() {
        let (sessions, left) = (Sessions::default(), Instant::now());
        let (told, back) = (left + Duration::from_secs(1), left + Duration::from_secs(2));
        sessions.end_as_told(notice("a", Some("sam"), Some("one")), told);
        assert!(sessions.start(tokens_of("sam", Some("one")), left, back).is_none());
        assert!(sessions.start(tokens_of("sam", Some("two")), left, back).is_some(), "another session");
        assert!(sessions.start(tokens_of("ana", Some("1")), left, back).is_some(), "somebody else");
        assert!(
            sessions.start(tokens_of("sam", Some("one")), back, back).is_some(),
            "a log-in begun after it"
        );
    }

    #[test]
    fn an_open_page_that_asks_by_itself_is_no_visit() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let id = start(&sessions, now);
        assert!(sessions.find(&id, now + IDLE - Duration::from_secs(1)).is_some());
        assert!(sessions.find(&id, now + IDLE).is_none());
    }
}
