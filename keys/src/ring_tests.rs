#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::Secret;
use josekit::jws::{HS256, JwsHeader};
use serde_json::json;

use super::*;
use crate::MasterKey;

const NOW: Timestamp = Timestamp::from_seconds(1_795_290_704);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn masters(ids: &[(&str, u8)]) -> Arc<MasterKeys> {
    let key = |&(id, byte): &(&str, u8)| MasterKey { id: id.to_owned(), secret: Secret::new([byte; 32]) };
    Arc::new(MasterKeys::new(ids.iter().map(key).collect()).unwrap())
}

/// A ring with one active key of each algorithm.
fn ring() -> (Ring, Vec<SigningKey>) {
    let ring = Ring::new(masters(&[("m1", 1)]));
    let keys: Vec<_> = SigningAlg::VARIANTS.iter().map(|alg| ring.make(*alg, NOW, NOW).unwrap()).collect();
    ring.adopt(&keys).unwrap();
    (ring, keys)
}

fn claims() -> Map<String, Value> {
    let claims = json!({"iss": "https://id.example", "sub": "acc_1", "iat": NOW.seconds(), "exp": NOW.seconds() + 300});
    claims.as_object().unwrap().clone()
}

fn part(token: &str, at: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

fn with_header(token: &str, header: &Value) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

fn refusal(ring: &Ring, kind: JwtKind, token: &str) -> &'static str {
    match ring.verify(kind, token) {
        Err(KeyError::NotOurs(why)) => why,
        other => panic!("{other:?} for {token}"),
    }
}

#[test]
fn each_kind_signed_with_each_algorithm_verifies_as_that_kind_only() {
    let (ring, keys) = ring();
    for key in &keys {
        for kind in JwtKind::VARIANTS {
            let token = ring.sign(kind, key.alg, &claims(), NOW).unwrap();
            let mut header = json!({"alg": key.alg.as_str(), "kid": key.kid});
            if let Some(typ) = kind.typ() {
                header["typ"] = json!(typ);
            }
            assert_eq!(part(&token, 0), header);
            assert_eq!(ring.verify(kind, &token).unwrap().claims, claims());
            for other in JwtKind::VARIANTS.into_iter().filter(|other| *other != kind) {
                assert_eq!(refusal(&ring, other, &token), "its typ is that of another kind of token");
            }
        }
    }
}

/// Attack 61: each kind says what it is, and only UserInfo says nothing (OpenID Connect Core section 5.3.2).
#[test]
fn no_two_kinds_look_alike_and_none_passes_for_another_with_its_typ_changed() {
    let (ring, keys) = ring();
    let typs: HashSet<_> = JwtKind::VARIANTS.map(JwtKind::typ).into();
    assert_eq!(typs.len(), JwtKind::VARIANTS.len());
    assert_eq!(
        JwtKind::VARIANTS.map(|kind| kind.typ().is_none()),
        JwtKind::VARIANTS.map(|kind| kind == JwtKind::UserInfo)
    );

    for kind in JwtKind::VARIANTS {
        let token = ring.sign(kind, SigningAlg::Es256, &claims(), NOW).unwrap();
        for other in JwtKind::VARIANTS.into_iter().filter(|other| *other != kind) {
            let mut header = json!({"alg": "ES256", "kid": keys[1].kid});
            if let Some(typ) = other.typ() {
                header["typ"] = json!(typ);
            }
            assert_eq!(refusal(&ring, other, &with_header(&token, &header)), "its signature is wrong");
        }
        for foreign in
            [json!(""), json!("jwt"), json!("JWT "), json!("application/at+jwt"), json!("dpop+jwt")]
        {
            let header = json!({"alg": "ES256", "kid": keys[1].kid, "typ": foreign});
            let why = refusal(&ring, kind, &with_header(&token, &header));
            assert_eq!(why, "its typ is that of another kind of token");
        }
        for foreign in [json!(1), json!(["JWT"])] {
            let header = json!({"alg": "ES256", "kid": keys[1].kid, "typ": foreign});
            let why = refusal(&ring, kind, &with_header(&token, &header));
            assert_eq!(why, "its header is not one that we write");
        }
    }
}

