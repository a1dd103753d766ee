//! The authorization endpoint: what is shown, what is sent back, and to whom (RFC 6749 section 4.1.2.1).

use axum::body::Body;
use axum::http::Request;
use idp_domain::client::{ClientId, GrantType};
use serde_json::Value;

use super::form_post::posted;
use super::{
    CALLBACK, FRANK, assert_stopped, authorization_error, franks_browser, post_from_client, register,
};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;
use crate::support::rig::{self, Reachable, Rig, http};
use crate::support::visitor::{Visitor, authorization_request};

/// What is wrong with a request whose client and redirect URI are proven, however it comes, and what the client is told (RFC 6749
/// section 4.1.2.1, Core section 3.1.2.6, RFC 8707 section 2).
pub(super) const REFUSED: [(&str, &str, &str); 13] = [
    ("response_type", "", "invalid_request"),
    ("response_type", "token", "unsupported_response_type"),
    ("response_mode", "fragment", "invalid_request"),
    ("scope", "", "invalid_scope"),
    ("scope", "profile", "invalid_scope"),
    ("prompt", "none login", "invalid_request"),
    ("max_age", "soon", "invalid_request"),
    ("claims", "[]", "invalid_request"),
    ("resource", "https://elsewhere.example/", "invalid_target"),
    ("company", "22222", "invalid_request"),
    ("code_challenge", "", "invalid_request"),
    ("code_challenge_method", "plain", "invalid_request"),
    ("registration", "{}", "registration_not_supported"),
];

/// The same of one that a browser brings itself.
const REFUSED_OF_A_BROWSER: [(&str, &str, &str); 3] = [
    ("prompt", "none", "login_required"),
    ("request", "e30.e30.", "request_not_supported"),
    ("request_uri", "https://evil.example/", "request_uri_not_supported"),
];

/// What leaves nobody to tell: the person sees a page.
const SHOWN_TO_THE_PERSON: [(&str, &str); 6] = [
    ("client_id", ""),
    ("client_id", "nobody"),
    ("client_id", "portal.22222"),
    ("redirect_uri", ""),
    ("redirect_uri", "https://evil.example/callback"),
    ("redirect_uri", "https://birch.example/callback"),
];

/// An issuer with a path, on the real server.
struct At(String);

impl Reachable for At {
    fn address(&self) -> String {
        self.0.clone()
    }
}

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

