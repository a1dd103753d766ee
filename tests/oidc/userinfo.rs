//! UserInfo: OpenID Connect Core sections 5.3 to 5.5, RFC 6750; `protocol.md`, "UserInfo, introspection, revocation".

use axum::body::Body;
use axum::http::{Method, Request};
use idp_domain::claims::{Address, Profile};
use idp_domain::claims_request::ClaimName;
use idp_domain::client::Resource;
use idp_domain::scope::Scopes;
use idp_domain::text::Line;
use serde_json::{Map, Value, json};

use super::{FRANK, MINUTE, SECOND, change_account, franks_browser, franks_tokens, get, names, register};
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, answer};

const FORM: &str = "application/x-www-form-urlencoded";

async fn send(app: &TestApp, method: Method, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri("/userinfo");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(app.send(request.body(Body::from(body.to_owned())).unwrap()).await).await
}

fn challenge(answer: &Answer) -> &str {
    answer.headers["www-authenticate"].to_str().unwrap()
}

fn text<const N: usize>(value: &str) -> Option<Line<N>> {
    Some(Line::parse(value).unwrap())
}

fn whole_profile() -> Profile {
    let url = |value: &str| Some(value.parse().unwrap());
    Profile {
        given_name: text("Frank"),
        family_name: text("Jones"),
        middle_name: text("O\u{2019}Neil"),
        nickname: text("Frankie"),
        preferred_username: text("frankie"),
        profile: url("https://example.com/frank"),
        picture: url("https://example.com/frank.png"),
        website: url("https://frank.example/"),
        gender: text("male"),
        birthdate: text("1980-02-29"),
        zoneinfo: text("America/Los_Angeles"),
        locale: text("en-US"),
        phone_number: text("+1 555 0100"),
        phone_number_verified: Some(false),
        address: Some(Address {
            street_address: text("10636 Scripps Summit Ct"),
            locality: text("San Diego"),
            region: text("CA"),
            postal_code: text("92130"),
            country: text("USA"),
        }),
        updated_at: Some(1_700_000_000),
    }
}

/// What [`whole_profile`] looks like in claims: those of `profile`, `email`, `address` and `phone`.
fn whole_claims() -> [Value; 4] {
    let profile = json!({
        "name": "Frank O\u{2019}Neil Jones",
        "given_name": "Frank",
        "family_name": "Jones",
        "middle_name": "O\u{2019}Neil",
        "nickname": "Frankie",
        "preferred_username": "frankie",
        "profile": "https://example.com/frank",
        "picture": "https://example.com/frank.png",
        "website": "https://frank.example/",
        "gender": "male",
        "birthdate": "1980-02-29",
        "zoneinfo": "America/Los_Angeles",
        "locale": "en-US",
        "updated_at": 1_700_000_000,
    });
    let address = json!({
        "street_address": "10636 Scripps Summit Ct",
        "locality": "San Diego",
        "region": "CA",
        "postal_code": "92130",
        "country": "USA",
        "formatted": "10636 Scripps Summit Ct\nSan Diego, CA 92130\nUSA",
    });
    [
        profile,
        json!({"email": FRANK, "email_verified": true}),
        json!({ "address": address }),
        json!({"phone_number": "+1 555 0100", "phone_number_verified": false}),
    ]
}

/// UserInfo and ID token of a silent sign-on that asks for `claims`, UserInfo without `sub`.
async fn asked(
    app: &TestApp,
    browser: &mut Browser<'_>,
    scope: &str,
    claims: &Value,
) -> [Map<String, Value>; 2] {
    let mut client: RelyingParty<'_> = app.relying_party().with("claims", &claims.to_string());
    client.scope = scope.to_owned();
    let page = client.authorize(browser).await;
    let tokens = client.redeem(&page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))).await;
    let (id_token, _) = client.verify(tokens.text("id_token")).await;
    let mut userinfo = client.userinfo(tokens.text("access_token")).await.json;
    let told = userinfo.as_object_mut().unwrap();
    assert_eq!(told.remove("sub").as_ref(), Some(&id_token["sub"]));
    [told.clone(), id_token]
}

