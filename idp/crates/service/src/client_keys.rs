//! The keys a client publishes at its `jwks_uri` (RFC 7591 section 2): fetched when needed, kept for a while, fetched again
//! when a token names a key we have not seen. However often clients ask, one address is not fetched more than twice a minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::client::{ClientKeys, JwkSet, JwkSetError};
use idp_domain::ports::OutboundError;
use url::Url;

use crate::env::Env;

/// How long a fetched set is used without asking again.
const FRESH: Duration = Duration::from_secs(3600);
/// How long it is used while the client's server does not answer.
const STALE: Duration = Duration::from_secs(24 * 3600);
/// The least time between two fetches of one address.
const PAUSE: Duration = Duration::from_secs(30);

/// What was fetched, by address: as many as clients have registered.
#[derive(Debug, Default)]
pub struct KeyCache(Mutex<HashMap<Url, Arc<Published>>>);

/// One address.
#[derive(Debug, Default)]
struct Published {
    seen: Mutex<Seen>,
    /// Held by the one who fetches.
    turn: futures::lock::Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct Seen {
    keys: Option<(Arc<JwkSet>, Timestamp)>,
    tried_at: Option<Timestamp>,
}

/// Whether keys that are still fresh will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    Known,
    /// A token named a key that is not among the known ones.
    Newer,
}

/// The client's keys; `None` when it has none, or they cannot be had.
pub(crate) async fn find(env: &Env, keys: &ClientKeys, want: Want) -> Option<Arc<JwkSet>> {
    match keys {
        ClientKeys::Inline(set) => Some(Arc::new(set.clone())),
        ClientKeys::Remote(url) => remote(env, url, want).await,
    }
}

async fn remote(env: &Env, url: &Url, want: Want) -> Option<Arc<JwkSet>> {
    let now = env.now();
    let published = env.client_keys.of(url);
    let will_do = |seen: &Seen| want == Want::Known && seen.is_fresh(now);
    let seen = published.seen();
    if will_do(&seen) {
        return seen.usable(now);
    }
    // One fetches; whoever asks meanwhile waits for what it finds.
    let _turn = published.turn.lock().await;
    let seen = published.seen();
    if will_do(&seen) || seen.was_tried(now) {
        return seen.usable(now);
    }
    // Noted before the answer: a client that hangs up has had its try.
    published.note(Seen { tried_at: Some(now), ..seen });
    match fetch(env, url).await {
        Ok(keys) => published.note(Seen { keys: Some((Arc::new(keys), now)), tried_at: Some(now) }),
        Err(error) => tracing::warn!(%url, %error, "a client's keys cannot be had"),
    }
    published.seen().usable(now)
}

/// Why there are no keys at a `jwks_uri`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoKeys {
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    #[error("the answer {0}")]
    Refused(#[from] JwkSetError),
}

/// What is published there now.
pub(crate) async fn fetch(env: &Env, url: &Url) -> Result<JwkSet, NoKeys> {
    let body = env.outbound.get(url).await?;
    let document: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    Ok(JwkSet::try_from(document)?)
}

impl KeyCache {
    fn of(&self, url: &Url) -> Arc<Published> {
        Arc::clone(lock(&self.0).entry(url.clone()).or_default())
    }
}

impl Published {
    fn seen(&self) -> Seen {
        lock(&self.seen).clone()
    }

    fn note(&self, seen: Seen) {
        *lock(&self.seen) = seen;
    }
}

impl Seen {
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.keys.as_ref().is_some_and(|(_, at)| now.since(*at) < FRESH)
    }

    fn was_tried(&self, now: Timestamp) -> bool {
        self.tried_at.is_some_and(|at| now.since(at) < PAUSE)
    }

    fn usable(self, now: Timestamp) -> Option<Arc<JwkSet>> {
        self.keys.filter(|(_, at)| now.since(*at) < STALE).map(|(set, _)| set)
    }
}

/// Nothing is left half written: what is noted is noted in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
