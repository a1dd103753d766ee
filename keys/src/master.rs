//! Master keys: everything sealed or derived rests on one of them, and none of them is ever used directly.
//!
//! Each purpose has keys of its own, HMAC-SHA-256 of the master key over `idp/seal/<purpose>` or `idp/derive/<purpose>`,
//! so that what was made for one purpose is noise to every other. New things are made under the first key; the others
//! still open theirs.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use idp_domain::Secret;
use idp_domain::ports::{Purpose, Sealer};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::jwe;

/// A key the operator made, with the name that stands beside what it sealed.
#[derive(Debug, Clone)]
pub struct MasterKey {
    /// Appears in sealed values; says nothing about the key.
    pub id: String,
    /// 256 random bits.
    pub secret: Secret<[u8; 32]>,
}

/// Why a list of master keys is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    #[error("there is no master key")]
    Missing,
    #[error("a master key has no id")]
    Nameless,
    #[error("two master keys are named {0:?}")]
    Repeated(String),
}

/// Why a sealed value does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("it was sealed under the master key {0:?}, which is not configured")]
    MasterMissing(String),
    #[error("it was altered, or another key is configured under the id {0:?}")]
    Altered(String),
    #[error("it is not a sealed value")]
    Foreign,
}

/// The configured master keys, the active one first.
pub struct MasterKeys {
    active: Root,
    older: Vec<Root>,
}

impl MasterKeys {
    /// # Errors
    /// [`MasterKeyError`] unless there is at least one key and every id is there once.
    pub fn new(keys: Vec<MasterKey>) -> Result<Self, MasterKeyError> {
        for (at, key) in keys.iter().enumerate() {
            if key.id.is_empty() {
                return Err(MasterKeyError::Nameless);
            }
            if keys.iter().skip(at + 1).any(|other| other.id == key.id) {
                return Err(MasterKeyError::Repeated(key.id.clone()));
            }
        }
        let mut roots = keys.into_iter().map(Root::new);
        let active = roots.next().ok_or(MasterKeyError::Missing)?;
        Ok(Self { active, older: roots.collect() })
    }

    /// A key of its own for `label` from every master key with its id, active first: for what is neither sealed nor
    /// derived here, such as the pepper of an operator who configured none (rule P8).
    pub fn subkeys(&self, label: &str) -> Vec<(String, Secret<[u8; 32]>)> {
        self.all().map(|root| (root.id.clone(), Secret::new(*root.subkey("subkey", label)))).collect()
    }

    pub(crate) fn active_id(&self) -> &str {
        &self.active.id
    }

    pub(crate) fn seal_as(&self, label: &str, plain: &[u8]) -> Result<String, josekit::JoseError> {
        jwe::encrypt(&self.active.id, &self.active.subkey("seal", label), plain)
    }

    pub(crate) fn open_as(&self, label: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let id = jwe::kid(sealed).ok_or(OpenError::Foreign)?;
        let Some(root) = self.all().find(|root| root.id == id) else {
            return Err(OpenError::MasterMissing(id));
        };
        jwe::decrypt(&root.subkey("seal", label), sealed).ok_or(OpenError::Altered(id))
    }

    fn all(&self) -> impl Iterator<Item = &Root> {
        std::iter::once(&self.active).chain(&self.older)
    }
}

impl Sealer for MasterKeys {
    fn seal(&self, purpose: Purpose, plain: &[u8]) -> String {
        // Fails only when OpenSSL is out of memory; the empty text opens as nothing.
        self.seal_as(purpose.label(), plain).unwrap_or_default()
    }

    fn open(&self, purpose: Purpose, sealed: &str) -> Option<Vec<u8>> {
        self.open_as(purpose.label(), sealed).ok().map(|plain| plain.to_vec())
    }

    fn derive(&self, purpose: Purpose, input: &[u8]) -> [u8; 32] {
        self.active.derive(purpose, input)
    }

    fn derive_all(&self, purpose: Purpose, input: &[u8]) -> Vec<[u8; 32]> {
        self.all().map(|root| root.derive(purpose, input)).collect()
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MasterKeys").field(&self.all().map(|root| &root.id).collect::<Vec<_>>()).finish()
    }
}

/// A master key as the root of a tree of keys.
struct Root {
    id: String,
    mac: Hmac<Sha256>,
}

impl Root {
    fn new(key: MasterKey) -> Self {
        Self { id: key.id, mac: keyed(key.secret.expose()) }
    }

    fn subkey(&self, use_of_it: &str, label: &str) -> Zeroizing<[u8; 32]> {
        let labelled = self.mac.clone().chain_update("idp/").chain_update(use_of_it).chain_update("/");
        Zeroizing::new(labelled.chain_update(label).finalize().into_bytes().into())
    }

    fn derive(&self, purpose: Purpose, input: &[u8]) -> [u8; 32] {
        keyed(&self.subkey("derive", purpose.label())).chain_update(input).finalize().into_bytes().into()
    }
}

/// HMAC-SHA-256 under a key shorter than its block, which RFC 2104 fills up with zeros.
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    Hmac::new((&*block).into())
}

#[cfg(test)]
#[path = "master_tests.rs"]
mod tests;
