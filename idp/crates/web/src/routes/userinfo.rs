//! `/userinfo` (OpenID Connect Core section 5.3): GET, POST with header, POST with a form body (RFC 6750 section 2).

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use idp_service::access::AccessError;
use idp_service::params::Params;
use idp_service::userinfo;

use super::token::authorization;
use crate::http::form::read_form;
use crate::http::present::NO_STORE;
use crate::http::state::AppState;

pub(super) async fn from_header(State(state): State<AppState>, headers: HeaderMap) -> Response {
    respond(&state, bearer(&headers)).await
}

pub(super) async fn from_post(State(state): State<AppState>, request: Request) -> Response {
    let presented = bearer(request.headers());
    let has_form = request.headers().get(header::CONTENT_TYPE).is_some();
    let form = if has_form { read_form(request, &state).await.unwrap_or_default() } else { Params::default() };
    let in_body = form.get("access_token").map(str::to_owned);
    let token = match (presented, in_body) {
        _ if form.is_repeated("access_token") => Err(AccessError::Ambiguous),
        (Ok(_), Some(_)) => Err(AccessError::Ambiguous),
        (Err(AccessError::Missing), Some(token)) => Ok(token),
        (presented, _) => presented,
    };
    respond(&state, token).await
}

async fn respond(state: &AppState, token: Result<String, AccessError>) -> Response {
    let claims = match token {
        Ok(token) => userinfo::read(&state.env, &token).await,
        Err(error) => Err(error),
    };
    match claims {
        Ok(claims) => ([(header::CACHE_CONTROL, NO_STORE)], Json(claims)).into_response(),
        Err(error) => refuse(&error),
    }
}

/// The token of an `Authorization: Bearer` header; the scheme is read in any case.
pub(super) fn bearer(headers: &HeaderMap) -> Result<String, AccessError> {
    let header = authorization(headers).ok_or(AccessError::Missing)?;
    match header.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim().to_owned()),
        _ => Err(AccessError::Missing),
    }
}

/// RFC 6750 section 3.
fn refuse(error: &AccessError) -> Response {
    let (status, challenge) = challenge(error);
    let mut response = (status, [(header::CACHE_CONTROL, NO_STORE)]).into_response();
    if let Some(challenge) = challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    // A content type marks the answer as finished: machines get no page.
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// Status and `WWW-Authenticate` of a refused access token.
pub(super) fn challenge(error: &AccessError) -> (StatusCode, Option<String>) {
    let told = |code: &str| Some(format!("Bearer error=\"{code}\", error_description=\"{error}\""));
    match error {
        AccessError::Missing => (StatusCode::UNAUTHORIZED, Some("Bearer realm=\"idp\"".to_owned())),
        AccessError::Ambiguous => (StatusCode::BAD_REQUEST, told("invalid_request")),
        AccessError::Invalid => (StatusCode::UNAUTHORIZED, told("invalid_token")),
        AccessError::InsufficientScope(scope) => {
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", scope.as_str());
            (StatusCode::FORBIDDEN, Some(challenge))
        }
        AccessError::Fault(fault) => {
            tracing::error!(error = %fault, "internal fault at a resource");
            (StatusCode::INTERNAL_SERVER_ERROR, None)
        }
    }
}
