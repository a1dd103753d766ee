//! Requests that fail on the way: people get a page, programs the shape they read; nobody gets a framework's words.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use idp_domain::ports::{Purpose, Sealer};
use idp_service::Env;
use idp_web::WebOptions;
use serde_json::Value;
use tower::ServiceExt as _;

use super::provider;
use crate::support::browser::Page;

struct Failing {
    status: u16,
    content_type: String,
    retry_after: Option<String>,
    connection: Option<String>,
    body: String,
}

impl Failing {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    fn assert_is_page(&self) {
        assert_eq!(self.content_type, "text/html; charset=utf-8", "{}", self.body);
        assert!(self.body.contains("id=\"request-id\""), "{}", self.body);
    }
}

fn options() -> WebOptions {
    WebOptions {
        trusted_proxy: Arc::new(|_| false),
        max_body: 65_536,
        request_timeout: Duration::from_secs(30),
        metrics: None,
    }
}

async fn send(env: Env, options: WebOptions, method: &str, path: &str) -> Failing {
    answer(env, options, Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
}

async fn answer(env: Env, options: WebOptions, request: Request<Body>) -> Failing {
    let (parts, body) = idp_web::router(env, options).oneshot(request).await.unwrap().into_parts();
    let header = |name| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    Failing {
        status: parts.status.as_u16(),
        content_type: header("content-type").unwrap_or_default(),
        retry_after: header("retry-after"),
        connection: header("connection"),
        body: String::from_utf8(axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap(),
    }
}

/// A sealer with a fault nobody foresaw.
struct Broken;

impl Sealer for Broken {
    fn seal(&self, _: Purpose, _: &[u8]) -> String {
        panic!("a fault of the inside")
    }
    fn open(&self, _: Purpose, _: &str) -> Option<Vec<u8>> {
        panic!("a fault of the inside")
    }
    fn derive(&self, _: Purpose, _: &[u8]) -> [u8; 32] {
        panic!("a fault of the inside")
    }
    fn derive_all(&self, _: Purpose, _: &[u8]) -> Vec<[u8; 32]> {
        panic!("a fault of the inside")
    }
}

#[tokio::test]
async fn a_panic_is_answered_with_a_page_that_tells_nothing_of_it() {
    let app = provider().await;
    let env = Env { sealer: Arc::new(Broken), ..app.env.clone() };
    let answer = send(env, options(), "GET", "/login?flow=x").await;
    assert_eq!(answer.status, 500);
    answer.assert_is_page();
    assert!(!answer.body.contains("panicked") && !answer.body.contains("inside"), "{}", answer.body);

    let metrics = WebOptions { metrics: Some(Arc::new(|| panic!("a fault of the inside"))), ..options() };
    let answer = send(app.env.clone(), metrics, "GET", "/metrics").await;
    assert_eq!((answer.status, answer.json()["error"].as_str()), (500, Some("server_error")));
}

/// RFC 9110 section 15.5.9: who does not send what was announced is told so, and that the connection ends.
#[tokio::test]
async fn a_request_that_never_arrives_whole_is_given_up_in_the_shape_of_its_reader() {
    let app = provider().await;
    let dawdle = async |path: &str, content_type: &str| {
        let options = WebOptions { request_timeout: Duration::ZERO, ..options() };
        let body = Body::from_stream(futures::stream::pending::<Result<Bytes, Infallible>>());
        let request = Request::post(path).header("content-type", content_type).body(body).unwrap();
        let answer = answer(app.env.clone(), options, request).await;
        assert_eq!((answer.status, answer.retry_after.as_deref()), (408, None), "{path}");
        assert_eq!(answer.connection.as_deref(), Some("close"), "{path}");
        answer
    };
    let form = "application/x-www-form-urlencoded";
    dawdle("/authorize", form).await.assert_is_page();
    for path in ["/token", "/par", "/introspect", "/revoke"] {
        let told = dawdle(path, form).await.json();
        assert_eq!(told["error"], "invalid_request", "{path}");
        let why = told["error_description"].as_str().unwrap();
        assert!(why.contains("did not arrive in time"), "{path}: {why}");
    }
    let problem = dawdle("/admin/v1/companies/99999/members", "application/json").await;
    assert_eq!(problem.content_type, "application/problem+json");
    assert_eq!(problem.json()["type"], "urn:idp:problem:too-slow");
}

/// RFC 9110 section 15.6.4: where the request was there and we were not done, it is our fault.
#[tokio::test]
async fn what_takes_us_too_long_is_told_as_our_fault() {
    let app = provider().await;
    let options = WebOptions { request_timeout: Duration::ZERO, ..options() };
    let form = "application/x-www-form-urlencoded";
    let request = Request::post("/token").header("content-type", form);
    let body = Body::from("grant_type=refresh_token&refresh_token=x&client_id=portal.99999");
    let answer = answer(app.env.clone(), options, request.body(body).unwrap()).await;
    assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("5")), "{}", answer.body);
    assert_eq!(answer.connection, None);
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
}

