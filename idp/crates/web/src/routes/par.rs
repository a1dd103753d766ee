//! `/par` (RFC 9126 section 2): a client pushes what it asks for; the answer names it.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use idp_service::authorize;

use crate::http::client_request::{ClientRefusal, ClientRequest};
use crate::http::origin::RequestOrigin;
use crate::http::present::NO_STORE;
use crate::http::proof::Proof;
use crate::http::state::AppState;

pub(super) async fn push(
    State(state): State<AppState>,
    axum::Extension(origin): axum::Extension<RequestOrigin>,
    proof: Proof,
    ClientRequest { client, params }: ClientRequest,
) -> Result<Response, ClientRefusal> {
    let pushed = authorize::push(&state.env, &client, &params, &origin.0, proof.as_deref()).await?;
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, NO_STORE)], Json(pushed)).into_response())
}
