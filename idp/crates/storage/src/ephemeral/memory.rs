//! Ephemeral state of a server that runs alone. Bounded for each kind of key by itself, because strangers make keys: a failure of
//! ever another network, a mail for ever another address, a proof of ever another key (RFC 9449 is checked before a client is
//! known). Whoever fills one kind up makes the server forget nothing of another.
//!
//! When a kind is full, what would expire first goes first; but nothing that was used once is forgotten while it could be used
//! again (RFC 9449 section 11.1, RFC 7523 section 3): there, whatever is new is refused until there is room.

use std::collections::{BTreeSet, HashMap};
use std::mem::{Discriminant, discriminant};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use idp_domain::ports::{Ephemeral, EphemeralError, EphemeralKey};
use idp_domain::{Clock, Timestamp};

/// Of one kind: about 15 MB of keys.
const MOST_COUNTED: usize = 100_000;
/// What was used once: 5000 proofs in each second of the minute they are good for; about 70 MB of keys.
const MOST_USED_ONCE: usize = 300_000;
/// Of these, one client's: five assertions in each second of the hour they may be good for.
const MOST_OF_A_CLIENT: usize = 20_000;

/// Entries live until the injected clock says otherwise.
#[expect(missing_debug_implementations, reason = "holds addresses of visitors")]
pub struct MemoryEphemeral {
    clock: Arc<dyn Clock>,
    started_at: Timestamp,
    books: Mutex<HashMap<Discriminant<EphemeralKey>, Book>>,
}

/// The keys of one kind.
struct Book {
    most: usize,
    may_forget: bool,
    entries: HashMap<Arc<str>, Entry>,
    by_expiry: BTreeSet<(Timestamp, Arc<str>)>,
    /// How many each client has.
    of_clients: HashMap<Arc<str>, usize>,
}

struct Entry {
    count: u64,
    client: Option<Arc<str>>,
}

impl MemoryEphemeral {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { started_at: clock.now(), clock, books: Mutex::default() }
    }

    /// Opens the book of this key, in which everything is alive now.
    fn open<T>(&self, key: &EphemeralKey, act: impl FnOnce(&mut Book, &str, Timestamp) -> T) -> T {
        // Each operation leaves the books whole, so a panic elsewhere has not torn them.
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let book = books.entry(discriminant(key)).or_insert_with(|| Book::of(key));
        let now = self.clock.now();
        book.expire(now);
        act(book, &key.as_text(), now)
    }
}

#[async_trait]
impl Ephemeral for MemoryEphemeral {
    async fn count(&self, key: &EphemeralKey, ttl: Duration) -> Result<u64, EphemeralError> {
        self.open(key, |book, text, now| book.add((text, key.client()), now + ttl))
    }

    async fn counted(&self, key: &EphemeralKey) -> Result<u64, EphemeralError> {
        Ok(self.open(key, |book, text, _| book.entries.get(text).map_or(0, |entry| entry.count)))
    }

    async fn uncount(&self, key: &EphemeralKey) -> Result<(), EphemeralError> {
        self.open(key, |book, text, _| {
            if let Some(entry) = book.entries.get_mut(text) {
                entry.count = entry.count.saturating_sub(1);
            }
        });
        Ok(())
    }

    async fn put_if_absent(&self, key: &EphemeralKey, ttl: Duration) -> Result<bool, EphemeralError> {
        self.open(key, |book, text, now| match book.entries.contains_key(text) {
            true => Ok(false),
            false => book.add((text, key.client()), now + ttl).map(|_| true),
        })
    }

    fn remembers_since(&self) -> Option<Timestamp> {
        Some(self.started_at)
    }

    async fn ping(&self) -> Result<(), EphemeralError> {
        Ok(())
    }
}

impl Book {
    fn of(key: &EphemeralKey) -> Self {
        let is_used_once = key.is_used_once();
        Self {
            most: if is_used_once { MOST_USED_ONCE } else { MOST_COUNTED },
            may_forget: !is_used_once,
            entries: HashMap::new(),
            by_expiry: BTreeSet::new(),
            of_clients: HashMap::new(),
        }
    }

    fn expire(&mut self, now: Timestamp) {
        while self.by_expiry.first().is_some_and(|(until, _)| *until <= now) {
            self.remove_first();
        }
    }

    fn remove_first(&mut self) {
        let first = self.by_expiry.pop_first().and_then(|(_, key)| self.entries.remove(&key));
        let Some(client) = first.and_then(|entry| entry.client) else { return };
        if let Some(has) = self.of_clients.get_mut(&client) {
            *has -= 1;
            if *has == 0 {
                self.of_clients.remove(&client);
            }
        }
    }

    /// Adds one; a new entry lives until `until`.
    fn add(
        &mut self,
        (key, client): (&str, Option<&String>),
        until: Timestamp,
    ) -> Result<u64, EphemeralError> {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.count += 1;
            return Ok(entry.count);
        }
        let client: Option<Arc<str>> = client.map(|client| client.as_str().into());
        let has = client.as_ref().and_then(|client| self.of_clients.get(client)).copied().unwrap_or(0);
        if has >= MOST_OF_A_CLIENT {
            return Err(EphemeralError::Busy("no room to remember more of this client".into()));
        }
        if self.entries.len() >= self.most {
            if !self.may_forget {
                return Err(EphemeralError::Busy("no room to remember what was used once".into()));
            }
            self.remove_first();
        }
        let key: Arc<str> = key.into();
        self.by_expiry.insert((until, Arc::clone(&key)));
        if let Some(client) = &client {
            self.of_clients.insert(Arc::clone(client), has + 1);
        }
        self.entries.insert(key, Entry { count: 1, client });
        Ok(1)
    }
}
