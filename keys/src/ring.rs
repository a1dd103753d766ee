//! The ring of signing keys: makes them, seals their private halves, signs, verifies and publishes them.
//!
//! Readers take a snapshot and never wait for a rotation: `adopt` builds the next one beside it and swaps.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use idp_domain::Timestamp;
use idp_domain::ports::{JwtKind, KeyError, Keyring, PublishedKeys, VerifiedJwt};
use idp_domain::signing_key::{SigningAlg, SigningKey, signing_at};
use josekit::jwk::Jwk;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::jwe;
use crate::jws::Unverified;
use crate::master::MasterKeys;
use crate::public::{PublishedKey, publish, publish_nothing};
use crate::signing::{RingKey, crypto, generate};

/// What private halves are sealed as; nothing a browser carries is ever sealed under it.
const LABEL: &str = "signing-key";

/// Signing keys under master keys. Empty until the first [`Keyring::adopt`].
pub struct Ring {
    masters: Arc<MasterKeys>,
    snapshot: RwLock<Arc<Snapshot>>,
}

/// What one `adopt` built.
struct Snapshot {
    calendar: Vec<SigningKey>,
    keys: HashMap<String, RingKey>,
    published: Arc<PublishedKeys>,
}

impl Ring {
    pub fn new(masters: Arc<MasterKeys>) -> Self {
        let published = Arc::new(publish_nothing());
        let empty = Snapshot { calendar: Vec::new(), keys: HashMap::new(), published };
        Self { masters, snapshot: RwLock::new(Arc::new(empty)) }
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn open(&self, key: &SigningKey) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.masters.open_as(LABEL, &key.sealed).map_err(|why| sealed(key, &why))
    }

    /// Opens a stored key and holds it against what is stored beside it in the clear.
    fn import(&self, key: &SigningKey) -> Result<RingKey, KeyError> {
        let jwk = Jwk::from_bytes(self.open(key)?.as_slice()).map_err(crypto)?;
        let imported = RingKey::import(&jwk, key.alg)?;
        if imported.kid != key.kid {
            return Err(sealed(key, &"what is sealed is another key"));
        }
        Ok(imported)
    }
}

impl Keyring for Ring {
    fn make(&self, alg: SigningAlg, active_from: Timestamp, now: Timestamp) -> Result<SigningKey, KeyError> {
        let jwk = generate(alg).map_err(crypto)?;
        let kid = RingKey::import(&jwk, alg)?.kid;
        let plain = Zeroizing::new(serde_json::to_vec(&jwk).map_err(crypto)?);
        let sealed = self.masters.seal_as(LABEL, &plain).map_err(crypto)?;
        Ok(SigningKey { kid, alg, sealed, created_at: now, active_from })
    }

    fn opens(&self, key: &SigningKey) -> bool {
        self.open(key).is_ok()
    }

    fn reseal(&self, key: &SigningKey) -> Result<Option<SigningKey>, KeyError> {
        if jwe::kid(&key.sealed).is_some_and(|id| id == self.masters.active_id()) {
            return Ok(None);
        }
        let sealed = self.masters.seal_as(LABEL, &self.open(key)?).map_err(crypto)?;
        Ok(Some(SigningKey { sealed, ..key.clone() }))
    }

    fn adopt(&self, keys: &[SigningKey]) -> Result<(), KeyError> {
        if self.snapshot().calendar == keys {
            return Ok(());
        }
        let mut imported = HashMap::new();
        for key in keys {
            imported.insert(key.kid.clone(), self.import(key)?);
        }
        let mut listed: Vec<&SigningKey> = keys.iter().collect();
        listed.sort_by(|a, b| (a.active_from, &a.kid).cmp(&(b.active_from, &b.kid)));
        listed.dedup_by(|a, b| a.kid == b.kid);
        let listed: Vec<PublishedKey<'_>> =
            listed.iter().filter_map(|key| imported.get(&key.kid)).map(RingKey::published).collect();
        let published = Arc::new(publish(&listed).map_err(crypto)?);

        let next = Arc::new(Snapshot { calendar: keys.to_vec(), keys: imported, published });
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    fn sign(
        &self,
        kind: JwtKind,
        alg: SigningAlg,
        claims: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<String, KeyError> {
        let snapshot = self.snapshot();
        signing_at(&snapshot.calendar, alg, now)
            .and_then(|active| snapshot.keys.get(&active.kid))
            .ok_or(KeyError::NoKey(alg))?
            .sign(kind, claims)
    }

    fn verify(&self, kind: JwtKind, token: &str) -> Result<VerifiedJwt, KeyError> {
        let token = Unverified::parse(token)?;
        let (kid, alg) = token.kid_and_alg(kind)?;
        let snapshot = self.snapshot();
        let key = snapshot.keys.get(kid).ok_or(KeyError::NotOurs("its kid is not in the ring"))?;
        key.verify(alg, &token)?;
        Ok(VerifiedJwt { claims: token.claims()? })
    }

    fn published(&self) -> Arc<PublishedKeys> {
        Arc::clone(&self.snapshot().published)
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let snapshot = self.snapshot();
        f.debug_tuple("Ring").field(&snapshot.keys.keys().collect::<Vec<_>>()).finish()
    }
}

fn sealed(key: &SigningKey, why: &dyn fmt::Display) -> KeyError {
    KeyError::Sealed(format!("{} {}: {why}", key.alg.as_str(), key.kid))
}

#[cfg(test)]
#[path = "ring_tests.rs"]
mod tests;
