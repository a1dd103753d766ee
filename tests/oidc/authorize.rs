//! The authorization endpoint: what is shown, what is sent back, and to whom (RFC 6749 section 4.1.2.1).

use idp_domain::client::{ClientId, GrantType};

use super::{
    CALLBACK, FRANK, assert_stopped, authorization_error, franks_browser, post_from_client, provider,
    provider_with_frank, register,
};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::relying_party::RelyingParty;

/// Where the browser lands with these changes to an otherwise good request, by GET and by a client's POST.
async fn refused(app: &TestApp, changes: &[(&str, &str)]) -> [String; 2] {
    let query = changed(app, changes).authorization_query();
    let mut browser = app.browser();
    let by_get = browser.get(&format!("/authorize?{query}")).await;
    let by_post = post_from_client(app, &mut browser, "/authorize", &query).await;
    [authorization_error(&by_get), authorization_error(&by_post)]
}

fn changed<'a>(app: &'a TestApp, changes: &[(&str, &str)]) -> RelyingParty<'a> {
    changes.iter().fold(app.relying_party(), |client, (name, value)| client.with(name, value))
}

/// Core section 3.1.2.1: GET and POST; a POST carries no cookie of ours and is continued by our own GET.
#[tokio::test]
async fn a_request_by_get_and_by_post_ends_the_same() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let mut browser = app.browser();
    let page = post_from_client(&app, &mut browser, "/authorize", &client.authorization_query()).await;
    assert_eq!(page.heading(), "Log In");
    let page = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
    assert_eq!(page.sent("state").as_deref(), Some("state-of-the-flow"));
    let tokens = client.redeem(&page.sent("code").expect("a code")).await;
    let (claims, _) = client.verify(tokens.text("id_token")).await;
    assert_eq!(claims["nonce"], "nonce-of-the-flow", "the request was kept whole");

    let again = post_from_client(&app, &mut browser, "/authorize", &client.authorization_query()).await;
    assert!(again.sent("code").is_some(), "single sign-on works for POST as well: {again:?}");
}

/// RFC 6749 section 4.1.2.1, first paragraph: an unproven client or redirect URI is never redirected to.
#[tokio::test]
async fn an_unknown_client_gets_a_page() {
    let app = provider_with_frank().await;
    register(&app, |client| {
        client.id = ClientId::parse("portal.disabled").unwrap();
        client.enabled = false;
    })
    .await;
    let mut browser = franks_browser(&app).await;
    for client_id in ["", "nobody", "portal.disabled", "PORTAL.99999", "portal.99999 ", "' OR 1=1 --", "\0"] {
        for prompt in ["", "none"] {
            let client = changed(&app, &[("client_id", client_id), ("prompt", prompt)]);
            assert_stopped(&client.authorize(&mut browser).await);
            let query = client.authorization_query();
            assert_stopped(&post_from_client(&app, &mut browser, "/authorize", &query).await);
        }
    }
}

#[tokio::test]
async fn a_repeated_client_or_redirect_uri_gets_a_page() {
    let app = provider().await;
    let url = app.relying_party().authorization_url();
    for again in [
        "client_id=portal.99999",
        "client_id=portal.22222",
        "redirect_uri=https%3A%2F%2Fmaple.example%2Fcallback",
    ] {
        assert_stopped(&app.browser().get(&format!("{url}&{again}")).await);
        assert_stopped(&app.browser().get(&format!("/authorize?{again}&{}", &url[11..])).await);
    }
}

/// RFC 6749 section 3.1: parameters must not be repeated; `protocol.md`: told by a redirect once client and redirect
/// URI are proven; `resource` may be repeated (RFC 8707 section 2).
#[tokio::test]
async fn any_other_repeated_parameter_is_an_invalid_request() {
    let app = provider().await;
    let url = app.relying_party().authorization_url();
    for name in ["scope", "nonce", "response_type", "code_challenge", "code_challenge_method", "unknown"] {
        let page = app.browser().get(&format!("{url}&{name}=x&{name}=y")).await;
        assert_eq!(authorization_error(&page), "invalid_request", "{name}");
    }
    let page = app.browser().get(&format!("{url}&state=other")).await;
    assert!(page.left_to(CALLBACK) && page.sent("state").is_none(), "neither of two states is the right one");
    assert_eq!(page.sent("error").as_deref(), Some("invalid_request"));
    let hostile = app.browser().get(&format!("{url}&%22%5C%3Cx%3E%0A=1&%22%5C%3Cx%3E%0A=2")).await;
    assert_eq!(authorization_error(&hostile), "invalid_request");
    let page = app.browser().get(&format!("{url}&resource=x&resource=y")).await;
    assert_eq!(page.heading(), "Log In");
}

