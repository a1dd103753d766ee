//! One canonical log line a request: route template, status, milliseconds, request id. Never a query, never a secret.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;

use super::origin::RequestOrigin;
use super::present::common_headers;
use super::state::AppState;

/// The outermost layer: names the request, times it, logs it.
pub(crate) async fn record(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let origin = RequestOrigin::of(&state, &request);
    let request_id = origin.request_id().to_owned();
    let address = origin.0.address;
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    request.extensions_mut().insert(origin);

    let mut response = next.run(request).await;

    common_headers(response.headers_mut(), state.env.issuer.is_https());
    if let Ok(id) = HeaderValue::try_from(&request_id) {
        response.headers_mut().insert("x-request-id", id);
    }
    let status = response.status().as_u16();
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let route = route.as_deref().unwrap_or("unmatched");
    let address = address.map(|address| address.to_string()).unwrap_or_default();
    tracing::info!(target: "request", %method, route, status, elapsed_ms, %request_id, address);
    response
}
