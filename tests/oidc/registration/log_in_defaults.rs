//! What counts where a request says nothing (OpenID Connect Registration section 2): `default_max_age`, `require_auth_time`,
//! `default_acr_values`; and `contacts`, whom only the operator reads.

use std::time::Duration;

use axum::http::Method;
use idp_domain::client::ClientId;
use idp_service::clients;
use serde_json::{Value, json};

use super::super::private_key_jwt::Pair;
use super::{SWAP, basic, franks, manage, open, redeem, register, registered, relying_party, swap_with};
use crate::oidc::{FRANK, franks_browser};
use crate::support::app::{ISSUER, PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

/// A client that lets nobody in whose log-in is older than two minutes, and which Frank has allowed what it asks.
async fn cautious(app: &TestApp, browser: &mut Browser<'_>, members: &Value) -> Answer {
    let mut asked = json!({"default_max_age": 120});
    asked.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let made = registered(app, &swap_with(&asked)).await;
    franks(&relying_party(app, &made), &made, browser).await;
    made
}

/// The request under the name it was pushed with.
async fn pushed(client: &RelyingParty<'_>, made: &Answer) -> String {
    let query = client.authorization_query();
    let params: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (&**name, &**value)).collect();
    let answer = client.post("/par", &params, Some(&basic(made))).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let name = answer.text("request_uri");
    format!("/authorize?client_id={}&request_uri={name}", made.text("client_id"))
}

/// The same in a request object that the client signed.
fn signed(app: &TestApp, client: &RelyingParty<'_>, pair: &Pair) -> String {
    let query = client.authorization_query();
    let mut claims = json!({"iss": client.client_id, "aud": ISSUER, "exp": app.env.now().seconds() + 300});
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        claims[name.as_ref()] = value.as_ref().into();
    }
    let object = pair.sign(&json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"}), &claims);
    format!("/authorize?client_id={}&request={object}", client.client_id)
}

fn is_refused(page: &Page) {
    assert!(page.left_to(SWAP), "{page:?}");
    assert_eq!(page.sent("error").as_deref(), Some("login_required"));
}

