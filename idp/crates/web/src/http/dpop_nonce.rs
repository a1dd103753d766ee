//! The nonce to sign next (RFC 9449 sections 8 and 9): told with every answer to whoever sends proofs, refusals included, so that
//! a client that listens is asked once and never again. Never with an answer that a cache may keep (section 8).

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use idp_service::dpop;

use super::access_token::PROOF;
use super::present::NO_STORE;
use super::state::AppState;

const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

pub(crate) async fn hand_out(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let proves = request.headers().contains_key(PROOF);
    let mut response = next.run(request).await;
    if proves && response.headers().get(header::CACHE_CONTROL) == Some(&NO_STORE) {
        let nonce = dpop::nonce(&state.env).and_then(|nonce| HeaderValue::try_from(nonce).ok());
        response.headers_mut().extend(nonce.map(|nonce| (NONCE, nonce)));
    }
    response
}
