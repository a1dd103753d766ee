//! Places of network addresses, from a file in MaxMind DB format that the operator supplies (rules section 6).
//!
//! The file is read whole: it may be replaced while we run, and a mapped one must not be. Nothing is asked of anybody else: no
//! address leaves the process. Private addresses have no place, whatever the file says of them.

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;
use std::{fs, io};

use idp_domain::location::{Country, CountryCode, Location, PlaceName};
use idp_domain::ports::Geography;
use maxminddb::{MaxMindDbError, PathElement, Reader};

use super::outbound::is_public;

/// So many networks are looked at for a country before a file is said to know none; every file of countries has one at once.
const LOOKED_AT: usize = 1000;
/// The names are read in the language of the pages.
const LANGUAGE: &str = "en";

/// Why a file does not say where addresses are.
#[derive(Debug, thiserror::Error)]
pub enum LocationFileError {
    #[error("{path} cannot be read: {why}")]
    Unreadable { path: PathBuf, why: io::Error },
    #[error("{path} is not a file in MaxMind DB format (.mmdb): {why}")]
    NoMmdb { path: PathBuf, why: String },
    #[error("{path} ({kind}) knows no countries; a file such as GeoLite2 City or GeoLite2 Country does")]
    NoCountries { path: PathBuf, kind: String },
}

type Mmdb = Reader<Vec<u8>>;

/// A file of locations, as it was when it was read last.
#[derive(Debug)]
pub struct LocationFile {
    path: PathBuf,
    current: RwLock<Read>,
}

#[derive(Debug)]
struct Read {
    mmdb: Arc<Mmdb>,
    /// Of the file that was looked at last, also if it could not be used.
    stamp: Stamp,
}

/// What tells a file from the one that was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
}

/// Where no file was supplied.
#[derive(Debug)]
pub struct NoGeography;

impl LocationFile {
    /// # Errors
    /// [`LocationFileError`].
    pub fn open(path: PathBuf) -> Result<Self, LocationFileError> {
        let stamp = stamp(&path)?;
        let mmdb = Arc::new(read(&path)?);
        Ok(Self { path, current: RwLock::new(Read { mmdb, stamp }) })
    }

    /// Reads the file again if it is another one than before; says whether it was. What was read before stays in use when the new
    /// one cannot be, and that is an error once for each file. Reads from a disk: not for a thread that must not wait.
    ///
    /// # Errors
    /// [`LocationFileError`].
    pub fn refresh(&self) -> Result<bool, LocationFileError> {
        let stamp = stamp(&self.path)?;
        if stamp == self.current.read().unwrap_or_else(PoisonError::into_inner).stamp {
            return Ok(false);
        }
        let read = read(&self.path);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.stamp = stamp;
        current.mmdb = Arc::new(read?);
        Ok(true)
    }

    /// What the file calls itself, such as `GeoLite2-City`.
    pub fn kind(&self) -> String {
        self.mmdb().metadata().database_type.clone()
    }

    fn mmdb(&self) -> Arc<Mmdb> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).mmdb)
    }
}

impl Geography for LocationFile {
    fn locate(&self, address: IpAddr) -> Option<Location> {
        let address = address.to_canonical();
        is_public(address).then(|| locate(&self.mmdb(), address)).flatten()
    }
}

impl Geography for NoGeography {
    fn locate(&self, _: IpAddr) -> Option<Location> {
        None
    }
}

fn stamp(path: &Path) -> Result<Stamp, LocationFileError> {
    let unreadable = |why| LocationFileError::Unreadable { path: path.to_owned(), why };
    let found = fs::metadata(path).map_err(unreadable)?;
    Ok(Stamp { modified: found.modified().ok(), bytes: found.len() })
}

fn read(path: &Path) -> Result<Mmdb, LocationFileError> {
    let no_mmdb =
        |why: MaxMindDbError| LocationFileError::NoMmdb { path: path.to_owned(), why: why.to_string() };
    let bytes = fs::read(path).map_err(|why| LocationFileError::Unreadable { path: path.to_owned(), why })?;
    let mmdb = Reader::from_source(bytes).map_err(no_mmdb)?;
    for network in mmdb.networks(Default::default()).map_err(no_mmdb)?.take(LOOKED_AT) {
        let code = network.and_then(|it| it.decode_path::<&str>(&COUNTRY_CODE)).map_err(no_mmdb)?;
        if code.is_some_and(|code| CountryCode::parse(code).is_ok()) {
            return Ok(mmdb);
        }
    }
    let kind = mmdb.metadata().database_type.clone();
    Err(LocationFileError::NoCountries { path: path.to_owned(), kind })
}

const COUNTRY_CODE: [PathElement<'static>; 2] = [PathElement::Key("country"), PathElement::Key("iso_code")];

/// Whatever cannot be read of an entry is not known.
fn locate(mmdb: &Mmdb, address: IpAddr) -> Option<Location> {
    let entry = mmdb.lookup(address).ok()?;
    let text = |path: &[PathElement<'_>]| entry.decode_path::<&str>(path).ok().flatten();
    let name = |of: &str| {
        let path = [PathElement::Key(of), PathElement::Key("names"), PathElement::Key(LANGUAGE)];
        text(&path).and_then(|name| PlaceName::parse(name).ok())
    };
    let written = text(&COUNTRY_CODE)?;
    let code = CountryCode::parse(written).ok()?;
    // A country without a name is still another one.
    let country = Country { code, name: name("country").or_else(|| PlaceName::parse(written).ok())? };
    Some(Location { country, city: name("city") })
}
