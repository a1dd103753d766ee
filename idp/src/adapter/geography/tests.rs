#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs;
use std::time::Duration;

use idp_testkit::mmdb::{Located, mmdb};
use tempfile::TempDir;

use super::*;

const LONDON: Located<'static> = ("81.2.69.0/24", "GB", "United Kingdom", "London");
const TORONTO: Located<'static> = ("2607:fea8::/32", "CA", "Canada", "Toronto");

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("places.mmdb")
    }

    fn put(&self, bytes: &[u8]) {
        // As an updater does: the new file takes the place of the old one.
        let new = self.0.path().join("new");
        fs::write(&new, bytes).unwrap();
        fs::rename(new, self.path()).unwrap();
    }

    fn open(&self) -> Result<LocationFile, LocationFileError> {
        LocationFile::open(self.path())
    }
}

fn file_of(networks: &[Located<'_>]) -> (Folder, LocationFile) {
    let folder = Folder::new();
    folder.put(&mmdb(networks));
    let file = folder.open().unwrap();
    (folder, file)
}

fn place(file: &LocationFile, address: &str) -> Option<String> {
    file.locate(address.parse().unwrap()).map(|location| location.to_string())
}

#[test]
fn an_address_is_in_the_city_and_country_that_the_file_says() {
    let (_folder, file) = file_of(&[LONDON, TORONTO, ("1.128.0.0/11", "AU", "Australia", "")]);
    assert_eq!(file.kind(), "GeoLite2-City");
    for address in ["81.2.69.142", "::ffff:81.2.69.1"] {
        assert_eq!(place(&file, address).as_deref(), Some("London, United Kingdom"), "{address}");
    }
    assert_eq!(place(&file, "2607:fea8:1::1").as_deref(), Some("Toronto, Canada"));
    assert_eq!(place(&file, "1.128.0.1").as_deref(), Some("Australia"), "no city");
    assert_eq!(place(&file, "81.2.70.1"), None, "not in the file");
}

/// An entry for a private network would make colleagues at another office foreigners.
#[test]
fn a_private_address_has_no_place_whatever_the_file_says() {
    let (_folder, file) = file_of(&[LONDON, ("10.0.0.0/8", "FR", "France", "Paris")]);
    for address in ["10.1.2.3", "127.0.0.1", "100.64.0.1", "192.0.2.1", "::1", "fd00::1", "2001:db8::1"] {
        assert_eq!(place(&file, address), None, "{address}");
    }
}

#[test]
fn what_cannot_be_shown_of_an_entry_is_not_known() {
    let hidden = "Lon\u{202e}don";
    let strange = [
        ("5.0.0.0/8", "GB", hidden, hidden),
        ("6.0.0.0/8", "GBR", "United Kingdom", "London"),
        ("7.0.0.0/8", "", "United Kingdom", "London"),
        LONDON,
    ];
    let (_folder, file) = file_of(&strange);
    assert_eq!(
        place(&file, "5.1.1.1").as_deref(),
        Some("GB"),
        "a country without a name is one all the same"
    );
    assert_eq!([place(&file, "6.1.1.1"), place(&file, "7.1.1.1")], [None, None]);
}

#[test]
fn a_file_that_is_of_no_use_is_told_as_such() {
    let folder = Folder::new();
    let told = || folder.open().unwrap_err().to_string();
    assert!(told().contains("cannot be read: No such file"), "{}", told());
    for bytes in [&b""[..], b"country,city\n", &mmdb(&[LONDON])[..200]] {
        folder.put(bytes);
        assert!(told().contains("is not a file in MaxMind DB format"), "{}", told());
    }
    folder.put(&mmdb(&[("81.2.69.0/24", "", "", "")]));
    assert!(told().contains("(GeoLite2-City) knows no countries"), "{}", told());
}

#[test]
fn a_file_that_was_replaced_is_read_again_and_a_broken_one_is_not_used() {
    let (folder, file) = file_of(&[LONDON]);
    assert!(!file.refresh().unwrap(), "the same file");
    folder.put(&mmdb(&[("81.2.69.0/24", "IE", "Ireland", "Dublin")]));
    assert!(file.refresh().unwrap() && !file.refresh().unwrap());
    assert_eq!(place(&file, "81.2.69.142").as_deref(), Some("Dublin, Ireland"));
    folder.put(b"half of a fi");
    assert!(matches!(file.refresh(), Err(LocationFileError::NoMmdb { .. })));
    assert!(!file.refresh().unwrap(), "told once");
    assert_eq!(place(&file, "81.2.69.142").as_deref(), Some("Dublin, Ireland"), "as before");
    fs::remove_file(folder.path()).unwrap();
    assert!(matches!(file.refresh(), Err(LocationFileError::Unreadable { .. })));
    assert_eq!(place(&file, "81.2.69.142").as_deref(), Some("Dublin, Ireland"), "as before");
}

/// The same bytes again are another file only by their time.
#[test]
fn a_file_of_the_same_size_is_told_by_its_time() {
    let (folder, file) = file_of(&[LONDON]);
    folder.put(&mmdb(&[("81.2.69.0/24", "GB", "United Kingdom", "Dublin")]));
    let written = fs::File::options().append(true).open(folder.path()).unwrap();
    let later = written.metadata().unwrap().modified().unwrap() + Duration::from_secs(60);
    written.set_modified(later).unwrap();
    assert!(file.refresh().unwrap());
    assert_eq!(place(&file, "81.2.69.142").as_deref(), Some("Dublin, United Kingdom"));
}
