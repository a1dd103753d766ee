//! What answers look like: pages with their headers, redirects, and OAuth errors.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::cookie::CookieJar;
use idp_service::oauth_error::OAuthError;
use serde_json::json;

use super::failure::Failure;
use crate::pages::{ErrorKind, Template};

/// Where the forms of a page may go (CSP `form-action`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormTarget {
    /// Only to us.
    Own,
    /// The POST may end at a client: browsers apply `form-action` to the whole redirect chain, so it is left out.
    Client,
}

/// Renders a page with its headers and the browser's cookies.
pub(crate) fn page(page: &impl Template, jar: CookieJar, target: FormTarget) -> Response {
    match page.render() {
        Ok(html) => (page_headers(target), jar, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page does not render");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// See Other: the next request is a GET, whatever this one was.
pub(crate) fn redirect(location: &str, jar: CookieJar) -> Response {
    match HeaderValue::try_from(location) {
        Ok(location) => {
            let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, NO_STORE)];
            (StatusCode::SEE_OTHER, jar, headers).into_response()
        }
        Err(_) => Failure::from(ErrorKind::BadRequest).into_response(),
    }
}

pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

fn page_headers(target: FormTarget) -> HeaderMap {
    let policy = match target {
        FormTarget::Own => {
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; \
             frame-ancestors 'none'; form-action 'self'"
        }
        FormTarget::Client => {
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        }
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Not `no-referrer`: our own POSTs would then say `Origin: null` (rules section 5).
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers
}

/// Headers of every answer, pages or not.
pub(crate) fn common_headers(headers: &mut HeaderMap, is_https: bool) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_https {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
}

/// RFC 6749 section 5.2.
pub(crate) fn oauth_error(error: &OAuthError) -> Response {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = Json(json!({"error": error.code.as_str(), "error_description": error.description}));
    (status, [(header::CACHE_CONTROL, NO_STORE)], body).into_response()
}
