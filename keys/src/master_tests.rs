#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwe::{Dir, JweHeader, serialize_compact};

use super::*;

fn masters(ids: &[(&str, u8)]) -> MasterKeys {
    let key = |&(id, byte): &(&str, u8)| MasterKey { id: id.to_owned(), secret: Secret::new([byte; 32]) };
    MasterKeys::new(ids.iter().map(key).collect()).unwrap()
}

#[test]
fn a_sealed_value_opens_as_it_was_and_never_twice_looks_the_same() {
    let masters = masters(&[("m1", 1)]);
    for plain in [&b""[..], b"x", &[0; 5000]] {
        let sealed = masters.seal(Purpose::Flow, plain);
        assert_eq!(masters.open(Purpose::Flow, &sealed).as_deref(), Some(plain));
        assert_ne!(sealed, masters.seal(Purpose::Flow, plain));
        assert!(sealed.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{sealed}");
    }
}

/// One purpose's value never opens as another's, and no two derive alike.
#[test]
fn purposes_are_worlds_apart() {
    let masters = masters(&[("m1", 1)]);
    for purpose in Purpose::VARIANTS {
        let sealed = masters.seal(purpose, b"plain");
        for other in Purpose::VARIANTS {
            assert_eq!(masters.open(other, &sealed).is_some(), purpose == other, "{purpose:?} as {other:?}");
        }
    }
    let derived: BTreeSet<_> = Purpose::VARIANTS.map(|purpose| masters.derive(purpose, b"in")).into();
    assert_eq!(derived.len(), Purpose::VARIANTS.len());
    let labels: BTreeSet<_> = Purpose::VARIANTS.map(Purpose::label).into();
    assert_eq!(labels.len(), Purpose::VARIANTS.len());
}

/// Every single character matters, and so do the ends.
#[test]
fn an_altered_value_does_not_open() {
    let masters = masters(&[("m1", 1)]);
    let sealed = masters.seal(Purpose::Flow, b"response_type=code");
    for at in 0..sealed.len() {
        let mut altered = sealed.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        assert_eq!(masters.open(Purpose::Flow, &altered), None, "character {at}");
        assert_eq!(masters.open(Purpose::Flow, &sealed[..at]), None, "the first {at} characters");
    }
    for foreign in ["", ".", "....", "a.b.c.d.e", &format!("{sealed}."), &format!("{sealed}="), "ünï.ü.ü.ü.ü"]
    {
        assert_eq!(masters.open(Purpose::Flow, foreign), None, "{foreign}");
    }
}

/// A tag of one byte would let one forgery in 256 through: GCM checks only the bytes it is given.
#[test]
fn a_shortened_tag_does_not_open() {
    let masters = masters(&[("m1", 1)]);
    let sealed = masters.seal(Purpose::Flow, b"response_type=code");
    let (rest, tag) = sealed.rsplit_once('.').unwrap();
    let tag = URL_SAFE_NO_PAD.decode(tag).unwrap();
    for length in 0..16 {
        let shortened = format!("{rest}.{}", URL_SAFE_NO_PAD.encode(&tag[..length]));
        assert_eq!(masters.open(Purpose::Flow, &shortened), None, "a tag of {length} bytes");
    }
}

/// Only our own form is decrypted, even under the right key: no compression, no other algorithm, no extra header.
#[test]
fn other_forms_of_jwe_do_not_open() {
    let masters = masters(&[("m1", 1)]);
    let key = masters.active.subkey("seal", Purpose::Flow.label());
    let encrypted = |change: &dyn Fn(&mut JweHeader), key: &[u8]| {
        let mut header = JweHeader::new();
        header.set_content_encryption("A256GCM");
        header.set_key_id("m1");
        change(&mut header);
        serialize_compact(b"plain", &header, &*Dir.encrypter_from_bytes(key).unwrap()).unwrap()
    };
    let ours = encrypted(&|_| {}, &*key);
    assert_eq!(masters.open(Purpose::Flow, &ours).as_deref(), Some(&b"plain"[..]));

    type Change<'a> = (&'a str, &'a dyn Fn(&mut JweHeader));
    let changes: [Change<'_>; 4] = [
        ("zip", &|header| header.set_compression("DEF")),
        ("crit", &|header| header.set_critical(&vec!["exp"])),
        ("cty", &|header| header.set_content_type("JWT")),
        ("kid", &|header| header.set_key_id("m2")),
    ];
    for (name, change) in changes {
        assert_eq!(masters.open(Purpose::Flow, &encrypted(change, &*key)), None, "{name}");
    }
    let a128 = encrypted(&|header| header.set_content_encryption("A128GCM"), &key[..16]);
    assert_eq!(masters.open(Purpose::Flow, &a128), None);
}

#[test]
fn an_old_master_key_still_opens_and_the_new_one_seals() {
    let before = masters(&[("m1", 1)]);
    let sealed = before.seal(Purpose::Csrf, b"plain");
    let after = masters(&[("m2", 2), ("m1", 1)]);
    assert_eq!(after.open(Purpose::Csrf, &sealed).as_deref(), Some(&b"plain"[..]));
    assert_eq!(before.open(Purpose::Csrf, &after.seal(Purpose::Csrf, b"plain")), None);

    let derived = before.derive(Purpose::RefreshSuccessor, b"token");
    let all = after.derive_all(Purpose::RefreshSuccessor, b"token");
    assert_eq!(all, [after.derive(Purpose::RefreshSuccessor, b"token"), derived]);
    assert_ne!(all[0], all[1]);
}

#[test]
fn the_same_id_with_another_key_opens_nothing() {
    let sealed = masters(&[("m1", 1)]).seal(Purpose::Csrf, b"plain");
    let swapped = masters(&[("m1", 9)]);
    assert_eq!(swapped.open(Purpose::Csrf, &sealed), None);
    assert_eq!(swapped.open_as("csrf", &sealed).unwrap_err(), OpenError::Altered("m1".to_owned()));
}

/// HMAC-SHA-256 twice, as the README says; computed apart from this code with another implementation.
#[test]
fn what_is_derived_is_what_the_readme_says() {
    let derived = masters(&[("m1", 1)]).derive(Purpose::MailedTicket, b"mai_1");
    assert_eq!(URL_SAFE_NO_PAD.encode(derived), "lm_2GDrM-7mCiCco0NJL3s2O8zxAewJYaf0JcDlYBFY");
}

#[test]
fn unusable_lists_of_master_keys_are_refused() {
    let key = |id: &str| MasterKey { id: id.to_owned(), secret: Secret::new([0; 32]) };
    let refused = |keys: Vec<MasterKey>| MasterKeys::new(keys).unwrap_err();
    assert_eq!(refused(vec![]), MasterKeyError::Missing);
    assert_eq!(refused(vec![key("a"), key("")]), MasterKeyError::Nameless);
    assert_eq!(refused(vec![key("a"), key("b"), key("a")]), MasterKeyError::Repeated("a".to_owned()));
}

#[test]
fn debug_shows_ids_and_no_keys() {
    let shown = format!("{:?}", masters(&[("m1", 0x41), ("m0", 0x42)]));
    assert_eq!(shown, r#"MasterKeys(["m1", "m0"])"#);
}
