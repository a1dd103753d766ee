//! `/revoke` (RFC 7009): 200 without a body for every token, whosever it is, as soon as it is worth nothing.
//! Never 200 for a revocation that was not stored (attack 56, CVE-2020-15223).

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use idp_service::oauth_error::Refusal;
use idp_service::revocation;

use crate::http::client_request::{ClientRefusal, ClientRequest};
use crate::http::failure::{BUSY, Failure, seen_outside};
use crate::http::present::NO_STORE;
use crate::http::state::AppState;

pub(super) async fn revoke(
    State(state): State<AppState>,
    ClientRequest { client, params }: ClientRequest,
) -> Result<Response, ClientRefusal> {
    match revocation::revoke(&state.env, &client, &params).await {
        Ok(()) => Ok([(header::CACHE_CONTROL, NO_STORE)].into_response()),
        Err(Refusal::Fault(fault)) => {
            // Section 2.2.1: after a 503 the client knows that the token still stands, and comes again.
            seen_outside(&fault);
            Err(Failure::from(BUSY).into())
        }
        Err(refusal) => Err(refusal.into()),
    }
}
