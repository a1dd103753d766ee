//! `/userinfo` (OpenID Connect Core section 5.3): GET, POST with header, POST with a form body (RFC 6750 section 2).

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use idp_service::access::{self, AccessError};
use idp_service::presented::Presented;
use idp_service::userinfo::{self, UserInfo, UserInfoError};

use crate::http::access_log::Told;
use crate::http::access_token::Credentials;
use crate::http::form::read_form;
use crate::http::present::{NO_STORE, oauth_error};
use crate::http::state::AppState;

/// OpenID Connect Core section 5.3.2.
const JWT: HeaderValue = HeaderValue::from_static("application/jwt");

pub(super) async fn from_header(
    State(state): State<AppState>,
    Extension(told): Extension<Told>,
    credentials: Credentials,
) -> Response {
    let read = read(&state, &told, credentials.presented()).await;
    respond(read, &credentials)
}

pub(super) async fn from_post(
    State(state): State<AppState>,
    Extension(told): Extension<Told>,
    credentials: Credentials,
    request: Request,
) -> Response {
    // A body that is no form presents nothing (RFC 6750 section 2.2).
    let form = read_form(request, &state).await.unwrap_or_default();
    let presented = match (credentials.presented(), form.get("access_token")) {
        _ if form.is_repeated("access_token") => Err(AccessError::Ambiguous),
        (Err(AccessError::Missing), Some(token)) => Ok(Presented::bearer(token)),
        (_, Some(_)) => Err(AccessError::Ambiguous),
        (presented, None) => presented,
    };
    let read = read(&state, &told, presented).await;
    respond(read, &credentials)
}

fn respond(read: Result<UserInfo, UserInfoError>, credentials: &Credentials) -> Response {
    match read {
        Ok(UserInfo::Json(claims)) => ([(header::CACHE_CONTROL, NO_STORE)], Json(claims)).into_response(),
        Ok(UserInfo::Jwt(jwt)) => {
            let headers = [(header::CACHE_CONTROL, NO_STORE), (header::CONTENT_TYPE, JWT)];
            (headers, jwt).into_response()
        }
        Err(UserInfoError::Access(error)) => refuse(&error, credentials),
        Err(UserInfoError::Unreadable(why)) => oauth_error(&why.into()),
    }
}

async fn read(
    state: &AppState,
    told: &Told,
    presented: Result<Presented<'_>, AccessError>,
) -> Result<UserInfo, UserInfoError> {
    let person = access::accept_person(&state.env, &presented?).await?;
    told.client(&person.client.id);
    told.actor(person.account.id);
    userinfo::read(&state.env, &person).await
}

/// RFC 6750 section 3: a header and no body.
fn refuse(error: &AccessError, credentials: &Credentials) -> Response {
    let (status, challenges) = credentials.challenge(error);
    let mut response = (status, [(header::CACHE_CONTROL, NO_STORE)]).into_response();
    for challenge in challenges.into_iter().filter_map(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
