//! Keeps other sites away from the desk (DNS rebinding, CSRF), and sets the headers of every page.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Desk;

const CSP: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
                   frame-ancestors 'none'";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

pub(super) async fn guard(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    if let Err(refusal) = admit(&desk.hosts, request.method(), request.headers()) {
        return refusal.into_response();
    }
    let mut response = next.run(request).await;
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, CSP),
        // Not `no-referrer`: browsers would then send `Origin: null` with forms.
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The host must be this machine's; what changes something must come from one of our own pages.
fn admit(hosts: &[String], method: &Method, headers: &HeaderMap) -> Result<(), (StatusCode, &'static str)> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let Some(host) = text(HOST).filter(|host| hosts.iter().any(|known| known == host)) else {
        return Err((StatusCode::MISDIRECTED_REQUEST, "This desk answers on 127.0.0.1 only.\n"));
    };
    if method == Method::GET || method == Method::HEAD {
        return Ok(());
    }
    let own_page = match text(ORIGIN) {
        Some(origin) => origin.strip_prefix("http://") == Some(host),
        None => matches!(text(SEC_FETCH_SITE), None | Some("same-origin")),
    };
    if own_page { Ok(()) } else { Err((StatusCode::FORBIDDEN, "This form was sent by another site.\n")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn status(method: Method, headers: &[(&str, &str)]) -> Option<StatusCode> {
        let hosts = ["127.0.0.1:8081".to_owned(), "localhost:8081".to_owned()];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        admit(&hosts, &method, &map).err().map(|(status, _)| status)
    }

    #[test]
    fn a_name_that_was_rebound_to_this_machine_reads_nothing() {
        assert_eq!(status(Method::GET, &[("host", "127.0.0.1:8081")]), None);
        assert_eq!(status(Method::GET, &[("host", "localhost:8081")]), None);
        for host in ["evil.example", "evil.example:8081", "127.0.0.1", "127.0.0.1:8080"] {
            assert_eq!(
                status(Method::GET, &[("host", host)]),
                Some(StatusCode::MISDIRECTED_REQUEST),
                "{host}"
            );
        }
        assert_eq!(status(Method::GET, &[]), Some(StatusCode::MISDIRECTED_REQUEST));
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        let post =
            |more: &[(&str, &str)]| status(Method::POST, &[&[("host", "127.0.0.1:8081")], more].concat());
        assert_eq!(post(&[("origin", "http://127.0.0.1:8081")]), None);
        assert_eq!(post(&[]), None, "no browser sends this");
        for origin in ["https://evil.example", "null", "http://localhost:8081", "http://127.0.0.1:8090"] {
            assert_eq!(post(&[("origin", origin)]), Some(StatusCode::FORBIDDEN), "{origin}");
        }
        assert_eq!(post(&[("sec-fetch-site", "same-site")]), Some(StatusCode::FORBIDDEN));
    }
}
