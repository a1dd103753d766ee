//! `/token`: grant what the client asks for, answer in JSON (RFC 6749 section 5.1).

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use idp_service::token::{self, TokenRequest};

use crate::http::client_request::{ClientRefusal, ClientRequest};
use crate::http::origin::RequestOrigin;
use crate::http::present::NO_STORE;
use crate::http::proof::Proof;
use crate::http::state::AppState;

pub(super) async fn grant(
    State(state): State<AppState>,
    axum::Extension(origin): axum::Extension<RequestOrigin>,
    proof: Proof,
    ClientRequest { client, params }: ClientRequest,
) -> Result<Response, ClientRefusal> {
    let request =
        TokenRequest { client: &client, params: &params, origin: &origin.0, proof: proof.as_deref() };
    let tokens = token::grant(&state.env, &request).await?;
    Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(tokens)).into_response())
}
