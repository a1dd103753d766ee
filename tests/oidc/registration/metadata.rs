//! What may be registered, and what the client hears of it (RFC 7591 section 2, OpenID Connect Registration section 2).

use axum::http::Method;
use serde_json::{Value, json};

use super::{SWAP, franks, manage, open, path, redeem, register, registered, relying_party, swap, swap_with};
use crate::oidc::consent::allow;
use crate::oidc::{FRANK, franks_browser};
use crate::support::on_each_database;
use crate::support::picture::png;

const SECTOR: &str = "https://sector.example/uris.json";

on_each_database! {
    /// RFC 7591 section 3.2.1: everything that is registered, defaults included, and what the client needs to come back.
    async fn a_client_is_told_all_that_is_registered(app) {
        let app = open(app).await;
        let made = registered(&app, &swap()).await;
        assert_eq!(made.headers["cache-control"], "no-store");
        assert_eq!(made.headers["content-type"], "application/json");
        let told = &made.json;
        assert_eq!(told["client_secret_expires_at"], 0);
        assert_eq!(told["client_id_issued_at"].as_i64().unwrap(), app.env.now().seconds());
        assert_eq!(path(&made), format!("/register/{}", made.text("client_id")));
        assert!(made.text("client_secret").len() >= 43 && made.text("registration_access_token").len() > 43);
        for (name, value) in [
            ("application_type", json!("web")),
            ("client_name", json!("Shift Swap")),
            ("grant_types", json!(["authorization_code"])),
            ("id_token_signed_response_alg", json!("RS256")),
            ("redirect_uris", json!(["https://shifts.example/callback"])),
            ("response_types", json!(["code"])),
            ("scope", json!("openid profile email address phone offline_access company")),
            ("subject_type", json!("public")),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
        ] {
            assert_eq!(told[name], value, "{name}");
        }
        assert_eq!(told["jwks_uri"], Value::Null, "what is not registered is not said");
    }

    /// RFC 7591 section 2: "any metadata it does not understand" is ignored; translated names are, too, and null is absent.
    async fn unknown_metadata_is_ignored_and_not_said_again(app) {
        let app = open(app).await;
        let made = registered(&app, &swap_with(&json!({
            "client_name#fr": "Échange", "first_party": true, "client_id": "portal.99999", "client_secret": "mine",
            "software_statement": "x.y.z", "policy_uri": null, "tos_uri": "",
        }))).await;
        assert_ne!(made.text("client_id"), "portal.99999");
        assert_ne!(made.text("client_secret"), "mine");
        for name in ["client_name#fr", "first_party", "software_statement", "policy_uri", "tos_uri"] {
            assert!(made.json.get(name).is_none(), "{name}");
        }
    }

    /// What may be said is registered as it was said.
    async fn what_a_client_asks_for_it_gets(app) {
        let app = open(app).await;
        let public = crate::oidc::private_key_jwt::Pair::es256().public.clone();
        app.outbound.publish(&"https://shifts.example/logo.png".parse().unwrap(), png(64, 64, 1));
        let asked = json!({
            "client_uri": "https://shifts.example/", "policy_uri": "https://shifts.example/privacy",
            "tos_uri": "https://shifts.example/terms", "logo_uri": "https://shifts.example/logo.png",
            "grant_types": ["authorization_code", "refresh_token"], "scope": "openid email",
            "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256",
            "request_object_signing_alg": "ES256", "jwks": {"keys": [public]},
            "id_token_signed_response_alg": "ES256", "userinfo_signed_response_alg": "RS256",
            "introspection_signed_response_alg": "ES256", "subject_type": "pairwise",
            "post_logout_redirect_uris": ["https://shifts.example/signed-out"],
            "initiate_login_uri": "https://shifts.example/login",
            "backchannel_logout_uri": "https://shifts.example/backchannel", "backchannel_logout_session_required": true,
            "require_pushed_authorization_requests": true, "require_signed_request_object": true,
            "dpop_bound_access_tokens": true,
        });
        let made = registered(&app, &swap_with(&asked)).await;
        for (name, value) in asked.as_object().unwrap() {
            assert_eq!(&made.json[name], value, "{name}");
        }
        assert!(made.json.get("client_secret").is_none() && made.json.get("client_secret_expires_at").is_none());
    }

    /// RFC 7591 section 3.2.2: what is wrong is named, with what to write; redirect URIs have an error of their own.
    async fn bad_metadata_is_refused_by_name(app) {
        let app = open(app).await;
        for (bad, code, named) in [
            (json!({"redirect_uris": []}), "invalid_redirect_uri", "redirect_uris"),
            (json!({"redirect_uris": ["http://shifts.example/cb"]}), "invalid_redirect_uri", "redirect_uris[0]"),
            (json!({"redirect_uris": ["https://shifts.example/cb#x"]}), "invalid_redirect_uri", "redirect_uris[0]"),
            (json!({"redirect_uris": ["http://127.0.0.1/cb"]}), "invalid_redirect_uri", "application_type native"),
            (json!({"redirect_uris": ["com.example.app:/cb"]}), "invalid_redirect_uri", "application_type native"),
            (json!({"redirect_uris": "https://shifts.example/cb"}), "invalid_client_metadata", "redirect_uris"),
            (json!({"application_type": "tv"}), "invalid_client_metadata", "application_type"),
            (json!({"grant_types": ["implicit"]}), "invalid_client_metadata", "grant_types"),
            (json!({"grant_types": ["client_credentials"]}), "invalid_client_metadata", "grant_types"),
            (json!({"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"]}), "invalid_client_metadata", "grant_types"),
            (json!({"response_types": ["token"]}), "invalid_client_metadata", "response_types"),
            (json!({"response_types": ["code id_token"]}), "invalid_client_metadata", "response_types"),
            (json!({"token_endpoint_auth_method": "client_secret_jwt"}), "invalid_client_metadata", "token_endpoint_auth_method"),
            (json!({"token_endpoint_auth_method": "private_key_jwt"}), "invalid_client_metadata", "jwks"),
            (json!({"id_token_signed_response_alg": "none"}), "invalid_client_metadata", "id_token_signed_response_alg"),
            (json!({"id_token_signed_response_alg": "HS256"}), "invalid_client_metadata", "id_token_signed_response_alg"),
            (json!({"subject_type": "secret"}), "invalid_client_metadata", "subject_type"),
            (json!({"client_name": "a\u{202e}b"}), "invalid_client_metadata", "client_name"),
            (json!({"client_name": 7}), "invalid_client_metadata", "client_name"),
            (json!({"policy_uri": "http://shifts.example/"}), "invalid_client_metadata", "policy_uri"),
            (json!({"id_token_encrypted_response_alg": "RSA-OAEP", "jwks": {"keys": []}}), "invalid_client_metadata", "jwks"),
            (json!({"id_token_encrypted_response_alg": "RSA1_5"}), "invalid_client_metadata", "id_token_encrypted_response_alg"),
            (json!({"jwks": {"keys": [{"kty": "oct", "k": "aa"}]}}), "invalid_client_metadata", "jwks"),
        ] {
            let refused = register(&app, None, &swap_with(&bad)).await;
            assert_eq!(refused.error(), (400, code), "{bad} {refused:?}");
            let why = refused.text("error_description");
            assert!(why.contains(named), "{bad}: {why}");
            assert!(why.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{why}");
        }
        for body in ["", "[]", "null", "{", r#"{"client_name": "a", "client_name": "b"}"#, "{}{}"] {
            let request = axum::http::Request::post("/register").header("content-type", "application/json");
            let sent = app.send(request.body(axum::body::Body::from(body)).unwrap()).await;
            let refused = crate::support::relying_party::answer(sent).await;
            assert_eq!(refused.status, 400, "{body} {refused:?}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM registrations").await, 0);
    }

    /// OpenID Connect Registration section 2, RFC 8252 section 7: a native client comes back on the device.
    async fn a_native_client_comes_back_on_the_device(app) {
        let app = open(app).await;
        let made = registered(&app, &json!({
            "application_type": "native", "token_endpoint_auth_method": "none",
            "redirect_uris": ["http://127.0.0.1/cb", "com.example.app:/cb", "https://app.example/cb"],
        })).await;
        assert!(made.json.get("client_secret").is_none());
        assert_eq!(made.text("client_name"), "127.0.0.1", "a client without a name has that of its place");
        let pairwise = register(&app, None, &json!({
            "application_type": "native", "redirect_uris": ["http://127.0.0.1/cb"], "subject_type": "pairwise",
        })).await;
        assert_eq!(pairwise.error(), (400, "invalid_client_metadata"));
    }

    /// `protocol.md`, "Authorization endpoint", PKCE: not asked of confidential clients that registered themselves, always of
    /// public ones.
    async fn pkce_is_asked_of_public_clients(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let made = registered(&app, &swap()).await;
        let plain = relying_party(&app, &made).with("code_challenge", "").with("code_challenge_method", "");
        let page = plain.authorize(&mut browser).await;
        let code = allow(&mut browser, &page).await.sent("code").unwrap();
        assert_eq!(redeem(&plain, &made, &code, false).await.status, 200);
        let public = registered(&app, &swap_with(&json!({"token_endpoint_auth_method": "none"}))).await;
        let public = relying_party(&app, &public).with("code_challenge", "").with("code_challenge_method", "");
        assert_eq!(public.authorize(&mut browser).await.sent("error").as_deref(), Some("invalid_request"));
    }

    /// The whole way: registered, allowed by a person, used.
    async fn people_log_in_at_a_client_that_registered_itself_after_they_were_asked(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let made = registered(&app, &swap()).await;
        let mut browser = franks_browser(&app).await;
        let client = relying_party(&app, &made);
        let page = client.authorize(&mut browser).await;
        assert_eq!(page.heading(), "Allow Shift Swap?");
        let tokens = franks(&client, &made, &mut browser).await;
        assert_eq!(client.userinfo(tokens.text("access_token")).await.json["email"], FRANK);
    }

    /// OpenID Connect Core section 8.1, Registration section 5: the owner of a sector says who belongs to it.
    async fn a_sector_lists_the_clients_that_belong_to_it(app) {
        let app = open(app).await;
        let url = SECTOR.parse().unwrap();
        let asked = swap_with(&json!({"subject_type": "pairwise", "sector_identifier_uri": SECTOR}));
        for document in ["", "{}", "[]", r#"["https://other.example/callback"]"#, r#"["https://shifts.example/callback/"]"#] {
            app.outbound.publish(&url, document);
            let refused = register(&app, None, &asked).await;
            assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{document}");
            assert!(refused.text("error_description").contains("sector_identifier_uri"), "{refused:?}");
        }
        app.outbound.publish(&url, r#"["https://else.example/cb", "https://shifts.example/callback"]"#);
        let made = registered(&app, &asked).await;
        assert_eq!((made.text("subject_type"), made.text("sector_identifier_uri")), ("pairwise", SECTOR));
        // RFC 7592 section 2.2: what was confirmed is not asked again when nothing of it changed.
        app.outbound.publish(&url, "");
        let mut replacement = asked.clone();
        replacement["client_id"] = made.json["client_id"].clone();
        assert_eq!(manage(&app, Method::PUT, &made, Some(&replacement)).await.status, 200);
        replacement["redirect_uris"] = json!([SWAP, "https://else.example/cb"]);
        assert_eq!(manage(&app, Method::PUT, &made, Some(&replacement)).await.status, 400);
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let client = relying_party(&app, &made);
        let tokens = franks(&client, &made, &mut browser).await;
        let sub = client.userinfo(tokens.text("access_token")).await.text("sub").to_owned();
        assert!(!sub.starts_with("acc_"), "{sub}");
        let of_two_hosts = json!({"subject_type": "pairwise", "redirect_uris": ["https://a.example/", "https://b.example/"]});
        let refused = register(&app, None, &of_two_hosts).await;
        assert!(refused.text("error_description").contains("sector_identifier_uri"), "{refused:?}");
        let insecure = swap_with(&json!({"sector_identifier_uri": "http://sector.example/"}));
        assert_eq!(register(&app, None, &insecure).await.status, 400);
    }
}
