//! What an operator changes at a client after it pushed a request counts when the request is brought, and when a page that
//! carries it is answered.

use idp_domain::client::{AssertionAlg, Client, Profile};
use idp_domain::scope::Scopes;
use serde_json::json;

use super::super::consent::asked;
use super::super::private_key_jwt::{Pair, inline};
use super::super::request_object::claims;
use super::super::{FRANK, assert_stopped, franks_browser, register};
use super::bring::log_in;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

/// Maple's portal, with a key of each algorithm.
async fn register_signing(app: &TestApp, change: impl FnOnce(&mut Client)) {
    register(app, |client| {
        client.keys = Some(inline(&AssertionAlg::VARIANTS.map(|alg| Pair::of(alg).public.clone())));
        change(client);
    })
    .await;
}

/// The address of a request that was pushed in a request object, signed so.
async fn pushed_signed(app: &TestApp, alg: AssertionAlg) -> String {
    let header = json!({"alg": alg.as_str(), "typ": "oauth-authz-req+jwt"});
    let (client, object) = (app.relying_party(), Pair::of(alg).sign(&header, &claims(app)));
    let pushed = client.post("/par", &[("request", object.as_str())], Some(&client.basic())).await;
    client.url_of(pushed.text("request_uri"))
}

/// The log-in page of the request.
async fn opened<'a>(app: &'a TestApp, url: &str) -> (Browser<'a>, Page) {
    let mut browser = app.browser();
    let page = browser.get(url).await;
    assert_eq!(page.heading(), "Log In", "{page:?}");
    (browser, page)
}

