//! The walls of the house: who may know whom, and how large a file may grow (CONTRIBUTING.md, "The house").

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A crate, the crates of ours it may use, and theirs it may name. A new row is a decision; make it on purpose.
struct Room {
    folder: &'static str,
    ours: &'static [&'static str],
    theirs: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room {
        folder: "idp/crates/domain",
        ours: &[],
        theirs: &[
            "async-trait",
            "base64",
            "chrono",
            "idna",
            "serde",
            "serde_json",
            "sha2",
            "subtle",
            "thiserror",
            "unicode-normalization",
            "url",
            "uuid",
            "zeroize",
        ],
    },
    Room {
        folder: "idp/crates/service",
        ours: &["idp-domain"],
        theirs: &[
            "base64",
            "chrono",
            "csv",
            "futures",
            "oxide-auth",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "tracing",
            "url",
        ],
    },
    Room {
        folder: "keys",
        ours: &["idp-domain"],
        theirs: &["base64", "hmac", "josekit", "serde", "serde_json", "sha2", "thiserror", "zeroize"],
    },
    Room {
        folder: "config",
        ours: &[],
        theirs: &["base64", "chrono", "figment", "serde", "thiserror", "toml", "url", "zeroize"],
    },
    Room {
        folder: "idp/crates/storage",
        ours: &["idp-domain"],
        theirs: &[
            "async-trait",
            "moka",
            "redis",
            "sea-orm",
            "serde",
            "serde_json",
            "sqlx",
            "thiserror",
            "tokio",
            "tracing",
            "uuid",
        ],
    },
    Room {
        folder: "idp/crates/web",
        ours: &["idp-domain", "idp-service"],
        theirs: &[
            "askama",
            "axum",
            "axum-extra",
            "base64",
            "chrono",
            "fluent-templates",
            "http-body",
            "serde",
            "serde_json",
            "serde_path_to_error",
            "sha2",
            "subtle",
            "tower-http",
            "tracing",
            "url",
            "utoipa",
        ],
    },
    Room {
        folder: "migration",
        ours: &[],
        theirs: &["async-trait", "sea-orm-migration", "serde_json", "thiserror", "url"],
    },
    Room {
        folder: "idp/crates/testkit",
        ours: &["idp-domain"],
        theirs: &["async-trait", "chrono", "futures", "rand", "serde_json", "tokio", "url", "uuid"],
    },
];

/// Production files that may be longer than 500 lines, each with its reason. None is.
const LONG_FILES: &[(&str, &str)] = &[];

const LONGEST: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

fn dependencies(folder: &str) -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("a manifest in TOML");
    manifest["dependencies"].as_table().expect("dependencies").keys().cloned().collect()
}

#[test]
fn every_crate_knows_only_whom_it_may_know() {
    for room in ROOMS {
        let allowed: BTreeSet<String> =
            room.ours.iter().chain(room.theirs).map(|&name| name.to_owned()).collect();
        let strangers: Vec<String> = dependencies(room.folder).difference(&allowed).cloned().collect();
        assert!(strangers.is_empty(), "{} must not know {strangers:?}", room.folder);
    }
}

/// The design card's crates are used for real, each behind one wall.
#[test]
fn the_crates_of_the_design_card_stand_where_they_belong() {
    let places = [
        ("oxide-auth", "idp/crates/service"),
        ("axum", "idp/crates/web"),
        ("sea-orm", "idp/crates/storage"),
        ("redis", "idp/crates/storage"),
        ("josekit", "keys"),
        ("argon2", "idp"),
        ("lettre", "idp"),
        ("tokio", "idp"),
        ("openidconnect", "examples/portal"),
    ];
    for (name, folder) in places {
        assert!(dependencies(folder).contains(name), "{folder} uses {name}");
    }
}

#[test]
fn only_one_file_speaks_to_oxide_auth() {
    let speakers: Vec<PathBuf> = sources("idp/crates/service/src")
        .into_iter()
        .filter(|file| std::fs::read_to_string(file).expect("a source file").contains("oxide_auth"))
        .collect();
    assert_eq!(speakers, [root().join("idp/crates/service/src/oxide.rs")]);
}

#[test]
fn no_production_file_is_longer_than_500_lines() {
    let folders = ROOMS.iter().map(|room| format!("{}/src", room.folder)).chain(["idp/src".to_owned()]);
    let mut long = Vec::new();
    for file in folders.flat_map(|folder| sources(&folder)) {
        let lines = std::fs::read_to_string(&file).expect("a source file").lines().count();
        let name = file.strip_prefix(root()).expect("below the root").display().to_string();
        if lines > LONGEST && !LONG_FILES.iter().any(|(listed, _)| *listed == name) {
            long.push(format!("{name}: {lines}"));
        }
    }
    assert!(long.is_empty(), "split by question, or list with a reason: {long:#?}");
}

#[test]
fn every_production_file_says_what_it_is() {
    let folders = ROOMS.iter().map(|room| format!("{}/src", room.folder)).chain(["idp/src".to_owned()]);
    let is_test =
        |file: &PathBuf| file.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests"));
    let silent: Vec<PathBuf> = folders
        .flat_map(|folder| sources(&folder))
        .filter(|file| !is_test(file))
        .filter(|file| !std::fs::read_to_string(file).expect("a source file").starts_with("//! "))
        .collect();
    assert!(silent.is_empty(), "open with `//!`: {silent:#?}");
}

/// Q11: the deviation from ASVS 6.4.2 and NIST SP 800-63B-4 is written down where operators look, with its reasons.
#[test]
fn the_deviation_on_security_questions_is_documented() {
    let told = std::fs::read_to_string(root().join("SECURITY.md")).expect("SECURITY.md");
    for fact in ["6.4.2", "800-63B-4", "never an authenticator", "recovery.questions = \"off\""] {
        assert!(told.contains(fact), "{fact}");
    }
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
