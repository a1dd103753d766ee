//! Mail as files: one `.eml` for each, for development, demos and whatever else picks them up.
//!
//! A file with that ending is always whole: it is written under another name, made durable and then renamed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use idp_domain::Clock;
use idp_domain::ports::{Delivery, Envelope, Postman};

use super::message::{Sender, compose};

/// Writes mails into a folder.
pub struct FolderPostman {
    folder: PathBuf,
    sender: Sender,
    clock: Arc<dyn Clock>,
}

impl FolderPostman {
    /// Makes the folder if it is not there, for this user alone: mails carry links that open accounts.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(folder: PathBuf, sender: Sender, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let mut maker = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
        maker.recursive(true).create(&folder)?;
        Ok(Self { folder, sender, clock })
    }
}

#[async_trait]
impl Postman for FolderPostman {
    async fn deliver(&self, envelope: &Envelope) -> Delivery {
        let now = self.clock.now();
        let message = match compose(envelope, &self.sender, now) {
            Ok(message) => message.formatted(),
            Err(error) => return Delivery::Dead { why: error.to_string() },
        };
        let time = now.to_rfc3339().replace(['-', ':'], "");
        let name = format!("{time}-{}", as_file_name(&envelope.message_id));
        let folder = self.folder.clone();
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &message)).await;
        match written.unwrap_or_else(|stopped| Err(io::Error::other(stopped))) {
            Ok(()) => Delivery::Sent,
            Err(error) => Delivery::Retry { why: format!("the mail folder cannot be written: {error}") },
        }
    }
}

impl std::fmt::Debug for FolderPostman {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FolderPostman").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// The part before the `@`, as far as it is plain.
fn as_file_name(message_id: &str) -> String {
    let local = message_id.split('@').next().unwrap_or_default();
    local.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(100).collect()
}

fn write(folder: &Path, name: &str, message: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!(".{name}.part"));
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    let mut file = options.open(&unfinished)?;
    file.write_all(message)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(format!("{name}.eml")))?;
    // The rename itself is durable once the folder is.
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::adapter::SystemClock;
    use crate::adapter::message::tests::envelope;
    use idp_domain::Timestamp;

    struct Noon;
    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(1_795_262_400)
        }
    }

    fn postman(folder: &Path) -> FolderPostman {
        FolderPostman::new(folder.to_owned(), Sender::parse("no-reply@id.example").unwrap(), Arc::new(Noon))
            .unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn each_mail_is_one_whole_file_named_after_its_time_and_id() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("deep/mail");
        let postman = postman(&folder);
        assert_eq!(postman.deliver(&envelope()).await, Delivery::Sent);
        let other = Envelope { message_id: "../../mai_2/é@x".to_owned(), ..envelope() };
        assert_eq!(postman.deliver(&other).await, Delivery::Sent);
        assert_eq!(names(&folder), ["20261121T120000.000Z-mai_0199.eml", "20261121T120000.000Z-mai_2.eml"]);
        let text = fs::read_to_string(folder.join("20261121T120000.000Z-mai_0199.eml")).unwrap();
        assert!(text.contains("Subject: Activate your account\r\n") && text.ends_with("--\r\n"), "{text}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[tokio::test]
    async fn a_folder_that_went_away_is_a_reason_to_try_again() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("mail");
        let postman = postman(&folder);
        fs::remove_dir(&folder).unwrap();
        let delivery = postman.deliver(&envelope()).await;
        assert!(matches!(&delivery, Delivery::Retry { why } if why.contains("mail folder")), "{delivery:?}");
        fs::create_dir(&folder).unwrap();
        assert_eq!(postman.deliver(&envelope()).await, Delivery::Sent);
    }

    #[test]
    fn a_place_where_no_folder_can_be_is_refused_at_the_start() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let sender = Sender::parse("no-reply@id.example").unwrap();
        assert!(FolderPostman::new(file.path().join("mail"), sender, Arc::new(SystemClock)).is_err());
    }
}
