//! What is refused when it is registered, because later somebody else would meet it: a log-in that can never be, an address in
//! the clear, a name that pretends to be words of ours.

use axum::body::Body;
use idp_domain::client::{AssertionAlg, ClientId, Profile};
use idp_service::clients;
use serde_json::{Value, json};

use super::super::private_key_jwt::{Pair, with};
use super::{open, register, registered, relying_party, swap_with};
use crate::support::app::TestApp;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, answer};

/// What is said of metadata that is refused.
async fn refused(app: &TestApp, members: &Value) -> String {
    let refused = register(app, None, &swap_with(members)).await;
    assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{members} {refused:?}");
    refused.text("error_description").to_owned()
}

async fn register_body(app: &TestApp, body: impl Into<Body>) -> Answer {
    let request = axum::http::Request::post("/register").header("content-type", "application/json");
    answer(app.send(request.body(body.into()).unwrap()).await).await
}

on_each_database! {
    /// OpenID Connect Core section 3.1.2.1: every request to log in has `openid`, and every other is an `invalid_scope`.
    async fn a_client_that_may_not_ask_for_openid_is_told_at_once(app) {
        let app = open(app).await;
        for scope in ["foo", "profile", "members:write", "Openid", "profile offline_access"] {
            let why = refused(&app, &json!({ "scope": scope })).await;
            assert!(why.contains("scope: must contain openid"), "{scope}: {why}");
        }
        for scope in [json!("openid"), json!("profile openid foo"), json!(""), Value::Null] {
            registered(&app, &swap_with(&json!({ "scope": scope }))).await;
        }
    }

    /// RFC 7523 section 3: an assertion that no key verifies proves nothing, so a client without one never gets a token.
    async fn keys_that_no_assertion_is_verified_with_are_refused(app) {
        let app = open(app).await;
        let of = |keys: Value| json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": keys}});
        let p256 = Pair::es256().public.clone();
        let weak = json!({"kty": "RSA", "e": "AQAB", "n": "AQAB"});
        let p384 = with(&p256, &json!({"crv": "P-384"}));
        for keys in [json!([]), json!([{}]), json!([weak]), json!([p384]), json!([with(&p256, &json!({"use": "enc"}))])] {
            let why = refused(&app, &of(keys.clone())).await;
            assert!(why.starts_with("jwks: "), "{keys}: {why}");
        }
        let mut other = of(json!([p256]));
        registered(&app, &swap_with(&other)).await;
        other["token_endpoint_auth_signing_alg"] = "RS256".into();
        assert_eq!(refused(&app, &other).await, "jwks: has no good key to verify an assertion with: put one there for RS256");
        other["jwks"]["keys"] = json!([p256, Pair::of(AssertionAlg::Rs256).public]);
        registered(&app, &swap_with(&other)).await;
        let asks = json!({"require_signed_request_object": true, "request_object_signing_alg": "PS256", "jwks": {"keys": [p256]}});
        assert!(refused(&app, &asks).await.starts_with("jwks: has no good key to verify a request object"));
    }

    /// OpenID Connect Registration section 2 (`jwks_uri`, `initiate_login_uri`), Back-Channel Logout section 2.2: who is on the
    /// way would answer with keys of their own, or hear who leaves.
    async fn a_strangers_addresses_are_https(app) {
        let app = open(app).await;
        for field in ["jwks_uri", "backchannel_logout_uri", "initiate_login_uri"] {
            for uri in ["http://shifts.example/x", "HTTP://shifts.example/x", "http://127.0.0.1/x", "com.example.app:/x"] {
                let why = refused(&app, &json!({ field: uri })).await;
                assert!(why.starts_with(&format!("{field}: must ")) && why.contains("https"), "{field} {uri}: {why}");
            }
            registered(&app, &swap_with(&json!({ field: "https://shifts.example/x" }))).await;
        }
        for (field, uri) in [
            ("jwks_uri", "http://127.0.0.1/jwks"), ("initiate_login_uri", "http://127.0.0.1/login"),
            ("initiate_login_uri", "com.example.app:/login"),
        ] {
            let why = refused(&app, &json!({"application_type": "native", field: uri})).await;
            assert_eq!(why, format!("{field}: must use https"), "{uri}");
        }
    }

    /// Attack 70: a name that ends the sentence it stands in goes on as if it were us, and one that shows nothing is nobody's.
    async fn a_name_that_plays_a_trick_is_refused(app) {
        let app = open(app).await;
        for name in [
            "Home Identity”. Log in here only. “Maple portal", "\"Maple\"", "«Maple»", "„Maple‟", "Maple’’", "\u{2800}",
            "Home\u{2800}Identity", "\u{200B}", "\u{3164}", "Maple\u{202E}", "Maple\u{2066}",
        ] {
            let why = refused(&app, &json!({ "client_name": name })).await;
            assert!(why.starts_with("client_name: "), "{name:?}: {why}");
        }
        let made = registered(&app, &swap_with(&json!({"client_name": "Frank’s Shifts & Co."}))).await;
        let page = relying_party(&app, &made).authorize(&mut app.browser()).await;
        assert_eq!(page.select("#client bdi"), ["Frank’s Shifts & Co."], "the name is set off from our words");
        // Nor by an address, where a client has no name.
        let long = format!("https://{}.example/cb", ["x".repeat(60), "y".repeat(60)].join("."));
        for place in ["com.example.app://Maple\".Log-in-here-only.\"Portal/cb", &long] {
            let metadata = json!({"application_type": "native", "redirect_uris": [place]});
            assert_eq!(registered(&app, &metadata).await.text("client_name"), "Unnamed client", "{place}");
        }
    }

    /// RFC 7591 section 3.1: one JSON object. An array would be read by the order of our own fields.
    async fn a_body_that_is_no_object_is_called_so(app) {
        let app = open(app).await;
        let array = json!(["web", null, null, "Shift Swap"]).to_string();
        for (body, said) in [
            (array.as_bytes(), "send one JSON object"), (b" [{}]", "send one JSON object"), (b"null", "send one JSON object"),
            (b"", "send one JSON object"), (b"{", "no JSON"), (b"{\"client_name\": \"\xff\"}", "no JSON"),
            (b"{\"client_name\": \"a\"", "no JSON"), (b"{\"client_name\": 7}", "client_name: is of another type"),
        ] {
            let refused = register_body(&app, body.to_vec()).await;
            assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{refused:?}");
            let why = refused.text("error_description");
            assert!(why.contains(said), "{body:?}: {why}");
        }
    }

    /// RFC 7591 section 3.2.2: the description is for the developer, who never saw our code.
    async fn what_is_wrong_with_an_address_is_said_for_this_client(app) {
        let app = open(app).await;
        let long = format!("https://shifts.example/{}", "x".repeat(2000));
        for (members, said) in [
            (json!({"jwks_uri": "x"}), "jwks_uri: must be an https address without a fragment or a user name"),
            (json!({"client_uri": "x"}), "client_uri: must be an https address without a user name"),
            (json!({ "client_uri": long }), "client_uri: is too long"),
            (json!({ "jwks_uri": long }), "jwks_uri: is too long"),
        ] {
            assert_eq!(refused(&app, &members).await, said);
        }
        let web = register(&app, None, &swap_with(&json!({"redirect_uris": ["http://shifts.example/cb"]}))).await;
        let said = "redirect_uris[0]: must use https; only a client with the application_type native may not";
        assert_eq!((web.error(), web.text("error_description")), ((400, "invalid_redirect_uri"), said));
    }

    /// `idp client check`: who registered for itself has no operator who writes, but a developer with a registration access token.
    async fn advice_for_a_stranger_is_for_its_developer(app) {
        let app = open(app).await;
        let made = registered(&app, &swap_with(&json!({}))).await;
        let id = ClientId::parse(made.text("client_id")).unwrap();
        let report = clients::check(&app.env, &id).await.unwrap();
        assert_eq!(report.configuration_address.as_deref(), Some(made.text("registration_client_uri")));
        assert!(report.satisfies(Profile::Standard), "{report:?}");
        let remarks = report.verdicts.iter().flat_map(|verdict| &verdict.missing).chain(&report.warnings);
        // Its profile is the operator's to set.
        for remark in remarks.filter(|remark| remark.field != "profile") {
            assert!(!remark.detail.contains("write") && !remark.detail.contains("never changed"), "{remark:?}");
        }
        let portal = clients::check(&app.env, &ClientId::parse("portal.99999").unwrap()).await.unwrap();
        assert_eq!(portal.configuration_address, None);
    }
}
