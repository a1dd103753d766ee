//! What a client pushes, and what it is told (RFC 9126 section 2).

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::client::GrantType;
use idp_service::sweep::sweep;

use super::super::authorize::REFUSED;
use super::super::{CALLBACK, FRANK, HOUR, MINUTE, SECOND, get, names, register};
use super::{NAME, push_unproven, register_public, stored};
use crate::support::app::TestApp;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, answer};

/// What the authorization endpoint tells a person, and the push its client (section 2.3); and names of other requests (section
/// 2.1).
const REFUSED_OF_A_PUSH: [(&str, &str, &str); 5] = [
    ("redirect_uri", "", "invalid_request"),
    ("redirect_uri", "https://evil.example/callback", "invalid_request"),
    ("redirect_uri", "https://maple.example/callback?x=y", "invalid_request"),
    ("request_uri", "https://evil.example/request.jwt", "invalid_request"),
    ("request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request"),
];

/// A push from this address, as the server sees it.
async fn push_from(app: &TestApp, address: [u8; 4], authorization: Option<&str>) -> Answer {
    let mut request = Request::post("/par").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    let mut request = request.body(Body::from(app.relying_party().authorization_query())).unwrap();
    let peer: SocketAddr = (address, 40_000).into();
    request.extensions_mut().insert(ConnectInfo(peer));
    answer(app.send(request).await).await
}

fn assert_refused(answer: &Answer, expected: (u16, &str)) {
    assert_eq!(answer.error(), expected, "{answer:?}");
    assert_eq!(answer.headers["cache-control"], "no-store", "{answer:?}");
    assert!(!answer.headers.contains_key("location"), "{answer:?}");
    assert!(!answer.text("error_description").is_empty(), "{answer:?}");
}

