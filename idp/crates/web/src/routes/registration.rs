//! `/register` (RFC 7591 section 3) and `/register/{client}` (RFC 7592 section 2): JSON both ways, tokens in the header only.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use idp_domain::Secret;
use idp_service::registration::{self, ClientMetadata, Identity, Managed, Registered, RegistrationError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::json;

use crate::http::access_log::Told;
use crate::http::access_token::{Ambiguous, authorization};
use crate::http::failure::Failure;
use crate::http::origin::RequestOrigin;
use crate::http::present::NO_STORE;
use crate::http::state::AppState;
use crate::pages::ErrorKind;

type Origin = axum::Extension<RequestOrigin>;

pub(super) async fn register(
    State(state): State<AppState>,
    axum::Extension(origin): Origin,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let metadata: ClientMetadata = read_json(&headers, &body)?;
    let authorization = authorization(&headers)?;
    let made = registration::register(&state.env, authorization.as_deref(), &metadata, &origin.0).await?;
    answer(&state, StatusCode::CREATED, &made)
}

pub(super) async fn read(
    State(state): State<AppState>,
    axum::Extension(origin): Origin,
    axum::Extension(told): axum::Extension<Told>,
    Path(client): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let authorization = authorization(&headers)?;
    let managed = Managed { client: &client, authorization: authorization.as_deref(), origin: &origin.0 };
    let known = registration::read(&state.env, managed).await?;
    told.client(&known.client.id);
    answer(&state, StatusCode::OK, &known)
}

pub(super) async fn replace(
    State(state): State<AppState>,
    axum::Extension(origin): Origin,
    axum::Extension(told): axum::Extension<Told>,
    Path(client): Path<String>,
    (headers, body): (HeaderMap, Bytes),
) -> Result<Response, Refused> {
    let metadata: ClientMetadata = read_json(&headers, &body)?;
    let SentIdentity { client_id, client_secret } = read_json(&headers, &body)?;
    let identity = Identity { client_id, client_secret: client_secret.map(Secret::new) };
    let authorization = authorization(&headers)?;
    let managed = Managed { client: &client, authorization: authorization.as_deref(), origin: &origin.0 };
    let replaced = registration::replace(&state.env, managed, &identity, &metadata).await?;
    told.client(&replaced.client.id);
    answer(&state, StatusCode::OK, &replaced)
}

pub(super) async fn remove(
    State(state): State<AppState>,
    axum::Extension(origin): Origin,
    Path(client): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let authorization = authorization(&headers)?;
    let managed = Managed { client: &client, authorization: authorization.as_deref(), origin: &origin.0 };
    registration::remove(&state.env, managed).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, NO_STORE)]).into_response())
}

#[derive(Deserialize)]
struct SentIdentity {
    client_id: Option<String>,
    client_secret: Option<String>,
}

fn answer(state: &AppState, status: StatusCode, registered: &Registered) -> Result<Response, Refused> {
    let document = registered.document(&state.env.issuer).map_err(RegistrationError::Fault)?;
    Ok((status, [(header::CACHE_CONTROL, NO_STORE)], Json(document)).into_response())
}

/// One JSON object; what does not fit is told with its path, never with what was sent.
fn read_json<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Refused> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Refused::Unreadable("send the metadata as application/json".to_owned()));
    }
    // serde reads an array as a struct, too; then the order of fields would be part of the API.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Refused::Unreadable("send one JSON object".to_owned()));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json);
    let read = read.map_err(|error| match (error.inner().classify(), error.path().iter().next()) {
        (Category::Data, Some(_)) => {
            format!("{}: is of another type than this member has, or there twice", error.path())
        }
        (Category::Data, None) => "the body says a member twice".to_owned(),
        (Category::Syntax | Category::Eof | Category::Io, _) => "the body is no JSON in UTF-8".to_owned(),
    });
    let read = read.map_err(Refused::Unreadable)?;
    json.end().map_err(|_| Refused::Unreadable("the body is more than one JSON object".to_owned()))?;
    Ok(read)
}

/// Why a client is refused: on the wire the error of RFC 7591 section 3.2.2 or of RFC 6750 section 3.
#[derive(Debug)]
pub(super) enum Refused {
    /// `invalid_request` (RFC 6750 section 3.1).
    Ambiguous,
    Unreadable(String),
    Registration(RegistrationError),
}

impl From<Ambiguous> for Refused {
    fn from(_: Ambiguous) -> Self {
        Self::Ambiguous
    }
}

impl From<RegistrationError> for Refused {
    fn from(error: RegistrationError) -> Self {
        Self::Registration(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Ambiguous => {
                return challenged(StatusCode::BAD_REQUEST, Some("invalid_request"), Ambiguous::TOLD);
            }
            Self::Unreadable(why) => {
                return refusal(StatusCode::BAD_REQUEST, "invalid_client_metadata", &why);
            }
            Self::Registration(error) => error,
        };
        let why = error.to_string();
        match error {
            RegistrationError::TokenMissing => challenged(StatusCode::UNAUTHORIZED, None, &why),
            RegistrationError::TokenInvalid => {
                challenged(StatusCode::UNAUTHORIZED, Some("invalid_token"), &why)
            }
            RegistrationError::SwitchedOff => {
                challenged(StatusCode::FORBIDDEN, Some("insufficient_scope"), &why)
            }
            RegistrationError::Metadata(problems) => {
                let is_about_redirects = problems.iter().all(|it| it.field.starts_with("redirect_uris"));
                let code =
                    if is_about_redirects { "invalid_redirect_uri" } else { "invalid_client_metadata" };
                let told: Vec<String> =
                    problems.iter().map(|problem| format!("{}: {}", problem.field, problem.detail)).collect();
                refusal(StatusCode::BAD_REQUEST, code, &told.join("; "))
            }
            RegistrationError::TooMany(wait) => {
                let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
                let told = format!(
                    "too many requests in a minute from this network or with this token; wait {seconds} s"
                );
                Failure::with_detail(ErrorKind::TooManyRequests { seconds }, told).into_response()
            }
            RegistrationError::Fault(fault) => Failure::from(fault).into_response(),
        }
    }
}

/// A token that is not there has no error (RFC 6750 section 3.1).
fn challenged(status: StatusCode, code: Option<&'static str>, why: &str) -> Response {
    let mut response = refusal(status, code.unwrap_or("invalid_token"), why);
    let challenge = code.map_or("Bearer realm=\"registration\"".to_owned(), |code| {
        format!("Bearer error=\"{code}\", error_description=\"{why}\"")
    });
    if let Ok(challenge) = HeaderValue::try_from(challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// The description is ASCII without quotes or backslash, whatever was sent.
fn refusal(status: StatusCode, code: &str, why: &str) -> Response {
    let plain = |c: char| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') { c } else { '?' };
    let why: String = why.chars().map(plain).collect();
    let body = Json(json!({"error": code, "error_description": why}));
    (status, [(header::CACHE_CONTROL, NO_STORE)], body).into_response()
}