on_each_database! {
    /// `protocol.md`: client unknown, redirect URI missing or not registered: a page. Every other error goes to the
    /// redirect URI with `error`, `state` and `iss`.
    async fn every_error_goes_where_it_belongs(app) {
        for (name, value, expected) in REFUSED.into_iter().chain(REFUSED_OF_A_BROWSER) {
            assert_eq!(refused(&app, &[(name, value)]).await, [expected; 2], "{name}={value}");
            if name == "response_mode" {
                continue;
            }
            let client = changed(&app, &[(name, value), ("response_mode", "form_post")]);
            let fields = posted(&client.authorize(&mut app.browser()).await);
            assert_eq!(fields["error"], expected, "{name}={value}");
            assert_eq!(fields["state"], "state-of-the-flow", "{name}={value}");
            assert_eq!(fields["iss"], "https://id.example", "{name}={value}");
        }
    }

    /// RFC 6749 section 4.1.2.1: nothing is told to an address that nobody vouches for, whatever else is wrong.
    async fn an_unproven_client_or_redirect_uri_outweighs_every_other_error(app) {
        for (unproven, sent) in SHOWN_TO_THE_PERSON {
            for (name, value, _) in REFUSED.into_iter().chain(REFUSED_OF_A_BROWSER) {
                let client = changed(&app, &[(unproven, sent), (name, value)]);
                assert_stopped(&client.authorize(&mut app.browser()).await);
                let query = client.authorization_query();
                assert_stopped(&post_from_client(&app, &mut app.browser(), "/authorize", &query).await);
            }
        }
    }

    /// Core section 3.1.2.1: GET and POST; a POST carries no cookie of ours and is continued by our own GET.
    async fn a_request_by_get_and_by_post_ends_the_same(app) {
        app.enrol(FRANK).await;
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
    async fn an_unknown_client_gets_a_page(app) {
        app.enrol(FRANK).await;
        register(&app, |client| {
            client.id = ClientId::parse("portal.disabled").unwrap();
            client.enabled = false;
        })
        .await;
        let mut browser = franks_browser(&app).await;
        for client_id in
            ["", "nobody", "portal.disabled", "PORTAL.99999", "portal.99999 ", "' OR 1=1 --", "\0"]
        {
            for prompt in ["", "none"] {
                let client = changed(&app, &[("client_id", client_id), ("prompt", prompt)]);
                assert_stopped(&client.authorize(&mut browser).await);
                let query = client.authorization_query();
                assert_stopped(&post_from_client(&app, &mut browser, "/authorize", &query).await);
            }
        }
    }

    async fn a_repeated_client_or_redirect_uri_gets_a_page(app) {
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

    /// RFC 6749 section 3.1: parameters must not be repeated; `protocol.md`: told by a redirect once client and
    /// redirect URI are proven; `resource` may be repeated (RFC 8707 section 2).
    async fn any_other_repeated_parameter_is_an_invalid_request(app) {
        let url = app.relying_party().authorization_url();
        for name in ["scope", "nonce", "response_type", "code_challenge", "code_challenge_method", "unknown"]
        {
            let page = app.browser().get(&format!("{url}&{name}=x&{name}=y")).await;
            assert_eq!(authorization_error(&page), "invalid_request", "{name}");
        }
        let page = app.browser().get(&format!("{url}&state=other")).await;
        assert!(
            page.left_to(CALLBACK) && page.sent("state").is_none(),
            "neither of two states is the right one"
        );
        assert_eq!(page.sent("error").as_deref(), Some("invalid_request"));
        let hostile = app.browser().get(&format!("{url}&%22%5C%3Cx%3E%0A=1&%22%5C%3Cx%3E%0A=2")).await;
        assert_eq!(authorization_error(&hostile), "invalid_request");
        let page = app.browser().get(&format!("{url}&resource=x&resource=y")).await;
        assert_eq!(authorization_error(&page), "invalid_target", "judged by its values, not by their number");
    }

    /// RFC 6749 section 3.1: unknown parameters are ignored, empty ones count as absent, their order is free, and so
    /// is that of the scopes.
    async fn unknown_and_empty_parameters_and_their_order_do_not_matter(app) {
        let query = app.relying_party().authorization_query();
        let mut pairs: Vec<&str> = query.split('&').collect();
        pairs.reverse();
        let url = format!("/authorize?utm_source=mail&display=&max_age=&{}&foo=bar", pairs.join("&"));
        assert_eq!(app.browser().get(&url).await.heading(), "Log In");
        let page = changed(&app, &[("scope", "phone unheard_of company openid")])
            .authorize(&mut app.browser())
            .await;
        assert_eq!(page.heading(), "Log In");
    }

    /// Core section 3.1.2.1: what we cannot honour of these is no error; not on the log-in page, not in the answer.
    async fn hints_and_preferences_are_never_an_error(app) {
        app.enrol(FRANK).await;
        let hints = [
            ("display", "page"),
            ("display", "popup"),
            ("display", "touch"),
            ("display", "wap"),
            ("display", "hologram"),
            ("ui_locales", "xx-YY fr"),
            ("ui_locales", "-- ; q=9"),
            ("claims_locales", "de fr-CA"),
            ("acr_values", "urn:unheard:of 9"),
            ("login_hint", "nobody@example.com"),
            ("login_hint", "+1 555 0100"),
        ];
        for (name, value) in hints {
            let mut browser = app.browser();
            let client = app.relying_party().with(name, value);
            let page = client.log_in(&mut browser, FRANK, PASSWORD).await;
            assert!(page.sent("code").is_some(), "{name}={value}: {page:?}");
            if name != "login_hint" {
                let again = client.with("prompt", "none").authorize(&mut browser).await;
                assert!(again.sent("code").is_some(), "{name}={value}: {again:?}");
            }
        }
    }

    /// Core section 3.1.2.1: a language we speak is taken, whatever stands before it.
    async fn the_log_in_page_speaks_a_language_that_was_asked_for(app) {
        let page = changed(&app, &[("ui_locales", "tlh en-GB")]).authorize(&mut app.browser()).await;
        assert_eq!(page.attribute("html", "lang").as_deref(), Some("en"));
        assert_eq!(page.attribute("html", "dir").as_deref(), Some("ltr"));
    }

    /// `protocol.md`, "Not offered, on purpose"; attack 60 (CVE-2026-7571): implicit and hybrid are always refused.
    async fn every_response_type_but_code_is_unsupported(app) {
        app.enrol(FRANK).await;
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
    async fn request_objects_are_refused_and_never_ignored(app) {
        for (changes, expected) in [
            ([("request", "eyJhbGciOiJub25lIn0.e30.")], "request_not_supported"),
            ([("request_uri", "https://evil.example/request")], "request_uri_not_supported"),
            ([("request_uri", "urn:example:request")], "request_uri_not_supported"),
            ([("registration", "{}")], "registration_not_supported"),
        ] {
            assert_eq!(refused(&app, &changes).await, [expected; 2], "{changes:?}");
        }
    }

    async fn malformed_values_are_an_invalid_request(app) {
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
    async fn a_scope_without_openid_is_refused(app) {
        for scope in ["", "profile", "OPENID", "openidx", "members:read members:write"] {
            assert_eq!(refused(&app, &[("scope", scope)]).await, ["invalid_scope"; 2], "{scope:?}");
        }
    }

    /// A person's sign-in never carries the scopes of the provisioning API (rules section 5).
    async fn administrative_scopes_are_not_granted_to_people(app) {
        app.enrol(FRANK).await;
        register(&app, |client| {
            client.scopes = idp_domain::scope::Scopes::parse("openid members:read members:write");
        })
        .await;
        let client = app.relying_party().with("scope", "openid members:write members:read");
        let tokens = client.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(tokens.text("scope"), "openid");
    }

    /// RFC 6749 section 4.1.2.1, `unauthorized_client`.
    async fn a_client_without_the_code_grant_gets_no_code(app) {
        register(&app, |client| client.grant_types = vec![GrantType::RefreshToken]).await;
        assert_eq!(refused(&app, &[]).await, ["unauthorized_client"; 2]);
    }

    /// `protocol.md`: `state` comes back unmodified, at 128 and at 384 characters, in answers and in errors, in both
    /// response modes.
    async fn state_comes_back_unmodified_at_any_length(app) {
        app.enrol(FRANK).await;
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

            let client = app.relying_party().with("state", &state).with("response_mode", "form_post");
            let signed_in = posted(&client.authorize(&mut browser).await);
            let logged_in = posted(&client.log_in(&mut app.browser(), FRANK, PASSWORD).await);
            let refused = posted(&client.with("prompt", "none").authorize(&mut app.browser()).await);
            for fields in [&signed_in, &logged_in, &refused] {
                assert_eq!(fields["state"], state);
                assert_eq!(fields["iss"], "https://id.example");
            }
            assert!(signed_in.contains_key("code") && logged_in.contains_key("code"));
            assert_eq!(refused["error"], "login_required");
        }
        let page = app.relying_party().with("state", "").authorize(&mut browser).await;
        assert!(page.sent("code").is_some() && page.sent("state").is_none(), "no state, none comes back");
    }

    /// RFC 6749 section 3.1.2: a registered query is kept, and our parameters join it.
    async fn a_registered_query_is_kept(app) {
        app.enrol(FRANK).await;
        register(&app, |client| {
            client.redirect_uris.push("https://maple.example/cb?tenant=a%20b".to_owned())
        })
        .await;
        let client = app.relying_party().with("redirect_uri", "https://maple.example/cb?tenant=a%20b");
        let page = client.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        let to = page.location().unwrap();
        assert!(to.as_str().starts_with("https://maple.example/cb?tenant=a%20b&code="), "{to}");
    }

    /// Attack 80 (CVE-2021-32637): what cannot be read fails closed.
    async fn malformed_requests_fail_closed(app) {
        app.enrol(FRANK).await;
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
        for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
            let request = Request::post("/authorize").header("content-type", content_type);
            let query = app.relying_party().authorization_query();
            let response = app.send(request.body(Body::from(query)).unwrap()).await;
            assert_eq!(response.status(), 400, "{content_type}");
            assert!(!response.headers().contains_key("location"), "{content_type}");
        }
        let huge = format!("{}&padding={}", app.relying_party().authorization_query(), "x".repeat(70_000));
        let page = post_from_client(&app, &mut browser, "/authorize", &huge).await;
        assert_eq!((page.status, page.location()), (413, None));
    }

    /// Core section 3.1.2.1: GET and POST; there is no third method.
    async fn there_is_no_third_method(app) {
        app.enrol(FRANK).await;
        for method in ["OPTIONS", "PUT", "PATCH", "DELETE"] {
            let request = Request::builder().method(method).uri(app.relying_party().authorization_url());
            let response = app.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(response.status(), 405, "{method}");
            assert!(!response.headers().contains_key("location"), "{method}");
        }
    }
}

/// `protocol.md`: an issuer with a path works; RFC 8414 section 3.1 puts the well-known segment before it.
#[tokio::test]
async fn an_issuer_with_a_path_works() {
    let mut rig = Rig::new();
    let at = At(format!("{}/auth/agency", rig.address()));
    rig.set("issuer.url", at.address());
    rig.seed();
    let mut server = rig.start();
    let http = http();
    let answers = async |address: String| http.get(address).send().await.is_ok_and(|it| it.status() == 200);
    server.until("ready", async || answers(format!("{}/health/ready", at.address())).await).await;
    for document in [
        format!("{}/.well-known/openid-configuration", at.address()),
        format!("{}/.well-known/oauth-authorization-server/auth/agency", rig.address()),
    ] {
        let metadata: Value = http.get(document).send().await.unwrap().json().await.unwrap();
        assert_eq!(metadata["issuer"], at.address());
        assert_eq!(metadata["authorization_endpoint"], format!("{}/authorize", at.address()));
    }

    let visitor = Visitor::new();
    let page = visitor.open(&authorization_request(&at)).await;
    assert!(page.url.as_str().starts_with(&at.address()), "{}", page.url);
    let back = visitor.log_in(&page, rig::USER_NAME, rig::PASSWORD).await;
    assert_eq!(back.sent("iss"), at.address(), "RFC 9207: byte for byte");
    let tokens = visitor.redeem(&at, &back.sent("code")).await;
    assert_eq!(visitor.user_info(&at, &tokens).await.status, 200);
    let silent = visitor.open(&format!("{}&prompt=none", authorization_request(&at))).await;
    assert!(!silent.sent("code").is_empty(), "the session is found under the path");
    assert!(!answers(format!("{}/authorize", rig.address())).await, "nothing of it beside the path");
    server.stop().await;
}
