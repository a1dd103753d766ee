//! What is remembered from one start to the next (R57): Customer and Username, in a small file of the person's own.
//! Never a token, never a password.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use etcetera::{AppStrategy as _, AppStrategyArgs, choose_app_strategy};
use serde::{Deserialize, Serialize};

/// No settings of ours are longer; what is has been put there by something else.
const LONGEST: u64 = 64 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Remembered {
    #[serde(default)]
    pub(crate) customer: String,
    #[serde(default)]
    pub(crate) username: String,
}

/// Where programs keep their settings on this system; on Linux below `$XDG_CONFIG_HOME` or `~/.config`.
pub(crate) fn usual_place() -> Option<PathBuf> {
    let names = ["com", "Example", "Care Desktop"].map(str::to_owned);
    let [top_level_domain, author, app_name] = names;
    let places = choose_app_strategy(AppStrategyArgs { top_level_domain, author, app_name }).ok()?;
    Some(places.in_config_dir("settings.json"))
}

/// A missing or broken file is no reason not to start: people type two words again.
pub(crate) fn load(file: &Path) -> Remembered {
    read(file).unwrap_or_else(|error| {
        if file.exists() {
            tracing::warn!("starting without settings: {error:#}");
        }
        Remembered::default()
    })
}

fn read(file: &Path) -> anyhow::Result<Remembered> {
    let length = std::fs::metadata(file)?.len();
    anyhow::ensure!(length <= LONGEST, "{} is too long to be ours", file.display());
    let text = std::fs::read_to_string(file)?;
    serde_json::from_str(&text).with_context(|| format!("{} is broken", file.display()))
}

/// Writes beside the file and then renames, so that a crash leaves the old or the new one, whole. The file is for
/// its owner's eyes only.
///
/// # Errors
///
/// The folder cannot be made or written to.
pub(crate) fn save(file: &Path, remembered: &Remembered) -> anyhow::Result<()> {
    let folder = file.parent().context("a settings file is in a folder")?;
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut beside, remembered)?;
    writeln!(beside)?;
    beside.as_file().sync_all()?;
    beside.persist(file).with_context(|| format!("writing {}", file.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;

    fn somebody() -> Remembered {
        Remembered { customer: "99999".into(), username: "office@maple.example".into() }
    }

    #[test]
    fn customer_and_username_come_back_from_a_folder_that_was_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/settings.json");
        assert_eq!(load(&file), Remembered::default());
        save(&file, &Remembered::default()).unwrap();
        save(&file, &somebody()).unwrap();
        assert_eq!(load(&file), somebody());
        assert_eq!(
            std::fs::read_dir(file.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = tempfile::tempdir().unwrap().keep().join("settings.json");
        save(&file, &somebody()).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0);
        std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_broken_file_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.json");
        let too_long = " ".repeat(100_000);
        for broken in ["", "{", "[1]", "{\"customer\": 7}", "\u{0}\u{1}", &too_long] {
            std::fs::write(&file, broken).unwrap();
            assert_eq!(load(&file), Remembered::default(), "{broken:?}");
        }
        assert_eq!(load(folder.path()), Remembered::default(), "a folder in its place");
        std::fs::write(&file, "{\"username\": \"office@maple.example\", \"font\": 12}").unwrap();
        assert_eq!(
            load(&file).username,
            "office@maple.example",
            "what is missing is empty, what is new is left"
        );
    }
}
