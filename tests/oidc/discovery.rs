//! Provider metadata: OpenID Connect Discovery 1.0 section 3, RFC 8414; `protocol.md`, "Discovery". That each value is true
//! is said in `advertised.rs`.

mod advertised;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use idp_service::Env;
use idp_service::endpoint::Issuer;
use idp_web::WebOptions;
use serde_json::Value;
use tower::ServiceExt as _;
use url::Url;

use super::{get, provider};
use crate::support::app::{ISSUER, TestApp};
use crate::support::desktop::DEVICE_GRANT;
use crate::support::relying_party::answer;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const METADATA: &str = "/.well-known/oauth-authorization-server";

async fn document(app: &TestApp) -> Value {
    get(app, DISCOVERY, &[]).await.json
}

fn texts(metadata: &Value, name: &str) -> Vec<String> {
    let values = metadata[name].as_array().unwrap_or_else(|| panic!("no {name}"));
    values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

/// Discovery section 3; whatever changes here is seen by every client.
#[tokio::test]
async fn the_document_says_this_and_nothing_else() {
    let document = get(&provider().await, DISCOVERY, &[]).await;
    insta::assert_json_snapshot!(document.json);
}

/// Discovery section 4.3: the issuer is the configured one byte for byte, never what a header says (CVE-2025-48936).
#[tokio::test]
async fn no_header_changes_the_document() {
    let app = provider().await;
    let plain = get(&app, DISCOVERY, &[]).await;
    assert_eq!(plain.text("issuer"), ISSUER);
    for headers in [
        [("host", "evil.example"), ("x-forwarded-proto", "http")],
        [("x-forwarded-host", "evil.example"), ("x-forwarded-port", "8443")],
        [("forwarded", "host=evil.example;proto=http"), ("x-original-host", "evil.example")],
    ] {
        for path in [DISCOVERY, METADATA] {
            let document = get(&app, path, &headers).await;
            assert_eq!(document.json, plain.json, "{path} {headers:?}");
        }
    }
}

/// RFC 8414 section 3.1 puts the well-known segment before the issuer's path, OpenID Connect Discovery after it.
#[tokio::test]
async fn an_issuer_with_a_path_is_found_at_all_three_places() {
    let app = provider().await;
    let issuer = Issuer::new("https://host.example/tenant/auth".to_owned()).unwrap();
    let env = Env { issuer: Arc::new(issuer), ..app.env.clone() };
    let options = WebOptions {
        trusted_proxy: Arc::new(|_| false),
        max_body: 65_536,
        request_timeout: super::MINUTE,
        metrics: None,
    };
    let router = idp_web::router(env, options);
    let fetch = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        answer(router.clone().oneshot(request).await.unwrap()).await
    };
    for path in [
        "/tenant/auth/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/tenant/auth",
        "/.well-known/openid-configuration/tenant/auth",
    ] {
        let document = fetch(path).await;
        assert_eq!(document.status, 200, "{path}");
        assert_eq!(document.text("issuer"), "https://host.example/tenant/auth");
        assert_eq!(document.text("token_endpoint"), "https://host.example/tenant/auth/token");
    }
    assert_eq!(fetch("/tenant/auth/jwks").await.status, 200);
    assert_eq!(fetch("/jwks").await.status, 404, "nothing lies outside the issuer's path");
}

/// Discovery section 3, RFC 8414 sections 2 and 3.2, RP-Initiated Logout section 2.1, RFC 9701 section 7.
#[tokio::test]
async fn the_document_keeps_the_rules_of_the_specifications() {
    let document = document(&provider().await).await;
    for required in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "end_session_endpoint",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "scopes_supported",
        "claims_supported",
    ] {
        assert!(document.get(required).is_some(), "{required} is required or recommended");
    }
    for (name, value) in document.as_object().unwrap() {
        match value {
            Value::String(address) => {
                let url = Url::parse(address).unwrap();
                assert_eq!((url.scheme(), url.query(), url.fragment()), ("https", None, None), "{name}");
            }
            Value::Bool(_) => assert!(name.ends_with("_supported") || name.starts_with("require_"), "{name}"),
            Value::Array(_) => {
                let values = texts(&document, name);
                let distinct: BTreeSet<&String> = values.iter().collect();
                assert!(!values.is_empty(), "RFC 8414 section 3.2: {name} would be left out");
                assert_eq!(distinct.len(), values.len(), "{name}");
            }
            other => panic!("{name}: {other}"),
        }
    }
    assert!(texts(&document, "scopes_supported").contains(&"openid".to_owned()));
    for endpoint in ["token", "introspection", "revocation"] {
        let methods = texts(&document, &format!("{endpoint}_endpoint_auth_methods_supported"));
        assert!(methods.contains(&"private_key_jwt".to_owned()), "{endpoint}");
        let algs = texts(&document, &format!("{endpoint}_endpoint_auth_signing_alg_values_supported"));
        assert!(algs.contains(&"RS256".to_owned()), "Discovery section 3: servers should support RS256");
    }
}

