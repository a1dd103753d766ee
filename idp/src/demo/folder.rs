//! The demo's folder: database, master key, mails and secrets, kept from one run to the next and for this user only.

use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::Entropy;

use super::DemoError;
use crate::master_key::new_private_file;

pub(super) struct Folder {
    root: PathBuf,
    secrets: PathBuf,
}

impl Folder {
    /// Makes what is not there yet.
    pub(super) fn open(path: &Path) -> Result<Self, DemoError> {
        let unusable = |why| DemoError::Folder { path: path.to_owned(), why };
        make(path).map_err(unusable)?;
        let root = path.canonicalize().map_err(unusable)?;
        // The path becomes part of the database's URL.
        if root.to_str().is_none_or(|text| text.contains(['%', '?'])) {
            return Err(DemoError::FolderName(root));
        }
        let secrets = root.join("secrets");
        make(&secrets).map_err(unusable)?;
        make(&root.join("mails")).map_err(unusable)?;
        Ok(Self { root, secrets })
    }

    pub(super) fn database_url(&self) -> String {
        format!("sqlite://{}", self.root.join("idp.db").display())
    }

    pub(super) fn mails(&self) -> PathBuf {
        self.root.join("mails")
    }

    pub(super) fn secrets(&self) -> &Path {
        &self.secrets
    }

    pub(super) fn secret_path(&self, name: &str) -> PathBuf {
        self.secrets.join(name)
    }

    /// The secret of this name, drawn the first time it is asked for.
    pub(super) fn secret(&self, name: &str, entropy: &dyn Entropy) -> Result<String, DemoError> {
        let path = self.secret_path(name);
        self.find_or_draw(&path, entropy).map_err(|why| DemoError::Folder { path, why })
    }

    fn find_or_draw(&self, path: &Path, entropy: &dyn Entropy) -> io::Result<String> {
        match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = URL_SAFE_NO_PAD.encode(entropy.bytes::<32>());
                let mut file = new_private_file(path)?;
                writeln!(file, "{secret}")?;
                file.sync_all()?;
                Ok(secret)
            }
            found => found.map(|text| text.trim().to_owned()),
        }
    }
}

fn make(folder: &Path) -> io::Result<()> {
    let mut maker = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    maker.recursive(true).create(folder)
}
