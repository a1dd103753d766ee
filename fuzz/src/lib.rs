//! What strangers send, read as the product reads it, with what must hold whatever they send. Each function is the body of a fuzz
//! target of its name, and is replayed with its corpus by the ordinary tests (`tests/fuzz.rs`), which include this file.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use idp_domain::client::{
    AssertionAlg, AuthMethod, Client, ClientId, ContentEncryption, Encryption, EncryptionAlg, JwkSet,
    check_redirect_uri, comparable_origin, is_private_use,
};
use idp_domain::company::{CompanyCode, CompanyRef};
use idp_domain::email::EmailAddress;
use idp_domain::ports::{
    ClientEncryption as _, ClientJwt, ClientJwts as _, Content, DpopProofs as _, Purpose, Sealer as _,
};
use idp_domain::text::Line;
use idp_domain::typed_code::TypedCode;
use idp_domain::{Secret, Timestamp};
use idp_keys::{ClientEncrypter, ClientJwtVerifier, MasterKey, MasterKeys, ProofVerifier};
use idp_service::bulk::{MOST_CSV_ROWS, read_csv};
use idp_service::endpoint::Issuer;
use idp_service::params::Params;
use idp_service::registration::ClientMetadata;
use idp_service::untrusted;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

/// Reads what a stranger may send, and holds what it says to what must be true of it.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also that of its corpus.
pub const TARGETS: [(&str, Target); 15] = [
    ("basic_header", basic_header),
    ("claims_parameter", claims_parameter),
    ("client_jwt", client_jwt),
    ("company_code", company_code),
    ("csv", csv),
    ("dpop_proof", dpop_proof),
    ("email", email),
    ("form", form),
    ("htu", htu),
    ("jwk", jwk),
    ("redirect_uri", redirect_uri),
    ("registration_metadata", registration_metadata),
    ("request_object", request_object),
    ("sealed_value", sealed_value),
    ("user_code", user_code),
];

/// The public halves of the keys that signed the corpus of `client_jwt`; the private ones are gone.
const KEYS: &str = include_str!("../keys.json");
/// What every token of the corpora that was signed says.
const SIGNED: &str = "signed_for_the_corpus";
/// Within the life of the request objects of the corpus.
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// A token as it is sent, or its header and its claims on two lines: the encoding is done here then, where bytes that nobody
/// aimed would rarely get past it. Nobody signed such a one.
fn token(data: &[u8]) -> Option<(String, bool)> {
    let Some((header, claims)) = text(data)?.split_once('\n') else {
        return Some((text(data)?.to_owned(), true));
    };
    let [header, claims, signature] =
        [header.as_bytes(), claims.as_bytes(), &[0; 64]].map(|part| URL_SAFE_NO_PAD.encode(part));
    Some((format!("{header}.{claims}.{signature}"), false))
}

/// A query or a form: what was read and is written again reads the same.
pub fn form(data: &[u8]) {
    let params = Params::parse(data);
    let sent = |params: &Params| -> Vec<(String, String)> {
        params.sent().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let once = sent(&params);
    let written = Serializer::new(String::new()).extend_pairs(&once).finish();
    assert_eq!(sent(&Params::parse(written.as_bytes())), once);
    assert!(params.repeated().is_none_or(|name| params.is_repeated(name)));
}

/// RFC 6749 section 2.3.1: credentials that are encoded again are read the same.
pub fn basic_header(data: &[u8]) {
    // As it is sent, or what is encoded in it.
    let header = text(data).filter(|text| text.contains(' ')).map(str::to_owned);
    let header = header.unwrap_or_else(|| format!("Basic {}", STANDARD.encode(data)));
    let Some((id, secret)) = untrusted::basic_credentials(&header) else { return };
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let again =
        format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(&id), encoded(secret.expose()))));
    let (same, secret_again) = untrusted::basic_credentials(&again).expect("what we wrote");
    assert_eq!((same, secret_again.expose()), (id, secret.expose()));
}

