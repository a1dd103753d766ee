//! Access tokens: RFC 9068 section 2; attacks 55 and 61; `protocol.md`, "Token endpoint".

use axum::http::Method;
use idp_domain::client::{BackchannelLogout, Client, ClientId, ClientKeys, Resource};
use idp_domain::signing_key::SigningAlg;
use serde_json::json;
use url::Url;

use super::private_key_jwt::{self, Pair};
use super::{CALLBACK, FRANK, SECOND, authorization_error, franks_tokens, names, post_from_client, register};
use crate::support::app::{ISSUER, PASSWORD, START, TestApp};
use crate::support::browser::Browser;
use crate::support::on_each_database;
use crate::support::relying_party::VERIFIER;

const VISITS: &str = "https://visits.example/v1";
const INVALID_TARGET: (u16, &str) = (400, "invalid_target");

/// The portal may ask for tokens for this API.
async fn register_for(app: &TestApp, resource: &str) {
    register(app, |client| client.resources = [Resource::parse(resource).unwrap()].into()).await;
}

/// Whether a token opens UserInfo, and whether it opens the provisioning API of Maple.
async fn opens(app: &TestApp, token: &str) -> (bool, bool) {
    let bearer = format!("Bearer {token}");
    let listed = app.admin().send(Method::GET, "", None, &[("authorization", &bearer)]).await;
    let userinfo = app.relying_party().userinfo(token).await;
    for answer in [&userinfo, &listed] {
        let challenge = answer.headers.get("www-authenticate").map(|value| value.to_str().unwrap());
        let refused = challenge.is_some_and(|challenge| challenge.contains("error=\"invalid_token\""));
        assert_eq!(answer.status == 401, refused, "{answer:?}");
    }
    (userinfo.status == 200, listed.status == 200)
}

