//! Introspection: RFC 7662, signed answers RFC 9701; `protocol.md`, "UserInfo, introspection, revocation"; attack 58.

use axum::body::Body;
use axum::http::{Method, Request, header};
use idp_domain::account::AccountState;
use idp_domain::client::{AuthMethod, ClientId, Resource, SubjectType};
use idp_domain::company::CompanyState;
use idp_domain::member::MembershipState;
use idp_domain::scope::Scopes;
use idp_domain::signing_key::SigningAlg;
use serde_json::{Value, json};

use super::{
    CALLBACK, FRANK, MINUTE, SECOND, change_account, change_maple, change_membership, franks_tokens, names,
    provider, provider_with_frank, register,
};
use crate::support::app::{ISSUER, PASSWORD, START, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER, answer};

const PORTAL: &str = "portal.99999";
/// An API that is not ours.
const API: &str = "https://api.maple.example/v1";
const SIGNED: &str = "application/token-introspection+jwt";
const FORM: &str = "application/x-www-form-urlencoded";

fn assert_inactive(answer: &Answer) {
    assert_eq!((answer.status, &answer.json), (200, &json!({"active": false})), "and nothing else");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

fn assert_active(answer: &Answer) {
    assert_eq!((answer.status, &answer.json["active"]), (200, &json!(true)), "{answer:?}");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

async fn assert_both_inactive(client: &RelyingParty<'_>, tokens: &Answer) {
    for token in ["access_token", "refresh_token"] {
        assert_inactive(&client.introspect(tokens.text(token)).await);
    }
}

async fn assert_both_active(client: &RelyingParty<'_>, tokens: &Answer) {
    for token in ["access_token", "refresh_token"] {
        assert_active(&client.introspect(tokens.text(token)).await);
    }
}

/// The server of an API: it signs nobody in, and may introspect what is meant for `served`.
async fn resource_server<'a>(app: &'a TestApp, id: &str, served: &str) -> RelyingParty<'a> {
    register(app, |client| {
        client.id = ClientId::parse(id).unwrap();
        client.grant_types.clear();
        client.redirect_uris.clear();
        client.initiate_login_uri = None;
        client.serves = [Resource::parse(served).unwrap()].into();
    })
    .await;
    RelyingParty::new(app, id, "")
}

/// Frank's tokens of the portal for [`API`] (RFC 8707 section 2).
async fn tokens_for_the_api(app: &TestApp) -> Answer {
    register(app, |client| client.resources = [Resource::parse(API).unwrap()].into()).await;
    let client = app.relying_party().with("resource", API);
    let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
    let params = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("resource", API),
    ];
    let tokens = client.token(&params).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens
}

/// An introspection request of the portal, which wants its answer as `accept` says.
async fn ask(app: &TestApp, accept: Option<&str>, token: &str) -> Answer {
    let mut request = Request::post("/introspect")
        .header(header::CONTENT_TYPE, FORM)
        .header(header::AUTHORIZATION, app.relying_party().basic());
    if let Some(accept) = accept {
        request = request.header(header::ACCEPT, accept);
    }
    answer(app.send(request.body(Body::from(format!("token={token}"))).unwrap()).await).await
}

