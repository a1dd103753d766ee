//! Discovery and JWKS: public and cacheable.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::failure::Failure;
use crate::http::state::AppState;
use crate::pages::ErrorKind;

/// OpenID Connect Discovery section 4, RFC 8414 section 3.
pub(super) async fn discovery(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let document = state.discovery.as_ref().ok_or(ErrorKind::Server)?;
    Ok(cacheable(&headers, document.json.clone(), &document.etag, 3600))
}

/// RFC 7517 section 5. Short-lived, so that an announced key is seen long before it signs.
pub(super) async fn jwks(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let keys = state.env.keyring.published();
    cacheable(&headers, keys.json.clone(), &keys.etag, 300)
}

/// A document that caches may keep for `max_age` seconds, and ask about by its tag.
pub(super) fn cacheable(headers: &HeaderMap, json: String, etag: &str, max_age: u32) -> Response {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let cache = format!("public, max-age={max_age}");
    let common = [(header::ETAG, etag), (header::CACHE_CONTROL, cache.as_str())];
    if known.is_some_and(|known| known.split(',').any(|tag| is_same(tag.trim(), etag))) {
        return (StatusCode::NOT_MODIFIED, common, [(header::CONTENT_TYPE, "application/json")])
            .into_response();
    }
    (common, [(header::CONTENT_TYPE, "application/json")], json).into_response()
}

/// Weak comparison (RFC 9110 section 13.1.2): a proxy that compresses weakens our tag.
fn is_same(known: &str, etag: &str) -> bool {
    known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag
}
