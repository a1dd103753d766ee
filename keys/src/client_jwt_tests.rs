#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::KeyPair;
use josekit::jwk::alg::ed::EdCurve;
use josekit::jws::{EdDSA, HS256};
use serde_json::json;

use super::*;
use crate::pair::{Pair, signed, with};

impl Pair {
    fn sign(&self, header: &Value) -> String {
        self.sign_text(&header.to_string(), CLAIMS)
    }

    /// A token with no more in its header than there must be.
    fn token(&self) -> String {
        self.sign(&json!({"alg": self.alg.as_str()}))
    }
}

const CLAIMS: &str = r#"{"iss":"portal","sub":"portal","exp":1795291004}"#;

fn verify(keys: &[Value], token: &str) -> Result<ClientJwt, JwtRefused> {
    ClientJwtVerifier::default().verify(&JwkSet::try_from(json!({"keys": keys})).unwrap(), token)
}

fn refusal(keys: &[Value], token: &str) -> JwtRefused {
    verify(keys, token).map(|jwt| jwt.claims).expect_err(token)
}

#[test]
fn each_algorithm_verifies_with_a_key_of_its_own_and_no_other() {
    let pairs = AssertionAlg::VARIANTS.map(Pair::new);
    let verifier = ClientJwtVerifier::default();
    for pair in &pairs {
        let token = pair.sign(&json!({"alg": pair.alg.as_str(), "typ": "JWT", "kid": "1", "extra": [1]}));
        let own = JwkSet::try_from(json!({"keys": [pair.with(json!({"kid": "1"}))]})).unwrap();
        for _ in ["imported", "kept"] {
            let jwt = verifier.verify(&own, &token).unwrap();
            assert_eq!((jwt.alg, jwt.typ.as_deref()), (pair.alg, Some("JWT")));
            assert_eq!(Value::Object(jwt.claims), serde_json::from_str::<Value>(CLAIMS).unwrap());
        }
        // The two names of one algorithm share their keys (RFC 9864 section 2.2).
        let key_type = |pair: &Pair| {
            (pair.alg.as_str().to_owned().replace("Ed25519", "EdDSA"), pair.public["kty"].clone())
        };
        let others: Vec<_> = pairs.iter().filter(|other| key_type(other) != key_type(pair)).collect();
        let others: Vec<_> =
            others.iter().map(|other| other.with(json!({"alg": other.alg.as_str()}))).collect();
        assert_eq!(refusal(&others, &pair.token()), JwtRefused::UnknownKey);
        let everyones: Vec<_> = pairs.iter().map(|pair| pair.public.clone()).collect();
        assert_eq!(verify(&everyones, &pair.token()).unwrap().typ, None);
    }
}