/// RFC 7519 section 2 allows fractions and half the world's clients do not.
#[test]
fn numeric_dates_stay_whole_numbers() {
    let (ring, _) = ring();
    let token = ring.sign(JwtKind::IdToken, SigningAlg::Es256, &claims(), NOW).unwrap();
    let text = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains(r#""exp":1795291004"#) && text.contains(r#""iat":1795290704"#), "{text}");
}

/// RFC 8725 sections 2.1, 2.2, 3.1, 3.11: `none`, a shared secret made of the public key, another key's algorithm,
/// headers that would choose the key.
#[test]
fn forged_headers_are_refused() {
    let (ring, keys) = ring();
    let (rsa, ec) = (&keys[0], &keys[1]);
    let token = ring.sign(JwtKind::AccessToken, SigningAlg::Es256, &claims(), NOW).unwrap();
    let header = |alg: &str, kid: &str| json!({"alg": alg, "kid": kid, "typ": "at+jwt"});
    let refused = |header: &Value| refusal(&ring, JwtKind::AccessToken, &with_header(&token, header));

    assert_eq!(refused(&header("none", &ec.kid)), "its alg is not that of its key");
    assert_eq!(refused(&header("HS256", &ec.kid)), "its alg is not that of its key");
    assert_eq!(refused(&header("RS256", &ec.kid)), "its alg is not that of its key");
    assert_eq!(refused(&header("es256", &ec.kid)), "its alg is not that of its key");
    assert_eq!(refused(&header("ES256", &rsa.kid)), "its alg is not that of its key");
    assert_eq!(refused(&header("RS256", &rsa.kid)), "its signature is wrong");
    assert_eq!(refused(&header("ES256", "unknown")), "its kid is not in the ring");
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("jwk", json!({"kty": "oct", "k": "AA"})),
        ("jku", json!("https://evil.example/jwks")),
        ("x5c", json!([])),
    ] {
        let mut header = header("ES256", &ec.kid);
        header[name] = value;
        assert_eq!(refused(&header), "its header is not one that we write", "{name}");
    }
    let unsigned = &token[..=token.rfind('.').unwrap()];
    let without = with_header(unsigned, &header("none", &ec.kid));
    assert_eq!(refusal(&ring, JwtKind::AccessToken, &without), "its alg is not that of its key");

    let published = ring.published();
    let hs256 = HS256.signer_from_bytes(published.json.as_bytes()).unwrap();
    let mut header = JwsHeader::new();
    header.set_key_id(&rsa.kid);
    header.set_token_type("at+jwt");
    let confused = josekit::jws::serialize_compact(b"{}", &header, &hs256).unwrap();
    assert_eq!(refusal(&ring, JwtKind::AccessToken, &confused), "its alg is not that of its key");
}

#[test]
fn a_token_with_any_character_changed_is_refused() {
    let (ring, _) = ring();
    let token = ring.sign(JwtKind::IdToken, SigningAlg::Es256, &claims(), NOW).unwrap();
    for at in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        refusal(&ring, JwtKind::IdToken, &String::from_utf8(altered).unwrap());
    }
    let (signed, _) = token.rsplit_once('.').unwrap();
    for signature in [vec![], vec![0; 64], vec![0xFF; 64], vec![0; 63], vec![0; 1000]] {
        let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&signature));
        assert_eq!(refusal(&ring, JwtKind::IdToken, &forged), "its signature is wrong");
    }
    for foreign in ["", ".", "..", "a.b", "a.b.c.d", "ü.ü.ü", &format!(" {token}"), &format!("{token}\n")]
    {
        refusal(&ring, JwtKind::IdToken, foreign);
    }
}

/// Another provider's key with the same algorithm is not ours.
#[test]
fn a_token_of_another_ring_is_refused() {
    let ((ours, keys), (theirs, _)) = (ring(), ring());
    let token = theirs.sign(JwtKind::IdToken, SigningAlg::Es256, &claims(), NOW).unwrap();
    assert_eq!(refusal(&ours, JwtKind::IdToken, &token), "its kid is not in the ring");
    let posing = with_header(&token, &json!({"alg": "ES256", "kid": keys[1].kid, "typ": "JWT"}));
    assert_eq!(refusal(&ours, JwtKind::IdToken, &posing), "its signature is wrong");
}

