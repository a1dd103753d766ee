//! What is inside is what is answered, and nothing that stands beside it.

use idp_domain::client::Resource;
use serde_json::{Value, json};

use super::super::form_post::posted;
use super::super::{
    CALLBACK, FRANK, SECOND, authorization_error, franks_browser, post_from_client, register,
};
use super::{PORTAL, assert_taken, object, push, query, register_portal};
use crate::oidc::private_key_jwt::{Pair, inline};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, VERIFIER};

const CREDENTIALS: [(&str, &str); 2] = [("UserName", FRANK), ("Password", PASSWORD)];

/// What stands beside an object and would change everything, if it counted.
const BESIDE: [(&str, &str); 14] = [
    ("response_type", "token"),
    ("redirect_uri", "https://evil.example/callback"),
    ("scope", "openid offline_access"),
    ("state", "evil"),
    ("state", "evil twice"),
    ("nonce", "evil"),
    ("prompt", "none"),
    ("max_age", "soon"),
    ("response_mode", "form_post"),
    ("login_hint", "mary.miller@example.com"),
    ("company", "22222"),
    ("code_challenge", "evil"),
    ("code_challenge_method", "plain"),
    ("claims", "[]"),
];

async fn redeemed(app: &TestApp, page: &Page) -> Answer {
    assert!(page.left_to(CALLBACK), "{page:?}");
    assert_eq!(page.sent("state").as_deref(), Some("state-of-the-flow"), "{page:?}");
    assert_eq!(page.sent("iss").as_deref(), Some("https://id.example"), "{page:?}");
    let tokens = app.relying_party().redeem(&page.sent("code").expect("a code")).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens
}

/// Where Frank, who is logged in, lands with an object of these members.
async fn answered(app: &TestApp, members: &Value) -> Page {
    let query = query(&object(app, members), &[]);
    franks_browser(app).await.get(&format!("/authorize?{query}")).await
}

