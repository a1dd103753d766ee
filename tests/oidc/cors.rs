//! Browser clients on other origins (Fetch standard, "CORS protocol"); `protocol.md`, "Discovery": token, UserInfo and
//! revocation for the origins of registered redirect URIs, the public documents for everybody, nothing else for anybody.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use idp_domain::client::AuthMethod;

use super::{FRANK, franks_tokens, provider, provider_with_frank, register};
use crate::support::app::TestApp;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, answer};

/// Where the portal of Maple Home Care lives.
const OWN: &str = "https://maple.example";
const FOR_BROWSER_CLIENTS: [(&str, &str); 4] =
    [("/token", "POST"), ("/par", "POST"), ("/revoke", "POST"), ("/userinfo", "GET, POST")];
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn send(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(app.send(request.body(Body::from(body.to_owned())).unwrap()).await).await
}

async fn preflight(app: &TestApp, path: &str, origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization"),
    ];
    send(app, Method::OPTIONS, path, &headers, "").await
}

/// The headers of the CORS protocol, in alphabetical order.
fn cors(headers: &HeaderMap) -> Vec<(&str, &str)> {
    let ours = headers.iter().filter(|(name, _)| name.as_str().starts_with("access-control-"));
    let mut ours: Vec<_> = ours.map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    ours.sort_unstable();
    ours
}

fn assert_readable(answer: &Answer) {
    let expected = [
        ("access-control-allow-origin", OWN),
        ("access-control-expose-headers", "DPoP-Nonce, WWW-Authenticate"),
    ];
    assert_eq!(cors(&answer.headers), expected, "{answer:?}");
    assert_eq!(answer.headers["vary"], "Origin");
}

fn assert_unreadable(answer: &Answer) {
    assert_eq!(cors(&answer.headers), [], "{answer:?}");
}

on_each_database! {
    async fn a_registered_origin_is_told_what_it_may_send(app) {
        for (path, methods) in FOR_BROWSER_CLIENTS {
            let answer = preflight(&app, path, OWN).await;
            assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{path}");
            let expected = [
                ("access-control-allow-headers", "Authorization, Content-Type, DPoP"),
                ("access-control-allow-methods", methods),
                ("access-control-allow-origin", OWN),
                ("access-control-max-age", "3600"),
            ];
            assert_eq!(cors(&answer.headers), expected, "never with credentials: {path}");
            assert_eq!(answer.headers["vary"], "Origin");
        }
    }

    async fn an_origin_is_registered_as_long_as_an_enabled_client_has_a_redirect_uri_there(app) {
        let path = "/token";
        let allowed = async |origin: &str| !cors(&preflight(&app, path, origin).await.headers).is_empty();
        assert!(!allowed("https://app.maple.example:8443").await);
        register(&app, |client| client.redirect_uris = vec!["https://app.maple.example:8443/cb".to_owned()]).await;
        assert!(allowed("https://app.maple.example:8443").await);
        assert!(!allowed(OWN).await, "it moved");
        register(&app, |client| client.enabled = false).await;
        assert!(!allowed(OWN).await);
        assert!(allowed("https://birch.example").await, "another agency's");
    }
}

/// RFC 8252 section 7.3: as a redirect URI of this machine, so its page; by its addresses only, and never by a name.
#[tokio::test]
async fn a_registered_loopback_address_is_known_on_every_port() {
    let app = provider().await;
    register(&app, |client| client.redirect_uris = vec!["http://127.0.0.1:8090/callback".to_owned()]).await;
    for origin in ["http://127.0.0.1", "http://127.0.0.1:8090", "http://127.0.0.1:49152"] {
        let asked = preflight(&app, "/token", origin).await;
        assert!(cors(&asked.headers).contains(&("access-control-allow-origin", origin)), "{asked:?}");
    }
    for origin in [
        "http://localhost:8090",
        "http://[::1]:8090",
        "http://127.0.0.2:8090",
        "https://127.0.0.1:8090",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:",
        "http://127.0.0.1:8090/",
        "http://127.0.0.1.evil.example:8090",
        "http://127.0.0.1:8090@evil.example",
        "http://127.0.0.1:8090.evil.example",
    ] {
        assert_unreadable(&preflight(&app, "/token", origin).await);
    }
}

/// A single-page application from the code to its end.
#[tokio::test]
async fn a_browser_client_reads_its_answers() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    register(&app, |client| client.auth_method = AuthMethod::None).await;
    let from_page = [("origin", OWN), FORM];
    let form = format!(
        "grant_type=refresh_token&client_id=portal.99999&refresh_token={}",
        tokens.text("refresh_token")
    );
    let refreshed = send(&app, Method::POST, "/token", &from_page, &form).await;
    assert_eq!(refreshed.status, 200);
    assert_readable(&refreshed);

    let bearer = format!("Bearer {}", refreshed.text("access_token"));
    let with_token = [("origin", OWN), ("authorization", bearer.as_str())];
    for method in [Method::GET, Method::POST] {
        let told = send(&app, method, "/userinfo", &with_token, "").await;
        assert_eq!((told.status, told.text("email")), (200, FRANK));
        assert_readable(&told);
    }
    let form = format!("client_id=portal.99999&token={}", refreshed.text("refresh_token"));
    let revoked = send(&app, Method::POST, "/revoke", &from_page, &form).await;
    assert_eq!(revoked.status, 200);
    assert_readable(&revoked);
    let refused = send(&app, Method::GET, "/userinfo", &with_token, "").await;
    assert_eq!(refused.status, 401);
    assert_readable(&refused);
}

