//! The `claims` parameter: OpenID Connect Core sections 5.5 and 5.5.1.

use idp_domain::claims::Profile;
use idp_domain::claims_request::ClaimName;
use idp_domain::scope::Scopes;
use serde_json::{Map, Value, json};

use super::{
    FRANK, MARY, MINUTE, SECOND, authorization_error, change_account, franks_browser, names,
    post_from_client, register,
};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

/// What is in every ID token of these tests, asked for or not.
const ALWAYS: [&str; 11] =
    ["acr", "amr", "at_hash", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub"];

/// A request for the scope `openid` and these claims.
fn asking<'a>(app: &'a TestApp, claims: &Value) -> RelyingParty<'a> {
    app.relying_party().with("scope", "openid").with("claims", &claims.to_string())
}

/// Every standard claim that a person can have.
fn profile() -> Profile {
    let profile = json!({
        "given_name": "Frank", "middle_name": "O\u{2019}Neil", "family_name": "Jones", "nickname": "Frankie",
        "preferred_username": "frankie", "gender": "male", "birthdate": "1980-02-29",
        "profile": "https://example.com/frank", "picture": "https://example.com/frank.png",
        "website": "https://frank.example/", "zoneinfo": "America/Los_Angeles", "locale": "en-US",
        "phone_number": "+1 555 0100", "phone_number_verified": false, "updated_at": 1_700_000_000,
        "address": {"street_address": "10636 Scripps Summit Ct", "locality": "San Diego", "region": "CA"},
    });
    serde_json::from_value(profile).unwrap()
}

/// Frank with everything there is to say about him, and a browser in which he is signed in.
async fn frank_in_full(app: &TestApp) -> Browser<'_> {
    app.enrol(FRANK).await;
    change_account(app, FRANK, |account| account.profile = profile()).await;
    franks_browser(app).await
}

