//! `response_mode=form_post`: OAuth 2.0 Form Post Response Mode section 2; attack 68 (CVE-2018-8899).

use std::collections::BTreeMap;

use scraper::{Html, Selector};

use super::{CALLBACK, FRANK, franks_browser, post_from_client, register};
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::on_each_database;

/// What the page sends when its button is pressed; it stands on our own address, with nothing in the query.
pub(super) fn posted(page: &Page) -> BTreeMap<String, String> {
    assert_eq!((page.status, page.location()), (200, None), "{page:?}");
    assert_eq!(page.headers["cache-control"], "no-store", "it holds a code");
    assert_eq!(page.url.host_str(), Some("id.example"));
    assert!(!page.url.as_str().contains("code="), "{page:?}");
    let html = Html::parse_document(&page.html);
    let inputs = Selector::parse("form[method=post] input").unwrap();
    let field = |name: &str, input: &scraper::ElementRef<'_>| input.attr(name).unwrap().to_owned();
    html.select(&inputs).map(|input| (field("name", &input), field("value", &input))).collect()
}

on_each_database! {
    async fn a_code_is_posted_and_nothing_is_in_a_query(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party().with("response_mode", "form_post");
        let mut browser = app.browser();
        let page = client.log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(page.attribute("form", "action").as_deref(), Some(CALLBACK));
        let fields = posted(&page);
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["code", "iss", "state"]);
        assert_eq!(
            (fields["state"].as_str(), fields["iss"].as_str()),
            ("state-of-the-flow", "https://id.example")
        );
        assert_eq!(client.redeem(&fields["code"]).await.status, 200);
        for header in page.headers.values() {
            assert!(!header.to_str().unwrap().contains(&fields["code"]), "the code is in the body alone");
        }
        assert!(!page.url.as_str().contains(&fields["code"]));
    }

    /// `protocol.md`: it works without JavaScript by a button, and what presses it is no inline script.
    async fn the_page_works_without_javascript(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let page = app.relying_party().with("response_mode", "form_post").authorize(&mut browser).await;
        assert_eq!(page.attribute("form button#continue", "type").as_deref(), Some("submit"));
        assert_eq!(page.select("#continue"), ["Continue"]);
        let script = page.attribute("script[src]", "src").expect("a script of our own");
        assert_eq!(browser.get(&script).await.status, 200);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    }

    async fn errors_are_posted_as_well(app) {
        app.enrol(FRANK).await;
        for (name, value, expected) in [
            ("prompt", "none", "login_required"),
            ("response_type", "id_token", "unsupported_response_type"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("request", "x", "request_not_supported"),
        ] {
            let client = app.relying_party().with("response_mode", "form_post").with(name, value);
            let by_get = client.authorize(&mut app.browser()).await;
            let query = client.authorization_query();
            let by_post = post_from_client(&app, &mut app.browser(), "/authorize", &query).await;
            for page in [by_get, by_post] {
                let fields = posted(&page);
                assert_eq!(fields["error"], expected);
                assert_eq!(fields["state"], "state-of-the-flow");
                assert_eq!(fields["iss"], "https://id.example");
                assert!(!fields.contains_key("code"));
            }
        }
    }

    async fn hostile_values_stay_values(app) {
        app.enrol(FRANK).await;
        let uri = "https://maple.example/cb?x=\"><script>alert(1)</script>";
        register(&app, |client| client.redirect_uris.push(uri.to_owned())).await;
        let mut browser = franks_browser(&app).await;
        for state in [
            "\"><script>alert(1)</script>",
            "' onfocus='alert(1)' autofocus='",
            "</form><form action=//evil.example>",
            "&quot;&#34;&amp;",
        ] {
            let client = app.relying_party().with("response_mode", "form_post").with("state", state);
            let client = client.with("redirect_uri", uri);
            let page = client.authorize(&mut browser).await;
            assert_eq!(posted(&page)["state"], state, "escaped once, not twice");
            assert_eq!(page.select("script").len(), 1);
            assert_eq!(page.select("form").len(), 1);
            assert_eq!(page.attribute("form", "action").as_deref(), Some(uri));
            assert!(!page.html.contains("<script>"), "{}", page.html);
        }
    }

    /// `protocol.md`: the content security policy allows exactly that form target.
    async fn the_policy_lets_the_form_go_to_the_client_alone(app) {
        app.enrol(FRANK).await;
        let shapes = [
            (CALLBACK, "https://maple.example"),
            ("https://maple.example:8443/cb", "https://maple.example:8443"),
            ("http://127.0.0.1:49152/native", "http://127.0.0.1:49152"),
        ];
        register(&app, |client| client.redirect_uris = shapes.map(|(uri, _)| uri.to_owned()).to_vec()).await;
        let mut browser = franks_browser(&app).await;
        for (uri, source) in shapes {
            let client = app.relying_party().with("response_mode", "form_post").with("redirect_uri", uri);
            let page = client.authorize(&mut browser).await;
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            let sources =
                policy.split("form-action ").nth(1).unwrap_or_else(|| panic!("no form-action: {policy}"));
            let sources: Vec<&str> = sources.split(';').next().unwrap().split_whitespace().collect();
            assert!(sources.contains(&source), "{uri}: {policy}");
            assert!(sources.iter().all(|it| [source, "'self'"].contains(it)), "{uri}: {policy}");
            assert_eq!(page.attribute("form", "action").as_deref(), Some(uri));
        }
    }

    /// RFC 8252 section 7.1: an app is handed an address and never a body, so the answer says so by the address.
    async fn an_app_is_not_posted_to(app) {
        app.enrol(FRANK).await;
        let uri = "com.example.maple:/oauth";
        register(&app, |client| client.redirect_uris.push(uri.to_owned())).await;
        let mut browser = franks_browser(&app).await;
        for prompt in ["", "none"] {
            let client = app.relying_party().with("response_mode", "form_post").with("prompt", prompt);
            let page = client.with("redirect_uri", uri).authorize(&mut browser).await;
            let location = page.headers["location"].to_str().unwrap();
            assert!(location.starts_with("com.example.maple:/oauth?"), "{location}");
            assert_eq!(page.sent("error").as_deref(), Some("invalid_request"));
            assert_eq!(page.sent("state").as_deref(), Some("state-of-the-flow"));
        }
    }
}
