//! The headers of every page and every answer: rules section 5, "Headers".

use super::consent::{register_third_party, third_party};
use super::{CALLBACK, FRANK, assert_stopped, franks_browser};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;

/// One of each page a browser can come to.
async fn every_page(app: &TestApp) -> Vec<Page> {
    app.enrol(FRANK).await;
    register_third_party(app, |_| {}).await;
    app.activate("new@example.com").await;
    let mut stranger = app.browser();
    let mut frank = franks_browser(app).await;
    let mut new = app.browser();
    let mut pages = vec![
        app.relying_party().authorize(&mut stranger).await,
        app.relying_party().log_in(&mut stranger, FRANK, "wrong wrong wrong").await,
        app.relying_party().log_in(&mut new, "new@example.com", PASSWORD).await,
        app.relying_party().with("response_mode", "form_post").authorize(&mut frank).await,
        app.relying_party().with("client_id", "nobody").authorize(&mut frank).await,
        third_party(app).authorize(&mut frank).await,
        frank.get("/").await,
        frank.get("/account").await,
        frank.get("/account/apps").await,
        frank.get("/logout").await,
        stranger.get("/signed-out").await,
        stranger.get("/").await,
        stranger.get("/nowhere").await,
        stranger.get("/logout/confirm").await,
        stranger.get("/activate?ticket=unknown").await,
        stranger.post("/questions/cancel", &[]).await,
    ];
    app.admin().create("newest@example.com").await;
    let link = app.activation_link("newest@example.com").await;
    pages.push(stranger.get(&link).await);
    let birch = crate::support::relying_party::RelyingParty::new(
        app,
        "portal.22222",
        "https://birch.example/callback",
    );
    pages.push(birch.authorize(&mut frank).await);
    pages
}

on_each_database! {
    async fn every_page_carries_the_security_headers(app) {
        let pages = every_page(&app).await;
        let mut headings: Vec<String> = pages.iter().map(Page::heading).collect();
        headings.sort();
        headings.dedup();
        assert!(headings.len() >= 14, "these are different pages: {headings:?}");
        for page in pages {
            let header = |name: &str| {
                let value = page.headers.get(name).unwrap_or_else(|| panic!("no {name}: {page:?}"));
                value.to_str().unwrap().to_owned()
            };
            let policy = header("content-security-policy");
            for needed in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
                assert!(policy.contains(needed), "{needed} is missing: {page:?}");
            }
            let foreign = policy.replace("form-action https://maple.example", "").contains("http");
            assert!(!policy.contains("unsafe") && !policy.contains('*') && !foreign, "{policy}");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(header("x-frame-options"), "DENY");
            assert_eq!(
                header("referrer-policy"),
                "same-origin",
                "no-referrer would make our own POST say null"
            );
            assert_eq!(header("cache-control"), "no-store");
            assert_eq!(header("content-type"), "text/html; charset=utf-8");
            assert!(header("strict-transport-security").starts_with("max-age=31536000"));
            assert!(!header("x-request-id").is_empty());
            assert!(!page.headers.contains_key("access-control-allow-origin"), "pages are for people");
            super::xss::assert_inert(&page);
        }
    }

    /// Where no form leads to a client, forms go to us alone.
    async fn forms_of_pages_that_end_here_go_nowhere_else(app) {
        for path in ["/", "/signed-out", "/nowhere", "/activate?ticket=unknown"] {
            let page = app.browser().get(path).await;
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("form-action 'self'"), "{path}: {policy}");
        }
    }

    /// A redirect holds a code or a flow: never cached, never sniffed, never passed on as a referrer by a cached
    /// copy.
    async fn redirects_are_not_cached(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let page = app.relying_party().authorize(&mut browser).await;
        assert!(page.left_to(CALLBACK));
        assert_eq!(
            page.status, 303,
            "RFC 9700 section 4.12: the POST of a log-in is never repeated at the client"
        );
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
    }

    /// `protocol.md`, "Errors people see": a sentence, a request id, no internals; attack 79's status.
    async fn error_pages_help_and_tell_nothing_of_the_inside(app) {
        let page = app.relying_party().with("client_id", "nobody").authorize(&mut app.browser()).await;
        assert_stopped(&page);
        assert_eq!(page.select("#request-id"), [page.headers["x-request-id"].to_str().unwrap()]);
        for inside in ["sqlx", "sea_orm", "panicked", ".rs:", "Error {", "SELECT"] {
            assert!(!page.html.contains(inside), "{inside}");
        }
        let stale = app.browser().post("/logout/confirm", &[("confirm", "yes")]).await;
        assert_eq!(stale.status, 403);
        assert_eq!(stale.attribute("#way-on", "href").as_deref(), Some("/"), "a way on");
        assert_eq!(app.browser().get("/token").await.status, 405);
    }

    /// Style and script are files of our own, named by their content and cached for ever.
    async fn assets_are_our_own_and_immutable(app) {
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        for (selector, name) in
            [("link[rel=stylesheet]", "href"), ("link[rel=icon]", "href"), ("script", "src")]
        {
            let address = page.attribute(selector, name).unwrap();
            assert!(address.starts_with("/assets/"), "{address}");
            let asset = browser.get(&address).await;
            assert_eq!(asset.status, 200, "{address}");
            assert_eq!(asset.headers["cache-control"], "public, max-age=31536000, immutable");
            assert_eq!(asset.headers["x-content-type-options"], "nosniff");
        }
        for path in ["/assets/nothing.css", "/assets/..%2f..%2fetc%2fpasswd", "/assets/%2e%2e/Cargo.toml"] {
            assert_eq!(browser.get(path).await.status, 404, "{path}");
        }
    }

    /// `protocol.md`, "Errors people see": scripts and support find things by ids that do not change.
    async fn elements_have_stable_ids(app) {
        app.enrol(FRANK).await;
        register_third_party(&app, |_| {}).await;
        let mut frank = franks_browser(&app).await;
        let shown: [(Page, &[&str]); 5] = [
            (
                app.relying_party().authorize(&mut app.browser()).await,
                &["username", "password", "login-submit"],
            ),
            (third_party(&app).authorize(&mut frank).await, &["consent-allow", "consent-deny"]),
            (
                app.relying_party().with("response_mode", "form_post").authorize(&mut frank).await,
                &["continue"],
            ),
            (frank.get("/logout").await, &["logout-yes"]),
            (frank.get("/authorize").await, &["request-id"]),
        ];
        for (page, ids) in shown {
            for id in ids {
                assert_eq!(page.select(&format!("#{id}")).len(), 1, "#{id}: {page:?}");
            }
        }
    }
}
