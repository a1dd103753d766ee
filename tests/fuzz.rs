//! What the fuzz targets in `fuzz/` were given and have found, replayed: no input that is kept there breaks anything again.

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the fuzzer's programs call them from another crate")]
mod targets;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry").path()).map(|path| stem(&path)).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

#[test]
fn every_input_of_the_corpora_is_read_without_a_panic_and_as_it_must_be() {
    for (name, target) in targets::TARGETS {
        let corpus = fuzz().join("corpus").join(name);
        let mut inputs = 0;
        for entry in
            std::fs::read_dir(&corpus).unwrap_or_else(|error| panic!("{}: {error}", corpus.display()))
        {
            let path = entry.expect("an entry").path();
            eprintln!("{}", path.display());
            target(&std::fs::read(&path).expect("a file"));
            inputs += 1;
        }
        assert!(inputs > 2, "{name} has {inputs} inputs to begin with");
    }
}

/// Corpora that are to be verified are: a key that fits nothing would make a target blind.
#[test]
fn the_signed_inputs_get_past_the_signature() {
    use idp_domain::client::JwkSet;
    use idp_domain::ports::{ClientJwts as _, DpopProofs as _};

    let read = |path: &str| std::fs::read_to_string(fuzz().join(path)).expect("a file");
    let keys: serde_json::Value = serde_json::from_str(&read("keys.json")).expect("JSON");
    let keys = JwkSet::try_from(keys).expect("keys");
    for signed in ["es256", "rs256", "ed25519"] {
        let token = read(&format!("corpus/client_jwt/{signed}"));
        idp_keys::ClientJwtVerifier::default().verify(&keys, &token).expect(signed);
    }
    for signed in ["es256", "ps256", "ed25519"] {
        idp_keys::ProofVerifier::default()
            .verify(&read(&format!("corpus/dpop_proof/{signed}")))
            .expect(signed);
    }
}

/// A target is a function, a program for the fuzzer, and a corpus.
#[test]
fn no_target_is_without_its_program_and_no_corpus_without_its_target() {
    let listed: BTreeSet<String> = targets::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&fuzz().join("fuzz_targets")), listed);
    assert_eq!(names(&fuzz().join("corpus")), listed);
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let programs = manifest["bin"].as_array().expect("programs").iter();
    let programs: BTreeSet<String> =
        programs.map(|it| it["name"].as_str().expect("a name").to_owned()).collect();
    assert_eq!(programs, listed);
}
