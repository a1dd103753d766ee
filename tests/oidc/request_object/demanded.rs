//! Clients that must sign their requests: `require_signed_request_object` (RFC 9101 section 10.5), and the fapi2 profile.

use idp_domain::client::{AssertionAlg, AuthMethod, Profile};
use serde_json::json;

use super::super::{FRANK, authorization_error, franks_browser, register};
use super::{INVALID, assert_refused, assert_taken, both, claims, object, push, query};
use crate::oidc::private_key_jwt::{self, Pair, inline, with};
use crate::support::app::TestApp;
use crate::support::on_each_database;
use crate::support::relying_party::Answer;

/// A push by a fapi2 client: it proves itself by its key.
async fn push_proven(app: &TestApp, object: &str) -> Answer {
    let own = json!({"iss": super::PORTAL, "sub": super::PORTAL});
    let assertion = Pair::es256().assert(&with(&private_key_jwt::claims(app), &own));
    let form = [
        ("client_assertion_type", private_key_jwt::TYPE),
        ("client_assertion", assertion.as_str()),
        ("request", object),
    ];
    app.relying_party().post("/par", &form, None).await
}

on_each_database! {
    /// "The authorization server MUST reject the authorization request from the client that does not conform."
    async fn a_client_that_must_sign_its_requests_sends_no_others(app) {
        app.enrol(FRANK).await;
        let mut frank = franks_browser(&app).await;
        register(&app, |client| {
            client.keys = Some(inline(&[Pair::es256().public.clone()]));
            client.demands.require_signed_request_object = true;
        })
        .await;
        let plain = app.relying_party();
        for page in both(&app, &plain.authorization_query()).await {
            assert_eq!(authorization_error(&page), "invalid_request");
        }
        assert_eq!(authorization_error(&plain.authorize(&mut frank).await), "invalid_request", "logged in");
        assert_eq!(plain.push().await.error(), (400, "invalid_request"));
        let unsigned = format!("e30.{}.", "e30");
        assert_refused(&app, &unsigned, INVALID, "unsigned").await;

        assert_taken(&app, &object(&app, &json!({})), "signed").await;
        let pushed = push(&app, &object(&app, &json!({}))).await;
        let page = app.browser().get(&plain.url_of(pushed.text("request_uri"))).await;
        assert_eq!(page.heading(), "Log In", "what was pushed was signed: {page:?}");
    }

    /// Signing does not push: both are demanded of whoever has both demanded of it.
    async fn a_client_that_must_push_as_well_brings_no_object_itself(app) {
        register(&app, |client| {
            client.keys = Some(inline(&[Pair::es256().public.clone()]));
            client.demands.require_signed_request_object = true;
            client.demands.require_pushed_authorization_requests = true;
        })
        .await;
        let object = object(&app, &json!({}));
        for page in both(&app, &query(&object, &[])).await {
            assert_eq!(authorization_error(&page), "invalid_request");
        }
        assert_eq!(push(&app, &object).await.status, 201);
    }

    /// FAPI 2.0 Message Signing section 5.3.1: `aud`, and `nbf` and `exp` at most an hour apart; section 5.4.1 of the Security
    /// Profile: never RS256.
    async fn a_fapi2_object_says_for_whom_and_for_how_long_it_is(app) {
        register(&app, |client| {
            client.profile = Profile::Fapi2;
            client.auth_method = AuthMethod::PrivateKeyJwt;
            client.secrets.clear();
            client.keys = Some(inline(&[Pair::es256().public.clone(), Pair::of(AssertionAlg::Rs256).public.clone()]));
        })
        .await;
        let now = app.env.now().seconds();
        assert_eq!(push_proven(&app, &object(&app, &json!({}))).await.status, 201);
        for bad in [
            json!({"aud": null}),
            json!({"nbf": null}),
            json!({"exp": null}),
            json!({"exp": now + 3601}),
            json!({"nbf": now - 3700, "exp": now}),
        ] {
            assert_eq!(push_proven(&app, &object(&app, &bad)).await.error(), (400, INVALID), "{bad}");
        }
        let rs256 = Pair::of(AssertionAlg::Rs256).assert(&claims(&app));
        assert_eq!(push_proven(&app, &rs256).await.error(), (400, INVALID));
    }
}
