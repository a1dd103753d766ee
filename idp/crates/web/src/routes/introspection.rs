//! `/introspect`: what a token is worth, in JSON (RFC 7662 section 2.2) or signed for whoever asks for it
//! (RFC 9701 sections 4 and 5).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use idp_service::introspection;
use idp_service::oauth_error::Refusal;

use crate::http::accept::asks_for;
use crate::http::client_request::{ClientRefusal, ClientRequest};
use crate::http::present::NO_STORE;
use crate::http::state::AppState;

const SIGNED: &str = "application/token-introspection+jwt";

pub(super) async fn introspect(
    State(state): State<AppState>,
    headers: HeaderMap,
    ClientRequest { client, params }: ClientRequest,
) -> Result<Response, ClientRefusal> {
    let answer = introspection::introspect(&state.env, &client, &params).await?;
    let uncached = [(header::CACHE_CONTROL, NO_STORE)];
    if !asks_for(&headers, SIGNED, "application/json") {
        return Ok((uncached, Json(answer)).into_response());
    }
    let signed = introspection::sign(&state.env, &client, answer).map_err(Refusal::Fault)?;
    Ok((uncached, [(header::CONTENT_TYPE, SIGNED)], signed).into_response())
}
