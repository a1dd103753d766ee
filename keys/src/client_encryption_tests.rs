#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::client::ContentEncryption;
use josekit::jwe::JweDecrypter;
use josekit::jwk::KeyPair;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jwk::alg::ecx::EcxCurve;
use josekit::jws::RS256;
use serde_json::json;

use super::*;

const CLAIMS: &[u8] = br#"{"sub":"frank","address":{"locality":"Guelph"}}"#;

fn how(alg: EncryptionAlg) -> Encryption {
    Encryption { alg, enc: ContentEncryption::default() }
}

/// A client's key pair: what it publishes, and what it keeps.
struct Pair {
    public: Value,
    private: Jwk,
}

impl Pair {
    fn of(jwk: &Jwk) -> Self {
        let public = PublicKey::of(jwk.as_ref()).unwrap();
        let mut private = jwk.clone();
        // josekit holds a private key to the name of the algorithm it was made for.
        private.set_parameter("alg", None).unwrap();
        Self { public: serde_json::to_value(public).unwrap(), private }
    }

    fn rsa(bits: u32) -> Self {
        Self::of(&Jwk::generate_rsa_key(bits).unwrap())
    }

    fn ec(curve: EcCurve) -> Self {
        Self::of(&Jwk::generate_ec_key(curve).unwrap())
    }

    fn x25519() -> Self {
        Self::of(&ECDH_ES.generate_ecx_key_pair(EcxCurve::X25519).unwrap().to_jwk_key_pair())
    }

    /// Whoever reads with `alg`: of an agreement one on each curve.
    fn each(alg: EncryptionAlg) -> Vec<Self> {
        match alg {
            EncryptionAlg::RsaOaep | EncryptionAlg::RsaOaep256 => vec![Self::rsa(2048)],
            _ => {
                let curves = [EcCurve::P256, EcCurve::P384, EcCurve::P521];
                curves.into_iter().map(Self::ec).chain([Self::x25519()]).collect()
            }
        }
    }

    fn with(&self, members: Value) -> Value {
        let mut key = self.public.as_object().unwrap().clone();
        key.extend(members.as_object().unwrap().clone());
        Value::Object(key)
    }

    fn decrypter(&self, alg: EncryptionAlg) -> Box<dyn JweDecrypter> {
        let own = &self.private;
        match alg {
            EncryptionAlg::RsaOaep => Box::new(RSA_OAEP.decrypter_from_jwk(own).unwrap()),
            EncryptionAlg::RsaOaep256 => Box::new(RSA_OAEP_256.decrypter_from_jwk(own).unwrap()),
            EncryptionAlg::EcdhEs => Box::new(ECDH_ES.decrypter_from_jwk(own).unwrap()),
            EncryptionAlg::EcdhEsA128Kw => Box::new(ECDH_ES_A128KW.decrypter_from_jwk(own).unwrap()),
            EncryptionAlg::EcdhEsA256Kw => Box::new(ECDH_ES_A256KW.decrypter_from_jwk(own).unwrap()),
        }
    }

    /// The content, if it was encrypted for this key.
    fn open(&self, alg: EncryptionAlg, sealed: &str) -> Option<Vec<u8>> {
        jwe::deserialize_compact(sealed, &*self.decrypter(alg)).ok().map(|(plain, _)| plain)
    }
}

fn set(keys: &[Value]) -> JwkSet {
    JwkSet::try_from(json!({ "keys": keys })).unwrap()
}

fn header(sealed: &str) -> Map<String, Value> {
    let header = URL_SAFE_NO_PAD.decode(sealed.split('.').next().unwrap()).unwrap();
    serde_json::from_slice(&header).unwrap()
}

fn encrypt(keys: &[Value], alg: EncryptionAlg) -> Result<String, NotEncrypted> {
    ClientEncrypter.encrypt(&set(keys), how(alg), Content::Claims(CLAIMS))
}

/// Whether the key is one to encrypt to.
fn takes(key: Value, alg: EncryptionAlg) -> bool {
    let keys = set(&[key]);
    let fits = ClientEncrypter.fits(&keys, how(alg));
    let encrypted = ClientEncrypter.encrypt(&keys, how(alg), Content::Claims(CLAIMS));
    assert_eq!(encrypted.is_ok(), fits, "{encrypted:?}");
    assert!(fits || encrypted == Err(NotEncrypted::NoKey(how(alg))));
    fits
}

