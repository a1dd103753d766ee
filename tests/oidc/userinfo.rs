//! UserInfo: OpenID Connect Core sections 5.3 and 5.4, RFC 6750.

use axum::body::Body;
use axum::http::{Method, Request};
use idp_domain::claims::{Address, Profile};
use idp_domain::text::Line;
use serde_json::{Value, json};

use super::{FRANK, change_account, franks_tokens, get, names, provider, provider_with_frank};
use crate::support::app::TestApp;
use crate::support::relying_party::{Answer, answer};

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

/// RFC 6750 section 2: the header on GET and POST, and a form body on POST.
#[tokio::test]
async fn a_token_is_taken_in_three_ways_and_all_answer_the_same() {
    let app = provider_with_frank().await;
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
#[tokio::test]
async fn a_token_in_two_places_or_in_the_address_is_refused() {
    let app = provider_with_frank().await;
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
#[tokio::test]
async fn a_missing_or_unknown_token_is_challenged() {
    let app = provider().await;
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
#[tokio::test]
async fn a_token_without_openid_is_not_enough() {
    let app = provider_with_frank().await;
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

async fn told(app: &TestApp, scope: &str) -> Value {
    let mut client = app.relying_party();
    client.scope = scope.to_owned();
    let tokens = franks_tokens(app, &client).await;
    let mut claims = client.userinfo(tokens.text("access_token")).await.json;
    claims.as_object_mut().unwrap().remove("sub").expect("sub is always told");
    claims
}

/// Core section 5.4: each scope and its claims, all 14 of `profile`.
#[tokio::test]
async fn every_scope_tells_its_claims_and_no_others() {
    let app = provider_with_frank().await;
    change_account(&app, FRANK, |account| account.profile = whole_profile()).await;
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
    assert_eq!(profile.as_object().unwrap().len(), 14);
    assert_eq!(told(&app, "openid profile").await, profile);
    assert_eq!(told(&app, "openid email").await, json!({"email": FRANK, "email_verified": true}));
    assert_eq!(
        told(&app, "openid phone").await,
        json!({"phone_number": "+1 555 0100", "phone_number_verified": false})
    );
    let address = json!({"address": {
        "street_address": "10636 Scripps Summit Ct",
        "locality": "San Diego",
        "region": "CA",
        "postal_code": "92130",
        "country": "USA",
        "formatted": "10636 Scripps Summit Ct\nSan Diego, CA 92130\nUSA",
    }});
    assert_eq!(told(&app, "openid address").await, address);
    assert_eq!(told(&app, "openid").await, json!({}));
    assert_eq!(told(&app, "openid offline_access").await, json!({}));
}

/// Core section 5.3.2: a claim without a value is left out, never null or empty.
#[tokio::test]
async fn what_is_not_known_is_left_out() {
    let app = provider_with_frank().await;
    let profile = Profile { updated_at: Some(1_700_000_000), ..Profile::default() };
    change_account(&app, FRANK, |account| account.profile = profile).await;
    let claims = told(&app, "openid profile phone address").await;
    assert_eq!(claims, json!({"updated_at": 1_700_000_000}), "names the person took back are not told (R33)");
}

/// `company.md` section 3.
#[tokio::test]
async fn the_company_scope_tells_the_company_of_the_grant() {
    let app = provider_with_frank().await;
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