/// Neither by its name nor by a page that stands open.
async fn assert_taken_no_more(app: &TestApp, url: &str, (mut browser, page): (Browser<'_>, Page)) {
    assert_stopped(&app.browser().get(url).await);
    assert_stopped(&log_in(&mut browser, &page).await);
    assert_stopped(&browser.get(page.url.as_str()).await);
}

on_each_database! {
    /// What the client may no longer have is not given for having been asked for in time.
    async fn a_change_of_the_client_counts_for_what_it_pushed_before(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let (narrowed, moved, gone) =
            (client.pushed_url().await, client.pushed_url().await, client.pushed_url().await);
        register(&app, |client| client.scopes = Scopes::parse("openid email")).await;
        let mut browser = app.browser();
        let page = browser.get(&narrowed).await;
        let page = log_in(&mut browser, &page).await;
        let tokens = client.redeem(&page.sent("code").expect("a code")).await;
        assert_eq!(tokens.text("scope"), "openid email");
        let plain = app.relying_party().with("code_challenge", "").with("code_challenge_method", "");
        register(&app, |client| client.demands.require_pkce = false).await;
        let without = plain.pushed_url().await;
        let page = app.browser().get(&plain.pushed_url().await).await;
        assert_eq!(page.heading(), "Log In", "{page:?}");
        register(&app, |client| client.demands.require_pkce = true).await;
        assert_stopped(&browser.get(&without).await);
        assert_stopped(&app.browser().get(page.url.as_str()).await);
        register(&app, |client| client.redirect_uris = vec!["https://maple.example/new".to_owned()]).await;
        assert_stopped(&browser.get(&moved).await);
        register(&app, |client| client.enabled = false).await;
        assert_stopped(&browser.get(&gone).await);
    }

    /// RFC 9101 section 10.5: "MUST reject the authorization request from the client that does not conform", which was asked
    /// without a signature before that was demanded.
    async fn an_unsigned_request_is_over_once_signatures_are_demanded(app) {
        app.enrol(FRANK).await;
        let url = app.relying_party().pushed_url().await;
        let open = opened(&app, &url).await;
        register_signing(&app, |client| client.demands.require_signed_request_object = true).await;
        assert_taken_no_more(&app, &url, open).await;
        let direct = app.relying_party().authorization_url();
        register(&app, |_| {}).await;
        let open = opened(&app, &direct).await;
        register_signing(&app, |client| client.demands.require_signed_request_object = true).await;
        let (mut browser, page) = open;
        assert_stopped(&log_in(&mut browser, &page).await);

        let signed = pushed_signed(&app, AssertionAlg::Es256).await;
        let (mut browser, page) = opened(&app, &signed).await;
        assert!(log_in(&mut browser, &page).await.sent("code").is_some(), "what was signed is as good as before");
    }

    /// Registration section 2, `request_object_signing_alg`, and FAPI 2.0 section 5.4.1: of a signature that would not be taken
    /// any more.
    async fn a_signature_counts_as_long_as_its_algorithm_is_taken(app) {
        app.enrol(FRANK).await;
        register_signing(&app, |_| {}).await;
        let rs256 = pushed_signed(&app, AssertionAlg::Rs256).await;
        let es256 = pushed_signed(&app, AssertionAlg::Es256).await;
        let (first, second) = (opened(&app, &rs256).await, opened(&app, &rs256).await);
        let (mut browser, page) = opened(&app, &es256).await;
        let only = Some(AssertionAlg::Es256);
        register_signing(&app, |client| client.request_algs.request_object_signing_alg = only).await;
        assert_taken_no_more(&app, &rs256, first).await;
        register_signing(&app, |client| client.profile = Profile::Fapi2).await;
        assert_taken_no_more(&app, &rs256, second).await;
        assert!(log_in(&mut browser, &page).await.sent("code").is_some());
    }

    /// FAPI 2.0 section 5.3.2.2, items 1 and 2; RFC 9449 section 5: a challenge is looked for at the page, a proof at the token
    /// endpoint.
    async fn a_new_profile_counts_for_what_is_under_way(app) {
        app.enrol(FRANK).await;
        register(&app, |client| client.demands.require_pkce = false).await;
        let plain = app.relying_party().with("code_challenge", "").with("code_challenge_method", "");
        let (without, with) = (plain.pushed_url().await, app.relying_party().pushed_url().await);
        let direct = app.relying_party().authorization_url();
        let open = opened(&app, &without).await;
        let (mut never_pushed, directs_page) = opened(&app, &direct).await;
        let (mut browser, page) = opened(&app, &with).await;
        register(&app, |client| client.profile = Profile::Fapi2).await;
        assert_taken_no_more(&app, &without, open).await;
        assert_stopped(&log_in(&mut never_pushed, &directs_page).await);
        let code = log_in(&mut browser, &page).await.sent("code").expect("a code");
        assert_eq!(app.relying_party().redeem(&code).await.error(), (400, "invalid_request"));
    }

    /// RFC 9449 section 5.2, `dpop_bound_access_tokens`.
    async fn a_key_that_is_demanded_since_is_demanded_of_the_code(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let url = app.relying_party().pushed_url().await;
        register(&app, |client| client.demands.dpop_bound_access_tokens = true).await;
        let code = browser.get(&url).await.sent("code").expect("a code");
        assert_eq!(app.relying_party().redeem(&code).await.error(), (400, "invalid_request"));
    }

    /// OpenID Connect Core section 11: what a client has for being the agency's own, it has no longer when it is not.
    async fn a_client_that_is_the_agencys_own_no_more_has_nothing_for_it(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party().with("scope", "openid offline_access");
        let url = client.pushed_url().await;
        register(&app, |client| client.first_party = false).await;
        let (mut browser, page) = opened(&app, &url).await;
        let page = log_in(&mut browser, &page).await;
        assert_eq!(asked(&page), [("openid", false)]);
        let page = browser.fill(&page, "consent-allow", &[]).await;
        let tokens = client.redeem(&page.sent("code").expect("a code")).await;
        assert_eq!(tokens.text("scope"), "openid");
    }

    /// OpenID Connect Core section 3.1.2.1: without `openid` it is no request of ours.
    async fn a_client_that_lost_openid_is_answered_no_more(app) {
        app.enrol(FRANK).await;
        let url = app.relying_party().pushed_url().await;
        let open = opened(&app, &url).await;
        register(&app, |client| client.scopes = Scopes::parse("profile email")).await;
        assert_taken_no_more(&app, &url, open).await;
    }
}