/// RFC 7518 sections 4.3, 4.6 and 5; RFC 8037 section 3.2.
#[test]
fn the_client_reads_what_was_encrypted_for_it_and_nobody_else_does() {
    for alg in EncryptionAlg::VARIANTS {
        for (pair, other) in Pair::each(alg).iter().zip(Pair::each(alg)) {
            let keys = set(std::slice::from_ref(&pair.public));
            for enc in ContentEncryption::VARIANTS {
                let sealed =
                    ClientEncrypter.encrypt(&keys, Encryption { alg, enc }, Content::Claims(CLAIMS)).unwrap();
                assert_eq!(sealed.split('.').count(), 5);
                assert_eq!(pair.open(alg, &sealed).as_deref(), Some(CLAIMS), "{alg:?} {enc:?}");
                assert_eq!(other.open(alg, &sealed), None, "{alg:?} {enc:?}");
                let again = ClientEncrypter.encrypt(&keys, Encryption { alg, enc }, Content::Claims(CLAIMS));
                assert_ne!(again.unwrap(), sealed, "another content key each time");
            }
        }
    }
}

/// RFC 7519 section 5.2: a nested JWT says so; never `zip`, which tells lengths and inflates without end.
#[test]
fn the_header_says_how_and_for_which_key_and_no_more() {
    let pair = Pair::rsa(2048);
    let alg = EncryptionAlg::RsaOaep256;
    let keys = set(&[pair.with(json!({"kid": "reads"}))]);
    let nested = ClientEncrypter.encrypt(&keys, how(alg), Content::SignedJwt("a.b.c")).unwrap();
    let expected = json!({"alg": "RSA-OAEP-256", "enc": "A128CBC-HS256", "kid": "reads", "cty": "JWT"});
    assert_eq!(Value::Object(header(&nested)), expected);
    assert_eq!(pair.open(alg, &nested).as_deref(), Some(b"a.b.c".as_slice()));
    let unnamed = encrypt(std::slice::from_ref(&pair.public), alg).unwrap();
    assert_eq!(Value::Object(header(&unnamed)), json!({"alg": "RSA-OAEP-256", "enc": "A128CBC-HS256"}));
    let agreed = Pair::ec(EcCurve::P256);
    let agreed = header(&encrypt(&[agreed.public], EncryptionAlg::EcdhEs).unwrap());
    assert_eq!(agreed.keys().collect::<Vec<_>>().len(), 3);
    let ephemeral = agreed["epk"].as_object().unwrap();
    assert!(!ephemeral.contains_key("d"), "the public half of the ephemeral key only");
}

/// RFC 7517 sections 4.2 to 4.4.
#[test]
fn a_key_for_something_else_fits_nothing() {
    let (rsa, ec) = (Pair::rsa(2048), Pair::ec(EcCurve::P256));
    let algs = [EncryptionAlg::RsaOaep, EncryptionAlg::EcdhEs];
    for (pair, alg) in [&rsa, &ec].into_iter().zip(algs) {
        let own = alg.as_str();
        for fitting in
            [json!({}), json!({"use": "enc"}), json!({"alg": own}), json!({"use": "enc", "alg": own})]
        {
            assert!(takes(pair.with(fitting.clone()), alg), "{fitting}");
        }
        for other in [
            json!({"use": "sig"}),
            json!({"use": 7}),
            json!({"alg": "ES256"}),
            json!({"alg": "RSA1_5"}),
            json!({"alg": null}),
            json!({"key_ops": ["verify"]}),
            json!({"key_ops": "encrypt"}),
            json!({"key_ops": null}),
            json!({"kid": 7}),
        ] {
            assert!(!takes(pair.with(other.clone()), alg), "{other}");
        }
    }
    for (pair, alg, operation) in [
        (&rsa, EncryptionAlg::RsaOaep, "encrypt"),
        (&rsa, EncryptionAlg::RsaOaep256, "wrapKey"),
        (&ec, EncryptionAlg::EcdhEs, "deriveKey"),
        (&ec, EncryptionAlg::EcdhEsA128Kw, "deriveBits"),
    ] {
        assert!(takes(pair.with(json!({"key_ops": [operation]})), alg), "{operation}");
    }
    assert!(takes(ec.with(json!({"key_ops": []})), EncryptionAlg::EcdhEs), "as WebCrypto exports it");
    assert!(!takes(rsa.with(json!({"key_ops": []})), EncryptionAlg::RsaOaep));
    assert!(!takes(rsa.public.clone(), EncryptionAlg::EcdhEs));
    assert!(!takes(ec.public.clone(), EncryptionAlg::RsaOaep));
}