/// RFC 7515: nothing is verified that was not signed with one of the keys.
pub fn client_jwt(data: &[u8]) {
    static VERIFIER: OnceLock<(ClientJwtVerifier, JwkSet)> = OnceLock::new();
    let keys = || JwkSet::try_from(serde_json::from_str::<Value>(KEYS).expect("JSON")).expect("keys");
    let (verifier, keys) = VERIFIER.get_or_init(|| (ClientJwtVerifier::default(), keys()));
    let Some((token, may_be_signed)) = token(data) else { return };
    let peeked = verifier.peek(&token);
    if let Ok(jwt) = verifier.verify(keys, &token) {
        assert!(may_be_signed);
        assert_eq!(jwt.claims.get(SIGNED), Some(&Value::Bool(true)));
        assert_eq!(peeked, Some(jwt.claims));
    }
}

/// RFC 7517: a key is good for nothing, or for what it says, and never a private one.
pub fn jwk(data: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Value>(data) else { return };
    let Ok(keys) = JwkSet::try_from(document) else { return };
    let verifier = ClientJwtVerifier::default();
    for key in keys.keys() {
        let is_for = |what: &str| key.get("use").is_none_or(|of| of == what);
        assert!(verifier.algs_of(key).is_empty() || is_for("sig"));
        assert!(key.get("d").is_none() && key.get("k").is_none());
    }
    for alg in EncryptionAlg::VARIANTS {
        let how = Encryption { alg, enc: ContentEncryption::A128CbcHs256 };
        if ClientEncrypter.fits(&keys, how) {
            assert!(
                ClientEncrypter
                    .encrypt(&keys, how, Content::SignedJwt("a.b.c"))
                    .is_ok_and(|jwe| jwe.matches('.').count() == 4)
            );
        }
    }
}

/// RFC 9449 section 4.3: as `client_jwt`, the key being in the header.
pub fn dpop_proof(data: &[u8]) {
    static VERIFIER: OnceLock<ProofVerifier> = OnceLock::new();
    let Some((proof, may_be_signed)) = token(data) else { return };
    if let Ok(proof) = VERIFIER.get_or_init(ProofVerifier::default).verify(&proof) {
        assert!(may_be_signed);
        assert_eq!(proof.claims.get(SIGNED), Some(&Value::Bool(true)));
    }
}

/// Two lines, two addresses: one way to write one address, and never that of another (RFC 9449 section 4.3, item 9).
pub fn htu(data: &[u8]) {
    let Some(lines) = text(data) else { return };
    let (one, other) = lines.split_once('\n').unwrap_or((lines, lines));
    let Some(address) = untrusted::proven_address(one) else { return };
    assert_eq!(untrusted::proven_address(&address).as_ref(), Some(&address));
    let url = Url::parse(&address).expect("an address");
    assert!(url.query().is_none() && url.fragment().is_none() && url.username().is_empty());
    if untrusted::proven_address(other).is_some_and(|other| other == address) {
        let [one, other] = [one, other].map(|text| Url::parse(text).expect("it was accepted"));
        assert_eq!(one.origin(), other.origin());
        let segments = |url: &Url| url.path().matches('/').count();
        assert_eq!(segments(&one), segments(&other));
    }
}

/// Two lines, what is registered and what a request names: RFC 9700 section 4.1.3 and, for loopback ports, RFC 8252 section 7.3.
pub fn redirect_uri(data: &[u8]) {
    let Some(lines) = text(data) else { return };
    let (registered, named) = lines.split_once('\n').unwrap_or((lines, lines));
    comparable_origin(named);
    if check_redirect_uri(registered).is_err() {
        return;
    }
    let known = Url::parse(registered).expect("it was accepted");
    assert!(known.fragment().is_none() && known.username().is_empty() && known.password().is_none());
    assert!(known.scheme() != "javascript" && known.scheme() != "data");
    let mut client = client();
    client.redirect_uris = vec![registered.to_owned()];
    assert!(client.has_redirect_uri(registered));
    if named != registered && client.has_redirect_uri(named) {
        let mut named = Url::parse(named).expect("a loopback address");
        assert!(matches!(named.host_str(), Some("127.0.0.1" | "[::1]")) && !is_private_use(registered));
        named.set_port(known.port()).expect("it has a host");
        assert_eq!(named, known);
    }
}