/// What UserInfo and the ID token say to this request.
async fn told(client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> [Map<String, Value>; 2] {
    let page = client.authorize(browser).await;
    answered(client, &page).await
}

async fn answered(client: &RelyingParty<'_>, page: &Page) -> [Map<String, Value>; 2] {
    let code = page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"));
    let tokens = client.redeem(&code).await;
    let userinfo = client.userinfo(tokens.text("access_token")).await;
    assert_eq!(userinfo.status, 200, "{userinfo:?}");
    let (id_token, _) = client.verify(tokens.text("id_token")).await;
    [userinfo.json.as_object().unwrap().clone(), id_token]
}

/// The names in an ID token besides those that are always there.
fn extras(id_token: &Map<String, Value>) -> Vec<&str> {
    let extra = |name: &&str| !ALWAYS.contains(name);
    names(id_token).into_iter().filter(extra).collect()
}

async fn log_in(browser: &mut Browser<'_>, page: &Page, user_name: &str) -> Page {
    assert_eq!(page.heading(), "Log In", "{page:?}");
    browser.fill(page, "login-submit", &[("UserName", user_name), ("Password", PASSWORD)]).await
}

on_each_database! {
    /// `protocol.md`: `{"userinfo":{"name":{"essential":true}}}` puts `name` in UserInfo and not in the ID token.
    async fn a_claim_for_userinfo_is_in_userinfo_and_not_in_the_id_token(app) {
        let mut browser = frank_in_full(&app).await;
        for wish in [json!({"essential": true}), json!({"essential": false}), json!({}), Value::Null] {
            let client = asking(&app, &json!({"userinfo": {"name": wish}}));
            let [userinfo, id_token] = told(&client, &mut browser).await;
            assert_eq!(names(&userinfo), ["name", "sub"], "{wish}");
            assert_eq!(userinfo["name"], "Frank O\u{2019}Neil Jones");
            assert_eq!(extras(&id_token), [""; 0], "{wish}");
        }
    }

    /// Core section 5.5, `id_token`: there, and only there.
    async fn a_claim_for_the_id_token_is_in_the_id_token_and_not_in_userinfo(app) {
        let mut browser = frank_in_full(&app).await;
        let client = asking(&app, &json!({"id_token": {"email": null, "name": {"essential": true}}}));
        let [userinfo, id_token] = told(&client, &mut browser).await;
        assert_eq!(names(&userinfo), ["sub"]);
        assert_eq!(extras(&id_token), ["email", "name"]);
        assert_eq!(id_token["email"], FRANK);
    }

    /// Core section 5.1: each standard claim by itself, with the same value in both places.
    async fn every_standard_claim_can_be_asked_for_by_itself(app) {
        let mut browser = frank_in_full(&app).await;
        for claim in ClaimName::VARIANTS.iter().map(|claim| claim.as_str()) {
            let client = asking(&app, &json!({"userinfo": {claim: null}, "id_token": {claim: null}}));
            let [userinfo, id_token] = told(&client, &mut browser).await;
            let mut expected = [claim, "sub"];
            expected.sort_unstable();
            assert_eq!(names(&userinfo), expected);
            assert_eq!(extras(&id_token), [claim]);
            assert_eq!(userinfo[claim], id_token[claim]);
            assert!(!userinfo[claim].is_null(), "{claim}");
        }
    }

    /// Core section 5.5: "in addition to" what the scopes ask for.
    async fn claims_join_those_of_the_scopes(app) {
        let mut browser = frank_in_full(&app).await;
        let claims = json!({"userinfo": {"nickname": null, "email": null}}).to_string();
        let client = app.relying_party().with("scope", "openid email").with("claims", &claims);
        let [userinfo, _] = told(&client, &mut browser).await;
        assert_eq!(names(&userinfo), ["email", "email_verified", "nickname", "sub"]);
    }

    /// A claim belongs to a scope: who is not registered for that is not told, and it is no error (Core section
    /// 5.5.1: claims may be left out).
    async fn claims_outside_the_clients_registered_scopes_are_not_released(app) {
        let mut browser = frank_in_full(&app).await;
        register(&app, |client| client.scopes = Scopes::parse("openid email")).await;
        let every: Map<String, Value> = ClaimName::VARIANTS
            .iter()
            .map(|claim| (claim.as_str().to_owned(), json!({"essential": true})))
            .collect();
        let client = asking(&app, &json!({"userinfo": every, "id_token": every}));
        let [userinfo, id_token] = told(&client, &mut browser).await;
        assert_eq!(names(&userinfo), ["email", "email_verified", "sub"]);
        assert_eq!(extras(&id_token), ["email", "email_verified"]);
    }

    /// Core section 5.5: "Claims [...] not understood MUST be ignored"; so are members.
    async fn unknown_claims_and_members_are_ignored(app) {
        let mut browser = frank_in_full(&app).await;
        let claims = json!({
            "userinfo": {
                "favourite_colour": {"essential": true},
                "name#fr": null,
                "http://example.info/claims/groups": {"values": ["a", "b"]},
                "name": {"essential": true, "purpose": "to greet"},
            },
            "id_token": {"": null, "favourite_colour": {"value": "blue"}, "NAME": null},
            "verified_claims": {"anything": ["at", "all"]},
            "access_token": 1,
        });
        let [userinfo, id_token] = told(&asking(&app, &claims), &mut browser).await;
        assert_eq!(names(&userinfo), ["name", "sub"]);
        assert_eq!(extras(&id_token), [""; 0]);
    }

    /// Nobody can wish for another issuer, audience, session or agency.
    async fn claims_of_the_protocol_cannot_be_chosen(app) {
        let mut browser = frank_in_full(&app).await;
        let [_, plain] = told(&asking(&app, &json!({})), &mut browser).await;
        let wish = |value: Value| json!({"essential": true, "value": value});
        let claims = json!({
            "iss": wish(json!("https://evil.example")), "aud": wish(json!("evil")), "exp": wish(json!(4_000_000_000_u64)),
            "sid": wish(json!("planted")), "nonce": wish(json!("planted")), "amr": wish(json!(["mfa"])),
            "auth_time": wish(json!(1)), "company_id": wish(json!("cmp_other")), "grant": null, "security_role": null,
        });
        let [userinfo, id_token] =
            told(&asking(&app, &json!({"userinfo": claims, "id_token": claims})), &mut browser).await;
        assert_eq!(
            names(&userinfo),
            ["sub"],
            "what belongs to a scope of the agency is asked for by that scope"
        );
        for name in ["iss", "aud", "exp", "sid", "nonce", "amr", "auth_time", "sub"] {
            assert_eq!(id_token[name], plain[name], "{name}");
        }
        assert_eq!(names(&id_token), names(&plain));
    }

    /// Core section 5.3.2: a claim without a value is left out, never null or empty; being essential changes nothing.
    async fn a_claim_that_has_no_value_is_left_out(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let claims =
            json!({"picture": {"essential": true}, "phone_number": null, "address": {"essential": true}});
        let client = asking(&app, &json!({"userinfo": claims, "id_token": claims}));
        let [userinfo, id_token] = told(&client, &mut browser).await;
        assert_eq!(names(&userinfo), ["sub"]);
        assert_eq!(extras(&id_token), [""; 0]);
    }

    /// Core section 3.1.2.6: `invalid_request`, by redirect, however it was sent.
    async fn a_malformed_claims_parameter_is_an_invalid_request(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let long = format!("{{\"userinfo\":{{{}\"name\":null}}}}", " ".repeat(5000));
        let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
        for claims in [
            "{",
            "[]",
            "1",
            "true",
            "null",
            "\"userinfo\"",
            "userinfo",
            "{\"userinfo\":{\"name\":null}} x",
            "{'userinfo':{'name':null}}",
            "{\"userinfo\":[]}",
            "{\"userinfo\":true}",
            "{\"userinfo\":{\"name\":1}}",
            "{\"userinfo\":{\"name\":\"yes\"}}",
            "{\"id_token\":[\"name\"]}",
            "{\"id_token\":{\"name\":[]}}",
            &long,
            &deep,
        ] {
            let client = app.relying_party().with("claims", claims);
            let by_get = client.authorize(&mut browser).await;
            assert_eq!(authorization_error(&by_get), "invalid_request", "{claims:.60}");
            let query = client.authorization_query();
            let by_post = post_from_client(&app, &mut browser, "/authorize", &query).await;
            assert_eq!(authorization_error(&by_post), "invalid_request", "{claims:.60}");
        }
        for claims in ["{}", "{\"userinfo\":null,\"id_token\":null}", "{\"userinfo\":{},\"id_token\":{}}"] {
            let page = app.relying_party().with("claims", claims).authorize(&mut browser).await;
            assert!(page.sent("code").is_some(), "{claims} asks for nothing");
        }
    }

    /// The request is kept whole through a POST and the log-in page, and its claims through every refresh.
    async fn claims_last_as_long_as_the_grant(app) {
        drop(frank_in_full(&app).await);
        let client = asking(&app, &json!({"userinfo": {"name": null}, "id_token": {"nickname": null}}));
        let mut browser = app.browser();
        let page = post_from_client(&app, &mut browser, "/authorize", &client.authorization_query()).await;
        let page = log_in(&mut browser, &page, FRANK).await;
        let mut tokens = client.redeem(&page.sent("code").unwrap()).await;
        for _ in 0..3 {
            let userinfo = client.userinfo(tokens.text("access_token")).await.json;
            assert_eq!(names(userinfo.as_object().unwrap()), ["name", "sub"]);
            assert_eq!(client.verify(tokens.text("id_token")).await.0["nickname"], "Frankie");
            app.advance(MINUTE);
            tokens = client.refresh(tokens.text("refresh_token")).await;
        }
    }

    /// One request's claims are not another's, though session, client and person are the same.
    async fn claims_are_those_of_their_own_request(app) {
        let mut browser = frank_in_full(&app).await;
        told(&asking(&app, &json!({"userinfo": {"email": null}, "id_token": {"email": null}})), &mut browser)
            .await;
        let [userinfo, id_token] =
            told(&asking(&app, &json!({"userinfo": {"name": null}})), &mut browser).await;
        assert_eq!(names(&userinfo), ["name", "sub"]);
        assert_eq!(extras(&id_token), [""; 0]);
    }

    /// Core sections 3.1.2.2 and 5.5.1: a `sub` with a value must be the person's. Another's asks to log in; when
    /// somebody else does, the client hears `login_required`.
    async fn a_sub_with_a_value_is_answered_by_that_person_alone(app) {
        app.enrol(MARY).await;
        let mut browser = frank_in_full(&app).await;
        let [_, frank] = told(&asking(&app, &json!({})), &mut browser).await;
        let page = app.relying_party().log_in(&mut app.browser(), MARY, PASSWORD).await;
        let [_, mary] = answered(&app.relying_party(), &page).await;
        let wanting = |sub: &Value| asking(&app, &json!({"id_token": {"sub": {"value": sub}}}));

        let own = wanting(&frank["sub"]).with("prompt", "none");
        let [_, id_token] = told(&own, &mut browser).await;
        assert_eq!(id_token["sub"], frank["sub"]);
        for nobody in [&mary["sub"], &json!("nobody"), &json!("")] {
            let silent = wanting(nobody).with("prompt", "none").authorize(&mut browser).await;
            assert_eq!(authorization_error(&silent), "login_required", "{nobody}");
        }

        app.advance(SECOND);
        let client = wanting(&mary["sub"]);
        let page = client.authorize(&mut browser).await;
        let page = log_in(&mut browser, &page, FRANK).await;
        assert_eq!(authorization_error(&page), "login_required");
        app.advance(SECOND);
        let page = client.authorize(&mut browser).await;
        let page = log_in(&mut browser, &page, MARY).await;
        let [_, id_token] = answered(&client, &page).await;
        assert_eq!(id_token["sub"], mary["sub"]);
    }
}
