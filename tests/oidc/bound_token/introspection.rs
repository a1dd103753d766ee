//! What introspection says of a bound token: RFC 9449 section 6.2, RFC 9701.

use axum::http::Method;
use idp_domain::client::{ClientId, Resource};
use serde_json::{Value, json};

use super::{FORM, INVALID_TOKEN, PATH, assert_refused, franks_token, present, send_to};
use crate::oidc::{FRANK, names, provider_with_frank, register};
use crate::support::app::PASSWORD;
use crate::support::dpop::DpopKey;
use crate::support::on_each_database;
use crate::support::relying_party::{RelyingParty, VERIFIER};

on_each_database! {
    /// RFC 9449 section 6.2: whoever may know the token may know what it is bound to, and nobody else anything.
    async fn introspection_tells_the_key_and_the_kind(app) {
        app.enrol(FRANK).await;
        let key = DpopKey::new();
        let unbound = franks_token(&app).await;
        let bound = key.bind(&app, &unbound);
        let client = app.relying_party();
        let by_itself = client.introspect(&unbound).await.json;
        assert_eq!(by_itself["token_type"], "Bearer");
        let told = client.introspect(&bound).await.json;
        assert_eq!((&told["token_type"], &told["active"]), (&json!("DPoP"), &json!(true)));
        assert_eq!(told["cnf"], json!({"jkt": key.thumbprint()}));
        let others = |of: &Value| {
            let mut of = of.as_object().unwrap().clone();
            of.retain(|name, _| name != "cnf" && name != "token_type");
            of
        };
        assert_eq!(others(&told), others(&by_itself));
        let stranger = RelyingParty::new(&app, "portal.22222", "").introspect(&bound).await;
        assert_eq!(stranger.json, json!({"active": false}));
    }

    /// RFC 9449 section 6.2, attack 55: the server of an API has nothing else to compare the proof with.
    async fn the_server_of_an_api_learns_the_key_of_a_token_meant_for_it(app) {
        const API: &str = "https://api.maple.example/v1";
        app.enrol(FRANK).await;
        register(&app, |client| {
            client.id = ClientId::parse("api.99999").unwrap();
            client.grant_types.clear();
            client.redirect_uris.clear();
            client.initiate_login_uri = None;
            client.serves = [Resource::parse(API).unwrap()].into();
        })
        .await;
        let key = DpopKey::new();
        let for_us = key.bind(&app, &franks_token(&app).await);
        register(&app, |client| client.resources = [Resource::parse(API).unwrap()].into()).await;
        let client = app.relying_party().with("resource", API);
        let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
        let params = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &client.redirect_uri),
            ("code_verifier", VERIFIER),
            ("resource", API),
        ];
        let token = key.bind(&app, client.token(&params).await.text("access_token"));
        let server = RelyingParty::new(&app, "api.99999", "");
        let told = server.introspect(&token).await.json;
        assert_eq!((&told["aud"], &told["cnf"]["jkt"]), (&json!(API), &json!(key.thumbprint())));
        assert_eq!(server.introspect(&for_us).await.json, json!({"active": false}));
        let proof = key.proof(&app, "GET", PATH).of(&token);
        assert_refused(&present(&app, &token, &proof).await, INVALID_TOKEN, "a proof widens no audience");
    }
}

/// RFC 9701: signed as well.
#[tokio::test]
async fn a_signed_introspection_says_the_same_of_a_bound_token() {
    let app = provider_with_frank().await;
    let key = DpopKey::new();
    let token = key.bind(&app, &franks_token(&app).await);
    let client = app.relying_party();
    let basic = client.basic();
    let headers =
        [("authorization", basic.as_str()), FORM, ("accept", "application/token-introspection+jwt")];
    let signed = send_to(&app, Method::POST, "/introspect", &headers, &format!("token={token}")).await;
    let (claims, _) = client.verify(&signed.body).await;
    let told = &claims["token_introspection"];
    assert_eq!(told, &client.introspect(&token).await.json);
    assert!(names(told.as_object().unwrap()).contains(&"cnf"), "{told}");
}
