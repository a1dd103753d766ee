#![allow(clippy::unwrap_used, reason = "tests")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jws::HS256;
use serde_json::json;

use super::*;
use crate::pair::{Pair, signed, with};

const CLAIMS: &str = r#"{"jti":"1","htm":"POST","htu":"https://id.example/token","iat":1795291004}"#;

impl Pair {
    fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": self.alg.as_str(), "jwk": self.public})
    }

    fn prove(&self, header: &Value) -> String {
        self.sign_text(&header.to_string(), CLAIMS)
    }
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name);
    object
}

fn refusal(proof: &str) -> ProofRefused {
    ProofVerifier::default().verify(proof).map(|proof| proof.claims).expect_err(proof)
}

/// RFC 9449 section 4.3, items 5 to 7, and section 6.1: the key is known by its RFC 7638 thumbprint, whatever else its JWK says.
#[test]
fn a_proof_shows_the_key_it_is_signed_with() {
    let verifier = ProofVerifier::default();
    for pair in PROOF_ALGS.map(Pair::new) {
        let named =
            pair.with(json!({"kid": "mine", "alg": pair.alg.as_str(), "use": "sig", "key_ops": ["verify"]}));
        let own = PublicKey::of(pair.public.as_object().unwrap()).unwrap().thumbprint().unwrap();
        for header in [
            pair.header(),
            with(&pair.header(), json!({"jwk": named, "kid": "mine", "x5u": "https://evil.example/"})),
        ] {
            for _ in ["imported", "kept"] {
                let proof = verifier.verify(&pair.prove(&header)).unwrap();
                assert_eq!(proof.key.to_string(), own);
                assert_eq!(Value::Object(proof.claims), serde_json::from_str::<Value>(CLAIMS).unwrap());
            }
        }
    }
}