on_each_database! {
    /// RFC 7662 section 2.2, RFC 9068 section 2.2.
    async fn a_client_learns_what_its_own_access_token_stands_for(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let answer = client.introspect(tokens.text("access_token")).await;
        assert_active(&answer);
        assert_eq!(answer.headers["content-type"], "application/json");
        let (claims, _) = client.verify(tokens.text("access_token")).await;
        let mut expected = Value::Object(claims);
        let told = expected.as_object_mut().unwrap();
        told.remove("grant").expect("our own way to the grant, which nobody else needs");
        told.extend([
            ("active".to_owned(), json!(true)),
            ("token_type".to_owned(), json!("Bearer")),
            ("username".to_owned(), json!(FRANK)),
        ]);
        assert_eq!(answer.json, expected, "the claims of the token, and what RFC 7662 adds");
        assert_eq!(answer.text("scope"), "openid profile email company");
        assert_eq!((answer.text("client_id"), answer.text("aud")), (PORTAL, ISSUER));
    }

    async fn a_client_learns_what_its_own_refresh_token_stands_for(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let answer = client.introspect(tokens.text("refresh_token")).await;
        assert_active(&answer);
        let members =
            ["active", "client_id", "exp", "iat", "iss", "scope", "sub", "token_type", "username"];
        assert_eq!(names(answer.json.as_object().unwrap()), members);
        let (claims, _) = client.verify(tokens.text("id_token")).await;
        assert_eq!(answer.json["sub"], claims["sub"]);
        assert_eq!((answer.text("client_id"), answer.text("token_type")), (PORTAL, "refresh_token"));
        assert_eq!((answer.text("iss"), answer.text("username")), (ISSUER, FRANK));
        assert!(answer.json["exp"].as_i64().unwrap() > answer.json["iat"].as_i64().unwrap());

        let successor = client.refresh(tokens.text("refresh_token")).await;
        assert_inactive(&client.introspect(tokens.text("refresh_token")).await);
        assert_active(&client.introspect(successor.text("refresh_token")).await);
    }

    /// `protocol.md`: nothing else for whatever is not valid for this caller. It is not even told that a token exists.
    async fn another_clients_token_is_as_inactive_as_one_that_never_was(app) {
        app.enrol(FRANK).await;
        register(&app, |client| {
            client.id = ClientId::parse("portal.second").unwrap();
            client.initiate_login_uri = None;
        })
        .await;
        let tokens = franks_tokens(&app, &app.relying_party()).await;
        let office = app.admin().token().await;
        let second = RelyingParty::new(&app, "portal.second", CALLBACK);
        let refresh_token = tokens.text("refresh_token");
        let altered = format!("{refresh_token}x");
        for token in [
            tokens.text("access_token"),
            refresh_token,
            tokens.text("id_token"),
            &office,
            &altered,
            "x",
            "a.b.c",
            "eyJhbGciOiJub25lIn0.e30.",
            "\u{e9}\u{0}",
        ] {
            assert_inactive(&second.introspect(token).await);
        }
        let client = app.relying_party();
        assert_inactive(&client.introspect(tokens.text("id_token")).await);
        assert_inactive(&client.introspect(&altered).await);
        assert_both_active(&client, &tokens).await;
    }

    /// RFC 7662 section 2: the protected resource asks about what it was presented; the address of the person, which is
    /// the same at every agency, is not its business.
    async fn the_server_of_an_api_learns_of_the_tokens_meant_for_it(app) {
        app.enrol(FRANK).await;
        let server = resource_server(&app, "api.maple", API).await;
        let other = resource_server(&app, "api.birch", "https://api.birch.example/v1").await;
        let tokens = tokens_for_the_api(&app).await;
        let access_token = tokens.text("access_token");

        let answer = server.introspect(access_token).await;
        assert_active(&answer);
        assert_eq!((answer.text("aud"), answer.text("client_id")), (API, PORTAL));
        assert!(answer.json.get("username").is_none() && answer.json.get("grant").is_none(), "{answer:?}");
        assert_eq!(app.relying_party().introspect(access_token).await.text("username"), FRANK, "its own client");

        assert_inactive(&other.introspect(access_token).await);
        assert_inactive(&server.introspect(tokens.text("refresh_token")).await);
        let for_us = franks_tokens(&app, &app.relying_party()).await;
        assert_inactive(&server.introspect(for_us.text("access_token")).await);
    }

    /// The user name is an address, and the same at every agency: told to whom the address was given, and who knows the
    /// person by the one public name (Core section 8.1).
    async fn the_user_name_is_told_with_the_scope_email_to_clients_with_public_subjects(app) {
        app.enrol(FRANK).await;
        let told = async |scope: &str| {
            let client = app.relying_party().with("scope", scope);
            let tokens = franks_tokens(&app, &client).await;
            let access_token = client.introspect(tokens.text("access_token")).await;
            let refresh_token = client.introspect(tokens.text("refresh_token")).await;
            assert_active(&access_token);
            assert_active(&refresh_token);
            [access_token.json["username"].clone(), refresh_token.json["username"].clone()]
        };
        for scope in ["openid", "openid profile phone company"] {
            assert_eq!(told(scope).await, [Value::Null, Value::Null], "{scope}");
        }
        assert_eq!(told("openid email").await, [json!(FRANK), json!(FRANK)]);
        let sector = "maple.example".to_owned();
        register(&app, |client| client.subject_type = SubjectType::Pairwise { sector }).await;
        assert_eq!(told("openid email").await, [Value::Null, Value::Null], "pairwise");
    }

    /// RFC 6749 section 6: a token that was narrowed to less tells less than its grant.
    async fn a_token_narrowed_to_less_than_email_tells_no_user_name(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let params = [
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens.text("refresh_token")),
            ("scope", "openid profile"),
        ];
        let narrowed = client.token(&params).await;
        assert_eq!(client.introspect(narrowed.text("access_token")).await.json["username"], Value::Null);
        assert_eq!(client.introspect(narrowed.text("refresh_token")).await.text("username"), FRANK);
        assert_eq!(client.introspect(tokens.text("access_token")).await.text("username"), FRANK);
    }

    /// RFC 7662 section 2.2: to everybody who asks, a token is worth what its client may have now.
    async fn a_scope_taken_from_a_client_is_gone_for_every_caller(app) {
        app.enrol(FRANK).await;
        let server = resource_server(&app, "api.maple", API).await;
        let tokens = tokens_for_the_api(&app).await;
        let access_token = tokens.text("access_token");
        assert_eq!(server.introspect(access_token).await.text("scope"), "openid profile email company");
        app.change_client(PORTAL, |client| client.scopes = Scopes::parse("openid email")).await;
        for caller in [&server, &app.relying_party()] {
            assert_eq!(caller.introspect(access_token).await.text("scope"), "openid email");
        }

        let office = RelyingParty::new(&app, "office.99999", "");
        let token = app.admin().token().await;
        app.change_client("office.99999", |client| client.scopes = Scopes::parse("members:read")).await;
        assert_eq!(office.introspect(&token).await.text("scope"), "members:read", "without a person");
    }

    /// RFC 6749 section 4.4: no person stands behind it.
    async fn a_token_without_a_person_stands_as_long_as_its_client(app) {
        let office = RelyingParty::new(&app, "office.99999", "");
        let token = app.admin().token().await;
        let answer = office.introspect(&token).await;
        assert_active(&answer);
        assert_eq!((answer.text("sub"), answer.text("scope")), ("office.99999", "members:read members:write"));
        assert!(answer.json.get("username").is_none());

        let server = resource_server(&app, "api.provisioning", "https://id.example/admin/v1").await;
        assert_active(&server.introspect(&token).await);
        app.change_client("office.99999", |client| client.enabled = false).await;
        assert_inactive(&server.introspect(&token).await);
        assert_eq!(office.introspect(&token).await.error(), (401, "invalid_client"));
    }

    /// Rules section 5, "Deactivation": seen at once, not at expiry.
    async fn what_a_token_stands_on_is_looked_at_now(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let at = app.env.now();

        for ended in [MembershipState::Inactive { since: at }, MembershipState::Removed { at }] {
            change_membership(&app, FRANK, |member| member.state = ended).await;
            assert_both_inactive(&client, &tokens).await;
        }
        change_membership(&app, FRANK, |member| member.state = MembershipState::Active { since: at }).await;
        assert_both_active(&client, &tokens).await;

        change_maple(&app, |company| company.state = CompanyState::Suspended { at }).await;
        assert_both_inactive(&client, &tokens).await;
        change_maple(&app, |company| company.state = CompanyState::Active).await;
        assert_both_active(&client, &tokens).await;

        change_account(&app, FRANK, |account| {
            let password = account.password().cloned();
            account.state = AccountState::Disabled { at, password };
        })
        .await;
        assert_both_inactive(&client, &tokens).await;
    }

    /// `protocol.md`: a family without `offline_access` ends with its session, one with it outlives a log-out.
    async fn logging_out_is_seen_at_once(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        let client = app.relying_party();
        let online = client.tokens(&mut browser, FRANK, PASSWORD).await;
        let mut offline = app.relying_party();
        offline.scope = "openid offline_access company".to_owned();
        let page = offline.authorize(&mut browser).await;
        let kept = offline.redeem(&page.sent("code").expect("a code")).await;

        browser.get(&format!("/logout?id_token_hint={}", online.text("id_token"))).await;
        assert_both_inactive(&client, &online).await;
        assert_both_active(&client, &kept).await;
    }

    /// RFC 6749 section 4.1.2: what a code issued is gone when it comes again.
    async fn a_code_used_twice_is_seen_at_once(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
        let tokens = client.redeem(&code).await;
        assert_both_active(&client, &tokens).await;
        assert_eq!(client.redeem(&code).await.error(), (400, "invalid_grant"));
        assert_both_inactive(&client, &tokens).await;
    }

    /// Attack 49: a token of a client that was switched off is worth nothing to anybody.
    async fn a_disabled_clients_token_is_inactive(app) {
        app.enrol(FRANK).await;
        let server = resource_server(&app, "api.maple", API).await;
        let tokens = tokens_for_the_api(&app).await;
        assert_active(&server.introspect(tokens.text("access_token")).await);
        app.change_client(PORTAL, |client| client.enabled = false).await;
        assert_inactive(&server.introspect(tokens.text("access_token")).await);
        let client = app.relying_party();
        assert_eq!(client.introspect(tokens.text("access_token")).await.error(), (401, "invalid_client"));
    }

    async fn an_expired_token_is_inactive_to_the_second(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        app.advance(MINUTE * 10 - SECOND);
        assert_active(&client.introspect(tokens.text("access_token")).await);
        app.advance(SECOND);
        assert_inactive(&client.introspect(tokens.text("access_token")).await);
        assert_active(&client.introspect(tokens.text("refresh_token")).await);
    }

    /// Attack 58 (CVE-2021-32701): no answer is one that was made for another token, another caller or another moment.
    async fn every_answer_is_made_for_its_token_its_caller_and_its_moment(app) {
        app.enrol(FRANK).await;
        let server = resource_server(&app, "api.maple", API).await;
        let client = app.relying_party();
        let tokens = tokens_for_the_api(&app).await;
        let wide = tokens.text("access_token");
        let params = [
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens.text("refresh_token")),
            ("scope", "openid"),
            ("resource", API),
        ];
        let narrowed = client.token(&params).await;
        let narrow = narrowed.text("access_token");

        for _ in 0..2 {
            for caller in [&client, &server] {
                assert_eq!(caller.introspect(wide).await.text("scope"), "openid profile email company");
                assert_eq!(caller.introspect(narrow).await.text("scope"), "openid");
            }
            assert!(client.introspect(wide).await.json.get("username").is_some());
            assert!(server.introspect(wide).await.json.get("username").is_none());
        }
        assert_eq!(client.revoke(wide).await.status, 200);
        for caller in [&client, &server] {
            assert_inactive(&caller.introspect(wide).await);
            assert_inactive(&caller.introspect(narrow).await);
        }
    }
}