/// RFC 7515 appendices A.2 and A.3. Its claims are spread over lines, so the signed bytes are those sent.
#[test]
fn the_examples_of_rfc_7515_verify() {
    let claims =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let rs256 = json!({"kty": "RSA", "e": "AQAB",
        "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"});
    let es256 = json!({"kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
    for (alg, header, key, signature) in [
        (
            AssertionAlg::Rs256,
            "eyJhbGciOiJSUzI1NiJ9",
            rs256,
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        ),
        (
            AssertionAlg::Es256,
            "eyJhbGciOiJFUzI1NiJ9",
            es256,
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
    ] {
        let jwt = verify(&[key], &format!("{header}.{claims}.{signature}")).unwrap();
        assert_eq!((jwt.alg, &jwt.claims["iss"]), (alg, &json!("joe")));
    }
}

/// RFC 8037 appendix A.4: what it signs is a sentence and no JWT, which only shows when the signature is right.
#[test]
fn the_example_of_rfc_8037_verifies() {
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(refusal(std::slice::from_ref(&key), &format!("{input}.{signature}")), JwtRefused::Malformed);
    let altered = signature.replacen('h', "i", 1);
    assert_eq!(refusal(&[key], &format!("{input}.{altered}")), JwtRefused::WrongSignature);
}

/// Attack 61 (RFC 8725 sections 2.1 and 3.1): no signature at all, and the public key taken for a shared secret.
#[test]
fn none_and_the_public_key_as_a_secret_are_refused() {
    let pair = Pair::new(AssertionAlg::Rs256);
    let keys = [pair.with(json!({"kid": "1"}))];
    let claims = URL_SAFE_NO_PAD.encode(CLAIMS);
    for none in ["none", "None", "NONE", ""] {
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": none, "kid": "1"}).to_string());
        assert_eq!(refusal(&keys, &format!("{header}.{claims}.")), JwtRefused::Malformed);
    }

    let secrets = [
        pair.public.to_string().into_bytes(),
        json!({"keys": keys}).to_string().into_bytes(),
        pair.public["n"].as_str().unwrap().as_bytes().to_vec(),
        URL_SAFE_NO_PAD.decode(pair.public["n"].as_str().unwrap()).unwrap(),
    ];
    for secret in secrets {
        let hs256 = HS256.signer_from_bytes(secret).unwrap();
        let forged = |alg: &str| signed(&json!({"alg": alg, "kid": "1"}).to_string(), CLAIMS, &hs256);
        assert_eq!(refusal(&keys, &forged("HS256")), JwtRefused::Malformed);
        assert_eq!(refusal(&keys, &forged("RS256")), JwtRefused::WrongSignature);
        assert_eq!(refusal(&keys, &forged("ES256")), JwtRefused::UnknownKey);
    }
}

/// One RSA key serves both paddings, a signature only that of its header.
#[test]
fn a_signature_counts_under_its_own_algorithm_only() {
    let pair = Pair::new(AssertionAlg::Rs256);
    let token = pair.sign(&json!({"alg": "PS256"}));
    assert_eq!(refusal(std::slice::from_ref(&pair.public), &token), JwtRefused::WrongSignature);
    assert_eq!(refusal(&[pair.with(json!({"alg": "RS256"}))], &token), JwtRefused::UnknownKey);
}

#[test]
fn a_header_of_another_form_is_refused() {
    let pair = Pair::new(AssertionAlg::EdDsa);
    let keys = [pair.with(json!({"kid": "1"}))];
    assert!(verify(&keys, &pair.sign_text(r#" {"alg":"EdDSA","kid":"1"} "#, CLAIMS)).is_ok());
    for header in [
        "",
        "{}",
        "[]",
        r#"["EdDSA","1",null]"#,
        r#""EdDSA""#,
        r#"{"alg":"EdDSA"}x"#,
        r#"{"alg":null}"#,
        r#"{"alg":["EdDSA"]}"#,
        r#"{"alg":"eddsa"}"#,
        r#"{"alg":"Ed448"}"#,
        r#"{"alg":"ES384"}"#,
        r#"{"alg":"none","alg":"EdDSA"}"#,
        r#"{"alg":"EdDSA","kid":"2","kid":"1"}"#,
        r#"{"alg":"EdDSA","x":1,"x":2}"#,
        r#"{"alg":"EdDSA","kid":1}"#,
        r#"{"alg":"EdDSA","kid":null}"#,
        r#"{"alg":"EdDSA","typ":1}"#,
        r#"{"alg":"EdDSA","crit":["exp"],"exp":1}"#,
        r#"{"alg":"EdDSA","crit":[]}"#,
        r#"{"alg":"EdDSA","crit":null}"#,
        r#"{"alg":"EdDSA","crit":["b64"],"b64":false}"#,
    ] {
        assert_eq!(refusal(&keys, &pair.sign_text(header, CLAIMS)), JwtRefused::Malformed, "{header}");
    }
}

#[test]
fn what_is_no_compact_jws_is_refused() {
    let pair = Pair::new(AssertionAlg::EdDsa);
    let token = pair.token();
    let (input, _) = token.rsplit_once('.').unwrap();
    for foreign in [
        "",
        ".",
        "..",
        "a.b",
        "ü.ü.ü",
        input,
        &format!("{token}."),
        &format!("{token}.{token}"),
        &format!("{token}="),
        &format!(" {token}"),
        &format!("{token}\n"),
        r#"{"payload":"e30","signatures":[]}"#,
    ] {
        assert_eq!(refusal(std::slice::from_ref(&pair.public), foreign), JwtRefused::Malformed, "{foreign}");
        assert!(ClientJwtVerifier::default().peek(foreign).is_none(), "{foreign}");
    }
}

/// The claims count only when they are one object, each name in it once (RFC 7519 section 4).
#[test]
fn claims_of_another_form_are_refused() {
    let pair = Pair::new(AssertionAlg::EdDsa);
    for claims in ["", "[]", "1", r#""iss""#, r#"{"iss":"a"}{}"#, r#"{"iss":"a","iss":"b"}"#, "{", "\u{0}"] {
        let token = pair.sign_text(r#"{"alg":"EdDSA"}"#, claims);
        assert_eq!(refusal(std::slice::from_ref(&pair.public), &token), JwtRefused::Malformed, "{claims}");
        assert!(ClientJwtVerifier::default().peek(&token).is_none(), "{claims}");
    }
}

/// RFC 8725 section 3.10: a key in the header proves that somebody has a key.
#[test]
fn keys_that_a_token_brings_along_are_not_used() {
    let (ours, theirs) = (Pair::new(AssertionAlg::Es256), Pair::new(AssertionAlg::Es256));
    let token = theirs
        .sign(&json!({"alg": "ES256", "jwk": theirs.public, "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/x", "x5c": ["AA=="]}));
    assert_eq!(refusal(&[ours.public], &token), JwtRefused::WrongSignature);
    assert_eq!(refusal(&[], &token), JwtRefused::UnknownKey);
}

#[test]
fn a_kid_names_the_keys_to_try_and_without_one_all_that_fit_are_tried() {
    let [first, second, third] = [(); 3].map(|()| Pair::new(AssertionAlg::Es256));
    let keys =
        [first.with(json!({"kid": "a"})), second.with(json!({"kid": "a"})), third.with(json!({"kid": "b"}))];
    let named = |pair: &Pair, kid: &str| pair.sign(&json!({"alg": "ES256", "kid": kid}));
    for pair in [&first, &second] {
        assert!(verify(&keys, &named(pair, "a")).is_ok(), "one of two of the same name");
    }
    assert!(verify(&keys, &named(&third, "b")).is_ok());
    assert_eq!(refusal(&keys, &named(&third, "a")), JwtRefused::WrongSignature);
    for unknown in ["c", "A", ""] {
        assert_eq!(refusal(&keys, &named(&third, unknown)), JwtRefused::UnknownKey, "{unknown}");
    }
    assert!(
        verify(std::slice::from_ref(&third.public), &named(&third, "b")).is_ok(),
        "a key without a name fits any"
    );
    for pair in [&first, &second, &third] {
        assert!(verify(&keys, &pair.token()).is_ok());
    }
}

/// RFC 7517 sections 4.2 to 4.4.
#[test]
fn a_key_for_another_use_fits_nothing() {
    let pair = Pair::new(AssertionAlg::Es256);
    for fitting in [
        json!({"use": "sig", "alg": "ES256", "key_ops": ["sign", "verify"]}),
        json!({"exp": 1, "x5c": "not looked at", "kid": 7}),
    ] {
        assert!(verify(&[pair.with(fitting.clone())], &pair.token()).is_ok(), "{fitting}");
    }
    for other in [
        json!({"use": "enc"}),
        json!({"use": null}),
        json!({"alg": "ES384"}),
        json!({"alg": "ECDH-ES"}),
        json!({"alg": ["ES256"]}),
        json!({"key_ops": []}),
        json!({"key_ops": ["sign"]}),
        json!({"key_ops": "verify"}),
    ] {
        assert_eq!(refusal(&[pair.with(other.clone())], &pair.token()), JwtRefused::UnknownKey, "{other}");
    }
}

/// Whatever one entry is, those beside it still count.
#[test]
fn a_broken_key_fits_nothing_and_breaks_nothing() {
    for alg in AssertionAlg::VARIANTS {
        let pair = Pair::new(alg);
        let mut broken = vec![json!({}), json!({"kty": 1}), json!({"kty": "oct"}), json!({"kty": "EC"})];
        for (name, value) in pair.public.as_object().unwrap() {
            let text = value.as_str().unwrap();
            let padded =
                URL_SAFE_NO_PAD.encode([&[0], &*URL_SAFE_NO_PAD.decode(text).unwrap_or_default()].concat());
            for bad in [json!(null), json!(1), json!(""), json!("*"), json!("AA"), json!(padded)] {
                broken.push(with(&pair.public, json!({ name: bad })));
            }
        }
        for key in &broken {
            assert_eq!(refusal(std::slice::from_ref(key), &pair.token()), JwtRefused::UnknownKey, "{key}");
        }
        for key in broken {
            assert!(verify(&[key, pair.public.clone()], &pair.token()).is_ok());
        }
    }
}

/// Points that josekit or OpenSSL could be made to read otherwise than they are written.
#[test]
fn points_off_their_curve_or_of_another_curve_fit_nothing() {
    let ec = Pair::new(AssertionAlg::Es256);
    let [x, y] = ["x", "y"].map(|name| URL_SAFE_NO_PAD.decode(ec.public[name].as_str().unwrap()).unwrap());
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let shifted = json!({"x": text(&[&x[..], &y[..1]].concat()), "y": text(&y[1..])});
    let off = json!({"x": text(&[1; 32]), "y": text(&[1; 32])});
    let infinity = json!({"x": text(&[0; 32]), "y": text(&[0; 32])});
    for changed in [shifted, off, infinity, json!({"crv": "secp256k1"}), json!({"crv": "P-384"})] {
        assert_eq!(refusal(&[ec.with(changed.clone())], &ec.token()), JwtRefused::UnknownKey, "{changed}");
    }
    let ed448 = EdDSA.generate_key_pair(EdCurve::Ed448).unwrap().to_jwk_public_key();
    let token = Pair::new(AssertionAlg::EdDsa).token();
    assert_eq!(refusal(&[serde_json::to_value(&ed448).unwrap()], &token), JwtRefused::UnknownKey);
}

/// RFC 7518 section 3.3; what is too large, or has an exponent of no strength, is nobody's.
#[test]
fn a_weak_or_huge_rsa_key_fits_nothing() {
    let pair = Pair::new(AssertionAlg::Rs256);
    let modulus = |first: u8, bytes: usize| {
        let mut modulus = vec![0xA5; bytes];
        modulus[0] = first;
        URL_SAFE_NO_PAD.encode(modulus)
    };
    let refused = |changed: Value| refusal(&[pair.with(changed)], &pair.token());
    for (first, bytes) in [(0xFF, 128), (0x7F, 256), (0x01, 1025), (0xFF, 2048)] {
        assert_eq!(refused(json!({"n": modulus(first, bytes)})), JwtRefused::UnknownKey, "{first} {bytes}");
    }
    for (first, bytes) in [(0x80, 256), (0xFF, 512), (0xFF, 1024)] {
        assert_eq!(
            refused(json!({"n": modulus(first, bytes)})),
            JwtRefused::WrongSignature,
            "{first} {bytes}"
        );
    }
    for exponent in [&[1][..], &[2], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
        let e = URL_SAFE_NO_PAD.encode(exponent);
        assert_eq!(refused(json!({"e": e})), JwtRefused::UnknownKey, "{exponent:?}");
    }
    let rsa1024 = josekit::jwk::alg::rsa::RsaKeyPair::generate(1024).unwrap().to_jwk_public_key();
    assert_eq!(refusal(&[serde_json::to_value(&rsa1024).unwrap()], &pair.token()), JwtRefused::UnknownKey);
}

#[test]
fn a_wrong_signature_is_refused_as_one() {
    for alg in AssertionAlg::VARIANTS {
        let (pair, other) = (Pair::new(alg), Pair::new(alg));
        let keys = std::slice::from_ref(&pair.public);
        let token = pair.token();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let zeros = vec![0; signature.len()];
        let cut = &signature[..signature.len() - 1];
        for forged in [&[][..], cut, &zeros, &vec![0xFF; signature.len()], &[&signature[..], &[0]].concat()] {
            let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(forged));
            assert_eq!(refusal(keys, &token), JwtRefused::WrongSignature, "{alg:?} {forged:?}");
        }
        assert_eq!(refusal(keys, &other.token()), JwtRefused::WrongSignature);
        let (header, rest) = token.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let altered = URL_SAFE_NO_PAD.encode(CLAIMS.replace("portal", "mortal"));
        assert_eq!(refusal(keys, &format!("{header}.{altered}.{signature}")), JwtRefused::WrongSignature);
    }
}

/// For finding the client only; the same token may still be refused for any reason.
#[test]
fn peeking_shows_the_claims_and_proves_nothing() {
    let pair = Pair::new(AssertionAlg::Es256);
    let claims: Value = serde_json::from_str(CLAIMS).unwrap();
    let token = pair.token();
    let unsigned = &token[..=token.rfind('.').unwrap()];
    for token in [token.as_str(), unsigned, &pair.sign(&json!({"alg": "none"}))] {
        let peeked = ClientJwtVerifier::default().peek(token).unwrap();
        assert_eq!(Value::Object(peeked), claims);
    }
}

#[test]
fn threads_share_one_verifier() {
    let pairs = AssertionAlg::VARIANTS.map(Pair::new);
    let keys: Vec<_> = pairs.iter().map(|pair| pair.public.clone()).collect();
    let keys = JwkSet::try_from(json!({"keys": keys})).unwrap();
    let tokens = pairs.each_ref().map(Pair::token);
    let verifier = ClientJwtVerifier::default();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for token in tokens.iter().cycle().take(100) {
                    verifier.verify(&keys, token).unwrap();
                }
            });
        }
    });
}

/// What a key can be used for is told by what would verify with it.
#[test]
fn a_key_may_verify_what_it_says_and_what_fits_its_type() {
    let verifier = ClientJwtVerifier::default();
    let algs = |key: &Value| verifier.algs_of(key).into_iter().map(AssertionAlg::as_str).collect::<Vec<_>>();
    let (rsa, ec) = (Pair::new(AssertionAlg::Rs256), Pair::new(AssertionAlg::Es256));
    assert_eq!(algs(&rsa.public), ["RS256", "PS256"]);
    assert_eq!(algs(&rsa.with(json!({"alg": "PS256"}))), ["PS256"]);
    assert_eq!(algs(&ec.public), ["ES256"]);
    assert_eq!(algs(&Pair::new(AssertionAlg::EdDsa).public), ["Ed25519", "EdDSA"]);
    for useless in [
        ec.with(json!({"use": "enc"})),
        ec.with(json!({"alg": "ES384"})),
        ec.with(json!({"x": "AA"})),
        json!({"kty": "oct"}),
        json!("a key"),
    ] {
        assert!(algs(&useless).is_empty(), "{useless}");
    }
}
