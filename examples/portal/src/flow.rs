//! Log-ins under way: what must be remembered between sending a person to the provider and the answer
//! (OIDC Core section 3.1.2.1: `state` and `nonce`; RFC 7636: the code verifier).
//!
//! Each flow is found by its own `state`, so that several tabs log in side by side, and only in the browser
//! that began it. It is taken out once, lives ten minutes, and there are never more than a bounded
//! number; when the bound is met the oldest gives way. Losing one costs a click, never a log-in as
//! somebody else. A portal of several machines would keep these in a shared store or in a sealed cookie.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};

/// How long a person may take at the provider; activation and its questions fit.
pub(crate) const LIFETIME: Duration = Duration::from_secs(10 * 60);
const PER_BROWSER: usize = 8;
const IN_ALL: usize = 10_000;

/// One log-in under way. The secrets in it never leave the server.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) nonce: Nonce,
    pub(crate) verifier: PkceCodeVerifier,
    pub(crate) started: Instant,
    browser: String,
}

/// Every log-in under way, by `state`.
#[derive(Debug)]
pub(crate) struct Flows {
    by_state: Mutex<HashMap<String, Flow>>,
    room: usize,
}

impl Default for Flows {
    fn default() -> Self {
        Self::with_room(IN_ALL)
    }
}

impl Flows {
    /// Holds at most `room` flows.
    fn with_room(room: usize) -> Self {
        Self { by_state: Mutex::default(), room }
    }

    pub(crate) fn begin(
        &self,
        state: &CsrfToken,
        browser: &str,
        secrets: (Nonce, PkceCodeVerifier),
        now: Instant,
    ) {
        let mut flows = self.lock();
        flows.retain(|_, flow| now < flow.started + LIFETIME);
        if flows.values().filter(|flow| flow.browser == browser).count() >= PER_BROWSER {
            drop_oldest(&mut flows, |flow| flow.browser == browser);
        }
        if flows.len() >= self.room {
            drop_oldest(&mut flows, |_| true);
        }
        let (nonce, verifier) = secrets;
        let flow = Flow { nonce, verifier, browser: browser.to_owned(), started: now };
        flows.insert(state.secret().clone(), flow);
    }

    /// Whether a flow of this browser is under way.
    pub(crate) fn know(&self, browser: &str, now: Instant) -> bool {
        self.lock().values().any(|flow| flow.browser == browser && now < flow.started + LIFETIME)
    }

    /// Takes the flow out, so that an answer counts once. `None`: unknown, used, too old, or begun in
    /// another browser (whose flow then stays where it is).
    pub(crate) fn take(&self, state: &str, browser: &str, now: Instant) -> Option<Flow> {
        let mut flows = self.lock();
        if flows.get(state)?.browser != browser {
            return None;
        }
        flows.remove(state).filter(|flow| now < flow.started + LIFETIME)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Flow>> {
        self.by_state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn drop_oldest(flows: &mut HashMap<String, Flow>, among: impl Fn(&Flow) -> bool) {
    let oldest = flows.iter().filter(|(_, flow)| among(flow)).min_by_key(|(_, flow)| flow.started);
    if let Some(state) = oldest.map(|(state, _)| state.clone()) {
        flows.remove(&state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openidconnect::PkceCodeChallenge;

    fn begin(flows: &Flows, state: &str, browser: &str, now: Instant) {
        let (_, verifier) = PkceCodeChallenge::new_random_sha256();
        flows.begin(
            &CsrfToken::new(state.into()),
            browser,
            (Nonce::new(format!("n-{state}")), verifier),
            now,
        );
    }

    #[test]
    fn two_tabs_log_in_side_by_side_and_each_finds_its_own_nonce() {
        let (flows, now) = (Flows::default(), Instant::now());
        begin(&flows, "one", "browser", now);
        begin(&flows, "two", "browser", now);
        assert_eq!(
            flows.take("two", "browser", now).map(|flow| flow.nonce.secret().clone()),
            Some("n-two".into())
        );
        assert_eq!(
            flows.take("one", "browser", now).map(|flow| flow.nonce.secret().clone()),
            Some("n-one".into())
        );
    }

    #[test]
    fn an_answer_counts_once() {
        let (flows, now) = (Flows::default(), Instant::now());
        begin(&flows, "one", "browser", now);
        assert!(flows.take("one", "browser", now).is_some());
        assert!(flows.take("one", "browser", now).is_none());
    }

    #[test]
    fn another_browser_neither_gets_the_flow_nor_spoils_it() {
        let (flows, now) = (Flows::default(), Instant::now());
        begin(&flows, "one", "mine", now);
        assert!(flows.take("one", "theirs", now).is_none());
        assert!(flows.take("one", "mine", now).is_some());
    }

    #[test]
    fn a_flow_is_forgotten_after_ten_minutes() {
        let (flows, now) = (Flows::default(), Instant::now());
        begin(&flows, "one", "browser", now);
        begin(&flows, "two", "browser", now);
        assert!(flows.take("one", "browser", now + LIFETIME - Duration::from_millis(1)).is_some());
        assert!(flows.take("two", "browser", now + LIFETIME).is_none());
    }

    #[test]
    fn a_browser_that_opens_many_tabs_loses_its_own_oldest_only() {
        let (flows, now) = (Flows::default(), Instant::now());
        begin(&flows, "neighbour", "other", now);
        for tab in 0..=PER_BROWSER as u64 {
            begin(&flows, &tab.to_string(), "browser", now + Duration::from_secs(tab));
        }
        assert!(flows.take("0", "browser", now).is_none());
        assert!(flows.take("1", "browser", now).is_some());
        assert!(flows.take("neighbour", "other", now).is_some());
    }

    #[test]
    fn flows_never_outgrow_their_bound() {
        let (flows, now) = (Flows::with_room(20), Instant::now());
        for n in 0..25 {
            begin(&flows, &n.to_string(), &n.to_string(), now + Duration::from_millis(n));
        }
        assert_eq!(flows.lock().len(), 20);
        assert!(flows.take("4", "4", now).is_none());
        assert!(flows.take("5", "5", now).is_some());
    }
}