/// RFC 7662 section 2.1: the hint helps us find a token, and never keeps us from it.
#[tokio::test]
async fn a_wrong_hint_is_no_hindrance() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    for token in ["access_token", "refresh_token"] {
        for hint in ["access_token", "refresh_token", "pct", ""] {
            let params = [("token", tokens.text(token)), ("token_type_hint", hint)];
            assert_active(&client.post("/introspect", &params, Some(&client.basic())).await);
        }
    }
}

/// RFC 9701 section 5: `iss`, `aud`, `iat` and the answer itself, signed as the client registered it.
#[tokio::test]
async fn whoever_names_it_gets_a_signed_answer() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    for alg in SigningAlg::VARIANTS {
        register(&app, |client| client.algs.introspection = alg).await;
        for token in [tokens.text("access_token"), tokens.text("refresh_token"), "of nobody"] {
            let signed = ask(&app, Some(SIGNED), token).await;
            assert_eq!((signed.status, &signed.json), (200, &Value::Null), "{signed:?}");
            assert_eq!(signed.headers["content-type"], SIGNED);
            assert_eq!(signed.headers["cache-control"], "no-store");
            let (claims, jose) = client.verify(&signed.body).await;
            assert_eq!(jose["typ"], "token-introspection+jwt");
            assert_eq!(jose["alg"], alg.as_str());
            assert_eq!(names(&claims), ["aud", "iat", "iss", "token_introspection"], "no sub, no exp");
            assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(PORTAL)));
            assert_eq!(claims["iat"], START.seconds());
            let plain = ask(&app, None, token).await;
            assert_eq!(claims["token_introspection"], plain.json, "the same answer");
        }
    }
}