/// The example of RFC 9449 section 4.1, and the thumbprint of section 6.1.
#[test]
fn the_example_of_rfc_9449_verifies() {
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik\
                 VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR\
                 nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE\
                 QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIj\
                 oiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia\
                 WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg\
                 4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let proof = ProofVerifier::default().verify(proof).unwrap();
    assert_eq!(proof.key.to_string(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!(proof.claims["jti"], "-BwC3ESc6acc2lTc");
}

/// RFC 9449 section 4.3, item 4; RFC 8725 section 3.11: nothing else that was signed with the same key is a proof.
#[test]
fn only_a_jwt_that_says_it_is_a_proof_is_one() {
    let pair = Pair::new(AssertionAlg::Es256);
    for typ in [
        json!("JWT"),
        json!("at+jwt"),
        json!("DPoP+JWT"),
        json!("application/dpop+jwt"),
        json!(["dpop+jwt"]),
        json!(null),
    ] {
        let header = with(&pair.header(), json!({"typ": typ}));
        assert_eq!(refusal(&pair.prove(&header)), ProofRefused::Malformed, "{header}");
    }
    for name in ["typ", "alg", "jwk"] {
        assert_eq!(refusal(&pair.prove(&without(pair.header(), name))), ProofRefused::Malformed, "{name}");
    }
    let critical = with(&pair.header(), json!({"crit": ["exp"], "exp": 1}));
    assert_eq!(refusal(&pair.prove(&critical)), ProofRefused::Malformed);
    let header = pair.header().to_string();
    let twice = format!(r#"{{"typ":"JWT",{}"#, &header[1..]);
    assert_eq!(refusal(&pair.sign_text(&twice, CLAIMS)), ProofRefused::Malformed);
    for claims in ["[]", "1", "", r#"{"jti":"1","jti":"2"}"#] {
        assert_eq!(refusal(&pair.sign_text(&header, claims)), ProofRefused::Malformed, "{claims}");
    }
    let proof = pair.prove(&pair.header());
    for text in [
        "",
        ".",
        "..",
        "a.b.c",
        &proof[..proof.len() - 1],
        &format!("{proof}="),
        &format!("{proof}, {proof}"),
    ] {
        assert_eq!(refusal(text), ProofRefused::Malformed, "{text}");
    }
}

/// RFC 9449 section 4.3, item 5, and FAPI 2.0 section 5.4.1.
#[test]
fn an_algorithm_that_is_not_offered_proves_nothing() {
    let rsa = Pair::new(AssertionAlg::Rs256);
    assert_eq!(refusal(&rsa.prove(&rsa.header())), ProofRefused::Alg);
    let pair = Pair::new(AssertionAlg::Es256);
    for alg in ["none", "HS256", "ES384", "es256", "RS512", ""] {
        let header = with(&pair.header(), json!({"alg": alg}));
        assert_eq!(refusal(&pair.prove(&header)), ProofRefused::Alg, "{alg}");
    }
    // CVE-2016-10555: the public key as the secret of an HMAC; and no signature at all.
    let secret = HS256.signer_from_bytes(pair.public.to_string().as_bytes()).unwrap();
    let forged = |alg: &str| signed(&with(&pair.header(), json!({"alg": alg})).to_string(), CLAIMS, &secret);
    assert_eq!(refusal(&forged("HS256")), ProofRefused::Alg);
    let unsigned = forged("none");
    assert_eq!(refusal(&unsigned[..=unsigned.rfind('.').unwrap()]), ProofRefused::Alg);
}

/// RFC 9449 section 4.3, item 7, and section 11.6: a proof that shows the private key as well proves nobody.
#[test]
fn a_key_that_is_not_public_sound_and_for_signatures_proves_nothing() {
    let pair = Pair::new(AssertionAlg::Es256);
    let keyed = |pair: &Pair, jwk: Value| refusal(&pair.prove(&with(&pair.header(), json!({"jwk": jwk}))));
    assert_eq!(keyed(&pair, pair.whole.clone()), ProofRefused::Key);
    for member in PRIVATE_MEMBERS {
        assert_eq!(keyed(&pair, pair.with(json!({member: "AA"}))), ProofRefused::Key, "{member}");
    }
    for other in [
        json!({"use": "enc"}),
        json!({"key_ops": ["sign"]}),
        json!({"alg": "ES384"}),
        json!({"crv": "P-384"}),
        json!({"x": "AA"}),
        json!({"kty": "oct"}),
    ] {
        assert_eq!(keyed(&pair, pair.with(other.clone())), ProofRefused::Key, "{other}");
    }
    assert_eq!(keyed(&pair, without(pair.public.clone(), "y")), ProofRefused::Key);
    for no_object in [json!("key"), json!([pair.public]), json!(null)] {
        assert_eq!(keyed(&pair, no_object), ProofRefused::Malformed);
    }
    // Of another type than the algorithm wants; and too weak.
    assert_eq!(keyed(&pair, Pair::new(AssertionAlg::Ed25519).public), ProofRefused::Key);
    let rsa = Pair::new(AssertionAlg::Ps256);
    let half = &rsa.public["n"].as_str().unwrap()[..171];
    assert_eq!(keyed(&rsa, with(&rsa.public, json!({"n": half}))), ProofRefused::Key);
    assert_eq!(keyed(&rsa, with(&rsa.public, json!({"e": "AQ"}))), ProofRefused::Key);
}

/// RFC 9449 section 4.3, item 6: whose public key is known is not thereby known to have signed.
#[test]
fn another_keys_signature_proves_nothing() {
    for alg in PROOF_ALGS {
        let (mine, theirs) = (Pair::new(alg), Pair::new(alg));
        assert_eq!(refusal(&mine.prove(&theirs.header())), ProofRefused::WrongSignature);
    }
    let pair = Pair::new(AssertionAlg::Es256);
    let proof = pair.prove(&pair.header());
    let parts: Vec<&str> = proof.split('.').collect();
    let other = URL_SAFE_NO_PAD.encode(CLAIMS.replace("POST", "GET"));
    assert_eq!(refusal(&format!("{}.{other}.{}", parts[0], parts[2])), ProofRefused::WrongSignature);
    assert_eq!(refusal(&format!("{}.{}.", parts[0], parts[1])), ProofRefused::WrongSignature);
    // RFC 7518 section 3.4: R and S as they are, never in DER.
    assert_eq!(
        refusal(&format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode([0; 64]))),
        ProofRefused::WrongSignature
    );
}
