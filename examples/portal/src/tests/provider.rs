//! A provider as far as the tests need one: discovery, JWKS, token and UserInfo endpoints on a loopback
//! port, and switches for everything that can go wrong. It approves whoever asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::{Form, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, Audience, CsrfToken, IdTokenClaims, IssuerUrl, JsonWebKeyId, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, PrivateSigningKey, StandardClaims, SubjectIdentifier,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use url::Url;

use super::browser::{parameter, provider_secret};
use crate::oidc::{IdToken, SessionClaims};

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// An Ed25519 key made from its name.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) kid: String,
    seed: u8,
}

impl Key {
    pub(crate) fn new(kid: &str) -> Self {
        Self { kid: kid.to_owned(), seed: kid.bytes().fold(7, u8::wrapping_add) }
    }

    /// A different key that claims to be `kid`.
    pub(crate) fn forged(kid: &str) -> Self {
        Self { seed: Self::new(kid).seed.wrapping_add(1), ..Self::new(kid) }
    }

    /// PKCS #8 (RFC 8410 section 7) around a seed.
    fn signing_key(&self) -> CoreEdDsaPrivateSigningKey {
        let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        der.extend([self.seed; 32]);
        let label = "PRIVATE KEY";
        let pem = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der));
        CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(self.kid.clone()))).unwrap()
    }

    /// `of`: nonce and `sid`.
    pub(crate) fn id_token(
        &self,
        issuer: &str,
        (nonce, sid): (&str, Option<String>),
        access: Option<&AccessToken>,
    ) -> IdToken {
        let claims = IdTokenClaims::new(
            IssuerUrl::new(issuer.to_owned()).unwrap(),
            vec![Audience::new("portal.99999".into())],
            (UNIX_EPOCH + YEAR * 150).into(),
            (UNIX_EPOCH + YEAR * 50).into(),
            StandardClaims::new(SubjectIdentifier::new("sam".into())),
            SessionClaims { sid },
        )
        .set_nonce(Some(Nonce::new(nonce.to_owned())));
        IdToken::new(claims, &self.signing_key(), CoreJwsSigningAlgorithm::EdDsa, access, None).unwrap()
    }

    /// Any JWT, with any header.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.signing_key().sign(&CoreJwsSigningAlgorithm::EdDsa, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What the provider knows, and how it misbehaves.
pub(crate) struct World {
    issuer: String,
    pub(crate) key: Key,
    pub(crate) signs_with: Option<Key>,
    pub(crate) issuer_in_tokens: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) announces_iss: bool,
    /// Seconds access tokens live, as told to the client.
    pub(crate) lifetime: u64,
    pub(crate) gives_refresh_tokens: bool,
    /// The `error` that a refresh is answered, if it is refused.
    pub(crate) refuses_refresh: Option<&'static str>,
    /// So many requests are answered with 503.
    pub(crate) ill_for: usize,
    pub(crate) name: String,
    /// Of the sessions from now on.
    pub(crate) sid: Option<String>,
    /// The claim `persons`.
    pub(crate) persons: Value,
    pub(crate) user_info_subject: &'static str,
    pub(crate) access_tokens: Vec<String>,
    /// So many refreshes are answered, and nobody hears it.
    pub(crate) loses_answers: usize,
    /// Whether nothing is answered twice.
    pub(crate) forgets_answers: bool,
    /// Where the answers of the token endpoint wait, if they do.
    pub(crate) gate: Option<Arc<Semaphore>>,
    /// Where those of discovery do.
    pub(crate) discovery_gate: Option<Arc<Semaphore>>,
    refresh_token: Option<String>,
    /// What was presented last, and what it was answered: whoever asks again hears it again.
    refreshed: Option<(String, Value)>,
    codes: HashMap<String, (String, String)>,
    given_out: Vec<String>,
    counts: HashMap<String, usize>,
}

/// A change to the world.
pub(crate) type Mischief = fn(&mut World);

type Shared = Arc<Mutex<World>>;

