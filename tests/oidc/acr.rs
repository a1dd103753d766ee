//! Authentication context: `acr_values` and the `acr` claim, OpenID Connect Core sections 2, 3.1.2.1 and 5.5.1.1.

use serde_json::{Map, Value, json};

use super::form_post::posted;
use super::{FRANK, authorization_error, franks_browser, get, post_from_client};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

/// What a password over TLS is worth; discovery says so.
const PASSWORD_CLASS: &str = "1";

fn essential<'a>(app: &'a TestApp, wish: Value) -> RelyingParty<'a> {
    app.relying_party().with("claims", &json!({"id_token": {"acr": wish}}).to_string())
}

async fn id_token(client: &RelyingParty<'_>, page: &Page) -> Map<String, Value> {
    let tokens = client.redeem(&page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))).await;
    client.verify(tokens.text("id_token")).await.0
}

on_each_database! {
    /// `protocol.md`: when `acr_values` can be satisfied, `acr` in the ID token is one of them. L9 speaks of accounts with two
    /// factors: no other class than a password's is offered, so that there are none.
    async fn acr_is_one_of_the_acr_values_that_can_be_met(app) {
        app.enrol(FRANK).await;
        let advertised =
            get(&app, "/.well-known/openid-configuration", &[]).await.json["acr_values_supported"].clone();
        assert_eq!(advertised, json!([PASSWORD_CLASS]));
        for acr_values in ["1", "9 1", "1 9", "urn:mace:incommon:iap:silver 1"] {
            let client = app.relying_party().with("acr_values", acr_values);
            let page = client.log_in(&mut app.browser(), FRANK, PASSWORD).await;
            let claims = id_token(&client, &page).await;
            assert!(acr_values.split(' ').any(|asked| claims["acr"] == asked), "{acr_values}: {claims:?}");
            assert_eq!(claims["amr"], json!(["pwd"]), "rules Q1: security questions are no authenticator");
        }
    }

    /// Core section 3.1.2.1: a voluntary wish. What was done is said, whatever was asked for.
    async fn acr_values_that_cannot_be_met_are_no_error(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        for acr_values in ["9", "urn:unheard:of", "0", "phr phrh"] {
            for prompt in ["", "none"] {
                let client = app.relying_party().with("acr_values", acr_values).with("prompt", prompt);
                let claims = id_token(&client, &client.authorize(&mut browser).await).await;
                assert_eq!(claims["acr"], PASSWORD_CLASS, "{acr_values}");
            }
        }
    }

    /// Core section 5.5.1.1: an essential `acr` that is met.
    async fn an_essential_acr_that_is_met_is_in_the_id_token(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        for wish in [
            json!({"essential": true}),
            json!({"essential": true, "value": "1"}),
            json!({"essential": true, "values": ["1"]}),
            json!({"essential": true, "values": ["9", "1"]}),
        ] {
            let client = essential(&app, wish.clone()).with("prompt", "none");
            let claims = id_token(&client, &client.authorize(&mut browser).await).await;
            assert_eq!(claims["acr"], PASSWORD_CLASS, "{wish}");
        }
    }

    /// Core section 5.5.1.1: "the Authorization Server MUST treat that outcome as a failed authentication attempt";
    /// OpenID Connect Core Unmet Authentication Requirements 1.0 names the error. Nobody is asked for a password in
    /// vain.
    async fn an_essential_acr_that_cannot_be_met_is_unmet_authentication_requirements(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        for wish in [
            json!({"essential": true, "value": "2"}),
            json!({"essential": true, "values": ["2", "urn:mace:incommon:iap:silver"]}),
            json!({"essential": true, "value": "urn:unheard:of"}),
        ] {
            for prompt in ["", "none", "login"] {
                let client = essential(&app, wish.clone()).with("prompt", prompt);
                for page in [
                    client.authorize(&mut browser).await,
                    client.authorize(&mut app.browser()).await,
                    post_from_client(&app, &mut browser, "/authorize", &client.authorization_query()).await,
                ] {
                    assert_eq!(
                        authorization_error(&page),
                        "unmet_authentication_requirements",
                        "{wish} {prompt}"
                    );
                }
            }
            let client = essential(&app, wish).with("response_mode", "form_post");
            let fields = posted(&client.authorize(&mut browser).await);
            assert_eq!(fields["error"], "unmet_authentication_requirements");
        }
    }

    /// Core section 5.5.1: not essential is voluntary, and only the ID token's `acr` is meant.
    async fn a_voluntary_acr_demands_nothing(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        for claims in [
            json!({"id_token": {"acr": null}}),
            json!({"id_token": {"acr": {"value": "9"}}}),
            json!({"id_token": {"acr": {"essential": false, "values": ["9"]}}}),
            json!({"userinfo": {"acr": {"essential": true, "values": ["9"]}}}),
        ] {
            let client = app.relying_party().with("claims", &claims.to_string());
            let token = id_token(&client, &client.authorize(&mut browser).await).await;
            assert_eq!(token["acr"], PASSWORD_CLASS, "{claims}");
        }
    }

    /// Core section 12.2: a refreshed ID token says what the log-in was, not what a refresh is.
    async fn acr_and_auth_time_stay_through_refreshes(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = client.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let first = client.verify(tokens.text("id_token")).await.0;
        app.advance(super::MINUTE);
        let refreshed = client.refresh(tokens.text("refresh_token")).await;
        let again = client.verify(refreshed.text("id_token")).await.0;
        for name in ["acr", "amr", "auth_time"] {
            assert_eq!(again[name], first[name], "{name}");
        }
    }
}
