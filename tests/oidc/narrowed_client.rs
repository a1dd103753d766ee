//! What was taken from a client is taken at once: from requests under way, from codes, and from everything it holds
//! (attack 49; RFC 6749 section 3.3, RFC 7662 section 2.2, OpenID Connect Core sections 5.3 and 5.5).

use idp_domain::claims::Profile;
use idp_domain::client::{GrantType, Resource};
use idp_domain::scope::Scopes;
use serde_json::{Value, json};

use super::consent::{allow, asked, redeemed, register_third_party, third_party};
use super::{
    FRANK, SECOND, assert_stopped, change_account, flow_of, franks_browser, franks_tokens, names, register,
};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER};

const SCHEDULE: &str = "https://schedule.example/api";
const PAYROLL: &str = "https://payroll.example/v1";
const CREDENTIALS: [(&str, &str); 2] = [("UserName", FRANK), ("Password", PASSWORD)];

/// Frank with a nickname and a telephone.
async fn enrol_frank(app: &TestApp) {
    app.enrol(FRANK).await;
    let profile: Profile =
        serde_json::from_value(json!({"nickname": "Frankie", "phone_number": "+1 555 0100"})).unwrap();
    change_account(app, FRANK, |account| account.profile = profile).await;
}

/// The portal registered for these scopes, and for these APIs.
async fn register_for(app: &TestApp, scopes: &str, resources: &[&str]) {
    register(app, |client| {
        client.scopes = Scopes::parse(scopes);
        client.resources = resources.iter().map(|name| Resource::parse(name).unwrap()).collect();
    })
    .await;
}

async fn userinfo(client: &RelyingParty<'_>, tokens: &Answer) -> Vec<String> {
    let answer = client.userinfo(tokens.text("access_token")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    names(answer.json.as_object().unwrap()).into_iter().map(str::to_owned).collect()
}

async fn redeem_for(client: &RelyingParty<'_>, code: &str, resource: &str) -> Answer {
    let params = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &client.redirect_uri),
        ("code_verifier", VERIFIER),
        ("resource", resource),
    ];
    client.token(&params).await
}

