//! `Authlib` from PyPI (`authlib_flask.py`), in the Flask application that its documentation shows.

use super::provider;
use super::registration::Registration;
use super::script::Library;

const AUTHLIB: Library =
    Library { program: "venv/bin/python", script: "authlib_flask.py", installed: "venv/installed" };

async fn walks(client: Registration) {
    let (rig, server) = provider(&[&client]).await;
    AUTHLIB.walks(&client, &rig).await;
    server.stop().await;
}

#[tokio::test]
async fn authlib_walks_the_whole_way_with_rs256() {
    walks(Registration::portal().with("id_token_signed_response_alg", "RS256")).await;
}

#[tokio::test]
async fn authlib_walks_the_whole_way_with_es256() {
    walks(Registration::portal().with("id_token_signed_response_alg", "ES256")).await;
}

#[tokio::test]
async fn authlib_walks_the_whole_way_with_its_secret_in_the_body() {
    walks(Registration::portal().with("token_endpoint_auth_method", "client_secret_post")).await;
}

/// RFC 7523 section 2.2; the assertion's audience is the token endpoint.
#[tokio::test]
async fn authlib_walks_the_whole_way_with_keys_of_every_kind() {
    let named = |alg| Registration::portal().with("client_id", format!("portal-{alg}.99999"));
    let clients = ["RS256", "PS256", "ES256", "EdDSA"].map(|alg| named(alg).keyed(alg));
    let (rig, server) = provider(&clients.each_ref()).await;
    for client in &clients {
        AUTHLIB.walks(client, &rig).await;
    }
    server.stop().await;
}

/// OpenID Connect Core section 8.
#[tokio::test]
async fn authlib_sees_another_subject_as_a_pairwise_client() {
    let portal = Registration::portal();
    let pairwise = portal.clone().pairwise();
    let (rig, server) = provider(&[&portal, &pairwise]).await;
    assert_ne!(AUTHLIB.walks(&pairwise, &rig).await, AUTHLIB.walks(&portal, &rig).await);
    server.stop().await;
}
