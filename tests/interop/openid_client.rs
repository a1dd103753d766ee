//! `openid-client` from npm (`openid-client.mjs`), the library most relying parties on Node.js use. It verifies every
//! signature: of ID tokens, of signed UserInfo and of signed introspection.

use super::provider;
use super::registration::Registration;
use super::script::Library;

const OPENID_CLIENT: Library =
    Library { program: "node", script: "openid-client.mjs", installed: "node_modules/openid-client" };

async fn walks(client: Registration) {
    let (rig, server) = provider(&[&client]).await;
    OPENID_CLIENT.walks(&client, &rig).await;
    server.stop().await;
}

#[tokio::test]
async fn openid_client_walks_the_whole_way_with_rs256() {
    walks(Registration::portal().with("id_token_signed_response_alg", "RS256")).await;
}

#[tokio::test]
async fn openid_client_walks_the_whole_way_with_es256() {
    walks(Registration::portal().with("id_token_signed_response_alg", "ES256")).await;
}

#[tokio::test]
async fn openid_client_walks_the_whole_way_with_its_secret_in_the_body() {
    walks(Registration::portal().with("token_endpoint_auth_method", "client_secret_post")).await;
}

/// RFC 7523 section 2.2; the assertion's audience is the issuer.
#[tokio::test]
async fn openid_client_walks_the_whole_way_with_keys_of_every_kind() {
    let named = |alg| Registration::portal().with("client_id", format!("portal-{alg}.99999"));
    let clients = ["RS256", "PS256", "ES256", "Ed25519"].map(|alg| named(alg).keyed(alg));
    let (rig, server) = provider(&clients.each_ref()).await;
    for client in &clients {
        OPENID_CLIENT.walks(client, &rig).await;
    }
    server.stop().await;
}

/// OpenID Connect Core section 5.3.2 and RFC 9701: both are JWTs, and their signatures are good.
#[tokio::test]
async fn openid_client_verifies_signed_user_info_and_signed_introspection() {
    for alg in ["RS256", "ES256"] {
        let client = Registration::portal().with("userinfo_signed_response_alg", alg);
        walks(client.with("introspection_signed_response_alg", alg)).await;
    }
}

/// OpenID Connect Core section 8: one person, two clients, two subjects; each client always sees the same one.
#[tokio::test]
async fn openid_client_sees_another_subject_as_a_pairwise_client() {
    let portal = Registration::portal();
    let pairwise = portal.clone().pairwise();
    let (rig, server) = provider(&[&portal, &pairwise]).await;
    let subject = OPENID_CLIENT.walks(&pairwise, &rig).await;
    assert_eq!(subject, OPENID_CLIENT.walks(&pairwise, &rig).await);
    assert_ne!(subject, OPENID_CLIENT.walks(&portal, &rig).await);
    server.stop().await;
}