/// RFC 6749 section 3.1: unknown parameters are ignored, empty ones count as absent, their order is free.
#[tokio::test]
async fn unknown_and_empty_parameters_and_their_order_do_not_matter() {
    let app = provider().await;
    let query = app.relying_party().authorization_query();
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.reverse();
    let url = format!("/authorize?utm_source=mail&display=&max_age=&{}&foo=bar", pairs.join("&"));
    assert_eq!(app.browser().get(&url).await.heading(), "Log In");
    let hints = [
        ("display", "popup"),
        ("ui_locales", "xx-YY fr"),
        ("claims_locales", "de"),
        ("acr_values", "urn:unheard:of"),
        ("login_hint", "nobody@example.com"),
        ("scope", "phone unheard_of company openid"),
    ];
    for (name, value) in hints {
        let page = app.relying_party().with(name, value).authorize(&mut app.browser()).await;
        assert_eq!(page.heading(), "Log In", "{name} is never an error (Core section 3.1.2.1)");
    }
}

/// `protocol.md`, "Not offered, on purpose"; attack 60 (CVE-2026-7571): implicit and hybrid are always refused.
#[tokio::test]
async fn every_response_type_but_code_is_unsupported() {
    let app = provider_with_frank().await;
    let mut browser = franks_browser(&app).await;
    for response_type in [
        "token",
        "id_token",
        "id_token token",
        "code token",
        "code id_token",
        "code id_token token",
        "none",
        "CODE",
        "code code",
    ] {
        let errors = refused(&app, &[("response_type", response_type)]).await;
        assert_eq!(errors, ["unsupported_response_type"; 2], "{response_type}");
        let client = changed(&app, &[("response_type", response_type), ("prompt", "none")]);
        let page = client.authorize(&mut browser).await;
        assert_eq!(authorization_error(&page), "unsupported_response_type", "signed in: {response_type}");
        assert!(!page.location().unwrap().as_str().contains('#'), "nothing ever in a fragment");
    }
    assert_eq!(refused(&app, &[("response_type", "")]).await, ["invalid_request"; 2]);
}

/// Core sections 6.1, 6.2 and 7.2.1: what we do not take is refused by its own error, never ignored.
#[tokio::test]
async fn request_objects_are_refused_and_never_ignored() {
    let app = provider().await;
    for (changes, expected) in [
        ([("request", "eyJhbGciOiJub25lIn0.e30.")], "request_not_supported"),
        ([("request_uri", "https://evil.example/request")], "request_uri_not_supported"),
        ([("request_uri", "urn:ietf:params:oauth:request_uri:x")], "request_uri_not_supported"),
        ([("registration", "{}")], "registration_not_supported"),
    ] {
        assert_eq!(refused(&app, &changes).await, [expected; 2], "{changes:?}");
    }
}

#[tokio::test]
async fn malformed_values_are_an_invalid_request() {
    let app = provider().await;
    let long = "x".repeat(2049);
    for changes in [
        [("prompt", "none login")],
        [("prompt", "create")],
        [("prompt", "NONE")],
        [("max_age", "-1")],
        [("max_age", "soon")],
        [("max_age", "99999999999999")],
        [("response_mode", "fragment")],
        [("response_mode", "web_message")],
        [("nonce", &long)],
        [("login_hint", &long)],
        [("acr_values", &long)],
    ] {
        assert_eq!(refused(&app, &changes).await, ["invalid_request"; 2], "{changes:?}");
    }
}

/// Core section 3.1.2.1: without `openid` this is no authentication request, and we serve no other.
#[tokio::test]
async fn a_scope_without_openid_is_refused() {
    let app = provider().await;
    for scope in ["", "profile", "OPENID", "openidx", "members:read members:write"] {
        assert_eq!(refused(&app, &[("scope", scope)]).await, ["invalid_scope"; 2], "{scope:?}");
    }
}

