//! The audit log as chains (`provisioning.md` section 6): each company's events in a row, and the platform's own, every one
//! tied to all before it, so that what is changed, removed or moved afterwards shows.
//!
//! A link is SHA-256 over the chain, the place in it, the link before and everything that is stored of the event. Anybody
//! could compute new links after a change; the seal over a chain's two ends takes a key that is not in the database.

use uuid::Uuid;

use crate::id::{AuditId, CompanyId};
use crate::{Digest, Timestamp};

/// Whose chain: a company's, or the platform's own, which holds what belongs to no company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainId(Uuid);

impl ChainId {
    /// Before every company's in order.
    pub const PLATFORM: Self = Self(Uuid::nil());

    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// `None` for the platform's own.
    pub fn company(self) -> Option<CompanyId> {
        (self != Self::PLATFORM).then(|| CompanyId::from_uuid(self.0))
    }
}

impl From<Option<CompanyId>> for ChainId {
    fn from(company: Option<CompanyId>) -> Self {
        company.map_or(Self::PLATFORM, |company| Self(company.uuid()))
    }
}

impl std::fmt::Display for ChainId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.company() {
            Some(company) => company.fmt(f),
            None => f.write_str("platform"),
        }
    }
}

/// A place in a chain, and what ties it to everything before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// From one.
    pub seq: u64,
    pub hash: Digest,
}

impl Link {
    /// What the first event is tied to.
    pub const START: Self = Self { seq: 0, hash: Digest::from_bytes([0; 32]) };

    /// The link of the next event, given the digest of all that is stored of it.
    #[must_use]
    pub fn next(&self, chain: ChainId, content: &Digest) -> Self {
        let seq = self.seq + 1;
        let mut bytes = b"idp audit link 1".to_vec();
        bytes.extend_from_slice(chain.0.as_bytes());
        bytes.extend_from_slice(&seq.to_be_bytes());
        bytes.extend_from_slice(self.hash.bytes());
        bytes.extend_from_slice(content.bytes());
        Self { seq, hash: Digest::of(&bytes) }
    }
}

/// One chain: everything in it is between its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    pub id: ChainId,
    /// Of a company's chain: which one it is, in the order of their making, from one. Of the platform's: how many there
    /// are. A chain that is taken away as a whole leaves a gap.
    pub number: u64,
    /// The last event whose time was over; the first one kept is tied to it.
    pub base: Link,
    pub head: Link,
    /// Over all of the above.
    pub seal: Digest,
}

impl Chain {
    /// Empty, and not sealed yet; `at` is its first and last place.
    pub const fn new(id: ChainId, number: u64, at: Link) -> Self {
        Self { id, number, base: at, head: at, seal: Digest::from_bytes([0; 32]) }
    }

    /// What the seal covers; every part has one length, so two chains are never the same bytes.
    pub fn sealed_part(&self) -> Vec<u8> {
        let Self { id, number, base, head, seal: _ } = self;
        let mut bytes = b"idp audit chain 1".to_vec();
        bytes.extend_from_slice(id.0.as_bytes());
        bytes.extend_from_slice(&number.to_be_bytes());
        for link in [base, head] {
            bytes.extend_from_slice(&link.seq.to_be_bytes());
            bytes.extend_from_slice(link.hash.bytes());
        }
        bytes
    }
}

/// An event that waits for its place.
#[derive(Debug, Clone)]
pub struct UnchainedEvent {
    pub id: AuditId,
    pub chain: ChainId,
    /// Of all that is stored of it.
    pub content: Digest,
}

/// An event in its place, as it is stored now.
#[derive(Debug, Clone)]
pub struct ChainedEvent {
    pub at: Timestamp,
    /// Of all that is stored of it.
    pub content: Digest,
    pub link: Link,
}

/// What a chain is not supposed to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// No event is at the place.
    Missing,
    /// The event at the place is not the one that was tied in there: changed, or moved from another place.
    Changed,
    /// The event is outside of the chain's ends.
    Outside,
    /// The chain's own row was changed, or does not fit its last event.
    Ends,
    /// The chain once was longer, or another one, than it is now.
    RolledBack,
}

/// The first place at which a chain is broken, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    pub seq: u64,
    pub how: Breach,
}

impl ChainedEvent {
    /// The link of this event, if it is the one tied in behind `before`.
    ///
    /// # Errors
    /// [`Broken`], by [`Breach::Missing`] or [`Breach::Changed`].
    pub fn follow(&self, chain: ChainId, before: &Link) -> Result<Link, Broken> {
        let expected = before.next(chain, &self.content);
        let broken = |how| Err(Broken { seq: expected.seq, how });
        match () {
            () if self.link.seq > expected.seq => broken(Breach::Missing),
            () if self.link != expected => broken(Breach::Changed),
            () => Ok(expected),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const MAPLE: ChainId = ChainId(Uuid::from_u128(1));

    fn chained(contents: &[&str]) -> Vec<ChainedEvent> {
        let mut at = Link::START;
        contents
            .iter()
            .map(|text| {
                let content = Digest::of(text.as_bytes());
                at = at.next(MAPLE, &content);
                ChainedEvent { at: Timestamp::from_millis(0), content, link: at }
            })
            .collect()
    }

    fn walk(chain: ChainId, events: &[ChainedEvent]) -> Result<u64, Broken> {
        let end = events.iter().try_fold(Link::START, |at, event| event.follow(chain, &at))?;
        Ok(end.seq)
    }

    #[test]
    fn what_is_changed_removed_or_moved_shows_at_its_place() {
        let events = chained(&["a", "b", "c", "d"]);
        assert_eq!(walk(MAPLE, &events), Ok(4));
        let broken = |seq, how| Err(Broken { seq, how });

        let mut changed = events.clone();
        changed[1].content = Digest::of(b"B");
        assert_eq!(walk(MAPLE, &changed), broken(2, Breach::Changed));

        let mut removed = events.clone();
        removed.remove(1);
        assert_eq!(walk(MAPLE, &removed), broken(2, Breach::Missing));

        let mut swapped = events.clone();
        (swapped[1].content, swapped[2].content) = (events[2].content, events[1].content);
        assert_eq!(walk(MAPLE, &swapped), broken(2, Breach::Changed));

        assert_eq!(walk(ChainId::PLATFORM, &events), broken(1, Breach::Changed), "of another chain");
    }

    /// The hash ties a place to all before it, whatever the later ones are made to say.
    #[test]
    fn equal_events_have_different_links() {
        let events = chained(&["a", "a", "a"]);
        assert!(events[0].link.hash != events[1].link.hash && events[1].link.hash != events[2].link.hash);
    }

    #[test]
    fn the_seal_covers_every_part() {
        let chain = Chain::new(MAPLE, 1, Link::START);
        let far = Link { seq: 9, hash: Digest::of(b"far") };
        let others = [
            Chain { id: ChainId::PLATFORM, ..chain.clone() },
            Chain { number: 2, ..chain.clone() },
            Chain { base: far, ..chain.clone() },
            Chain { head: far, ..chain.clone() },
        ];
        for (n, other) in others.iter().enumerate() {
            assert_ne!(other.sealed_part(), chain.sealed_part());
            assert!(others[..n].iter().all(|before| before.sealed_part() != other.sealed_part()));
        }
    }
}