/// RFC 7518 section 4.3: "A key of size 2048 bits or larger MUST be used".
#[test]
fn a_weak_or_malformed_key_fits_nothing() {
    let weak = RS256.generate_key_pair(2048).unwrap().to_jwk_public_key();
    let mut weak: Map<String, Value> = weak.into();
    weak.remove("alg");
    let short = URL_SAFE_NO_PAD.encode([0xff; 255]);
    let long = URL_SAFE_NO_PAD.encode([0xff; 1025]);
    let even = URL_SAFE_NO_PAD.encode([0xfe; 256]);
    for (name, value) in
        [("n", short.as_str()), ("n", &long), ("n", &even), ("n", "!"), ("e", "AQ"), ("e", "AQAA"), ("e", "")]
    {
        let key = Map::from_iter(weak.clone().into_iter().chain([(name.to_owned(), json!(value))]));
        assert!(!takes(Value::Object(key), EncryptionAlg::RsaOaep), "{name} {value}");
    }
    assert!(takes(Value::Object(weak), EncryptionAlg::RsaOaep));

    let ec = Pair::ec(EcCurve::P256);
    let zero = URL_SAFE_NO_PAD.encode([0; 32]);
    for members in [
        // An invalid point would tell about our key, if it were not an ephemeral one.
        json!({"y": zero}),
        json!({"x": zero, "y": zero}),
        json!({"x": "AQ"}),
        json!({"crv": "P-384"}),
        json!({"crv": "secp256k1"}),
        json!({"crv": "Ed25519"}),
        json!({"y": null}),
        json!({"kty": "OKP", "crv": "X448", "x": URL_SAFE_NO_PAD.encode([9; 56])}),
        json!({"kty": "oct"}),
    ] {
        assert!(!takes(ec.with(members.clone()), EncryptionAlg::EcdhEs), "{members}");
    }
}

/// RFC 7748 section 6.1: with a point of small order the secret is zero, whoever computes it, and OpenSSL gives none out. That
/// would be known only after a code was used up.
#[test]
fn a_point_of_small_order_fits_nothing() {
    let p = |lowest| [&[lowest], [0xff; 30].as_slice(), &[0x7f]].concat();
    let small = |lowest| [&[lowest], [0; 31].as_slice()].concat();
    let eighth = |text| URL_SAFE_NO_PAD.decode(text).unwrap();
    let key = |point: &[u8]| json!({"kty": "OKP", "crv": "X25519", "x": URL_SAFE_NO_PAD.encode(point)});
    for mut point in [
        small(0),
        small(1),
        eighth("4Ot6fDtBuK4WVuP68Z_EatoJjeucMrH9hmIFFl9JuAA"),
        eighth("X5yVvKNQjCSx0LFVnIPvWwREXMRYHI6G2CJO3dCfEVc"),
        p(0xec),
        p(0xed),
        p(0xee),
    ] {
        for highest in [0, 0x80] {
            point[31] |= highest;
            assert!(!takes(key(&point), EncryptionAlg::EcdhEs), "{point:x?}");
        }
    }
    // RFC 7748 section 6.1: Bob's, and the base point.
    let bobs = json!({"kty": "OKP", "crv": "X25519", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"});
    assert!(takes(bobs, EncryptionAlg::EcdhEs));
    assert!(takes(key(&small(9)), EncryptionAlg::EcdhEsA256Kw));
}

/// Registration section 2, `jwks`: `use` tells keys apart; whoever rotates puts the new one first.
#[test]
fn the_key_that_says_it_is_for_this_is_taken_before_one_that_says_nothing() {
    let alg = EncryptionAlg::EcdhEsA256Kw;
    let pair = Pair::ec(EcCurve::P256);
    let key = |kid: &str, members: Value| {
        let named = pair.with(json!({ "kid": kid }));
        let mut named = named.as_object().unwrap().clone();
        named.extend(members.as_object().unwrap().clone());
        Value::Object(named)
    };
    let taken = |keys: &[Value]| header(&encrypt(keys, alg).unwrap())["kid"].clone();
    let silent = key("silent", json!({}));
    let signs = key("signs", json!({"use": "sig"}));
    let encrypts = key("encrypts", json!({"use": "enc"}));
    let exact = key("exact", json!({"use": "enc", "alg": alg.as_str()}));
    let weak = key("broken", json!({"use": "enc", "alg": alg.as_str(), "x": "AQ"}));
    assert_eq!(taken(&[signs.clone(), silent.clone()]), "silent");
    assert_eq!(taken(&[silent.clone(), signs.clone(), encrypts.clone()]), "encrypts");
    assert_eq!(taken(&[silent, encrypts.clone(), exact.clone()]), "exact");
    assert_eq!(
        taken(&[weak, signs.clone(), encrypts.clone()]),
        "encrypts",
        "what cannot be used is passed over"
    );
    assert_eq!(taken(&[encrypts, key("second", json!({"use": "enc"}))]), "encrypts", "the first of equals");
    assert_eq!(encrypt(&[signs], alg), Err(NotEncrypted::NoKey(how(alg))));
    assert_eq!(encrypt(&[], alg), Err(NotEncrypted::NoKey(how(alg))));
}
