//! The master key of a development server: made once, kept beside the SQLite database, readable by its owner only.
//!
//! Never used in production, where the operator makes the key and keeps it away from the database.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use idp_domain::{Entropy, Secret};
use idp_keys::MasterKey;
use zeroize::Zeroizing;

const ID: &str = "development";

#[derive(Debug, thiserror::Error)]
pub enum MasterKeyFileError {
    #[error("the master key file {path} cannot be used: {why}")]
    Unusable { path: PathBuf, why: io::Error },
    #[error(
        "the master key file {0} does not hold 64 hex digits; restore it, or delete it and the database with it"
    )]
    Damaged(PathBuf),
}

/// Where the key of this SQLite database is: `sqlite://idp.db` has `idp.db.master-key`; `None` for other databases.
pub(crate) fn path_beside(database_url: &str) -> Option<PathBuf> {
    let path = database_url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or(path);
    (!path.is_empty()).then(|| PathBuf::from(format!("{path}.master-key")))
}

/// The key in the file; a new one, if there is no file yet.
///
/// # Errors
/// [`MasterKeyFileError`].
pub(crate) fn find_or_make(path: &Path, entropy: &dyn Entropy) -> Result<MasterKey, MasterKeyFileError> {
    let unusable = |why| MasterKeyFileError::Unusable { path: path.to_owned(), why };
    let secret = match fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => parse(text.trim()).ok_or_else(|| MasterKeyFileError::Damaged(path.to_owned()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = entropy.bytes::<32>();
            write(path, &secret).map_err(unusable)?;
            tracing::info!(path = %path.display(), "made a master key for development; keep it with the database");
            secret
        }
        Err(error) => return Err(unusable(error)),
    };
    Ok(MasterKey { id: ID.to_owned(), secret: Secret::new(secret) })
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// Fails when another process made the file a moment ago: two keys for one database must not be.
fn write(path: &Path, secret: &[u8; 32]) -> io::Result<()> {
    let text: Zeroizing<String> = Zeroizing::new(secret.iter().map(|byte| format!("{byte:02x}")).collect());
    let mut file = new_private_file(path)?;
    writeln!(file, "{}", *text)?;
    file.sync_all()
}

/// A file that did not exist before and that only this user may read.
pub(crate) fn new_private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::adapter::SystemEntropy;

    #[test]
    fn the_key_lies_beside_a_sqlite_database_and_nowhere_else() {
        let path = |url| path_beside(url).map(|path| path.display().to_string());
        assert_eq!(path("sqlite://idp.db").as_deref(), Some("idp.db.master-key"));
        assert_eq!(path("sqlite:///var/idp.db?mode=rwc").as_deref(), Some("/var/idp.db.master-key"));
        assert_eq!(path("postgres://db/idp"), None);
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_then_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("idp.db.master-key");
        let made = find_or_make(&path, &SystemEntropy).unwrap();
        let found = find_or_make(&path, &SystemEntropy).unwrap();
        assert_eq!(made.secret, found.secret);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for damaged in ["", "0f", &"zz".repeat(32)] {
            fs::write(&path, damaged).unwrap();
            let error = find_or_make(&path, &SystemEntropy).unwrap_err();
            assert!(matches!(error, MasterKeyFileError::Damaged(_)), "{damaged}: {error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
        }
    }
}