/// RFC 9110 section 12.5.1.
#[tokio::test]
async fn whoever_does_not_want_it_gets_json() {
    let app = provider().await;
    for accept in [
        "*/*",
        "application/json",
        "application/jwt",
        "application/token-introspection+jwt;q=0, */*",
        "application/json, application/token-introspection+jwt;q=0.5",
    ] {
        let plain = ask(&app, Some(accept), "of nobody").await;
        assert_inactive(&plain);
        assert_eq!(plain.headers["content-type"], "application/json", "{accept}");
    }
}

/// Attack 61: a signed answer is made of a token's claims, and is none.
#[tokio::test]
async fn a_signed_answer_is_no_token() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    let signed = ask(&app, Some(SIGNED), tokens.text("access_token")).await.body;
    assert_inactive(&client.introspect(&signed).await);
    assert_eq!(client.userinfo(&signed).await.status, 401);
    assert_eq!(client.refresh(&signed).await.error(), (400, "invalid_grant"));
}

/// RFC 7662 section 2.1: without authentication, anybody could scan for tokens.
#[tokio::test]
async fn a_public_client_may_not_introspect() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    register(&app, |client| client.auth_method = AuthMethod::None).await;
    for token in [tokens.text("access_token"), "of nobody"] {
        let refused = client.post("/introspect", &[("client_id", PORTAL), ("token", token)], None).await;
        assert_eq!(refused.error(), (401, "invalid_client"));
    }
}

