//! The way out of the Rust libraries: each lets its user bring the HTTP client.

use openidconnect::{HttpClientError, HttpRequest, HttpResponse};

use crate::support::rig::http;

/// Both crates revoke over https only (RFC 7009 section 2). What terminates TLS in front of a provider is played here,
/// because nothing does on the loopback interface of the tests.
pub(super) fn behind_tls(endpoint: &str) -> String {
    endpoint.replacen("http://", "https://", 1)
}

pub(super) async fn send(request: HttpRequest) -> Result<HttpResponse, HttpClientError<reqwest::Error>> {
    let mut request = reqwest::Request::try_from(request).map_err(Box::new)?;
    request.url_mut().set_scheme("http").expect("https may become http");
    let mut response = http().execute(request).await.map_err(Box::new)?;
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let mut answer = HttpResponse::new(response.bytes().await.map_err(Box::new)?.to_vec());
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}