pub(crate) struct Provider {
    pub(crate) issuer: String,
    world: Shared,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let world = Arc::new(Mutex::new(World {
            issuer: issuer.clone(),
            key: Key::new("first"),
            signs_with: None,
            issuer_in_tokens: None,
            nonce: None,
            announces_iss: true,
            lifetime: 300,
            gives_refresh_tokens: true,
            refuses_refresh: None,
            ill_for: 0,
            name: "Sam Rivera".into(),
            sid: Some("first".into()),
            persons: Value::Null,
            user_info_subject: "sam",
            access_tokens: Vec::new(),
            loses_answers: 0,
            forgets_answers: false,
            gate: None,
            discovery_gate: None,
            refresh_token: None,
            refreshed: None,
            codes: HashMap::new(),
            given_out: Vec::new(),
            counts: HashMap::new(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(user_info))
            .layer(from_fn_with_state(Arc::clone(&world), count))
            .with_state(Arc::clone(&world));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, world }
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().unwrap());
    }

    /// How often a path was asked for, or a grant type was presented.
    pub(crate) fn count(&self, what: &str) -> usize {
        self.world.lock().unwrap().counts.get(what).copied().unwrap_or_default()
    }

    /// Discovery takes until the gate is closed.
    pub(crate) fn slow_down(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        self.set(|world| world.discovery_gate = Some(Arc::clone(&gate)));
        gate
    }

