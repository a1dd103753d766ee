//! `/userinfo` (OpenID Connect Core section 5.3): GET, POST with header, POST with a form body (RFC 6750 section 2).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use idp_service::access::{self, AccessError};
use idp_service::userinfo::{self, UserInfo};

use crate::http::access_log::Told;
use crate::http::bearer::{bearer, challenge};
use crate::http::form::read_form;
use crate::http::present::NO_STORE;
use crate::http::state::AppState;

/// OpenID Connect Core section 5.3.2.
const JWT: HeaderValue = HeaderValue::from_static("application/jwt");

pub(super) async fn from_header(
    State(state): State<AppState>,
    Extension(told): Extension<Told>,
    headers: HeaderMap,
) -> Response {
    respond(&state, &told, bearer(&headers)).await
}

pub(super) async fn from_post(
    State(state): State<AppState>,
    Extension(told): Extension<Told>,
    request: Request,
) -> Response {
    let presented = bearer(request.headers());
    // A body that is no form presents nothing (RFC 6750 section 2.2).
    let form = read_form(request, &state).await.unwrap_or_default();
    let in_body = form.get("access_token").map(str::to_owned);
    let token = match (presented, in_body) {
        _ if form.is_repeated("access_token") => Err(AccessError::Ambiguous),
        (Ok(_), Some(_)) => Err(AccessError::Ambiguous),
        (Err(AccessError::Missing), Some(token)) => Ok(token),
        (presented, _) => presented,
    };
    respond(&state, &told, token).await
}

async fn respond(state: &AppState, told: &Told, token: Result<String, AccessError>) -> Response {
    match read(state, told, token).await {
        Ok(UserInfo::Json(claims)) => ([(header::CACHE_CONTROL, NO_STORE)], Json(claims)).into_response(),
        Ok(UserInfo::Jwt(signed)) => {
            let headers = [(header::CACHE_CONTROL, NO_STORE), (header::CONTENT_TYPE, JWT)];
            (headers, signed).into_response()
        }
        Err(error) => refuse(&error),
    }
}

async fn read(
    state: &AppState,
    told: &Told,
    token: Result<String, AccessError>,
) -> Result<UserInfo, AccessError> {
    let person = access::accept_person(&state.env, &token?).await?;
    told.client(&person.client.id);
    told.actor(person.account.id);
    userinfo::read(&state.env, &person).await
}

/// RFC 6750 section 3: a header and no body.
fn refuse(error: &AccessError) -> Response {
    let (status, challenge) = challenge(error);
    let mut response = (status, [(header::CACHE_CONTROL, NO_STORE)]).into_response();
    if let Some(challenge) = challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