/// RFC 7517: public members only, every key there once, the announced one included; the same bytes whatever the order.
#[test]
fn the_jwks_shows_public_members_of_every_key_and_is_the_same_on_every_node() {
    let (ring, mut keys) = ring();
    let before = ring.published();
    keys.push(ring.make(SigningAlg::Rs256, NOW + DAY, NOW).unwrap());
    ring.adopt(&keys).unwrap();
    let published = ring.published();

    let document: Value = serde_json::from_str(&published.json).unwrap();
    let listed = document["keys"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    for key in &keys {
        let entry =
            listed.iter().find(|entry| entry["kid"] == key.kid.as_str()).unwrap().as_object().unwrap();
        let mut members: Vec<&str> = entry.keys().map(String::as_str).collect();
        members.sort_unstable();
        let expected: &[&str] = match key.alg {
            SigningAlg::Rs256 => &["alg", "e", "kid", "kty", "n", "use"],
            SigningAlg::Es256 => &["alg", "crv", "kid", "kty", "use", "x", "y"],
        };
        assert_eq!(members, expected);
        assert_eq!((&entry["alg"], &entry["use"]), (&json!(key.alg.as_str()), &json!("sig")));
    }
    assert_ne!(published.etag, before.etag);
    assert!(published.etag.starts_with('"') && published.etag.ends_with('"') && published.etag.len() > 40);

    let elsewhere = Ring::new(masters(&[("m1", 1)]));
    keys.reverse();
    keys.push(keys[0].clone());
    elsewhere.adopt(&keys).unwrap();
    assert_eq!(elsewhere.published(), published);
}

/// A stranger verifies our tokens with nothing but the JWKS.
#[test]
fn tokens_verify_with_what_the_jwks_says() {
    let (ring, keys) = ring();
    let set = josekit::jwk::JwkSet::from_bytes(ring.published().json.as_bytes()).unwrap();
    for key in &keys {
        let token = ring.sign(JwtKind::IdToken, key.alg, &claims(), NOW).unwrap();
        let jwk = set.get(&key.kid)[0];
        let verifier: Box<dyn josekit::jws::JwsVerifier> = match key.alg {
            SigningAlg::Rs256 => Box::new(josekit::jws::RS256.verifier_from_jwk(jwk).unwrap()),
            SigningAlg::Es256 => Box::new(josekit::jws::ES256.verifier_from_jwk(jwk).unwrap()),
        };
        let (payload, _) = josekit::jwt::decode_with_verifier(&token, &*verifier).unwrap();
        assert_eq!(payload.subject(), Some("acc_1"));
    }
}

/// Announced before use, retired late.
#[test]
fn the_newest_active_key_signs_and_older_tokens_still_verify() {
    let (ring, mut keys) = ring();
    let old_token = ring.sign(JwtKind::IdToken, SigningAlg::Es256, &claims(), NOW).unwrap();
    let next = ring.make(SigningAlg::Es256, NOW + DAY, NOW).unwrap();
    keys.push(next.clone());
    ring.adopt(&keys).unwrap();
    let kid_at = |now| part(&ring.sign(JwtKind::IdToken, SigningAlg::Es256, &claims(), now).unwrap(), 0);
    assert_eq!(kid_at(NOW + DAY - Duration::from_millis(1))["kid"], keys[1].kid.as_str());
    assert_eq!(kid_at(NOW + DAY)["kid"], next.kid.as_str());
    assert!(ring.verify(JwtKind::IdToken, &old_token).is_ok());
    ring.adopt(&[next]).unwrap();
    assert_eq!(refusal(&ring, JwtKind::IdToken, &old_token), "its kid is not in the ring");
}

#[test]
fn nothing_signs_before_a_key_is_active_nor_before_any_is_adopted() {
    let (ring, _) = ring();
    let early = NOW - Duration::from_millis(1);
    let empty = Ring::new(masters(&[("m1", 1)]));
    for (ring, now) in [(&ring, early), (&empty, NOW)] {
        let refused = ring.sign(JwtKind::IdToken, SigningAlg::Rs256, &claims(), now);
        assert!(matches!(refused, Err(KeyError::NoKey(SigningAlg::Rs256))), "{refused:?}");
    }
    assert_eq!(empty.published().json, r#"{"keys":[]}"#);
}

#[test]
fn a_new_master_key_takes_the_keys_over_and_the_old_one_can_go() {
    let (ring, keys) = ring();
    assert!(keys.iter().all(|key| ring.reseal(key).unwrap().is_none()), "already under the active one");
    let token = ring.sign(JwtKind::IdToken, SigningAlg::Es256, &claims(), NOW).unwrap();

    let both = Ring::new(masters(&[("m2", 2), ("m1", 1)]));
    both.adopt(&keys).unwrap();
    assert!(both.verify(JwtKind::IdToken, &token).is_ok());
    let resealed: Vec<_> = keys.iter().map(|key| both.reseal(key).unwrap().unwrap()).collect();
    for (before, after) in keys.iter().zip(&resealed) {
        assert_eq!(&SigningKey { sealed: before.sealed.clone(), ..after.clone() }, before);
        assert!(both.reseal(after).unwrap().is_none());
    }
    let alone = Ring::new(masters(&[("m2", 2)]));
    alone.adopt(&resealed).unwrap();
    assert!(alone.verify(JwtKind::IdToken, &token).is_ok());

    for refused in [alone.adopt(&keys), alone.reseal(&keys[0]).map(|_| ())] {
        let why = refused.unwrap_err().to_string();
        assert!(
            why.contains(&keys[0].kid) && why.contains(r#"master key "m1", which is not configured"#),
            "{why}"
        );
    }
    assert!(alone.verify(JwtKind::IdToken, &token).is_ok(), "a refused adoption leaves the ring as it was");
}

/// Somebody who can write to the database but has no master key gains nothing.
#[test]
fn a_stored_key_that_was_tampered_with_is_not_adopted() {
    let (ring, keys) = ring();
    let masters = masters(&[("m1", 1)]);
    let flow = idp_domain::ports::Sealer::seal(&*masters, idp_domain::ports::Purpose::Flow, b"{}");
    let swapped = SigningKey { sealed: keys[1].sealed.clone(), ..keys[0].clone() };
    let renamed = SigningKey { kid: "other".to_owned(), ..keys[1].clone() };
    let foreign = SigningKey { sealed: flow, ..keys[1].clone() };
    let broken = SigningKey { sealed: "x".to_owned(), ..keys[1].clone() };
    for tampered in [swapped, renamed, foreign, broken] {
        assert!(ring.adopt(std::slice::from_ref(&tampered)).is_err(), "{tampered:?}");
    }
}

#[test]
fn nothing_private_is_in_what_is_stored_shown_or_published() {
    let (ring, keys) = ring();
    for key in &keys {
        let opened = ring.open(key).unwrap();
        let jwk: Value = serde_json::from_slice(&opened).unwrap();
        let private = jwk["d"].as_str().unwrap();
        assert!(private.len() >= 43);
        for shown in [ring.published().json.clone(), format!("{ring:?} {key:?}")] {
            assert!(!shown.contains(private), "{shown}");
        }
    }
}

#[test]
fn threads_sign_and_verify_without_a_gap_while_keys_rotate() {
    let (ring, mut keys) = ring();
    std::thread::scope(|scope| {
        let signing: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let token =
                            ring.sign(JwtKind::AccessToken, SigningAlg::Es256, &claims(), NOW + DAY).unwrap();
                        ring.verify(JwtKind::AccessToken, &token).unwrap();
                    }
                })
            })
            .collect();
        for minute in 0..20 {
            keys.push(ring.make(SigningAlg::Es256, NOW + Duration::from_secs(minute), NOW).unwrap());
            ring.adopt(&keys).unwrap();
        }
        for thread in signing {
            thread.join().unwrap();
        }
    });
    let token = ring.sign(JwtKind::AccessToken, SigningAlg::Es256, &claims(), NOW + DAY).unwrap();
    assert_eq!(part(&token, 0)["kid"], keys.last().unwrap().kid.as_str());
}
