//! Redirect URIs are compared byte for byte (RFC 9700 section 4.1.3); attacks 62, 63 and 65.

use super::{FRANK, assert_stopped, franks_browser, post_from_client, register};
use crate::support::app::TestApp;
use crate::support::on_each_database;

/// Every shape that can be registered: https, with a query, with a port, at the root; the loopback addresses, with
/// and without a port; private-use schemes (RFC 8252 section 7).
const REGISTERED: [&str; 9] = [
    "https://maple.example/callback",
    "https://maple.example/cb?a=1",
    "https://maple.example:8443/port",
    "https://root.maple.example/",
    "http://127.0.0.1/native",
    "http://127.0.0.1:8090/desktop?a=1",
    "http://[::1]/native",
    "com.example.maple:/oauth",
    "com.example.maple.mobile://oauth",
];

/// CVE-2023-6291, CVE-2024-1132, CVE-2024-8883, CVE-2022-3782, CVE-2026-3872 (prefix, wildcard, double encoding,
/// `..;/`), CVE-2024-52289 (regular expressions), GO-2026-4653 (user information), CVE-2018-8899 (script).
const HOSTILE: [&str; 97] = [
    "https://evil.example/",
    "https://evil.example/callback",
    "//evil.example/callback",
    "/callback",
    "callback",
    "https://maple.example",
    "https://maple.example/",
    "https://maple.example/callback/",
    "https://maple.example/callback/..",
    "https://maple.example/callback/../callback",
    "https://maple.example/callback/%2e%2e",
    "https://maple.example/callback/..;/evil",
    "https://maple.example/callback;jsessionid=1",
    "https://maple.example/callback%2f",
    "https://maple.example/callback%252f..",
    "https://maple.example/callback%00",
    "https://maple.example/callback%0d%0aLocation:%20https://evil.example",
    "https://maple.example/callback\r\nLocation: https://evil.example",
    "https://maple.example/callback ",
    " https://maple.example/callback",
    "https://maple.example/callback\t",
    "https://maple.example/call\u{200b}back",
    "https://maple.example/Callback",
    "https://maple.example/c%61llback",
    "https://maple.example/./callback",
    "https://maple.example//callback",
    "https://maple.example/\\callback",
    "https://maple.example\\callback",
    "https://maple.example\\@evil.example/callback",
    "https://maple.example/callback?",
    "https://maple.example/callback?x=1",
    "https://maple.example/callback?code=planted",
    "https://maple.example/callback&x=1",
    "https://maple.example/callback#",
    "https://maple.example/callback#fragment",
    "https://maple.example/callback/*",
    "https://maple.example/*",
    "https://*.example/callback",
    "https://maple.example:443/callback",
    "https://maple.example:8443/callback",
    "https://maple.example:/callback",
    "https://maple.example./callback",
    "https://MAPLE.example/callback",
    "HTTPS://maple.example/callback",
    "http://maple.example/callback",
    "https:/maple.example/callback",
    "https:maple.example/callback",
    "https:///maple.example/callback",
    "https://mapleXexample/callback",
    "https://maple.example.evil.example/callback",
    "https://evil.example/https://maple.example/callback",
    "https://evil.example?https://maple.example/callback",
    "https://evil.example#https://maple.example/callback",
    "https://notmaple.example/callback",
    "https://sub.maple.example/callback",
    "https://maple.example@evil.example/callback",
    "https://maple.example:pass@evil.example/callback",
    "https://user@maple.example/callback",
    "https://maple.example%40evil.example/callback",
    "https://maple.example%2eevil.example/callback",
    "https://m\u{430}ple.example/callback",
    "https://xn--mple-83d.example/callback",
    "https://birch.example/callback",
    "https://maple.example/cb",
    "https://maple.example/cb?a=1&b=2",
    "https://maple.example/cb?b=2&a=1",
    "https://maple.example/cb?a=1&a=1",
    "https://maple.example/cb?a=2",
    "https://maple.example/cb?A=1",
    "javascript:alert(document.domain)",
    "javascript://maple.example/callback%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "https://maple.example/cb?a=1#",
    "https://maple.example/cb?a=1%23",
    "https://maple.example/cb?a=1&",
    "https://maple.example/cb?a=%31",
    "https://maple.example/cb%3Fa=1",
    "https://maple.example/port",
    "https://maple.example:8444/port",
    "https://maple.example:08443/port",
    "https://maple.example:8443@evil.example/port",
    "https://root.maple.example",
    "https://root.maple.example/?",
    "https://root.maple.example/evil",
    "https://root.maple.example//evil.example",
    "https://root.maple.example/@evil.example",
    "com.example.maple:/oauth2",
    "com.example.maple:/oauth?x=1",
    "com.example.maple:/oauth#x",
    "com.example.maple:oauth",
    "com.example.maple://oauth",
    "COM.example.maple:/oauth",
    "com.example.maple.evil:/oauth",
    "com.example.maple.mobile://oauth.evil.example",
    "com.example.maple.mobile:///oauth",
];

