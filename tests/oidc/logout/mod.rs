//! RP-initiated logout: OpenID Connect RP-Initiated Logout 1.0; `protocol.md`, "Logout"; attacks 69 and 77.

mod redirect;

use axum::body::Body;
use axum::http::{Method, Request};
use idp_domain::client::{ClientId, SubjectType};

use super::{
    FRANK, MARY, MINUTE, SECOND, SESSION_COOKIE, assert_stopped, post_from_client, provider, register,
};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

const SIGNED_OUT: &str = "https://maple.example/signed-out";

fn query(params: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}

fn logout(params: &[(&str, &str)]) -> String {
    format!("/logout?{}", query(params))
}

async fn is_signed_in(app: &TestApp, browser: &mut Browser<'_>) -> bool {
    app.relying_party().with("prompt", "none").authorize(browser).await.sent("code").is_some()
}

/// Frank in a browser, with the tokens of the sign-in.
async fn frank(app: &TestApp) -> (Browser<'_>, Answer) {
    app.enrol(FRANK).await;
    let mut browser = app.browser();
    let tokens = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
    (browser, tokens)
}

fn assert_asked(page: &Page) {
    assert_eq!((page.status, page.heading().as_str()), (200, "Do you want to log out?"), "{page:?}");
}

on_each_database! {
    /// Section 2: with a valid hint and a registered URI, out and back with exactly `state`.
    async fn a_valid_hint_logs_out_and_goes_back_with_state(app) {
        let (mut browser, tokens) = frank(&app).await;
        let hint = tokens.text("id_token");
        let state = "a b&c=d/\u{e9}\"\r\nLocation: https://evil.example/";
        let params = [("id_token_hint", hint), ("post_logout_redirect_uri", SIGNED_OUT), ("state", state)];
        let page = browser.get(&logout(&params)).await;
        assert_eq!(page.status, 303);
        let to = page.location().unwrap();
        assert!(page.left_to(SIGNED_OUT), "{to}");
        let sent: Vec<(String, String)> = to.query_pairs().into_owned().collect();
        assert_eq!(sent, [("state".to_owned(), state.to_owned())], "state and nothing else");
        assert!(!browser.cookies.contains_key(SESSION_COOKIE));
        assert!(!is_signed_in(&app, &mut browser).await);
        let client = app.relying_party();
        assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 401, "at once");
        assert_eq!(client.refresh(tokens.text("refresh_token")).await.error(), (400, "invalid_grant"));
    }

    /// The old cookie is dead on the server as well.
    async fn a_kept_cookie_is_of_no_use_after_logging_out(app) {
        let (mut browser, tokens) = frank(&app).await;
        let mut thief = app.browser();
        thief.cookies = browser.cookies.clone();
        browser.get(&logout(&[("id_token_hint", tokens.text("id_token"))])).await;
        assert!(!is_signed_in(&app, &mut thief).await);
    }

    /// Section 2: an expired hint is accepted.
    async fn an_expired_hint_is_as_good(app) {
        let (mut browser, tokens) = frank(&app).await;
        app.advance(MINUTE * 50);
        let params = [("id_token_hint", tokens.text("id_token")), ("post_logout_redirect_uri", SIGNED_OUT)];
        let page = browser.get(&logout(&params)).await;
        assert_eq!(page.location().unwrap().as_str(), SIGNED_OUT, "no state was sent, none comes back");
        assert!(!is_signed_in(&app, &mut browser).await);
    }

    /// A session that went idle signs nobody in any more; its clients' tokens live, and logging out must end them.
    async fn a_log_out_after_an_hour_of_idleness_ends_the_clients_tokens(app) {
        let (mut browser, tokens) = frank(&app).await;
        app.advance(MINUTE * 61);
        let client = app.relying_party();
        let tokens = client.refresh(tokens.text("refresh_token")).await;
        let params = [("id_token_hint", tokens.text("id_token")), ("post_logout_redirect_uri", SIGNED_OUT)];
        assert!(browser.get(&logout(&params)).await.left_to(SIGNED_OUT));
        assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 401);
        assert_eq!(client.refresh(tokens.text("refresh_token")).await.error(), (400, "invalid_grant"));
    }

    /// The same by our own question: the page that was opened before the hour was over still works after it.
    async fn yes_after_an_hour_of_idleness_ends_the_clients_tokens(app) {
        let (mut browser, tokens) = frank(&app).await;
        let page = browser.get("/logout").await;
        assert_asked(&page);
        app.advance(MINUTE * 61);
        assert_asked(&browser.get("/logout").await);
        let client = app.relying_party();
        let tokens = client.refresh(tokens.text("refresh_token")).await;
        assert_eq!(browser.fill(&page, "logout-yes", &[]).await.heading(), "You are signed out");
        assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 401);
        assert_eq!(client.refresh(tokens.text("refresh_token")).await.error(), (400, "invalid_grant"));
    }

    /// One log-out ends what every client of the session holds, and nothing of another session.
    async fn all_clients_of_the_session_are_logged_out(app) {
        let (mut browser, tokens) = frank(&app).await;
        register(&app, |client| client.id = ClientId::parse("portal.second").unwrap()).await;
        let client = app.relying_party();
        let second = RelyingParty::new(&app, "portal.second", &client.redirect_uri);
        let page = second.authorize(&mut browser).await;
        let seconds = second.redeem(&page.sent("code").unwrap()).await;
        let elsewhere = client.tokens(&mut app.browser(), FRANK, PASSWORD).await;

        browser.get(&logout(&[("id_token_hint", tokens.text("id_token"))])).await;
        assert_eq!(second.userinfo(seconds.text("access_token")).await.status, 401);
        assert_eq!(second.refresh(seconds.text("refresh_token")).await.error(), (400, "invalid_grant"));
        assert_eq!(client.userinfo(elsewhere.text("access_token")).await.status, 200);
    }

    /// Section 2: GET and POST; a POST carries no cookie of ours and is continued by our own GET.
    async fn a_log_out_by_post_ends_the_same(app) {
        let (mut browser, tokens) = frank(&app).await;
        let hint = tokens.text("id_token");
        let uri = ("post_logout_redirect_uri", SIGNED_OUT);
        let form = query(&[("id_token_hint", hint), uri, ("state", "x y")]);
        let page = post_from_client(&app, &mut browser, "/logout", &form).await;
        assert_eq!(page.location().unwrap().as_str(), "https://maple.example/signed-out?state=x+y");
        assert!(!is_signed_in(&app, &mut browser).await);
    }

    /// Attack 77 (CVE-2020-10734): without a hint a log-out is asked about, whatever else is sent.
    async fn without_a_hint_nobody_is_logged_out_unasked(app) {
        let (mut browser, _) = frank(&app).await;
        let client = ("client_id", "portal.99999");
        for params in [&[][..], &[client], &[("state", "x")], &[("logout_hint", FRANK)]] {
            let page = browser.get(&logout(params)).await;
            assert_asked(&page);
            let posted = post_from_client(&app, &mut browser, "/logout", &query(params)).await;
            assert_asked(&posted);
            assert!(is_signed_in(&app, &mut browser).await, "{params:?}");
        }
        let page = browser.get("/logout").await;
        browser.fill(&page, "logout-no", &[]).await;
        assert!(is_signed_in(&app, &mut browser).await, "No means no");
        let page = browser.fill(&page, "logout-yes", &[]).await;
        assert_eq!(page.heading(), "You are signed out");
        assert!(!is_signed_in(&app, &mut browser).await);
    }

    /// A hint of another person, or of another session, is no proof: ask first, then honour it.
    async fn a_hint_of_somebody_else_is_asked_about(app) {
        let (mut browser, tokens) = frank(&app).await;
        app.enrol(MARY).await;
        let marys = app.relying_party().tokens(&mut app.browser(), MARY, PASSWORD).await;
        let other_session = app.relying_party().tokens(&mut app.browser(), FRANK, PASSWORD).await;
        for hint in [marys.text("id_token"), other_session.text("id_token")] {
            let params = [("id_token_hint", hint), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")];
            let page = browser.get(&logout(&params)).await;
            assert_asked(&page);
            assert!(is_signed_in(&app, &mut browser).await);
            let confirmed = browser.fill(&page, "logout-yes", &[]).await;
            assert_eq!(confirmed.location().unwrap().as_str(), "https://maple.example/signed-out?state=s");
            assert!(!is_signed_in(&app, &mut browser).await);
            browser = app.browser();
            app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        }
        let client = app.relying_party();
        assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 401);
        assert_eq!(client.userinfo(marys.text("access_token")).await.status, 200, "Mary was not logged out");
    }

    /// Core section 8: the hint of a pairwise client names the person as only that client does.
    async fn a_pairwise_clients_hint_is_as_good(app) {
        let (mut browser, _) = frank(&app).await;
        register(&app, |client| {
            client.subject_type = SubjectType::Pairwise { sector: "maple.example".to_owned() };
        })
        .await;
        app.enrol(MARY).await;
        let client = app.relying_party();
        let marys = client.tokens(&mut app.browser(), MARY, PASSWORD).await;
        let page = client.authorize(&mut browser).await;
        let tokens = client.redeem(&page.sent("code").unwrap()).await;
        assert_asked(&browser.get(&logout(&[("id_token_hint", marys.text("id_token"))])).await);
        let params = [("id_token_hint", tokens.text("id_token")), ("post_logout_redirect_uri", SIGNED_OUT)];
        assert!(browser.get(&logout(&params)).await.left_to(SIGNED_OUT));
        assert!(!is_signed_in(&app, &mut browser).await);
    }

    /// A client that gave its tokens up, or lost them to a replay, still knows whom it signed in, and where.
    async fn the_hint_of_a_revoked_family_is_as_good(app) {
        let (mut browser, tokens) = frank(&app).await;
        let client = app.relying_party();
        assert_eq!(client.revoke(tokens.text("refresh_token")).await.status, 200);
        let params = [("id_token_hint", tokens.text("id_token")), ("post_logout_redirect_uri", SIGNED_OUT)];
        assert!(browser.get(&logout(&params)).await.left_to(SIGNED_OUT));
        assert!(!is_signed_in(&app, &mut browser).await);

        let code = client.code(&mut browser, FRANK, PASSWORD).await;
        let tokens = client.redeem(&code).await;
        assert_eq!(client.redeem(&code).await.error(), (400, "invalid_grant"));
        let params = [("id_token_hint", tokens.text("id_token")), ("post_logout_redirect_uri", SIGNED_OUT)];
        assert!(browser.get(&logout(&params)).await.left_to(SIGNED_OUT));
        assert!(!is_signed_in(&app, &mut browser).await);
    }

    /// The same person's next log-in goes on with the session: what was issued in it before names it still.
    async fn a_hint_from_before_the_last_log_in_is_as_good(app) {
        let (mut browser, tokens) = frank(&app).await;
        app.advance(SECOND);
        app.relying_party().with("prompt", "login").code(&mut browser, FRANK, PASSWORD).await;
        let params = [("id_token_hint", tokens.text("id_token")), ("post_logout_redirect_uri", SIGNED_OUT)];
        assert!(browser.get(&logout(&params)).await.left_to(SIGNED_OUT));
        assert!(!is_signed_in(&app, &mut browser).await);
    }

    /// Attack 49: a client that was switched off is unknown: its hint proves nothing, and nobody is sent to it.
    async fn a_disabled_clients_hint_is_none(app) {
        let (mut browser, tokens) = frank(&app).await;
        register(&app, |client| client.enabled = false).await;
        let params = [("id_token_hint", tokens.text("id_token")), ("post_logout_redirect_uri", SIGNED_OUT)];
        let page = browser.get(&logout(&params)).await;
        assert_asked(&page);
        assert_eq!(browser.fill(&page, "logout-yes", &[]).await.heading(), "You are signed out");
        assert_eq!(app.browser().get(&logout(&params)).await.heading(), "You are signed out");
    }

    /// `protocol.md`, "A code": bound to the session. One that is over signs nobody in any more, nor does it begin
    /// anything that would outlive it.
    async fn a_code_of_an_ended_session_brings_nothing(app) {
        let (mut browser, tokens) = frank(&app).await;
        for scope in ["openid company", "openid offline_access company"] {
            let mut client = app.relying_party();
            client.scope = scope.to_owned();
            let code = client.authorize(&mut browser).await.sent("code").expect("a code");
            let page = browser.get("/logout").await;
            browser.fill(&page, "logout-yes", &[]).await;
            assert_eq!(client.redeem(&code).await.error(), (400, "invalid_grant"), "{scope}");
            client.code(&mut browser, FRANK, PASSWORD).await;
        }
        assert_eq!(app.relying_party().userinfo(tokens.text("access_token")).await.status, 401);
    }

    /// Who ended it, and from where, is in the audit log once.
    async fn the_end_of_a_session_is_recorded(app) {
        let (mut browser, tokens) = frank(&app).await;
        for _ in 0..2 {
            browser.get(&logout(&[("id_token_hint", tokens.text("id_token"))])).await;
        }
        let ended = app.audited().await.into_iter().filter(|action| *action == "session.ended").count();
        assert_eq!(ended, 1);
    }
}