on_each_database! {
    /// A page that stood open leads to what the client may have when it is answered.
    async fn an_open_page_gives_what_the_client_may_have_now(app) {
        enrol_frank(&app).await;
        register_for(&app, "openid profile email phone", &[SCHEDULE, PAYROLL]).await;
        let claims = json!({"id_token": {"phone_number": null}, "userinfo": {"nickname": null}}).to_string();
        let client = app.relying_party().with("scope", "openid profile email").with("claims", &claims);
        let client = client.with("resource", SCHEDULE).with("resource", PAYROLL);
        let mut browser = app.browser();
        let page = client.authorize(&mut browser).await;
        register_for(&app, "openid email", &[PAYROLL]).await;
        let page = browser.fill(&page, "login-submit", &CREDENTIALS).await;
        let code = page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"));
        assert_eq!(redeem_for(&client, &code, SCHEDULE).await.error(), (400, "invalid_target"));
        let tokens = client.redeem(&code).await;
        assert_eq!(tokens.text("scope"), "openid email");
        assert_eq!(userinfo(&client, &tokens).await, ["email", "email_verified", "sub"]);
        let (id_token, _) = client.verify(tokens.text("id_token")).await;
        assert!(!id_token.contains_key("phone_number"), "{id_token:?}");

        // Given back later, it is still not in a grant that never had it.
        register_for(&app, "openid profile email phone", &[SCHEDULE, PAYROLL]).await;
        let refreshed = client.refresh(tokens.text("refresh_token")).await;
        assert_eq!(refreshed.text("scope"), "openid email");
        assert_eq!(userinfo(&client, &refreshed).await, ["email", "email_verified", "sub"]);
    }

    /// The consent page asks for what the client may have now, and an answer to the older page allows no more.
    async fn an_open_consent_page_allows_what_the_client_may_have_now(app) {
        enrol_frank(&app).await;
        register_third_party(&app, |_| {}).await;
        let mut browser = franks_browser(&app).await;
        let client = third_party(&app).with("scope", "openid email phone");
        let page = client.authorize(&mut browser).await;
        assert_eq!(asked(&page), [("openid", false), ("email", false), ("phone", false)]);
        register_third_party(&app, |client| client.scopes = Scopes::parse("openid email")).await;
        let reloaded = browser.get(page.url.as_str()).await;
        assert_eq!(asked(&reloaded), [("openid", false), ("email", false)]);
        let tokens = redeemed(&client, &allow(&mut browser, &page).await).await;
        assert_eq!(tokens.text("scope"), "openid email");
        register_third_party(&app, |_| {}).await;
        let again = client.authorize(&mut browser).await;
        assert_eq!(asked(&again), [("openid", true), ("email", true), ("phone", false)]);
    }

    /// RFC 6749 section 4.1.2.1, `unauthorized_client`: no request under way is answered for a client that may not have
    /// codes any more.
    async fn a_client_that_lost_the_code_grant_gets_no_code_by_an_open_page(app) {
        enrol_frank(&app).await;
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        register(&app, |client| client.grant_types = vec![GrantType::RefreshToken]).await;
        assert_stopped(&browser.fill(&page, "login-submit", &CREDENTIALS).await);
        assert_stopped(&browser.get(page.url.as_str()).await);
        assert_stopped(&browser.get(&format!("/continue?flow={}", flow_of(&page))).await);
        register(&app, |_| {}).await;

        register_third_party(&app, |_| {}).await;
        let mut browser = franks_browser(&app).await;
        let page = third_party(&app).authorize(&mut browser).await;
        register_third_party(&app, |client| client.grant_types = vec![GrantType::RefreshToken]).await;
        for button in ["consent-allow", "consent-deny"] {
            assert_stopped(&browser.fill(&page, button, &[]).await);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM consents").await, 0);
    }

    /// A code on its way is worth what the client may have when it redeems it.
    async fn a_code_gives_what_the_client_may_have_when_it_is_redeemed(app) {
        enrol_frank(&app).await;
        let client = app.relying_party().with("scope", "openid profile email company");
        let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
        register_for(&app, "openid email", &[]).await;
        let tokens = client.redeem(&code).await;
        assert_eq!(tokens.text("scope"), "openid email");
        assert_eq!(client.verify(tokens.text("access_token")).await.0["scope"], "openid email");
        assert_eq!(userinfo(&client, &tokens).await, ["email", "email_verified", "sub"]);
        let (id_token, _) = client.verify(tokens.text("id_token")).await;
        assert!(!id_token.contains_key("company_code"), "{id_token:?}");
    }

    /// UserInfo and introspection say what is registered now, of a token that was issued for more.
    async fn a_scope_taken_away_is_gone_from_userinfo_and_introspection_at_once(app) {
        enrol_frank(&app).await;
        let client = app.relying_party().with("scope", "openid email phone company");
        let tokens = franks_tokens(&app, &client).await;
        assert_eq!(userinfo(&client, &tokens).await.len(), 13);
        for (registered, expected, username) in [
            ("openid email phone", &["email", "email_verified", "phone_number", "sub"][..], json!(FRANK)),
            ("openid email profile", &["email", "email_verified", "sub"], json!(FRANK)),
            ("openid phone", &["phone_number", "sub"], Value::Null),
            ("openid", &["sub"], Value::Null),
        ] {
            register_for(&app, registered, &[]).await;
            assert_eq!(userinfo(&client, &tokens).await, expected, "{registered}");
            for token in ["access_token", "refresh_token"] {
                let told = client.introspect(tokens.text(token)).await.json;
                let scope = registered.replace(" profile", "");
                assert_eq!((&told["active"], &told["scope"]), (&json!(true), &json!(scope)), "{token}");
                assert_eq!(told["username"], username, "{token}: {registered}");
            }
        }
    }

    /// The same for claims that were asked for one by one (Core section 5.5), wherever they were to appear.
    async fn a_claim_of_a_scope_taken_away_is_gone_with_it(app) {
        enrol_frank(&app).await;
        let wish = json!({"email": null, "nickname": null, "phone_number": {"essential": true}});
        let claims = json!({"userinfo": wish, "id_token": wish}).to_string();
        let client = app.relying_party().with("scope", "openid").with("claims", &claims);
        let mut tokens = franks_tokens(&app, &client).await;
        for (registered, expected) in [
            ("openid profile email phone", &["email", "nickname", "phone_number", "sub"][..]),
            ("openid profile phone", &["nickname", "phone_number", "sub"]),
            ("openid profile", &["nickname", "sub"]),
            ("openid", &["sub"]),
        ] {
            register_for(&app, registered, &[]).await;
            assert_eq!(userinfo(&client, &tokens).await, expected, "{registered}");
            app.advance(SECOND);
            tokens = client.refresh(tokens.text("refresh_token")).await;
            assert_eq!(userinfo(&client, &tokens).await, expected, "{registered}");
            let (id_token, _) = client.verify(tokens.text("id_token")).await;
            let told: Vec<&str> = names(&id_token)
                .into_iter()
                .filter(|name| ["email", "nickname", "phone_number", "sub"].contains(name))
                .collect();
            assert_eq!(told, expected, "{registered}");
        }
    }

    /// RFC 6749 section 6: a refresh gives no more than is registered, and is not spent by asking for more.
    async fn a_refresh_gives_what_the_client_may_have_now(app) {
        enrol_frank(&app).await;
        let client = app.relying_party().with("scope", "openid profile email phone company");
        let tokens = franks_tokens(&app, &client).await;
        register_for(&app, "openid email", &[]).await;
        let refresh_token = tokens.text("refresh_token");
        let more =
            [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("scope", "openid phone")];
        assert_eq!(client.token(&more).await.error(), (400, "invalid_scope"));
        let refreshed = client.refresh(refresh_token).await;
        assert_eq!(refreshed.text("scope"), "openid email");
        assert_eq!(client.verify(refreshed.text("access_token")).await.0["scope"], "openid email");
        assert_eq!(userinfo(&client, &refreshed).await, ["email", "email_verified", "sub"]);
        let (id_token, _) = client.verify(refreshed.text("id_token")).await;
        assert!(!id_token.contains_key("company_code"), "{id_token:?}");
    }

    /// A client that is not the agency's own learns nothing of the agency any more once it may not have `company`.
    async fn a_third_party_client_that_lost_the_scope_is_told_of_no_agency(app) {
        enrol_frank(&app).await;
        register_third_party(&app, |client| client.company = None).await;
        let client = third_party(&app).with("scope", "openid company");
        let mut browser = franks_browser(&app).await;
        let page = client.authorize(&mut browser).await;
        let tokens = redeemed(&client, &allow(&mut browser, &page).await).await;
        let told = client.introspect(tokens.text("access_token")).await.json;
        assert_eq!(told["company_code"], "99999");
        register_third_party(&app, |client| {
            client.company = None;
            client.scopes = Scopes::parse("openid email");
        })
        .await;
        assert_eq!(userinfo(&client, &tokens).await, ["sub"]);
        let refreshed = client.refresh(tokens.text("refresh_token")).await;
        let (claims, _) = client.verify(refreshed.text("access_token")).await;
        let (id_token, _) = client.verify(refreshed.text("id_token")).await;
        for (whose, claims) in [
            ("introspection", told_now(&client, &tokens).await),
            ("introspection after a refresh", told_now(&client, &refreshed).await),
            ("access token", Value::Object(claims)),
            ("ID token", Value::Object(id_token)),
        ] {
            for name in super::third_party::COMPANY_CLAIMS {
                assert!(claims.get(name).is_none(), "{whose}: {claims}");
            }
        }
    }
}

async fn told_now(client: &RelyingParty<'_>, tokens: &Answer) -> Value {
    let told = client.introspect(tokens.text("access_token")).await.json;
    assert_eq!((&told["active"], &told["scope"]), (&json!(true), &json!("openid")));
    told
}