/// A person's sign-in never carries the scopes of the provisioning API (rules section 5).
#[tokio::test]
async fn administrative_scopes_are_not_granted_to_people() {
    let app = provider_with_frank().await;
    register(&app, |client| {
        client.scopes = idp_domain::scope::Scopes::parse("openid members:read members:write");
    })
    .await;
    let client = app.relying_party().with("scope", "openid members:write members:read");
    let tokens = client.tokens(&mut app.browser(), FRANK, PASSWORD).await;
    assert_eq!(tokens.text("scope"), "openid");
}

/// RFC 6749 section 4.1.2.1, `unauthorized_client`.
#[tokio::test]
async fn a_client_without_the_code_grant_gets_no_code() {
    let app = provider().await;
    register(&app, |client| client.grant_types = vec![GrantType::RefreshToken]).await;
    assert_eq!(refused(&app, &[]).await, ["unauthorized_client"; 2]);
    register(&app, |client| client.first_party = false).await;
    assert_eq!(refused(&app, &[]).await, ["unauthorized_client"; 2], "no consent page, so no third party");
}

/// `protocol.md`: `state` comes back unmodified, at 128 and at 384 characters, in answers and in errors.
#[tokio::test]
async fn state_comes_back_unmodified_at_any_length() {
    let app = provider_with_frank().await;
    let mut browser = franks_browser(&app).await;
    let odd = "a b+c%20&=#;/?\u{e9}\u{1F980}'\"<>\\";
    for state in ["s".repeat(128), "s".repeat(384), "Z9".repeat(1024), odd.to_owned()] {
        let client = app.relying_party().with("state", &state);
        let signed_in = client.authorize(&mut browser).await;
        let logged_in = client.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        let refused = client.with("prompt", "none").authorize(&mut app.browser()).await;
        for page in [&signed_in, &logged_in, &refused] {
            assert_eq!(page.sent("state").as_deref(), Some(state.as_str()));
            assert_eq!(page.sent("iss").as_deref(), Some("https://id.example"), "RFC 9207 section 2");
        }
        assert!(signed_in.sent("code").is_some() && logged_in.sent("code").is_some());
        assert_eq!(refused.sent("error").as_deref(), Some("login_required"));
    }
    let page = app.relying_party().with("state", "").authorize(&mut browser).await;
    assert!(page.sent("code").is_some() && page.sent("state").is_none(), "no state, none comes back");
}

/// RFC 6749 section 3.1.2: a registered query is kept, and our parameters join it.
#[tokio::test]
async fn a_registered_query_is_kept() {
    let app = provider_with_frank().await;
    register(&app, |client| client.redirect_uris.push("https://maple.example/cb?tenant=a%20b".to_owned()))
        .await;
    let client = app.relying_party().with("redirect_uri", "https://maple.example/cb?tenant=a%20b");
    let page = client.log_in(&mut app.browser(), FRANK, PASSWORD).await;
    let to = page.location().unwrap();
    assert!(to.as_str().starts_with("https://maple.example/cb?tenant=a%20b&code="), "{to}");
}

/// Attack 80 (CVE-2021-32637): what cannot be read fails closed.
#[tokio::test]
async fn malformed_requests_fail_closed() {
    let app = provider_with_frank().await;
    let mut browser = franks_browser(&app).await;
    for url in [
        "/authorize",
        "/authorize?",
        "/authorize?%",
        "/authorize?%ff%fe=%ff",
        "/authorize?client_id",
        "/authorize?&&&===&",
    ] {
        assert_stopped(&browser.get(url).await);
    }
    let json = axum::http::Request::post("/authorize").header("content-type", "application/json");
    let response = app.send(json.body(axum::body::Body::from("{}")).unwrap()).await;
    assert_eq!(response.status(), 400);
    let huge = format!("{}&padding={}", app.relying_party().authorization_query(), "x".repeat(70_000));
    let page = post_from_client(&app, &mut browser, "/authorize", &huge).await;
    assert_eq!((page.status, page.location()), (413, None));
}