/// A request that contradicts itself is refused as it stands.
#[tokio::test]
async fn a_contradictory_request_gets_a_page() {
    let app = provider().await;
    let (mut browser, tokens) = frank(&app).await;
    let (uri, hint) = (("post_logout_redirect_uri", SIGNED_OUT), ("id_token_hint", tokens.text("id_token")));
    for params in [
        &[uri, hint, ("client_id", "portal.22222")][..],
        &[uri, hint, ("client_id", "nobody")],
        &[uri, uri, hint],
        &[uri, hint, hint],
        &[uri, hint, ("state", "a"), ("state", "b")],
    ] {
        assert_stopped(&browser.get(&logout(params)).await);
        assert_stopped(&post_from_client(&app, &mut browser, "/logout", &query(params)).await);
        assert_stopped(&app.browser().get(&logout(params)).await);
        assert!(is_signed_in(&app, &mut browser).await, "{params:?}");
    }
    let page = browser.get(&logout(&[uri, hint, ("client_id", "portal.99999")])).await;
    assert!(page.left_to(SIGNED_OUT), "client_id may name the hint's audience");
}

/// Attack 79: the answer on our own page is ours alone to send.
#[tokio::test]
async fn a_confirmation_from_elsewhere_logs_nobody_out() {
    let app = provider().await;
    let (mut browser, _) = frank(&app).await;
    let page = browser.get("/logout").await;
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        browser.headers = vec![(name.to_owned(), value.to_owned())];
        let refused = browser.fill(&page, "logout-yes", &[]).await;
        assert_eq!((refused.status, refused.location()), (403, None), "{name}: {value}");
    }
    browser.headers.clear();
    let refused = browser.post("/logout/confirm", &[("confirm", "yes"), ("flow", "")]).await;
    assert_eq!(refused.status, 403, "without a token");
    assert!(is_signed_in(&app, &mut browser).await);
}

