//! Provider metadata: OpenID Connect Discovery 1.0 section 3, RFC 8414; `protocol.md`, "Discovery".

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use idp_domain::client::{AuthMethod, GrantType};
use idp_domain::signing_key::SigningAlg;
use idp_service::Env;
use idp_service::endpoint::Issuer;
use idp_web::WebOptions;
use serde_json::Value;
use tower::ServiceExt as _;

use super::{FRANK, franks_tokens, get, provider, provider_with_frank, register};
use crate::support::app::{ISSUER, PASSWORD, SECRET, TestApp};
use crate::support::relying_party::{RelyingParty, VERIFIER, answer};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const METADATA: &str = "/.well-known/oauth-authorization-server";

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

#[tokio::test]
async fn every_advertised_endpoint_lies_under_the_issuer_and_answers() {
    let app = provider().await;
    let document = get(&app, DISCOVERY, &[]).await;
    let object = document.json.as_object().unwrap();
    let endpoints: Vec<&str> = object
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
        .map(|(_, address)| address.as_str().unwrap())
        .collect();
    assert_eq!(endpoints.len(), 5);
    for endpoint in endpoints {
        let path = endpoint.strip_prefix(ISSUER).expect("an address under the issuer");
        assert_ne!(get(&app, path, &[]).await.status, 404, "{endpoint}");
    }
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
    assert_eq!(document["request_parameter_supported"], false);
    assert_eq!(document["authorization_response_iss_parameter_supported"], true, "RFC 9207 section 3");
    assert_eq!(texts(&document, "response_types_supported"), ["code"]);
    assert_eq!(texts(&document, "code_challenge_methods_supported"), ["S256"]);
    let everything = document.to_string();
    for absent in ["\"plain\"", "implicit", "\"password\"", "fragment", "HS256", "id_token token"] {
        assert!(!everything.contains(absent), "{absent}");
    }
    let algs = texts(&document, "id_token_signing_alg_values_supported");
    assert!(algs.contains(&"RS256".to_owned()), "Discovery section 3 demands RS256");
    assert!(!algs.contains(&"none".to_owned()));
}

#[tokio::test]
async fn every_advertised_signing_algorithm_signs_an_id_token() {
    let app = provider_with_frank().await;
    let document = get(&app, DISCOVERY, &[]).await.json;
    for name in texts(&document, "id_token_signing_alg_values_supported") {
        register(&app, |client| client.id_token_alg = SigningAlg::parse(&name).unwrap()).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let (_, header) = client.verify(tokens.text("id_token")).await;
        assert_eq!(header["alg"], name.as_str(), "OpenID Connect Registration section 2");
    }
}

#[tokio::test]
async fn every_advertised_scope_is_granted() {
    let app = provider_with_frank().await;
    let document = get(&app, DISCOVERY, &[]).await.json;
    let scopes = texts(&document, "scopes_supported");
    assert!(scopes.contains(&"openid".to_owned()), "Discovery section 3");
    for scope in scopes {
        let mut client = app.relying_party();
        client.scope = format!("openid {scope}");
        let tokens = franks_tokens(&app, &client).await;
        assert!(tokens.text("scope").split(' ').any(|granted| granted == scope), "{scope}");
    }
}

#[tokio::test]
async fn every_advertised_grant_is_granted() {
    let app = provider_with_frank().await;
    let document = get(&app, DISCOVERY, &[]).await.json;
    let grants: BTreeSet<String> = texts(&document, "grant_types_supported").into_iter().collect();
    assert_eq!(grants, GrantType::VARIANTS.map(|grant| grant.as_str().to_owned()).into());

    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    assert_eq!(client.refresh(tokens.text("refresh_token")).await.status, 200);
    assert!(!app.admin().token().await.is_empty());
}

#[tokio::test]
async fn every_advertised_response_mode_brings_a_code() {
    let app = provider_with_frank().await;
    let document = get(&app, DISCOVERY, &[]).await.json;
    for mode in texts(&document, "response_modes_supported") {
        let client = app.relying_party().with("response_mode", &mode);
        let page = client.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        let code = match mode.as_str() {
            "query" => page.sent("code"),
            "form_post" => page.attribute("input[name=code]", "value"),
            other => panic!("{other} is advertised and not tested"),
        };
        assert_eq!(client.redeem(&code.expect("a code")).await.status, 200, "{mode}");
    }
}

#[tokio::test]
async fn every_advertised_authentication_method_authenticates() {
    let app = provider_with_frank().await;
    let document = get(&app, DISCOVERY, &[]).await.json;
    for name in texts(&document, "token_endpoint_auth_methods_supported") {
        let method = AuthMethod::VARIANTS.into_iter().find(|m| m.as_str() == name).unwrap();
        register(&app, |client| client.auth_method = method).await;
        let status = redeem_by(&app, method).await;
        assert_eq!(status, 200, "{name}");
    }
}

async fn redeem_by(app: &TestApp, method: AuthMethod) -> u16 {
    let client: RelyingParty<'_> = app.relying_party();
    let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
    let mut params = vec![
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &client.redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    match method {
        AuthMethod::ClientSecretBasic => return client.redeem(&code).await.status,
        AuthMethod::ClientSecretPost => {
            params.extend([("client_id", "portal.99999"), ("client_secret", SECRET)])
        }
        AuthMethod::None => params.push(("client_id", "portal.99999")),
    }
    client.post("/token", &params, None).await.status
}

/// Discovery section 3, `claims_supported`: whatever we tell about a person is on the list.
#[tokio::test]
async fn every_claim_that_is_told_is_advertised() {
    let app = provider_with_frank().await;
    let document = get(&app, DISCOVERY, &[]).await.json;
    let advertised: BTreeSet<String> = texts(&document, "claims_supported").into_iter().collect();
    let client = app.relying_party();
    let tokens = franks_tokens(&app, &client).await;
    let (claims, _) = client.verify(tokens.text("id_token")).await;
    let userinfo = client.userinfo(tokens.text("access_token")).await.json;
    for claim in claims.keys().chain(userinfo.as_object().unwrap().keys()) {
        assert!(advertised.contains(claim), "{claim}");
    }
}

/// Core section 3.1.2.1: `acr_values` that can be satisfied end up in `acr`.
#[tokio::test]
async fn every_advertised_acr_is_reached() {
    let app = provider_with_frank().await;
    let document = get(&app, DISCOVERY, &[]).await.json;
    for acr in texts(&document, "acr_values_supported") {
        let client = app.relying_party().with("acr_values", &acr);
        let tokens = franks_tokens(&app, &client).await;
        assert_eq!(client.verify(tokens.text("id_token")).await.0["acr"], acr.as_str());
    }
}

#[tokio::test]
async fn the_documents_are_read_only() {
    let app = provider().await;
    for path in [DISCOVERY, METADATA, "/jwks"] {
        let request = Request::post(path).header(header::CONTENT_LENGTH, 0).body(Body::empty()).unwrap();
        assert_eq!(app.send(request).await.status(), 405, "{path}");
    }
}
