//! What answers look like: pages with their headers, redirects, and OAuth errors.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::cookie::CookieJar;
use idp_service::oauth_error::OAuthError;
use serde_json::json;
use url::{Origin, Url};

use super::failure::Failure;
use crate::pages::{ErrorKind, Template};

/// Where the forms of a page may go (CSP `form-action`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormTarget<'a> {
    /// Only to us.
    Own,
    /// The POST may end at a client: browsers apply `form-action` to the whole redirect chain, so it is left out.
    Client,
    /// Straight to this address of a client: a code is let go nowhere else, whatever found its way into the page. Browsers
    /// hold the client's redirects after that POST to the same rule, so they stay on its origin or lead back to us.
    Address(&'a str),
}

/// Renders a page with its headers and the browser's cookies.
pub(crate) fn page(page: &impl Template, jar: CookieJar, target: FormTarget<'_>) -> Response {
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

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

fn policy(target: FormTarget<'_>) -> HeaderValue {
    let forms = match target {
        FormTarget::Own => "; form-action 'self'".to_owned(),
        FormTarget::Client => String::new(),
        FormTarget::Address(address) => format!("; form-action {} 'self'", source(address)),
    };
    HeaderValue::try_from(format!("{POLICY}{forms}")).unwrap_or(HeaderValue::from_static(POLICY))
}

/// The source expression (CSP Level 3 section 2.3.1) of an address: its origin. Its grammar has neither custom schemes
/// with origins nor IPv6, and a host may hold what ends a directive: for those, the scheme.
fn source(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return "'self'".to_owned() };
    let plain = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    match (url.origin(), url.host_str().is_some_and(plain)) {
        (origin @ Origin::Tuple(..), true) => origin.ascii_serialization(),
        _ => format!("{}:", url.scheme()),
    }
}

fn page_headers(target: FormTarget<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy(target));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// `protocol.md`: the page of `form_post` lets its form go to exactly one client.
    #[test]
    fn a_page_that_posts_to_a_client_names_its_origin_and_no_other() {
        for (address, forms) in [
            ("https://maple.example/callback?x=1", "; form-action https://maple.example 'self'"),
            ("http://127.0.0.1:49152/cb", "; form-action http://127.0.0.1:49152 'self'"),
            ("http://[::1]:49152/cb", "; form-action http: 'self'"),
            ("com.example.app:/cb", "; form-action com.example.app: 'self'"),
            ("https://a;script-src.example/", "; form-action https: 'self'"),
            ("no address", "; form-action 'self' 'self'"),
        ] {
            let policy = policy(FormTarget::Address(address));
            assert_eq!(
                policy.to_str().ok().and_then(|text| text.strip_prefix(POLICY)),
                Some(forms),
                "{address}"
            );
        }
        assert_eq!(policy(FormTarget::Client), POLICY, "a redirect after the POST is not held back");
        assert!(policy(FormTarget::Own).to_str().is_ok_and(|text| text.ends_with("; form-action 'self'")));
    }
}