async fn told(app: &TestApp, scope: &str) -> Value {
    let mut client = app.relying_party();
    client.scope = scope.to_owned();
    let tokens = franks_tokens(app, &client).await;
    let mut claims = client.userinfo(tokens.text("access_token")).await.json;
    claims.as_object_mut().unwrap().remove("sub").expect("sub is always told");
    claims
}

on_each_database! {
    /// RFC 6750 section 2: the header on GET and POST, and a form body on POST.
    async fn a_token_is_taken_in_three_ways_and_all_answer_the_same(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let token = tokens.text("access_token");
        let bearer = format!("Bearer {token}");
        let any_case = format!("bEARER {token}");
        let form = format!("access_token={token}");
        let answers = [
            send(&app, Method::GET, &[("authorization", &bearer)], "").await,
            send(&app, Method::GET, &[("authorization", &any_case)], "").await,
            send(&app, Method::POST, &[("authorization", &bearer)], "").await,
            send(&app, Method::POST, &[("authorization", &bearer), ("content-type", FORM)], "").await,
            send(&app, Method::POST, &[("content-type", FORM)], &form).await,
        ];
        for answer in &answers {
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.headers["content-type"], "application/json");
            assert_eq!(answer.headers["cache-control"], "no-store");
            assert_eq!(answer.json, answers[0].json);
        }
        let (claims, _) = client.verify(tokens.text("id_token")).await;
        assert_eq!(answers[0].json["sub"], claims["sub"], "Core section 5.3.2: the subject of the ID token");
    }

    /// RFC 6750 sections 2 and 3.1: more than one way is an invalid request, a query is no way at all.
    async fn a_token_in_two_places_or_in_the_address_is_refused(app) {
        app.enrol(FRANK).await;
        let tokens = franks_tokens(&app, &app.relying_party()).await;
        let token = tokens.text("access_token");
        let bearer = format!("Bearer {token}");
        let form = format!("access_token={token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", FORM)];
        let twice = send(&app, Method::POST, &headers, &form).await;
        let repeated = send(&app, Method::POST, &[("content-type", FORM)], &format!("{form}&{form}")).await;
        for ambiguous in [twice, repeated] {
            assert_eq!(ambiguous.status, 400);
            assert!(challenge(&ambiguous).contains("error=\"invalid_request\""), "{ambiguous:?}");
        }
        assert_eq!(get(&app, &format!("/userinfo?{form}"), &[]).await.status, 401, "addresses end in logs");
        assert_eq!(send(&app, Method::POST, &[("content-type", "application/json")], "{}").await.status, 401);
        let as_text = send(&app, Method::POST, &[("content-type", "text/plain")], &form).await;
        assert_eq!(as_text.status, 401, "RFC 6750 section 2.2 wants a form");
    }

    /// RFC 6750 section 3: 401 with a challenge that has a parameter; no error code when nothing was presented.
    async fn a_missing_or_unknown_token_is_challenged(app) {
        for headers in [&[][..], &[("authorization", "Basic eDp5")], &[("authorization", "Bearer")]] {
            let missing = send(&app, Method::GET, headers, "").await;
            assert_eq!(missing.status, 401);
            assert!(challenge(&missing).starts_with("Bearer realm="), "{}", challenge(&missing));
            assert!(!challenge(&missing).contains("error"), "{}", challenge(&missing));
        }
        for token in ["x", "a.b.c", "....", "\u{e9}", "eyJhbGciOiJub25lIn0.e30."] {
            let bearer = format!("Bearer {token}");
            let unknown = send(&app, Method::GET, &[("authorization", &bearer)], "").await;
            assert_eq!(unknown.status, 401, "{token}");
            assert!(challenge(&unknown).contains("error=\"invalid_token\""), "{}", challenge(&unknown));
            assert_eq!(unknown.headers["cache-control"], "no-store");
            assert_eq!(unknown.json, Value::Null);
        }
    }

    /// RFC 6750 section 3.1: 403 `insufficient_scope` for a token without `openid`.
    async fn a_token_without_openid_is_not_enough(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let params = [
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens.text("refresh_token")),
            ("scope", "email"),
        ];
        let narrow = client.token(&params).await;
        let refused = client.userinfo(narrow.text("access_token")).await;
        assert_eq!(refused.status, 403);
        assert!(challenge(&refused).contains("error=\"insufficient_scope\", scope=\"openid\""));
    }

    /// Core section 5.4: each scope and its claims, all 14 of `profile`.
    async fn every_scope_tells_its_claims_and_no_others(app) {
        app.enrol(FRANK).await;
        change_account(&app, FRANK, |account| account.profile = whole_profile()).await;
        let [profile, email, address, phone] = whole_claims();
        assert_eq!(profile.as_object().unwrap().len(), 14);
        assert_eq!(told(&app, "openid profile").await, profile);
        assert_eq!(told(&app, "openid email").await, email);
        assert_eq!(told(&app, "openid address").await, address);
        assert_eq!(told(&app, "openid phone").await, phone);
        assert_eq!(told(&app, "openid").await, json!({}));
        assert_eq!(told(&app, "openid offline_access").await, json!({}));
    }

    /// Core section 5.3.2: a claim without a value is left out, never null or empty.
    async fn what_is_not_known_is_left_out(app) {
        app.enrol(FRANK).await;
        let profile = Profile { updated_at: Some(1_700_000_000), ..Profile::default() };
        change_account(&app, FRANK, |account| account.profile = profile).await;
        let claims = told(&app, "openid profile phone address").await;
        assert_eq!(claims, json!({"updated_at": 1_700_000_000}), "a name taken back is not told (R33)");
    }

    /// `company.md` section 3.
    async fn the_company_scope_tells_the_company_of_the_grant(app) {
        app.enrol(FRANK).await;
        let claims = told(&app, "openid company").await;
        let expected = [
            "company_code",
            "company_id",
            "company_name",
            "databases",
            "member_id",
            "member_type",
            "person_ref",
            "security_role",
            "tenant",
        ];
        assert_eq!(names(claims.as_object().unwrap()), expected);
        assert_eq!(
            (&claims["company_code"], &claims["company_name"]),
            (&json!("99999"), &json!("Maple Home Care"))
        );
    }

    /// Core section 5.5: each claim by name, without its scope; in UserInfo when asked for there, and **not** in the ID token.
    async fn every_claim_can_be_asked_for_by_name(app) {
        app.enrol(FRANK).await;
        change_account(&app, FRANK, |account| account.profile = whole_profile()).await;
        let all: Map<String, Value> =
            whole_claims().into_iter().flat_map(|claims| claims.as_object().unwrap().clone()).collect();
        assert_eq!(all.len(), ClaimName::VARIANTS.len());
        let mut browser = franks_browser(&app).await;
        for (name, value) in &all {
            let wish = json!({ "userinfo": { name: { "essential": true } } });
            let [userinfo, id_token] = asked(&app, &mut browser, "openid", &wish).await;
            assert_eq!(Value::Object(userinfo), json!({ name: value }));
            assert!(!id_token.contains_key(name), "{name} was asked for in UserInfo only");

            let wish = json!({ "id_token": { name: null } });
            let [userinfo, id_token] = asked(&app, &mut browser, "openid", &wish).await;
            assert_eq!((userinfo.len(), &id_token[name]), (0, value), "in the ID token only: {name}");
        }
    }

    /// Core section 5.5: beside the scopes, in both places at once, and still after a refresh.
    async fn claims_by_name_come_on_top_of_those_by_scope(app) {
        app.enrol(FRANK).await;
        change_account(&app, FRANK, |account| account.profile = whole_profile()).await;
        let mut browser = franks_browser(&app).await;
        let wish = json!({"userinfo": {"nickname": null, "email": null}, "id_token": {"nickname": null}});
        let [userinfo, id_token] = asked(&app, &mut browser, "openid email", &wish).await;
        assert_eq!(names(&userinfo), ["email", "email_verified", "nickname"]);
        assert_eq!(id_token["nickname"], "Frankie");
        assert!(!id_token.contains_key("email"));

        let mut client = app.relying_party().with("claims", &wish.to_string());
        client.scope = "openid".to_owned();
        let code = client.authorize(&mut browser).await.sent("code").expect("a code");
        let tokens = client.redeem(&code).await;
        let refreshed = client.refresh(tokens.text("refresh_token")).await;
        let userinfo = client.userinfo(refreshed.text("access_token")).await.json;
        assert_eq!(names(userinfo.as_object().unwrap()), ["email", "nickname", "sub"]);
        assert_eq!(client.verify(refreshed.text("id_token")).await.0["nickname"], "Frankie");
    }

    /// Core section 5.5.1: an essential claim that we do not have, do not know or may not tell is no error.
    async fn what_cannot_be_told_is_left_out_without_an_error(app) {
        app.enrol(FRANK).await;
        register(&app, |client| client.scopes = Scopes::parse("openid email")).await;
        let mut browser = app.browser();
        let mut client = app.relying_party();
        client.scope = "openid".to_owned();
        client.code(&mut browser, FRANK, crate::support::app::PASSWORD).await;
        let essential = json!({"essential": true});
        let wish = json!({"userinfo": {
            "email": essential,
            "nickname": essential,
            "birthdate": essential,
            "https://claims.example/groups": essential,
            "company_code": essential,
        }});
        let [userinfo, _] = asked(&app, &mut browser, "openid", &wish).await;
        assert_eq!(names(&userinfo), ["email"], "no profile for this client, and nobody knows the others");
    }

    /// Attack 50 (CVE-2024-46999): the claims are those of now, not those of the sign-in.
    async fn userinfo_tells_what_holds_now(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let before = client.userinfo(tokens.text("access_token")).await.json;
        change_account(&app, FRANK, |account| account.profile = whole_profile()).await;
        let after = client.userinfo(tokens.text("access_token")).await.json;
        assert_eq!((before.get("nickname"), &after["nickname"]), (None, &json!("Frankie")));
        assert_eq!(before["sub"], after["sub"]);
    }

    /// RFC 6750 section 3.1, RFC 9068 section 4: expired to the second, and one that is meant for somebody else's API.
    async fn a_token_that_is_over_or_meant_for_another_api_is_invalid(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        app.advance(MINUTE * 10 - SECOND);
        assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200);
        app.advance(SECOND);

        let api = "https://api.maple.example/v1";
        register(&app, |client| client.resources = [Resource::parse(api).unwrap()].into()).await;
        let asking = app.relying_party().with("resource", api);
        let code = asking.code(&mut app.browser(), FRANK, crate::support::app::PASSWORD).await;
        let elsewhere = client.redeem(&code).await;
        let params = [
            ("grant_type", "refresh_token"),
            ("refresh_token", elsewhere.text("refresh_token")),
            ("resource", api),
        ];
        let elsewhere = client.token(&params).await;
        assert_eq!(client.verify(elsewhere.text("access_token")).await.0["aud"], api);
        for token in [tokens.text("access_token"), elsewhere.text("access_token")] {
            let refused = client.userinfo(token).await;
            assert_eq!((refused.status, refused.body.as_str()), (401, ""));
            assert!(challenge(&refused).contains("error=\"invalid_token\""), "{}", challenge(&refused));
        }
    }
}