on_each_database! {
    /// Section 2.2: 201, JSON, and nothing to keep by anybody on the way; section 7.1: nobody guesses a name.
    async fn a_push_is_answered_with_a_name_that_says_nothing(app) {
        let client = app.relying_party().with("login_hint", FRANK);
        let pushed = client.push().await;
        assert_eq!(pushed.status, 201, "{pushed:?}");
        assert_eq!(pushed.headers["content-type"], "application/json");
        assert_eq!(pushed.headers["cache-control"], "no-store");
        assert_eq!(names(pushed.json.as_object().unwrap()), ["expires_in", "request_uri"]);
        assert_eq!(pushed.json["expires_in"], 60);
        let token = pushed.text("request_uri").strip_prefix(NAME).expect("section 2.2's example");
        let secret = URL_SAFE_NO_PAD.decode(token.split_once('.').expect("an id and a secret").1).unwrap();
        assert_eq!(secret.len() * 8, 256);
        let again = client.push().await;
        let other = again.text("request_uri").rsplit_once('.').unwrap().1;
        assert!(!token.ends_with(other), "each has a secret of its own");
    }

    /// Section 2.3: "the errors of the authorization endpoint", told to the client and to nobody's browser.
    async fn what_the_authorization_endpoint_refuses_is_refused_at_the_push(app) {
        for (name, value, expected) in REFUSED.into_iter().chain(REFUSED_OF_A_PUSH) {
            let answer = app.relying_party().with(name, value).push().await;
            assert_refused(&answer, (400, expected));
        }
        let repeated = app.relying_party().with("nonce", "a").with("nonce", "b").push().await;
        assert_refused(&repeated, (400, "invalid_request"));
        register(&app, |client| client.grant_types = vec![GrantType::ClientCredentials]).await;
        assert_refused(&app.relying_party().push().await, (400, "unauthorized_client"));
        assert_eq!(stored(&app).await, 0, "nothing of it is kept");
    }

    /// Section 2.1: authenticated as at the token endpoint; a client_id in the body names the one who sends it.
    async fn only_the_client_itself_pushes(app) {
        let client = app.relying_party();
        assert_refused(&push_unproven(&client).await, (401, "invalid_client"));
        assert_refused(&push_unproven(&client.with("client_secret", "wrong")).await, (401, "invalid_client"));
        let other = RelyingParty::new(&app, "portal.22222", CALLBACK);
        let params = [("client_id", "portal.99999"), ("response_type", "code"), ("redirect_uri", CALLBACK)];
        let borrowed = other.post("/par", &params, Some(&other.basic())).await;
        assert_refused(&borrowed, (401, "invalid_client"));
        assert_eq!(borrowed.headers["www-authenticate"], "Basic realm=\"token\"");
        register(&app, |client| client.enabled = false).await;
        assert_refused(&app.relying_party().push().await, (401, "invalid_client"));
        assert_eq!(stored(&app).await, 0);
    }

    /// RFC 6749 section 4.1.1: part of the request, whoever's header says the same.
    async fn a_push_without_client_id_is_told_so(app) {
        let answer = app.relying_party().with("client_id", "").push().await;
        assert_refused(&answer, (400, "invalid_request"));
        assert_eq!(answer.text("error_description"), "client_id is missing");
    }

    /// Section 2.3: 405 for another verb, 413 for a body that is too large.
    async fn only_a_post_of_a_fit_size_is_a_push(app) {
        let answer = get(&app, "/par", &[]).await;
        assert_eq!((answer.status, answer.headers["allow"].to_str().unwrap()), (405, "POST"));
        let query = format!("/par?{}", app.relying_party().authorization_query());
        assert_eq!(get(&app, &query, &[("authorization", &app.relying_party().basic())]).await.status, 405);
        let large = app.relying_party().with("padding", &"x".repeat(70_000)).push().await;
        assert_eq!(large.error(), (413, "invalid_request"));
        let padded = app.relying_party().with("padding", &"x".repeat(50_000)).push().await;
        assert_eq!(padded.status, 201, "what nobody knows is ignored");
        let kept = app.count("SELECT CAST(MAX(LENGTH(sealed)) AS BIGINT) FROM pushed_requests").await;
        assert!(kept < 10_000, "and not kept: {kept}");
        assert_eq!(stored(&app).await, 1);
    }

    /// Section 7.5 lets public clients push; so does anybody in their name, and what anybody fills has a limit.
    async fn a_network_pushes_so_much_for_public_clients_in_a_minute(app) {
        let app = app.restarted_under(|policy| policy.pushed_requests_per_minute = 3).await;
        let busy = (429, "temporarily_unavailable");
        let basic = app.relying_party().basic();
        for _ in 0..5 {
            let portal = push_from(&app, [192, 0, 2, 1], Some(&basic)).await;
            assert_eq!(portal.status, 201, "a portal speaks for all its people");
        }
        register_public(&app).await;
        for _ in 0..3 {
            assert_eq!(push_from(&app, [192, 0, 2, 1], None).await.status, 201);
        }
        app.advance(SECOND * 20);
        let refused = push_from(&app, [192, 0, 2, 99], None).await;
        assert_refused(&refused, busy);
        assert_eq!(refused.headers["retry-after"], "40", "section 2.3: {refused:?}");
        assert_eq!(push_from(&app, [198, 51, 100, 7], None).await.status, 201, "another network");
        app.advance(SECOND * 40);
        assert_eq!(push_from(&app, [192, 0, 2, 99], None).await.status, 201);
    }

    /// Attack 78 at rest: whoever reads the database reads nothing of a request, and not what opens it.
    async fn nothing_of_a_request_is_readable_in_the_database(app) {
        let client = app.relying_party().with("login_hint", FRANK).with("company", "99999");
        let pushed = client.push().await;
        assert_eq!(pushed.status, 201, "{pushed:?}");
        let secret = pushed.text("request_uri").rsplit_once('.').unwrap().1;
        for like in ["frank", "99999", "nonce", "callback", "openid", secret] {
            let sql = format!("SELECT COUNT(*) FROM pushed_requests WHERE sealed LIKE '%{like}%'");
            assert_eq!(app.count(&sql).await, 0, "{like}");
        }
    }

    /// L3: the table keeps a day of what a page may still stand open for.
    async fn what_nobody_brings_is_swept(app) {
        let client = app.relying_party();
        client.push().await;
        app.advance(HOUR * 24 + MINUTE);
        sweep(&app.env).await.unwrap();
        assert_eq!(stored(&app).await, 1);
        app.advance(SECOND * 2);
        sweep(&app.env).await.unwrap();
        assert_eq!(stored(&app).await, 0);
    }
}