/// Who is signed out already is not asked; the client's person is where they wanted to be.
#[tokio::test]
async fn logging_out_twice_is_no_dead_end() {
    let app = provider().await;
    let (mut browser, tokens) = frank(&app).await;
    let params = [("id_token_hint", tokens.text("id_token")), ("post_logout_redirect_uri", SIGNED_OUT)];
    for _ in 0..2 {
        assert!(browser.get(&logout(&params)).await.left_to(SIGNED_OUT));
    }
    assert_eq!(browser.get("/logout").await.heading(), "You are signed out");
}

/// Section 2: without a URI to go to, a page of ours says that it is done.
#[tokio::test]
async fn a_hint_alone_ends_on_our_own_page() {
    let app = provider().await;
    let (mut browser, tokens) = frank(&app).await;
    let page = browser.get(&logout(&[("id_token_hint", tokens.text("id_token")), ("state", "s")])).await;
    assert_eq!((page.status, page.heading().as_str()), (200, "You are signed out"));
    assert!(!is_signed_in(&app, &mut browser).await);
}

/// Section 2: an OP may use or ignore these; nothing unknown is an error (RFC 6749 section 3.1).
#[tokio::test]
async fn hints_and_unknown_parameters_are_no_hindrance() {
    let app = provider().await;
    let (mut browser, tokens) = frank(&app).await;
    let params = [
        ("ui_locales", "xx-YY en"),
        ("logout_hint", MARY),
        ("utm_source", "mail"),
        ("client_id", "portal.99999"),
        ("post_logout_redirect_uri", SIGNED_OUT),
        ("id_token_hint", tokens.text("id_token")),
    ];
    assert!(browser.get(&logout(&params)).await.left_to(SIGNED_OUT));
    assert!(!is_signed_in(&app, &mut browser).await);
}