on_each_database! {
    /// "The max_age request parameter overrides this default value": what is said, longer or shorter, wins.
    async fn a_log_in_that_is_older_than_the_default_is_done_again(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let made = cautious(&app, &mut browser, &json!({})).await;
        let client = || relying_party(&app, &made).with("prompt", "none");
        app.advance(Duration::from_secs(30));
        assert!(client().authorize(&mut browser).await.sent("code").is_some(), "within that time nothing is asked");
        is_refused(&client().with("max_age", "10").authorize(&mut browser).await);
        app.advance(Duration::from_secs(60));
        is_refused(&client().authorize(&mut browser).await);
        assert!(client().with("max_age", "10000").authorize(&mut browser).await.sent("code").is_some());
        let page = relying_party(&app, &made).authorize(&mut browser).await;
        assert_eq!(page.heading(), "Log In");
        let back = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        let tokens = redeem(&client(), &made, &back.sent("code").unwrap(), true).await;
        let (claims, _) = client().verify(tokens.text("id_token")).await;
        assert_eq!(claims["auth_time"].as_i64().unwrap(), app.env.now().seconds(), "Core section 2");
    }

    /// RFC 9126 section 1, RFC 9101 section 4: a request is the same however it is brought.
    async fn the_default_counts_in_pushed_and_in_signed_requests(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let pair = Pair::es256();
        let made = cautious(&app, &mut browser, &json!({"jwks": {"keys": [pair.public]}})).await;
        app.advance(Duration::from_secs(90));
        let silent = || relying_party(&app, &made).with("prompt", "none");
        let long = || silent().with("max_age", "10000");
        is_refused(&browser.get(&pushed(&silent(), &made).await).await);
        assert!(browser.get(&pushed(&long(), &made).await).await.sent("code").is_some());
        is_refused(&browser.get(&signed(&app, &silent(), pair)).await);
        assert!(browser.get(&signed(&app, &long(), pair)).await.sent("code").is_some());
        // RFC 9101 section 6.3: what stands beside the object does not count.
        let beside = format!("{}&max_age=10000", signed(&app, &silent(), pair));
        is_refused(&browser.get(&beside).await);
    }

    /// RFC 7591 section 3.2.1, RFC 7592 section 2.2; `auth_time` is in every ID token as it is.
    async fn they_are_kept_said_again_and_replaced(app) {
        let app = open(app).await;
        let asked = json!({
            "default_max_age": 0, "require_auth_time": true, "default_acr_values": ["urn:mace:incommon:iap:silver", "1"],
            "contacts": ["ops@shifts.example", "+1 519 555 0199"],
        });
        let made = registered(&app, &swap_with(&asked)).await;
        let read = manage(&app, Method::GET, &made, None).await;
        for (name, value) in asked.as_object().unwrap() {
            assert_eq!((&made.json[name], &read.json[name]), (value, value), "{name}");
        }
        let mut less = swap_with(&json!({"contacts": null}));
        less["client_id"] = made.json["client_id"].clone();
        let replaced = manage(&app, Method::PUT, &made, Some(&less)).await;
        assert_eq!(replaced.json["require_auth_time"], false);
        for gone in ["default_max_age", "default_acr_values", "contacts"] {
            assert!(replaced.json.get(gone).is_none(), "{gone}");
        }
        for (bad, named) in [
            (json!({"default_max_age": "soon"}), "default_max_age"),
            (json!({"default_max_age": -1}), "default_max_age"),
            (json!({"default_max_age": 1.5}), "default_max_age"),
            (json!({"default_max_age": 4_294_967_296_u64}), "default_max_age"),
            (json!({"require_auth_time": "yes"}), "require_auth_time"),
            (json!({"contacts": "ops@shifts.example"}), "contacts"),
            (json!({"contacts": ["ops\u{202e}@shifts.example"]}), "contacts[0]"),
            (json!({"contacts": ["a", " "]}), "contacts[1]"),
            (json!({"contacts": vec!["a"; 21]}), "contacts"),
            (json!({"contacts": ["a".repeat(255)]}), "contacts[0]"),
            (json!({"default_acr_values": ["1 2"]}), "default_acr_values[0]"),
            (json!({"default_acr_values": [""]}), "default_acr_values[0]"),
            (json!({"default_acr_values": ["x".repeat(101)]}), "default_acr_values[0]"),
            (json!({"default_acr_values": vec!["1"; 21]}), "default_acr_values"),
        ] {
            let refused = register(&app, None, &swap_with(&bad)).await;
            assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{bad}");
            assert!(refused.text("error_description").starts_with(&format!("{named}: ")), "{bad} {refused:?}");
        }
    }

    /// Core section 3.1.2.1: a voluntary wish, of the client as of a request; it names no agency either.
    async fn default_acr_values_that_cannot_be_met_keep_nobody_out(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let made = registered(&app, &swap_with(&json!({"default_acr_values": ["gold", "tenant:22222"]}))).await;
        let client = relying_party(&app, &made);
        let tokens = franks(&client, &made, &mut browser).await;
        let (claims, _) = client.verify(tokens.text("id_token")).await;
        assert_eq!((&claims["acr"], &claims["company_code"]), (&json!("1"), &json!("99999")));
    }

    /// A stranger's address on a page of ours is an invitation to write one's password there (attack 70).
    async fn contacts_are_read_by_the_operator_and_by_nobody_else(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let made = registered(&app, &swap_with(&json!({"contacts": ["ops@shifts.example"]}))).await;
        let client = relying_party(&app, &made);
        let mut browser = franks_browser(&app).await;
        for page in [
            client.authorize(&mut app.browser()).await,
            client.authorize(&mut browser).await,
            app.browser().get_once(&relying_party(&app, &made).with("scope", "foo").authorization_url()).await,
        ] {
            assert!(page.html.contains("Shift Swap") && !page.html.contains("ops@shifts.example"), "{page:?}");
        }
        let id = ClientId::parse(made.text("client_id")).unwrap();
        let report = clients::check(&app.env, &id).await.unwrap();
        assert_eq!(report.client.contacts.len(), 1);
    }
}