on_each_database! {
    /// RFC 9101 sections 5 and 6.3: "MUST only use the parameters in the Request Object, even if the same parameter is provided
    /// in the query parameter"; Core section 6.1; by GET, by POST and inside a push (RFC 9126 section 3).
    async fn what_is_inside_counts_and_nothing_beside_it(app) {
        app.enrol(FRANK).await;
        register_portal(&app).await;
        for beside in [&BESIDE[..], &[]] {
            let query = query(&object(&app, &json!({})), beside);
            let mut browser = app.browser();
            let by_get = browser.get(&format!("/authorize?{query}")).await;
            assert_eq!(by_get.heading(), "Log In", "{by_get:?}");
            let by_get = browser.fill(&by_get, "login-submit", &CREDENTIALS).await;
            let by_post = post_from_client(&app, &mut browser, "/authorize", &query).await;
            for page in [by_get, by_post] {
                let tokens = redeemed(&app, &page).await;
                let (claims, _) = app.relying_party().verify(tokens.text("id_token")).await;
                assert_eq!(claims["nonce"], "nonce-of-the-flow");
                assert_eq!(tokens.text("scope"), "openid profile email company");
            }
        }
    }

    /// RFC 9126 section 3, RFC 9101 section 6.3.
    async fn a_pushed_object_is_opened_when_it_is_pushed(app) {
        app.enrol(FRANK).await;
        register_portal(&app).await;
        let mut frank = franks_browser(&app).await;
        let pushed = push(&app, &object(&app, &json!({"exp": app.env.now().seconds() + 1}))).await;
        assert_eq!(pushed.status, 201, "{pushed:?}");
        let url = app.relying_party().url_of(pushed.text("request_uri"));
        // What it says of its end was judged then; from here on counts that of its name.
        app.advance(SECOND * 59);
        redeemed(&app, &frank.get(&url).await).await;

        let client = app.relying_party();
        let mut beside = vec![("request", object(&app, &json!({})))];
        beside.extend(BESIDE.iter().filter(|(_, value)| *value != "evil twice").map(|(name, value)| (*name, (*value).to_owned())));
        let beside: Vec<(&str, &str)> = beside.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let pushed = client.post("/par", &beside, Some(&client.basic())).await;
        let url = client.url_of(pushed.text("request_uri"));
        redeemed(&app, &frank.get(&url).await).await;
    }

    /// Core section 6.1: `claims` as an object; RFC 9101 section 4: numbers as numbers.
    async fn claims_and_numbers_are_json(app) {
        app.enrol(FRANK).await;
        register_portal(&app).await;
        let wish = json!({"id_token": {"email": {"essential": true}}, "userinfo": {"name": null}});
        for claims in [wish.clone(), json!(wish.to_string())] {
            let page = answered(&app, &json!({"claims": claims, "scope": "openid"})).await;
            let tokens = redeemed(&app, &page).await;
            let (id_token, _) = app.relying_party().verify(tokens.text("id_token")).await;
            assert_eq!(id_token["email"], FRANK, "{claims}");
            let userinfo = app.relying_party().userinfo(tokens.text("access_token")).await;
            assert!(userinfo.json.get("name").is_some() && userinfo.json.get("email").is_none(), "{userinfo:?}");
        }
        app.advance(SECOND);
        for (max_age, heading) in [(json!(0), "Log In"), (json!("0"), "Log In")] {
            assert_eq!(answered(&app, &json!({"max_age": max_age})).await.heading(), heading, "{max_age}");
        }
        for max_age in [json!(10_000), json!("10000"), Value::Null] {
            redeemed(&app, &answered(&app, &json!({"max_age": max_age})).await).await;
        }
    }

    /// RFC 8707 section 2: several resources are a list.
    async fn resources_are_a_list_or_one(app) {
        const APIS: [&str; 2] = ["https://schedule.example/api", "https://payroll.example/v1"];
        app.enrol(FRANK).await;
        register(&app, |client| {
            client.keys = Some(inline(&[Pair::es256().public.clone()]));
            client.resources = APIS.map(|name| Resource::parse(name).unwrap()).into();
        })
        .await;
        for (resource, granted) in [(json!(APIS), &APIS[..]), (json!(APIS[0]), &APIS[..1]), (json!([APIS[1]]), &APIS[1..])] {
            for api in granted {
                let page = answered(&app, &json!({ "resource": resource })).await;
                let code = page.sent("code").expect("a code");
                let params = [
                    ("grant_type", "authorization_code"),
                    ("code", &code),
                    ("redirect_uri", CALLBACK),
                    ("code_verifier", VERIFIER),
                    ("resource", api),
                ];
                let tokens = app.relying_party().token(&params).await;
                let (claims, _) = app.relying_party().verify(tokens.text("access_token")).await;
                assert_eq!(claims["aud"], *api, "{resource}");
            }
        }
        for bad in [json!(["https://elsewhere.example/"]), json!([7]), json!([APIS])] {
            let page = answered(&app, &json!({ "resource": bad })).await;
            assert_eq!(authorization_error(&page), "invalid_target", "{bad}");
        }
    }

    /// A value of another kind is never as if it were not there: without its challenge, or its prompt, a request means less.
    async fn a_value_of_another_kind_is_not_left_out(app) {
        app.enrol(FRANK).await;
        register_portal(&app).await;
        for (members, expected) in [
            (json!({"code_challenge": ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"]}), "invalid_request_object"),
            (json!({"code_challenge_method": {}}), "invalid_request_object"),
            (json!({"prompt": ["none"]}), "invalid_request_object"),
            (json!({"nonce": {"a": "b"}}), "invalid_request_object"),
            (json!({"prompt": true}), "invalid_request_object"),
            (json!({"max_age": [0]}), "invalid_request_object"),
            (json!({"max_age": 0.5}), "invalid_request"),
            (json!({"max_age": -1}), "invalid_request"),
            (json!({"claims": []}), "invalid_request"),
            (json!({"claims": "name"}), "invalid_request"),
            (json!({"scope": ["openid"]}), "invalid_request_object"),
            (json!({"response_type": ["code"]}), "invalid_request_object"),
            (json!({"response_mode": {"a": "query"}}), "invalid_request_object"),
            (json!({"registration": {}}), "registration_not_supported"),
        ] {
            assert_eq!(authorization_error(&answered(&app, &members).await), expected, "{members}");
        }
        let stateless = answered(&app, &json!({"state": ["a"]})).await;
        assert_eq!(stateless.sent("error").as_deref(), Some("invalid_request_object"));
        // Unknown parameters are ignored, whatever they are.
        let unknown = json!({"authorization_details": [{"type": "a"}], "vtr": true, "client_metadata": {}});
        redeemed(&app, &answered(&app, &unknown).await).await;
    }

    /// `protocol.md`: `state` unmodified; test 128 and 384 characters. Form post as well.
    async fn state_comes_back_as_it_stands_inside(app) {
        app.enrol(FRANK).await;
        register_portal(&app).await;
        for state in ["s".repeat(128), "s".repeat(384), "\u{e9} <b>&amp;\"'+%20 \\".to_owned()] {
            let page = answered(&app, &json!({ "state": state })).await;
            assert_eq!(page.sent("state"), Some(state.clone()));
            let refused = answered(&app, &json!({"state": state, "response_type": "token"})).await;
            assert_eq!(refused.sent("state"), Some(state.clone()));
            let form = posted(&answered(&app, &json!({"state": state, "response_mode": "form_post"})).await);
            assert_eq!((form["state"].as_str(), form.contains_key("code")), (state.as_str(), true));
        }
        let none = answered(&app, &json!({"state": null, "nonce": null})).await;
        assert_eq!((none.sent("state"), none.sent("code").is_some()), (None, true));
    }

    /// RFC 9101 section 5: nothing but the client_id has to stand beside it.
    async fn the_client_id_must_stand_beside_it(app) {
        register_portal(&app).await;
        let object = object(&app, &json!({}));
        let alone = url::form_urlencoded::Serializer::new(String::new()).append_pair("request", &object).finish();
        for page in super::both(&app, &alone).await {
            super::super::assert_stopped(&page);
        }
        assert!(super::query(&object, &[]).starts_with(&format!("client_id={PORTAL}&")));
        assert_taken(&app, &object, "with it").await;
    }
}
