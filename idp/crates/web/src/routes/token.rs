//! `/token`: authenticate the client, grant, answer in JSON (RFC 6749 section 5).

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use idp_service::client_auth;
use idp_service::oauth_error::{OAuthCode, OAuthError, Refusal};
use idp_service::params::Params;
use idp_service::token::{self, TokenSet};
use serde_json::json;

use crate::http::form::read_form;
use crate::http::present::NO_STORE;
use crate::http::state::AppState;

pub(super) async fn grant(State(state): State<AppState>, request: Request) -> Response {
    let authorization = authorization(request.headers());
    let Ok(params) = read_form(request, &state).await else {
        let why = "the body must be application/x-www-form-urlencoded and of bounded size";
        return error(&OAuthError::request(why), false);
    };
    match answer(&state, authorization.as_deref(), &params).await {
        Ok(tokens) => ([(header::CACHE_CONTROL, NO_STORE)], Json(tokens)).into_response(),
        Err(refusal) => {
            if let Refusal::Fault(fault) = &refusal {
                tracing::error!(error = %fault, "internal fault at the token endpoint");
            }
            error(&refusal.to_oauth(), authorization.is_some())
        }
    }
}

async fn answer(state: &AppState, authorization: Option<&str>, params: &Params) -> Result<TokenSet, Refusal> {
    let client = client_auth::authenticate(&state.env, authorization, params).await?;
    token::grant(&state.env, &client, params).await
}

pub(super) fn authorization(headers: &HeaderMap) -> Option<String> {
    headers.get(header::AUTHORIZATION).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// RFC 6749 section 5.2: `WWW-Authenticate` when the client tried the header.
fn error(error: &OAuthError, tried_header: bool) -> Response {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = Json(json!({"error": error.code.as_str(), "error_description": error.description}));
    let mut response = (status, [(header::CACHE_CONTROL, NO_STORE)], body).into_response();
    let headers = response.headers_mut();
    if error.code == OAuthCode::InvalidClient && tried_header {
        headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Basic realm=\"token\""));
    }
    if error.code == OAuthCode::TemporarilyUnavailable {
        headers.insert(header::RETRY_AFTER, 5.into());
    }
    response
}