on_each_database! {
    /// RFC 9068 section 2: `at+jwt`, one audience; `grant` lets a revocation be seen at once.
    async fn an_access_token_says_exactly_this(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let mut browser = app.browser();
        let code = client.code(&mut browser, FRANK, PASSWORD).await;
        app.advance(SECOND * 30);
        let tokens = client.redeem(&code).await;
        let (claims, header) = client.verify(tokens.text("access_token")).await;
        assert_eq!(names(&header), ["alg", "kid", "typ"]);
        assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("ES256")), "ES256 by default");
        let expected = [
            "acr",
            "aud",
            "auth_time",
            "client_id",
            "company_code",
            "company_id",
            "databases",
            "exp",
            "grant",
            "iat",
            "iss",
            "jti",
            "member_id",
            "member_type",
            "person_ref",
            "scope",
            "security_role",
            "sub",
        ];
        assert_eq!(names(&claims), expected);
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(ISSUER)));
        assert_eq!(claims["client_id"], "portal.99999");
        assert_eq!(claims["scope"], tokens.text("scope"));
        assert_eq!(claims["company_id"], json!(app.maple.id));
        let now = START.seconds() + 30;
        assert_eq!(claims["auth_time"], json!(START.seconds()));
        assert_eq!(
            (&claims["iat"], &claims["exp"]),
            (&json!(now), &json!(now + 600)),
            "10 minutes (rules section 5)"
        );
        assert_eq!(claims["sub"], client.verify(tokens.text("id_token")).await.0["sub"]);
        let another = franks_tokens(&app, &client).await;
        assert_ne!(claims["jti"], client.verify(another.text("access_token")).await.0["jti"]);
    }

    /// RFC 9068 section 2.2.3.1, `company.md` section 3: the company of the grant is in it, asked for or not.
    async fn an_access_token_names_its_company_without_being_asked(app) {
        app.enrol(FRANK).await;
        let mut client = app.relying_party();
        client.scope = "openid".to_owned();
        let tokens = franks_tokens(&app, &client).await;
        let (claims, _) = client.verify(tokens.text("access_token")).await;
        assert_eq!((&claims["company_code"], &claims["scope"]), (&json!("99999"), &json!("openid")));
        for absent in ["name", "email", "user_name", "company_name"] {
            assert!(!claims.contains_key(absent), "no API needs to read who it is: {absent}");
        }
    }

    /// RFC 9068 section 2.1: signed as the client registered; discovery advertises both.
    async fn an_access_token_is_signed_as_the_client_registered(app) {
        app.enrol(FRANK).await;
        for alg in SigningAlg::VARIANTS {
            register(&app, |client| client.algs.access_token = alg).await;
            let client = app.relying_party();
            let tokens = franks_tokens(&app, &client).await;
            let refreshed = client.refresh(tokens.text("refresh_token")).await;
            for tokens in [&tokens, &refreshed] {
                let (_, header) = client.verify(tokens.text("access_token")).await;
                assert_eq!((&header["alg"], &header["typ"]), (&json!(alg.as_str()), &json!("at+jwt")));
                assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200, "{alg:?}");
            }
        }
    }

    /// What the client may ask for now, not only what it could when the person signed in; and never for what is ours.
    async fn a_resource_that_was_taken_away_is_not_granted_any_more(app) {
        app.enrol(FRANK).await;
        register_for(&app, VISITS).await;
        let client = app.relying_party().with("resource", VISITS);
        let asked = async |grant: [(&str, &str); 2], resource: &str| {
            let besides = [("redirect_uri", CALLBACK), ("code_verifier", VERIFIER), ("resource", resource)];
            client.token(&[&grant[..], &besides[..]].concat()).await
        };
        let mut browser = app.browser();
        let code = client.code(&mut browser, FRANK, PASSWORD).await;
        let redeem = |code| [("grant_type", "authorization_code"), ("code", code)];
        let refresh = |token| [("grant_type", "refresh_token"), ("refresh_token", token)];
        let tokens = asked(redeem(&code), VISITS).await;
        let code = client.authorize(&mut browser).await.sent("code").expect("a code");
        let token = tokens.text("refresh_token");
        let administration = format!("{ISSUER}/admin/v1");
        for ours in [ISSUER, &administration] {
            assert_eq!(asked(refresh(token), ours).await.error(), INVALID_TARGET, "{ours}");
        }
        register_for(&app, "https://schedules.example/").await;
        assert_eq!(asked(redeem(&code), VISITS).await.error(), INVALID_TARGET);
        assert_eq!(asked(refresh(token), VISITS).await.error(), INVALID_TARGET);
        register_for(&app, VISITS).await;
        for answer in [asked(redeem(&code), VISITS).await, asked(refresh(token), VISITS).await] {
            assert_eq!(answer.status, 200, "it was not used up: {answer:?}");
            assert_eq!(client.verify(answer.text("access_token")).await.0["aud"], VISITS);
        }
    }

    /// Attack 61 (RFC 8725 section 3.12): every other token of ours, and the client's own, opens nothing.
    async fn no_other_kind_of_token_is_an_access_token(app) {
        app.enrol(FRANK).await;
        let told: Url = "https://maple.example/back".parse().unwrap();
        register(&app, |client| {
            client.algs.userinfo = Some(SigningAlg::Rs256);
            client.backchannel_logout = Some(BackchannelLogout { uri: told.clone(), session_required: true });
        })
        .await;
        private_key_jwt::register_es256_agent(&app).await;
        let client = app.relying_party();
        let mut browser = app.browser();
        let tokens = client.tokens(&mut browser, FRANK, PASSWORD).await;
        let userinfo = client.userinfo(tokens.text("access_token")).await.body;
        let introspected = introspected_as_jwt(&app, tokens.text("access_token")).await;
        let refused: Vec<(&str, String)> = vec![
            ("an ID token", tokens.text("id_token").to_owned()),
            ("a refresh token", tokens.text("refresh_token").to_owned()),
            ("a signed UserInfo", userinfo),
            ("a signed introspection", introspected),
            ("a client assertion", Pair::es256().assert(&private_key_jwt::claims(&app))),
            ("a logout token", logout_token(&app, &mut browser, tokens.text("id_token")).await),
            ("a code", client.code(&mut app.browser(), FRANK, PASSWORD).await),
            ("a client's secret", crate::support::app::SECRET.to_owned()),
        ];
        for (what, token) in &refused {
            assert_eq!(opens(&app, token).await, (false, false), "{what}");
            assert_eq!(client.introspect(token).await.json["active"], false, "{what}: its session is over");
        }
    }

    /// Attack 61, the other way round: an access token of ours is nobody's assertion, hint, code or refresh token.
    async fn an_access_token_is_no_other_kind_of_token(app) {
        app.enrol(FRANK).await;
        let url: Url = "https://agent.example/jwks".parse().unwrap();
        // The worst a client can do: register our own keys as its own, so that what we sign verifies.
        app.outbound.publish(&url, app.relying_party().get("/jwks").await.body);
        private_key_jwt::register_es256_agent(&app).await;
        let change = |client: &mut Client| client.keys = Some(ClientKeys::Remote(url));
        change_client(&app, "agent.99999", change).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let office = app.admin().token().await;
        for token in [tokens.text("access_token"), &office, tokens.text("id_token")] {
            assert_eq!(private_key_jwt::ask(&app, token).await.error(), (401, "invalid_client"));
            assert_eq!(client.refresh(token).await.error(), (400, "invalid_grant"));
            assert_eq!(client.redeem(token).await.error(), (400, "invalid_grant"));
        }
        for token in [tokens.text("access_token"), &office] {
            let hinted = client_with_hint(&app, token).await;
            assert_eq!(hinted, "login_required", "it says nothing of anybody");
        }
    }
}

/// The RFC 9701 answer for a token.
async fn introspected_as_jwt(app: &TestApp, token: &str) -> String {
    use axum::body::Body;
    use axum::http::{Request, header};

    let request = Request::post("/introspect")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, app.relying_party().basic())
        .header(header::ACCEPT, "application/token-introspection+jwt")
        .body(Body::from(format!("token={token}")));
    let answer = crate::support::relying_party::answer(app.send(request.unwrap()).await).await;
    assert_eq!(answer.headers["content-type"], "application/token-introspection+jwt");
    answer.body
}

/// What the portal is told when the person logs out.
async fn logout_token(app: &TestApp, browser: &mut Browser<'_>, id_token: &str) -> String {
    post_from_client(app, browser, "/logout", &format!("id_token_hint={id_token}")).await;
    app.send_logouts().await;
    let posts = app.outbound.take_posts();
    let [post] = &posts[..] else { panic!("one client to tell: {posts:?}") };
    post.field("logout_token").unwrap().to_owned()
}

/// The error of a silent request that is hinted to be about somebody.
async fn client_with_hint(app: &TestApp, hint: &str) -> String {
    let mut browser = super::franks_browser(app).await;
    let client = app.relying_party().with("prompt", "none").with("id_token_hint", hint);
    authorization_error(&client.authorize(&mut browser).await)
}

async fn change_client(app: &TestApp, id: &str, change: impl FnOnce(&mut Client)) {
    let mut tx = app.env.store.write().await.unwrap();
    let mut client = tx.clients().find(&ClientId::parse(id).unwrap()).await.unwrap().unwrap();
    change(&mut client);
    tx.clients().put(&client, app.env.now()).await.unwrap();
    tx.commit().await.unwrap();
}
