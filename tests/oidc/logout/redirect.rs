//! Where a log-out leads: attack 69; RP-Initiated Logout 1.0 section 3.

use super::{SIGNED_OUT, assert_asked, frank, is_signed_in, logout, query};
use crate::oidc::{FRANK, assert_stopped, post_from_client, provider, register};
use crate::support::app::PASSWORD;

/// Attack 69 (CVE-2021-29456): what is not, byte for byte, one of the two that are registered.
const HOSTILE: [&str; 62] = [
    "https://evil.example/",
    "https://evil.example/signed-out",
    "https://maple.example",
    "https://maple.example/",
    "https://maple.example/signed-out/",
    "https://maple.example/signed-out//",
    "https://maple.example//signed-out",
    "https://maple.example/signed-out?",
    "https://maple.example/signed-out?x=1",
    "https://maple.example/signed-out?state=s",
    "https://maple.example/signed-out&x=1",
    "https://maple.example/signed-out;x=1",
    "https://maple.example/signed-out#",
    "https://maple.example/signed-out#x",
    "https://maple.example/signed-out%2f",
    "https://maple.example/signed-out%00",
    "https://maple.example/signed-out%0d%0aLocation:%20https://evil.example/",
    "https://maple.example/signed%2dout",
    "https://maple.example/signed-out/../signed-out",
    "https://maple.example/./signed-out",
    "https://maple.example/signed-out/..",
    "https://maple.example/signed-out/%2e%2e/",
    "https://maple.example/SIGNED-OUT",
    "https://maple.example/signed-outside",
    "https://maple.example/signed-ou",
    "https://maple.example/callback",
    "https://maple.example\\signed-out",
    "https://MAPLE.example/signed-out",
    "HTTPS://maple.example/signed-out",
    "https://maple.example./signed-out",
    "https://maple.example:443/signed-out",
    "https://maple.example:8443/signed-out",
    "https://maple.example@evil.example/signed-out",
    "https://evil.example@maple.example/signed-out",
    "https://maple.example:x@evil.example/signed-out",
    "https://maple.example.evil.example/signed-out",
    "https://evil.example/https://maple.example/signed-out",
    "https://evil.example?https://maple.example/signed-out",
    "https://evil.example#https://maple.example/signed-out",
    "https://evil.example\\@maple.example/signed-out",
    "https://xn--mple-loa.example/signed-out",
    "https://m\u{430}ple.example/signed-out",
    "https://www.maple.example/signed-out",
    "https://birch.example/signed-out",
    "http://maple.example/signed-out",
    "ftp://maple.example/signed-out",
    "https:maple.example/signed-out",
    "https:/maple.example/signed-out",
    "https:///maple.example/signed-out",
    "//maple.example/signed-out",
    "//evil.example/",
    "/signed-out",
    "signed-out",
    "\\\\evil.example",
    " https://maple.example/signed-out",
    "https://maple.example/signed-out ",
    "https://maple.example/signed-out\n",
    "\u{feff}https://maple.example/signed-out",
    // The port of a loopback address is free in redirect URIs (RFC 8252 section 7.3), and nowhere else.
    "http://127.0.0.1:8099/signed-out",
    "http://localhost:8090/signed-out",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
];

/// A page, never a redirect, and nothing is ended: by GET, by POST, and for somebody who is not signed in.
#[tokio::test]
async fn an_unregistered_post_logout_redirect_uri_gets_a_page() {
    let app = provider().await;
    register(&app, |client| {
        client.post_logout_redirect_uris.push("http://127.0.0.1:8090/signed-out".to_owned())
    })
    .await;
    let (mut browser, tokens) = frank(&app).await;
    for uri in HOSTILE {
        let params =
            [("id_token_hint", tokens.text("id_token")), ("post_logout_redirect_uri", uri), ("state", "s")];
        assert_stopped(&browser.get(&logout(&params)).await);
        assert_stopped(&post_from_client(&app, &mut browser, "/logout", &query(&params)).await);
        assert_stopped(&app.browser().get(&logout(&params)).await);
    }
    assert!(is_signed_in(&app, &mut browser).await);
    let client = app.relying_party();
    assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200);
}

/// The same for a "Yes" that comes with the request of somebody who tampered with our page's own field.
#[tokio::test]
async fn a_confirmation_redirects_nowhere_else_either() {
    let app = provider().await;
    let (mut browser, tokens) = frank(&app).await;
    let page = browser.get("/logout").await;
    let csrf = page.attribute("input[name=csrf]", "value").expect("a token");
    for uri in ["https://evil.example/", "https://maple.example/signed-out?x=1"] {
        let flow = query(&[("id_token_hint", tokens.text("id_token")), ("post_logout_redirect_uri", uri)]);
        let fields = [("confirm", "yes"), ("csrf", csrf.as_str()), ("flow", flow.as_str())];
        assert_stopped(&browser.post("/logout/confirm", &fields).await);
        assert!(is_signed_in(&app, &mut browser).await, "{uri}");
    }
    let flow = query(&[("post_logout_redirect_uri", SIGNED_OUT)]);
    let fields = [("confirm", "yes"), ("csrf", csrf.as_str()), ("flow", flow.as_str())];
    let page = browser.post("/logout/confirm", &fields).await;
    assert_eq!(page.heading(), "You are signed out", "without a hint no client is known: {page:?}");
}

/// `protocol.md`: hint missing, altered, foreign or `alg: none` (the last two in `forgery.rs`): never a redirect.
/// The person is asked, and ends on our own page.
#[tokio::test]
async fn without_a_good_hint_nobody_is_redirected() {
    let app = provider().await;
    let (mut browser, tokens) = frank(&app).await;
    let uri = ("post_logout_redirect_uri", SIGNED_OUT);
    let altered = format!("{}x", tokens.text("id_token"));
    for params in [
        &[uri][..],
        &[uri, ("client_id", "portal.99999")],
        &[uri, ("id_token_hint", "")],
        &[uri, ("id_token_hint", "x")],
        &[uri, ("id_token_hint", &altered)],
        &[uri, ("id_token_hint", tokens.text("access_token"))],
    ] {
        assert_asked(&post_from_client(&app, &mut browser, "/logout", &query(params)).await);
        let page = browser.get(&logout(params)).await;
        assert_asked(&page);
        assert!(is_signed_in(&app, &mut browser).await, "{params:?}");
        let page = browser.fill(&page, "logout-yes", &[]).await;
        assert_eq!(page.heading(), "You are signed out", "{params:?}");
        let page = browser.get(&logout(params)).await;
        assert_eq!(page.heading(), "You are signed out", "nobody is signed in any more: {params:?}");
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
    }
}

/// A registered query is kept.
#[tokio::test]
async fn a_registered_query_of_the_post_logout_redirect_uri_is_kept() {
    let app = provider().await;
    let uri = "https://maple.example/out?tenant=1";
    register(&app, |client| client.post_logout_redirect_uris.push(uri.to_owned())).await;
    let (mut browser, tokens) = frank(&app).await;
    let params =
        [("id_token_hint", tokens.text("id_token")), ("post_logout_redirect_uri", uri), ("state", "s")];
    let page = browser.get(&logout(&params)).await;
    assert_eq!(page.location().unwrap().as_str(), "https://maple.example/out?tenant=1&state=s");
}