/// A list of people: rows are in order and counted, whatever the file.
pub fn csv(data: &[u8]) {
    let Ok(sheet) = read_csv(data, None) else { return };
    assert!(sheet.rows.len() <= MOST_CSV_ROWS);
    assert!(sheet.rows.windows(2).all(|two| two[0].number < two[1].number));
}

/// However it is typed, one company has one code.
pub fn company_code(data: &[u8]) {
    let Some(typed) = text(data) else { return };
    drop(CompanyRef::parse(typed));
    if let Ok(code) = CompanyCode::parse(typed) {
        assert_eq!(CompanyCode::parse(&typed.to_lowercase()).as_ref(), Ok(&code));
        assert_eq!(CompanyCode::parse(code.as_str()), Ok(code));
    }
}

/// RFC 8628 section 6.1: as it is shown, it can be typed.
pub fn user_code(data: &[u8]) {
    let Some(code) = text(data).and_then(TypedCode::typed) else { return };
    assert!(TypedCode::typed(&code.reveal()).is_some_and(|again| again.matches(&code)));
}

/// RFC 7591: what may be registered leads nowhere but to the web or to an app.
pub fn registration_metadata(data: &[u8]) {
    let Ok(metadata) = serde_json::from_slice::<ClientMetadata>(data) else { return };
    if !untrusted::registration(&metadata).is_empty() {
        return;
    }
    assert!(metadata.redirect_uris.iter().flatten().all(|uri| check_redirect_uri(uri).is_ok()));
    let pages = [&metadata.client_uri, &metadata.logo_uri, &metadata.policy_uri, &metadata.tos_uri];
    for page in pages.into_iter().flatten().filter(|page| !page.is_empty()) {
        assert_eq!(Url::parse(page).expect("it was accepted").scheme(), "https");
    }
}

/// RFC 9101: claims that a client signed, as parameters; nothing inside points to another request.
pub fn request_object(data: &[u8]) {
    let Ok(Value::Object(claims)) = serde_json::from_slice(data) else { return };
    let issuer = Issuer::new("https://id.example".to_owned()).expect("an issuer");
    let jwt = ClientJwt { alg: AssertionAlg::Es256, typ: None, claims };
    let Ok(params) = untrusted::request_object(jwt, &client(), &issuer, NOW) else { return };
    assert_eq!(params.get("client_id"), Some("portal"));
    assert!(!params.is_sent("request") && !params.is_sent("request_uri") && params.repeated().is_none());
}

/// OpenID Connect Core section 5.5.
pub fn claims_parameter(data: &[u8]) {
    use idp_domain::claims_request::RequestedClaims;

    let Some(Ok(claims)) = text(data).map(RequestedClaims::parse) else { return };
    let kept = serde_json::to_value(&claims).expect("JSON");
    assert_eq!(
        serde_json::to_value(serde_json::from_value::<RequestedClaims>(kept.clone()).expect("ours"))
            .expect("JSON"),
        kept
    );
}

/// What an address is known by stays the same when it is read again.
pub fn email(data: &[u8]) {
    let Some(Ok(address)) = text(data).map(EmailAddress::parse) else { return };
    let again = EmailAddress::parse(address.canonical()).expect("a canonical address is one");
    assert_eq!(again.canonical(), address.canonical());
}

/// Nobody without the master key makes a value that opens.
pub fn sealed_value(data: &[u8]) {
    static MASTERS: OnceLock<MasterKeys> = OnceLock::new();
    let masters = MASTERS.get_or_init(|| {
        let key = MasterKey { id: "fuzz".to_owned(), secret: Secret::new([7; 32]) };
        MasterKeys::new(vec![key]).expect("a key")
    });
    let Some(sealed) = text(data) else { return };
    assert!(masters.open(Purpose::Flow, sealed).is_none());
}

fn client() -> Client {
    let id = ClientId::parse("portal").expect("an id");
    Client::new(id, Line::parse("Portal").expect("a name"), AuthMethod::PrivateKeyJwt)
}