/// RFC 9457 at the provisioning API, RFC 6749 section 5.2 where clients talk to us.
#[tokio::test]
async fn programs_are_refused_in_a_shape_they_read() {
    let app = provider().await;
    for (method, path, status) in [
        ("GET", "/admin/v1/nowhere", 404),
        ("DELETE", "/admin/v1/companies/99999/members", 405),
        ("GET", "/admin/v1/companies/%ff/members", 400),
    ] {
        let answer = send(app.env.clone(), options(), method, path).await;
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (status, "application/problem+json"),
            "{path}"
        );
        assert_eq!(answer.json()["status"], status, "{path}");
    }
    for (method, path, status) in [
        ("GET", "/token", 405),
        ("DELETE", "/userinfo", 405),
        ("POST", "/jwks", 405),
        ("POST", "/.well-known/openid-configuration", 405),
        ("GET", "/.well-known/nothing", 404),
        ("POST", "/token", 400),
        ("GET", "/introspect", 405),
        ("POST", "/introspect", 400),
        ("GET", "/par", 405),
        ("POST", "/par", 400),
        ("GET", "/revoke", 405),
        ("POST", "/revoke", 400),
    ] {
        let answer = send(app.env.clone(), options(), method, path).await;
        assert_eq!((answer.status, answer.content_type.as_str()), (status, "application/json"), "{path}");
        assert_eq!(answer.json()["error"], "invalid_request", "{path}");
    }
    for (method, path, status) in [("GET", "/nowhere", 404), ("DELETE", "/login", 405)] {
        let answer = send(app.env.clone(), options(), method, path).await;
        assert_eq!(answer.status, status, "{path}");
        answer.assert_is_page();
    }
}

/// RFC 6749 section 3.1: no parameter comes twice. What an extractor says of it is nothing for people.
#[tokio::test]
async fn a_query_nobody_can_read_is_answered_with_a_page() {
    let app = provider().await;
    for path in [
        "/login?flow=a&flow=b",
        "/login/notice?flow=a&flow=b",
        "/continue?flow=a&flow=b",
        "/questions?flow=a&flow=b",
        "/no-access?flow=a&flow=b",
        "/activate?ticket=a&ticket=b",
    ] {
        let answer = send(app.env.clone(), options(), "GET", path).await;
        assert_eq!(answer.status, 400, "{path}");
        answer.assert_is_page();
        assert!(
            !answer.body.contains("deserialize") && !answer.body.contains("duplicate"),
            "{}",
            answer.body
        );
    }
}

/// RFC 6749 section 4.1.2.1: which of the two is not trusted is said by its page.
#[tokio::test]
async fn an_unknown_client_and_a_foreign_redirect_uri_have_a_page_each() {
    let app = provider().await;
    let with = async |name: &str, value: &str| -> Page {
        app.relying_party().with(name, value).authorize(&mut app.browser()).await
    };
    let detail = |page: &Page| page.select("#error-detail").concat();
    let client = with("client_id", "nobody").await;
    assert_eq!((client.status, detail(&client).as_str()), (400, "client_id is missing or unknown"));
    let redirect = with("redirect_uri", "https://evil.example/").await;
    let words = "redirect_uri is missing or not registered for this client";
    assert_eq!((redirect.status, detail(&redirect).as_str()), (400, words));
    assert!(client.shows("is not known") && redirect.shows("does not belong to it"));
}
