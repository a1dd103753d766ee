//! `private_key_jwt`: RFC 7523 sections 2.2 and 3, OpenID Connect Core section 9; attacks 49, 52, 53 and 61;
//! `protocol.md`, "Token endpoint".

mod claims;
mod keys;
mod once;
mod published;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::client::{AssertionAlg, AuthMethod, ClientId, ClientKeys, GrantType, JwkSet};
use idp_domain::scope::Scopes;
use idp_service::Env;
use idp_web::WebOptions;
use josekit::jwk::KeyPair;
use josekit::jwk::alg::ed::EdCurve;
use josekit::jws::{ES256, EdDSA, JwsSigner, PS256, RS256};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::register;
use crate::support::app::{ISSUER, TestApp};
use crate::support::relying_party::{Answer, answer};

pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ID: &str = "agent.99999";
const OTHER: &str = "other.99999";
const REFUSED: (u16, &str) = (401, "invalid_client");

/// A key pair of a client's: what it publishes, and what it signs with.
pub(super) struct Pair {
    alg: AssertionAlg,
    pub(super) public: Value,
    pem: Vec<u8>,
    pub(super) signer: Box<dyn JwsSigner>,
}

impl Pair {
    pub(super) fn new(alg: AssertionAlg) -> Self {
        let (pair, signer): (Box<dyn KeyPair>, Box<dyn JwsSigner>) = match alg {
            AssertionAlg::Rs256 => {
                let pair = RS256.generate_key_pair(2048).unwrap();
                let signer = RS256.signer_from_jwk(&pair.to_jwk_key_pair()).unwrap();
                (Box::new(pair), Box::new(signer))
            }
            AssertionAlg::Ps256 => {
                let pair = PS256.generate_key_pair(2048).unwrap();
                let signer = PS256.signer_from_jwk(&pair.to_jwk_key_pair()).unwrap();
                (Box::new(pair), Box::new(signer))
            }
            AssertionAlg::Es256 => {
                let pair = ES256.generate_key_pair().unwrap();
                let signer = ES256.signer_from_jwk(&pair.to_jwk_key_pair()).unwrap();
                (Box::new(pair), Box::new(signer))
            }
            AssertionAlg::Ed25519 | AssertionAlg::EdDsa => {
                let pair = EdDSA.generate_key_pair(EdCurve::Ed25519).unwrap();
                let signer = EdDSA.signer_from_jwk(&pair.to_jwk_key_pair()).unwrap();
                (Box::new(pair), Box::new(signer))
            }
        };
        let public = pair.to_jwk_public_key();
        let public = serde_json::from_str(&public.to_string()).unwrap();
        Self { alg, public, pem: pair.to_pem_public_key(), signer }
    }

    /// One pair of each algorithm for all tests: RSA keys take their time to make.
    pub(super) fn of(alg: AssertionAlg) -> &'static Self {
        static PAIRS: OnceLock<Vec<Pair>> = OnceLock::new();
        let pairs = PAIRS.get_or_init(|| AssertionAlg::VARIANTS.into_iter().map(Self::new).collect());
        pairs.iter().find(|pair| pair.alg == alg).unwrap()
    }

    pub(super) fn es256() -> &'static Self {
        Self::of(AssertionAlg::Es256)
    }

    /// The public key under a name.
    pub(super) fn named(&self, kid: &str) -> Value {
        with(&self.public, &json!({ "kid": kid }))
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        signed(&*self.signer, header, claims)
    }

    /// An assertion with no more in its header than there must be.
    pub(super) fn assert(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": self.alg.as_str()}), claims)
    }
}

pub(super) fn signed(signer: &dyn JwsSigner, header: &Value, claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let input = format!("{}.{}", part(header), part(claims));
    let signature = signer.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The object with these members; those that are null are taken out.
pub(super) fn with(object: &Value, members: &Value) -> Value {
    let mut object = object.as_object().unwrap().clone();
    object.extend(members.as_object().unwrap().clone());
    object.retain(|_, value| !value.is_null());
    Value::Object(object)
}

/// What an assertion of [`ID`] says when it is in order: each is another one.
pub(super) fn claims(app: &TestApp) -> Value {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let now = app.env.now().seconds();
    let jti = format!("assertion {}", MADE.fetch_add(1, Ordering::Relaxed));
    json!({"iss": ID, "sub": ID, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": jti})
}

pub(super) fn inline(keys: &[Value]) -> ClientKeys {
    ClientKeys::Inline(JwkSet::try_from(json!({ "keys": keys })).unwrap())
}

/// A client that is nobody's but its own, and proves itself by these keys.
async fn register_agent(app: &TestApp, id: &str, keys: ClientKeys) {
    register(app, |client| {
        client.id = ClientId::parse(id).unwrap();
        client.auth_method = AuthMethod::PrivateKeyJwt;
        client.secrets.clear();
        client.keys = Some(keys);
        client.grant_types = vec![GrantType::ClientCredentials];
        client.scopes = Scopes::parse("members:read");
    })
    .await;
}

/// [`register_agent`] with the ES256 key of all tests.
pub(super) async fn register_es256_agent(app: &TestApp) {
    register_agent(app, ID, inline(&[Pair::es256().public.clone()])).await;
}

/// A request for a token of one's own, with an assertion and whatever else.
async fn ask_with(app: &TestApp, assertion: &str, besides: &[(&str, &str)]) -> Answer {
    app.relying_party().post("/token", &form(assertion, besides), None).await
}

fn form<'a>(assertion: &'a str, besides: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    form.extend(besides);
    form
}

pub(super) async fn ask(app: &TestApp, assertion: &str) -> Answer {
    ask_with(app, assertion, &[]).await
}

async fn proves(app: &TestApp, assertion: &str) -> bool {
    let answer = ask(app, assertion).await;
    match answer.error() {
        (200, _) => true,
        REFUSED => {
            assert!(!answer.headers.contains_key("www-authenticate"), "no header was tried");
            assert_eq!(answer.headers["cache-control"], "no-store");
            assert_eq!(answer.text("error_description"), "client authentication failed", "no reason is told");
            false
        }
        other => panic!("{other:?}"),
    }
}

/// Whether an assertion with these claims besides, or instead, proves [`ID`] by its ES256 key.
async fn holds(app: &TestApp, members: &Value) -> bool {
    proves(app, &Pair::es256().assert(&with(&claims(app), members))).await
}

/// The same request at another node.
async fn ask_node(node: &Env, assertion: &str) -> Answer {
    let options = WebOptions {
        trusted_proxy: Arc::new(|_| false),
        max_body: 65_536,
        request_timeout: Duration::from_secs(30),
        metrics: None,
    };
    let form = form(assertion, &[]);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::post("/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body));
    answer(idp_web::router(node.clone(), options).oneshot(request.unwrap()).await.unwrap()).await
}