/// Whoever may read an answer may read why there is none, whoever refused it.
#[tokio::test]
async fn errors_are_readable_too() {
    let app = provider().await;
    let long = "x".repeat(70_000);
    let json = ("content-type", "application/json");
    let basic = ("authorization", "Basic x");
    for (method, path, header, body, status) in [
        (Method::POST, "/token", FORM, "grant_type=password", 401),
        (Method::POST, "/token", FORM, "token=a&token=b", 400),
        (Method::POST, "/token", json, "{}", 400),
        (Method::POST, "/token", FORM, long.as_str(), 413),
        (Method::GET, "/token", FORM, "", 405),
        (Method::POST, "/revoke", FORM, "token=x", 401),
        (Method::DELETE, "/revoke", FORM, "", 405),
        (Method::GET, "/userinfo", basic, "", 401),
        (Method::PUT, "/userinfo", basic, "", 405),
    ] {
        let refused = send(&app, method, path, &[("origin", OWN), header], body).await;
        assert_eq!(refused.status, status, "{path} {body:.20}");
        assert_readable(&refused);
    }
}

#[tokio::test]
async fn other_origins_read_nothing() {
    let app = provider().await;
    for origin in [
        "null",
        "https://evil.example",
        "https://maple.example.evil.example",
        "https://app.maple.example",
        "https://maple.example:8443",
        "https://maple.example:443",
        "https://maple.example/",
        "https://maple.example, https://evil.example",
        "https://MAPLE.example",
        "http://maple.example",
        "maple.example",
        "*",
        "%",
        "' OR 1=1 --",
        "\u{e9}",
        "",
    ] {
        for (path, _) in FOR_BROWSER_CLIENTS {
            let asked = preflight(&app, path, origin).await;
            assert_eq!(asked.status, 204, "{path} {origin}");
            let sent = send(&app, Method::POST, path, &[("origin", origin), FORM], "").await;
            for answer in [asked, sent] {
                assert_unreadable(&answer);
                assert_eq!(answer.headers["vary"], "Origin", "no cache gives one origin what another got");
            }
        }
    }
    for (path, _) in FOR_BROWSER_CLIENTS {
        let answer = send(&app, Method::POST, path, &[FORM], "").await;
        assert_unreadable(&answer);
        assert_eq!(answer.headers["vary"], "Origin", "the answer to nobody's page as well");
    }
}

/// The browser goes to some addresses itself, and programs on servers to others.
#[tokio::test]
async fn no_page_reads_what_is_not_for_pages() {
    let app = provider().await;
    for path in [
        "/",
        "/authorize",
        "/login",
        "/consent",
        "/account",
        "/logout",
        "/introspect",
        "/register",
        "/device_authorization",
        "/admin/v1/companies/99999/members",
        "/admin/v1/openapi.json",
        "/health/ready",
        "/nowhere",
    ] {
        let asked = preflight(&app, path, OWN).await;
        assert!(asked.status >= 400, "{path}: {asked:?}");
        assert_unreadable(&asked);
        for method in [Method::GET, Method::POST] {
            assert_unreadable(&send(&app, method, path, &[("origin", OWN), FORM], "").await);
        }
    }
}

/// An OPTIONS that asks for nothing is a method like any other.
#[tokio::test]
async fn only_a_preflight_is_answered_by_options() {
    let app = provider().await;
    let asks = ("access-control-request-method", "POST");
    for headers in [&[][..], &[("origin", OWN)], &[asks]] {
        let refused = send(&app, Method::OPTIONS, "/token", headers, "").await;
        assert_eq!(
            (refused.status, &refused.headers["allow"]),
            (405, &"POST".parse().unwrap()),
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn without_the_database_no_origin_is_known() {
    let app = provider().await;
    app.database().execute("ALTER TABLE client_origins RENAME TO away").await;
    for (path, _) in FOR_BROWSER_CLIENTS {
        let asked = preflight(&app, path, OWN).await;
        assert_eq!(asked.status, 204);
        let sent = send(&app, Method::POST, path, &[("origin", OWN), FORM], "").await;
        for answer in [asked, sent] {
            assert_unreadable(&answer);
            assert_eq!(answer.headers["vary"], "Origin");
        }
    }
}

#[tokio::test]
async fn the_public_documents_are_open_to_every_page() {
    let app = provider().await;
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks"] {
        for origin in [OWN, "https://evil.example", "null"] {
            let read = send(&app, Method::GET, path, &[("origin", origin)], "").await;
            assert_eq!(read.status, 200);
            assert_eq!(cors(&read.headers), [("access-control-allow-origin", "*")], "{path}");
            let asked = preflight(&app, path, origin).await;
            assert_eq!(asked.status, 204, "{path}");
            let expected = [
                ("access-control-allow-headers", "*"),
                ("access-control-allow-methods", "GET"),
                ("access-control-allow-origin", "*"),
                ("access-control-max-age", "3600"),
            ];
            assert_eq!(cors(&asked.headers), expected);
        }
        assert!(!send(&app, Method::GET, path, &[], "").await.headers.contains_key(header::VARY), "{path}");
    }
}
