//! `/token`: authenticate the client, grant, answer in JSON (RFC 6749 section 5).

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use idp_service::client_auth;
use idp_service::oauth_error::{OAuthCode, OAuthError, Refusal};
use idp_service::params::Params;
use idp_service::token::{self, TokenSet};

use crate::http::access_log::Told;
use crate::http::bearer::authorization;
use crate::http::failure::Failure;
use crate::http::form::read_form;
use crate::http::present::{NO_STORE, oauth_error};
use crate::http::state::AppState;

pub(super) async fn grant(
    State(state): State<AppState>,
    Extension(told): Extension<Told>,
    request: Request,
) -> Result<Response, Failure> {
    let authorization = authorization(request.headers());
    let params = read_form(request, &state).await?;
    match answer(&state, &told, authorization.as_deref(), &params).await {
        Ok(tokens) => Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(tokens)).into_response()),
        Err(Refusal::OAuth(error)) => Ok(refuse(&error, authorization.is_some())),
        Err(Refusal::Fault(fault)) => Err(fault.into()),
    }
}

async fn answer(
    state: &AppState,
    told: &Told,
    authorization: Option<&str>,
    params: &Params,
) -> Result<TokenSet, Refusal> {
    let client = client_auth::authenticate(&state.env, authorization, params).await?;
    told.client(&client.id);
    token::grant(&state.env, &client, params).await
}

/// RFC 6749 section 5.2: `WWW-Authenticate` when the client tried the header.
fn refuse(error: &OAuthError, tried_header: bool) -> Response {
    let mut response = oauth_error(error);
    if error.code == OAuthCode::InvalidClient && tried_header {
        let challenge = HeaderValue::from_static("Basic realm=\"token\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