    /// Until a path was asked for so often.
    pub(crate) async fn asked(&self, what: &str, times: usize) {
        while self.count(what) < times {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn tokens_given_out(&self) -> Vec<String> {
        self.world.lock().unwrap().given_out.clone()
    }

    /// Header and claims of a logout token for Sam, good as they are; the second one has another `jti`.
    pub(crate) fn log_out_claims(&self, who: Value) -> (Value, Value) {
        let world = self.world.lock().unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut claims = json!({
            "iss": world.issuer,
            "aud": "portal.99999",
            "iat": now,
            "exp": now + 120,
            "jti": CsrfToken::new_random().into_secret(),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        claims.as_object_mut().unwrap().extend(who.as_object().unwrap().clone());
        (json!({ "alg": "EdDSA", "typ": "logout+jwt", "kid": world.key.kid }), claims)
    }

    /// Signs with the published key.
    pub(crate) fn sign(&self, (header, claims): &(Value, Value)) -> String {
        self.world.lock().unwrap().key.sign(header, claims)
    }

    /// What the provider does when the person agrees: the address it sends the browser to.
    pub(crate) fn approve(&self, request: &Url) -> String {
        let code = CsrfToken::new_random().into_secret();
        let sent = |name| parameter(request, name).unwrap();
        let facts = (sent("nonce"), sent("code_challenge"));
        self.set(|world| world.codes.extend([(code.clone(), facts)]));
        format!("{}?code={code}&state={}&iss={}", sent("redirect_uri"), sent("state"), self.issuer)
    }
}

async fn count(State(world): State<Shared>, request: Request, next: Next) -> Response {
    {
        let mut world = world.lock().unwrap();
        *world.counts.entry(request.uri().path().to_owned()).or_default() += 1;
        if world.ill_for > 0 {
            world.ill_for -= 1;
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    next.run(request).await
}

async fn discovery(State(world): State<Shared>) -> Json<serde_json::Value> {
    let gate = world.lock().unwrap().discovery_gate.clone();
    if let Some(gate) = gate {
        drop(gate.acquire().await);
    }
    let world = world.lock().unwrap();
    let at = |path: &str| format!("{}/{path}", world.issuer);
    Json(json!({
        "issuer": world.issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at("jwks"),
        "end_session_endpoint": at("end-session"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "EdDSA"],
        "authorization_response_iss_parameter_supported": world.announces_iss,
    }))
}

async fn jwks(State(world): State<Shared>) -> Json<CoreJsonWebKeySet> {
    let key = world.lock().unwrap().key.signing_key();
    Json(CoreJsonWebKeySet::new(vec![key.as_verification_key()]))
}

async fn token(
    State(world): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let (answer, gate, is_lost) = {
        let mut world = world.lock().unwrap();
        let answer = answered(&mut world, &headers, &form);
        let is_lost = form["grant_type"] == "refresh_token" && world.loses_answers > 0;
        world.loses_answers -= usize::from(is_lost);
        (answer, world.gate.clone(), is_lost)
    };
    if let Some(gate) = gate {
        drop(gate.acquire().await);
    }
    if is_lost { StatusCode::BAD_GATEWAY.into_response() } else { answer.into_response() }
}

fn answered(
    world: &mut World,
    headers: &HeaderMap,
    form: &HashMap<String, String>,
) -> (StatusCode, Json<Value>) {
    *world.counts.entry(form["grant_type"].clone()).or_default() += 1;
    let refusal = |code: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": code })));
    // RFC 6749 section 2.3.1: both halves are form-encoded before they are put together.
    let secret: String = url::form_urlencoded::byte_serialize(provider_secret().as_bytes()).collect();
    let expected = format!("Basic {}", STANDARD.encode(format!("portal.99999:{secret}")));
    if headers[header::AUTHORIZATION] != expected {
        return refusal("invalid_client");
    }
    let nonce = match form["grant_type"].as_str() {
        "authorization_code" => {
            let Some((nonce, challenge)) = world.codes.remove(&form["code"]) else {
                return refusal("invalid_grant");
            };
            let verifier = PkceCodeVerifier::new(form["code_verifier"].clone());
            if PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str() != challenge {
                return refusal("invalid_grant");
            }
            nonce
        }
        _ if let Some((presented, answer)) = &world.refreshed
            && !world.forgets_answers
            && form.get("refresh_token") == Some(presented) =>
        {
            return (StatusCode::OK, Json(answer.clone()));
        }
        _ if let Some(error) = world.refuses_refresh => return refusal(error),
        _ if world.refresh_token.as_ref() != form.get("refresh_token") => return refusal("invalid_grant"),
        _ => "not-checked-here".into(),
    };
    let access = AccessToken::new(CsrfToken::new_random().into_secret());
    let issuer = world.issuer_in_tokens.as_ref().unwrap_or(&world.issuer);
    let key = world.signs_with.as_ref().unwrap_or(&world.key);
    let nonce = world.nonce.as_ref().unwrap_or(&nonce);
    let id_token = key.id_token(issuer, (nonce, world.sid.clone()), Some(&access)).to_string();
    let mut answer = json!({ "access_token": access.secret(), "token_type": "Bearer", "id_token": id_token });
    answer["expires_in"] = world.lifetime.into();
    world.access_tokens.push(access.secret().clone());
    world.given_out.extend([access.secret().clone(), id_token]);
    if world.gives_refresh_tokens {
        let refresh = CsrfToken::new_random().into_secret();
        answer["refresh_token"] = refresh.clone().into();
        world.given_out.push(refresh.clone());
        world.refresh_token = Some(refresh);
    }
    world.refreshed = form.get("refresh_token").map(|presented| (presented.clone(), answer.clone()));
    (StatusCode::OK, Json(answer))
}

async fn user_info(State(world): State<Shared>, headers: HeaderMap) -> Response {
    let world = world.lock().unwrap();
    let presented = headers[header::AUTHORIZATION].to_str().unwrap().trim_start_matches("Bearer ");
    if !world.access_tokens.iter().any(|token| token == presented) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut claims = json!({
        "sub": world.user_info_subject,
        "name": world.name,
        "preferred_username": "sam@maple.example",
        "email": "sam@maple.example",
        "company_id": "cmp_1",
        "company_code": "99999",
        "company_name": "Maple Home Care",
        "member_type": "caregiver",
    });
    if world.persons.is_array() {
        claims["persons"] = world.persons.clone();
    }
    Json(claims).into_response()
}