/// Each value is a word of the registry it comes from.
#[tokio::test]
async fn every_value_is_a_registered_word() {
    let document = document(&provider().await).await;
    let asymmetric = ["RS256", "PS256", "ES256", "Ed25519", "EdDSA"];
    for (name, words) in [
        ("response_types_supported", &["code"][..]),
        ("response_modes_supported", &["query", "form_post"]),
        (
            "grant_types_supported",
            &["authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT],
        ),
        ("subject_types_supported", &["public", "pairwise"]),
        ("code_challenge_methods_supported", &["S256"]),
        ("claim_types_supported", &["normal", "aggregated", "distributed"]),
        ("display_values_supported", &["page", "popup", "touch", "wap"]),
        ("prompt_values_supported", &["none", "login", "consent", "select_account"]),
        (
            "token_endpoint_auth_methods_supported",
            &["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        ),
        (
            "introspection_endpoint_auth_methods_supported",
            &["client_secret_basic", "client_secret_post", "private_key_jwt"],
        ),
    ] {
        for value in texts(&document, name) {
            assert!(words.contains(&value.as_str()), "{name}: {value}");
        }
    }
    // RFC 7518 sections 4 and 5.
    let agreed = ["RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"];
    let encryptions = ["A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"];
    for kind in ["id_token", "userinfo"] {
        let values = |of: &str| texts(&document, &format!("{kind}_encryption_{of}_values_supported"));
        assert!(values("alg").iter().all(|alg| agreed.contains(&alg.as_str())), "{kind}");
        assert!(values("enc").iter().all(|enc| encryptions.contains(&enc.as_str())), "{kind}");
    }
    for (name, _) in
        document.as_object().unwrap().iter().filter(|(name, _)| name.contains("signing_alg_values"))
    {
        for alg in texts(&document, name) {
            assert!(asymmetric.contains(&alg.as_str()), "{name}: {alg}, and never none (attack 61)");
        }
    }
    for locale in texts(&document, "ui_locales_supported") {
        let (language, rest) = locale.split_once('-').unwrap_or((&locale, ""));
        let canonical = language.bytes().all(|b| b.is_ascii_lowercase())
            && rest.split('-').all(|part| match part.len() {
                2 => part.bytes().all(|b| b.is_ascii_uppercase()),
                4 => part.starts_with(|c: char| c.is_ascii_uppercase()),
                _ => part.is_empty(),
            });
        assert!(canonical, "canonical BCP 47 case: {locale}");
    }
}

#[tokio::test]
async fn every_advertised_endpoint_lies_under_the_issuer_and_answers() {
    let app = provider().await;
    let document = document(&app).await;
    let endpoints: Vec<&str> = document
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
        .map(|(_, address)| address.as_str().unwrap())
        .collect();
    assert_eq!(endpoints.len(), 9);
    for endpoint in endpoints {
        let path = endpoint.strip_prefix(ISSUER).expect("an address under the issuer");
        assert_ne!(get(&app, path, &[]).await.status, 404, "{endpoint}");
    }
}

/// RFC 8414 section 3.2, Discovery section 4.3: both addresses serve one document.
#[tokio::test]
async fn both_addresses_serve_the_same_document() {
    let app = provider().await;
    let (discovery, metadata) = (get(&app, DISCOVERY, &[]).await, get(&app, METADATA, &[]).await);
    assert_eq!((discovery.status, discovery.body), (metadata.status, metadata.body));
}

/// `protocol.md`, "Discovery": cacheable, with an `ETag`, open to browser clients on every origin.
#[tokio::test]
async fn both_documents_are_cacheable_and_open_to_browser_clients() {
    let app = provider().await;
    for path in [DISCOVERY, METADATA, "/jwks"] {
        let fresh = get(&app, path, &[("origin", "https://spa.example")]).await;
        let header = |name: &str| fresh.headers[name].to_str().unwrap().to_owned();
        assert_eq!(fresh.status, 200);
        assert_eq!(header("content-type"), "application/json");
        assert_eq!(header("access-control-allow-origin"), "*");
        assert!(header("cache-control").starts_with("public, max-age="), "{path}");
        let etag = header("etag");
        for known in [etag.clone(), format!("\"old\", {etag}"), format!("W/{etag}"), "*".to_owned()] {
            let again = get(&app, path, &[("if-none-match", &known)]).await;
            assert_eq!(again.status, 304, "{path} {known}");
            assert_eq!(again.headers["etag"], etag.as_str());
            assert_eq!(again.json, Value::Null, "a 304 has no body");
        }
        assert_eq!(get(&app, path, &[("if-none-match", "\"old\"")]).await.status, 200);
    }
}

/// `protocol.md`, "Not offered, on purpose": discovery says so by omission, or explicitly where omission means yes.
#[tokio::test]
async fn what_is_not_offered_is_not_advertised() {
    let document = get(&provider().await, DISCOVERY, &[]).await.json;
    assert_eq!(document["request_uri_parameter_supported"], false, "its default would be true");
    assert_eq!(document["require_signed_request_object"], false, "RFC 9101 section 10.5: not of everybody");
    assert_eq!(document["authorization_response_iss_parameter_supported"], true, "RFC 9207 section 3");
    assert_eq!(texts(&document, "response_types_supported"), ["code"]);
    assert_eq!(texts(&document, "code_challenge_methods_supported"), ["S256"]);
    let everything = document.to_string();
    for absent in [
        "\"plain\"",
        "implicit",
        "\"password\"",
        "fragment",
        "\"HS256",
        "RSA1_5",
        "\"zip\"",
        "id_token token",
    ] {
        assert!(!everything.contains(absent), "{absent}");
    }
    let algs = texts(&document, "id_token_signing_alg_values_supported");
    assert!(algs.contains(&"RS256".to_owned()), "Discovery section 3 demands RS256");
    assert!(!algs.contains(&"none".to_owned()));
}

#[tokio::test]
async fn the_documents_are_read_only() {
    let app = provider().await;
    for path in [DISCOVERY, METADATA, "/jwks"] {
        let request = Request::post(path).header(header::CONTENT_LENGTH, 0).body(Body::empty()).unwrap();
        assert_eq!(app.send(request).await.status(), 405, "{path}");
    }
}