/// RFC 8252 section 7.3: of a loopback address only the port is free.
const HOSTILE_LOOPBACK: [&str; 28] = [
    "http://localhost/native",
    "http://localhost:49152/native",
    "http://127.0.0.1:49152/native/",
    "http://127.0.0.1:49152/nativ",
    "http://127.0.0.1:49152/native?x=1",
    "http://127.0.0.1:49152/native#x",
    "http://127.0.0.1:/native",
    "http://127.0.0.1:65536/native",
    "http://127.0.0.1:-1/native",
    "http://127.0.0.1:80x/native",
    "http://127.0.0.1:49152@evil.example/native",
    "http://127.0.0.1.evil.example/native",
    "http://127.0.0.2:49152/native",
    "http://127.1:49152/native",
    "https://127.0.0.1:49152/native",
    "http://[::ffff:127.0.0.1]:49152/native",
    "http://[0:0:0:0:0:0:0:1]:49152/native",
    "http://[::1]:49152@evil.example/native",
    "http://[::1%25lo]:49152/native",
    "http://[::1].evil.example/native",
    "http://2130706433:49152/native",
    "http://0x7f.1:49152/native",
    "http://127.0.0.1:49152\\@evil.example/native",
    "http://127.0.0.1:49152//evil.example/native",
    "http://127.0.0.1 :49152/native",
    "http://127.0.0.1:\u{661}/native",
    "http://127.0.0.1:49152/desktop",
    "http://127.0.0.1:8090/desktop?a=1&b=2",
];

async fn register_every_shape(app: &TestApp) {
    app.enrol(FRANK).await;
    register(app, |client| client.redirect_uris = REGISTERED.map(str::to_owned).to_vec()).await;
}

on_each_database! {
    async fn nothing_but_a_registered_redirect_uri_is_ever_redirected_to(app) {
        register_every_shape(&app).await;
        let mut browser = franks_browser(&app).await;
        for hostile in HOSTILE.iter().chain(&HOSTILE_LOOPBACK) {
            for mode in ["query", "form_post"] {
                for (name, value) in [("prompt", ""), ("prompt", "none"), ("response_type", "token")] {
                    let client = app.relying_party().with("response_mode", mode).with(name, value);
                    let client = client.with("redirect_uri", hostile);
                    assert_stopped(&client.authorize(&mut browser).await);
                }
            }
            let query = app.relying_party().with("redirect_uri", hostile).authorization_query();
            assert_stopped(&post_from_client(&app, &mut browser, "/authorize", &query).await);
        }
    }

    async fn a_missing_redirect_uri_is_not_guessed(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        assert_stopped(&app.relying_party().with("redirect_uri", "").authorize(&mut browser).await);
    }

    async fn every_registered_redirect_uri_and_any_loopback_port_gets_its_code(app) {
        register_every_shape(&app).await;
        let mut browser = franks_browser(&app).await;
        let ports = [
            "http://127.0.0.1:49152/native",
            "http://127.0.0.1:1/native",
            "http://[::1]:65535/native",
            "http://127.0.0.1:49152/desktop?a=1",
            "http://127.0.0.1/desktop?a=1",
        ];
        for uri in REGISTERED.iter().chain(&ports) {
            let mut client = app.relying_party();
            client.redirect_uri = (*uri).to_owned();
            let mut page = client.authorize(&mut browser).await;
            if uri.starts_with("com.") {
                page = browser.fill(&page, "continue", &[]).await;
            }
            let to = page.headers["location"].to_str().unwrap().to_owned();
            assert!(to.starts_with(uri), "{to}");
            let code = page.sent("code").expect("a code");
            assert_eq!(
                client.redeem(&code).await.status,
                200,
                "{uri}: the port is part of the code's binding"
            );
        }
    }

    /// RFC 6749 section 3.1.2: without any registered there is nowhere to send anybody.
    async fn a_client_without_redirect_uris_gets_no_code(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        register(&app, |client| client.redirect_uris.clear()).await;
        for uri in ["", super::CALLBACK] {
            assert_stopped(&app.relying_party().with("redirect_uri", uri).authorize(&mut browser).await);
        }
    }

    /// Errors are as dangerous as codes (RFC 9700 section 4.11): what is told goes to the address that was asked for.
    async fn an_error_goes_to_the_registered_redirect_uri_that_was_asked_for(app) {
        register_every_shape(&app).await;
        for uri in REGISTERED {
            let client = app.relying_party().with("redirect_uri", uri).with("prompt", "none");
            let page = client.authorize(&mut app.browser()).await;
            let joint = if uri.contains('?') { '&' } else { '?' };
            let to = page.headers["location"].to_str().unwrap();
            assert!(to.starts_with(&format!("{uri}{joint}error=login_required&")), "{to}");
        }
    }
}
