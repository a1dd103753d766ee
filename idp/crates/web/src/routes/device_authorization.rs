//! `/device_authorization` (RFC 8628 section 3.1): a code for the program, a shorter one for the person.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use idp_service::device;

use crate::http::client_request::{ClientRefusal, ClientRequest};
use crate::http::origin::RequestOrigin;
use crate::http::present::NO_STORE;
use crate::http::state::AppState;

pub(super) async fn ask(
    State(state): State<AppState>,
    axum::Extension(origin): axum::Extension<RequestOrigin>,
    ClientRequest { client, params }: ClientRequest,
) -> Result<Response, ClientRefusal> {
    let asked = device::authorize(&state.env, &client, &params, &origin.0).await?;
    Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(asked)).into_response())
}
