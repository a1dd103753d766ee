//! Secrets of the configuration: hidden in Debug, Display and every rendering, wiped from memory when dropped.
//! A secret is written either as a value or as the name of a file that holds it, never both.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::{Zeroize, Zeroizing};

use crate::problem::Problem;

/// What is shown in place of a secret.
pub(crate) const HIDDEN: &str = "(hidden)";
/// No secret is longer; a wrong file name must not fill the memory.
const LONGEST_FILE: u64 = 65_536;

/// A value nobody sees by accident.
#[derive(Clone, Default)]
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself: only for the line that uses it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl<T: Zeroize> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl<'de> Deserialize<'de> for Secret<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Shows only whether there is a secret.
impl Serialize for Secret<String> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.expose().is_empty() { "" } else { HIDDEN })
    }
}

/// Where a secret comes from.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// Written in the settings or in an environment variable.
    Inline(Secret<String>),
    /// The content of a file, read once at start, without one newline at its end.
    File(PathBuf),
}

impl SecretSource {
    /// Decides between `KEY` and `KEY_file`; `None` if neither is written.
    pub(crate) fn choose(key: &str, value: &Secret<String>, file: &str) -> Result<Option<Self>, Problem> {
        match (value.expose().is_empty(), file.is_empty()) {
            (true, true) => Ok(None),
            (false, true) => Ok(Some(Self::Inline(value.clone()))),
            (true, false) => Ok(Some(Self::File(PathBuf::from(file)))),
            (false, false) => {
                Err(Problem::new(key, format!("{key} and {key}_file are both written; keep one of them")))
            }
        }
    }

    /// The secret, never empty. The problem names `KEY_file` if the file is to blame.
    pub(crate) fn read(&self, key: &str) -> Result<Secret<String>, Problem> {
        let path = match self {
            Self::Inline(secret) => return Ok(secret.clone()),
            Self::File(path) => path,
        };
        let problem =
            |what: String| Problem::new(format!("{key}_file"), format!("{} {what}", path.display()));
        let mut text = Zeroizing::new(String::new());
        let read = File::open(path).and_then(|file| file.take(LONGEST_FILE + 1).read_to_string(&mut text));
        match read {
            Err(error) => Err(problem(format!("cannot be read: {error}"))),
            Ok(length) if length as u64 > LONGEST_FILE => Err(problem("is too long for a secret".to_owned())),
            Ok(_) => {
                let line = text
                    .strip_suffix('\n')
                    .map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
                let secret = Secret::new(line.to_owned());
                if line.is_empty() {
                    Err(problem("is empty; write the secret into it".to_owned()))
                } else {
                    Ok(secret)
                }
            }
        }
    }
}

/// 32 bytes written as 64 hex digits or as base64url.
pub(crate) fn key_bytes(secret: &Secret<String>) -> Option<Secret<[u8; 32]>> {
    let text = secret.expose();
    let bytes = Zeroizing::new(if text.len() == 64 {
        let digits = text.as_bytes().chunks(2).map(|pair| {
            let digit =
                |at: usize| char::from(pair[at]).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            Some(digit(0)? * 16 + digit(1)?)
        });
        digits.collect::<Option<Vec<u8>>>()?
    } else {
        URL_SAFE_NO_PAD.decode(text.strip_suffix('=').unwrap_or(text)).ok()?
    });
    <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Secret::new)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_secret_shows_itself_to_nobody() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(
            format!("{secret} {secret:?} {:?}", SecretSource::Inline(secret.clone())),
            "(hidden) (hidden) Inline((hidden))"
        );
    }

    #[test]
    fn a_key_is_32_bytes_in_hex_or_base64url() {
        let read = |text: &str| key_bytes(&Secret::new(text.to_owned())).map(|key| *key.expose());
        assert_eq!(read(&"0f".repeat(32)), Some([0x0f; 32]));
        assert_eq!(read("_____________________________________________"), None);
        assert_eq!(read(&URL_SAFE_NO_PAD.encode([0xff; 32])), Some([0xff; 32]));
        assert_eq!(read(&format!("{}=", URL_SAFE_NO_PAD.encode([7; 32]))), Some([7; 32]));
        for text in ["", "secret", &"0g".repeat(32), &"ab".repeat(16), &"é".repeat(32)] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_file_loses_one_newline_at_its_end_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (content, secret) in
            [("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), (" s3cret \n\n", " s3cret \n"), ("x", "x")]
        {
            std::fs::write(&path, content).unwrap();
            assert_eq!(SecretSource::File(path.clone()).read("key").unwrap().expose(), secret);
        }
        std::fs::write(&path, "\n").unwrap();
        let problem = SecretSource::File(path).read("mail.smtp.password").unwrap_err();
        assert_eq!(problem.key, "mail.smtp.password_file");
        assert!(problem.message.contains("is empty"), "{problem}");
    }
}
