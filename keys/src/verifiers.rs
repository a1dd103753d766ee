//! Verifiers of clients' keys, kept because importing a key costs more than using it once.
//!
//! Named by what decides how they verify, thumbprint (RFC 7638) and algorithm, so that nothing has to be invalidated:
//! a client that publishes another key has another name here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use idp_domain::client::AssertionAlg;
use josekit::jws::JwsVerifier;

/// There are two generations of at most this many each.
const GENERATION: usize = 512;

/// A key's thumbprint, and the algorithm it is used with.
pub(crate) type Name = (String, AssertionAlg);

#[derive(Debug, Default)]
pub(crate) struct Verifiers {
    generations: Mutex<Generations>,
}

/// Whatever is used moves to the young; when those are too many they become the old, and what was old until then is
/// let go.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Name, Arc<dyn JwsVerifier>>,
    old: HashMap<Name, Arc<dyn JwsVerifier>>,
}

impl Verifiers {
    /// The verifier of this name, imported when it is not there; `None` when it cannot be. Nobody waits for an import.
    pub(crate) fn find_or_import(
        &self,
        name: Name,
        import: impl FnOnce() -> Option<Box<dyn JwsVerifier>>,
    ) -> Option<Arc<dyn JwsVerifier>> {
        let found = self.lock().find(&name);
        if found.is_some() {
            return found;
        }
        let imported: Arc<dyn JwsVerifier> = import()?.into();
        self.lock().keep(name, Arc::clone(&imported));
        Some(imported)
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn find(&mut self, name: &Name) -> Option<Arc<dyn JwsVerifier>> {
        if let Some(found) = self.young.get(name) {
            return Some(Arc::clone(found));
        }
        let (name, found) = self.old.remove_entry(name)?;
        self.keep(name, Arc::clone(&found));
        Some(found)
    }

    fn keep(&mut self, name: Name, verifier: Arc<dyn JwsVerifier>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, verifier);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use josekit::jws::HS256;

    use super::*;

    fn name(number: usize) -> Name {
        (number.to_string(), AssertionAlg::Es256)
    }

    /// Whether `name` had to be imported.
    fn is_imported(verifiers: &Verifiers, name: Name) -> bool {
        let mut imported = false;
        verifiers.find_or_import(name, || {
            imported = true;
            Some(Box::new(HS256.verifier_from_bytes([0; 32]).unwrap()))
        });
        imported
    }

    #[test]
    fn what_is_used_stays_and_the_rest_is_let_go() {
        let verifiers = Verifiers::default();
        for number in 0..10 * GENERATION {
            assert!(is_imported(&verifiers, name(number)));
            assert!(!is_imported(&verifiers, name(0)), "used all the time");
        }
        let generations = verifiers.lock();
        assert!(generations.young.len() <= GENERATION && generations.old.len() <= GENERATION);
        drop(generations);
        assert!(is_imported(&verifiers, name(1)), "not used for long");
    }

    #[test]
    fn a_key_has_a_verifier_for_each_algorithm_and_a_failed_import_leaves_none() {
        let verifiers = Verifiers::default();
        assert!(is_imported(&verifiers, ("a".to_owned(), AssertionAlg::Rs256)));
        assert!(is_imported(&verifiers, ("a".to_owned(), AssertionAlg::Ps256)));
        assert!(verifiers.find_or_import(name(1), || None).is_none());
        assert!(is_imported(&verifiers, name(1)));
    }
}
