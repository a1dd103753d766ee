//! The certificate and key that native TLS shows, from two PEM files that an operator replaces while we run.
//!
//! A pair is taken whole or not at all: read whole, the same at two looks so that nobody is still writing it, its key fitting
//! its certificate, and nothing wrong with it that is not wrong with the one in use. Connections that stand are not touched.

mod face;
mod pair;

use std::io;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use idp_domain::Timestamp;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

pub use pair::{CertificateError, Complaint, Outlook};
use pair::{Pair, Unreadable, Written};

/// No chain is longer; a wrong file name must not fill the memory.
const LARGEST: u64 = 1 << 20;

/// The files, and the pair that was read from them last.
#[derive(Debug)]
pub struct CertificateFiles {
    certificate: PathBuf,
    key: PathBuf,
    /// Whom the certificate must be for.
    host: Option<String>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    shown: Arc<Pair>,
    /// Of the files that `shown` was read from.
    taken: Fingerprint,
    /// Of the files at the last look.
    seen: Fingerprint,
}

type Fingerprint = [u8; 32];

/// What came of a look at the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Unchanged,
    /// Somebody may still be writing them.
    Changing,
    Taken,
}

impl CertificateFiles {
    /// `host`: whom the certificate must be for; `None` where people see another one, a proxy's.
    ///
    /// # Errors
    /// [`CertificateError`]; a pair that TLS can be spoken with is taken, whatever [`Self::outlook`] says of it: it may be
    /// replaced without a restart.
    pub fn open(certificate: PathBuf, key: PathBuf, host: Option<String>) -> Result<Self, CertificateError> {
        let written = read(&certificate, &key)?;
        let shown = Arc::new(Pair::read(&written, host.as_deref())?);
        let taken = fingerprint(&written);
        Ok(Self { certificate, key, host, state: Mutex::new(State { shown, taken, seen: taken }) })
    }

    /// Takes what lies there now, if it is another pair than before, complete, and no worse. Reads from a disk: not for a thread
    /// that must not wait.
    ///
    /// # Errors
    /// [`CertificateError`]; the pair of before stays in use.
    pub fn look(&self, now: Timestamp) -> Result<Look, CertificateError> {
        let written = read(&self.certificate, &self.key)?;
        let found = fingerprint(&written);
        {
            let mut state = self.state();
            let before = std::mem::replace(&mut state.seen, found);
            if found == state.taken {
                return Ok(Look::Unchanged);
            }
            if found != before {
                return Ok(Look::Changing);
            }
        }
        let pair = Pair::read(&written, self.host.as_deref())?;
        if let (Outlook::Bad(complaint), false) =
            (pair.outlook(now), matches!(self.outlook(now), Outlook::Bad(_)))
        {
            return Err(CertificateError::Worse(complaint));
        }
        let mut state = self.state();
        state.shown = Arc::new(pair);
        state.taken = found;
        Ok(Look::Taken)
    }

    /// What is to be said of the pair in use.
    pub fn outlook(&self, now: Timestamp) -> Outlook {
        self.shown().outlook(now)
    }

    /// When the first certificate of the chain in use ends.
    pub fn not_after(&self) -> Timestamp {
        self.shown().not_after()
    }

    fn shown(&self) -> Arc<Pair> {
        Arc::clone(&self.state().shown)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for CertificateFiles {
    /// The one certificate, whatever name the client asked for.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.shown().certified))
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Written, CertificateError> {
    let content = |setting, path: &Path| {
        read_bounded(path).map_err(|why| Unreadable { setting, path: path.to_owned(), why })
    };
    let key = content("key", key).map(Zeroizing::new);
    match (content("certificate", certificate), key) {
        (Ok(certificate), Ok(key)) => Ok(Written { certificate, key }),
        (certificate, key) => {
            let unreadable = certificate.err().into_iter().chain(key.err());
            Err(CertificateError::Unreadable(unreadable.collect()))
        }
    }
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let read = std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut content)?;
    if read as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than a megabyte"));
    }
    Ok(content)
}

fn fingerprint(written: &Written) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(Sha256::digest(&written.certificate));
    hash.update(Sha256::digest(&*written.key));
    hash.finalize().into()
}