/// RFC 7662 section 2.3: 401 as at the token endpoint (RFC 6749 section 5.2). An access token is no client.
#[tokio::test]
async fn a_caller_that_is_not_authenticated_learns_nothing() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    let access_token = tokens.text("access_token");
    let wrong = RelyingParty::new(&app, "portal.22222x", "").basic();
    for authorization in [&wrong, &format!("Bearer {access_token}"), "Basic !", "DPoP x"] {
        let refused = client.post("/introspect", &[("token", access_token)], Some(authorization)).await;
        assert_eq!(refused.error(), (401, "invalid_client"), "{authorization}");
        assert_eq!(refused.headers["www-authenticate"], "Basic realm=\"token\"");
        assert_eq!(refused.headers["cache-control"], "no-store");
        assert_eq!(names(refused.json.as_object().unwrap()), ["error", "error_description"]);
    }
    let bearer = format!("Bearer {access_token}");
    let named = [("token", access_token), ("client_id", PORTAL)];
    assert_eq!(client.post("/introspect", &named, Some(&bearer)).await.error(), (401, "invalid_client"));
    let nobody = client.post("/introspect", &[("token", access_token)], None).await;
    assert_eq!(nobody.error(), (401, "invalid_client"));
    assert!(!nobody.headers.contains_key("www-authenticate"), "no header was tried");
    let two = [("token", access_token), ("client_secret", crate::support::app::SECRET)];
    let two = client.post("/introspect", &two, Some(&client.basic())).await;
    assert_eq!(two.error(), (400, "invalid_request"), "one method a request");
}

/// RFC 7662 section 2.1: a POST of a form with one token in its body.
#[tokio::test]
async fn only_a_form_with_one_token_is_read() {
    let app = provider_with_frank().await;
    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    let token = tokens.text("access_token");
    let basic = client.basic();
    for params in
        [&[][..], &[("token", "")], &[("token", token), ("token", token)], &[("access_token", token)]]
    {
        let refused = client.post("/introspect", params, Some(&basic)).await;
        assert_eq!(refused.error(), (400, "invalid_request"), "{params:?}");
        assert_eq!(refused.headers["cache-control"], "no-store");
    }
    let in_address = client.post(&format!("/introspect?token={token}"), &[], Some(&basic)).await;
    assert_eq!(in_address.error(), (400, "invalid_request"), "addresses end in logs");
    let send = async |method: Method, content_type: &str| {
        let request = Request::builder().method(method).uri("/introspect");
        let request =
            request.header(header::CONTENT_TYPE, content_type).header(header::AUTHORIZATION, &basic);
        answer(app.send(request.body(Body::from(format!("token={token}"))).unwrap()).await).await
    };
    for content_type in ["application/json", "text/plain"] {
        assert_eq!(
            send(Method::POST, content_type).await.error(),
            (400, "invalid_request"),
            "{content_type}"
        );
    }
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let refused = send(method.clone(), FORM).await;
        assert_eq!((refused.status, &refused.headers["allow"]), (405, &"POST".parse().unwrap()), "{method}");
    }
}