/// `protocol.md`: a client that serves two agencies has two names for one session; either proves it.
#[tokio::test]
async fn the_hint_of_either_agency_is_of_this_session() {
    let app = provider().await;
    app.enrol(FRANK).await;
    app.other_admin().create(FRANK).await;
    register(&app, |client| client.company = None).await;
    for proof in ["99999", "22222"] {
        let mut browser = app.browser();
        let mut hints = vec![];
        for company in ["99999", "22222"] {
            app.advance(SECOND);
            let client = app.relying_party().with("company", company).with("prompt", "login");
            let tokens = client.tokens(&mut browser, FRANK, PASSWORD).await;
            hints.push((company, tokens.text("id_token").to_owned()));
        }
        let (_, hint) = hints.iter().find(|(company, _)| *company == proof).unwrap();
        let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", SIGNED_OUT)];
        assert!(browser.get(&logout(&params)).await.left_to(SIGNED_OUT), "{proof}");
    }
}

/// Section 2 names GET and POST.
#[tokio::test]
async fn nothing_but_get_and_post_is_read() {
    let app = provider().await;
    let (mut browser, tokens) = frank(&app).await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let request = Request::builder()
            .method(method.clone())
            .uri(logout(&[("id_token_hint", tokens.text("id_token"))]))
            .header("cookie", format!("{SESSION_COOKIE}={}", browser.cookies[SESSION_COOKIE]));
        assert_eq!(app.send(request.body(Body::empty()).unwrap()).await.status(), 405, "{method}");
    }
    assert!(is_signed_in(&app, &mut browser).await);
}
