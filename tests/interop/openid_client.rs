//! `openid-client` from npm (`openid-client.mjs`), the library most relying parties on Node.js use. It verifies every
//! signature: of ID tokens, of signed UserInfo and of signed introspection.

use super::registration::Registration;
use super::script::Library;
use super::{provider, provider_on};
use crate::support::database::TestDatabase;
use crate::support::process::Running;
use crate::support::rig::Rig;

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

/// OpenID Connect Core section 10.2, with each algorithm that discovery names; the hint of the log-out is what was signed.
#[tokio::test]
async fn openid_client_decrypts_id_tokens_and_user_info() {
    for (alg, enc) in [
        ("RSA-OAEP", "A128CBC-HS256"),
        ("RSA-OAEP-256", "A256CBC-HS512"),
        ("ECDH-ES", "A128GCM"),
        ("ECDH-ES", "A256CBC-HS512"),
        ("ECDH-ES+A128KW", "A256GCM"),
        ("ECDH-ES+A256KW", "A128CBC-HS256"),
    ] {
        let client = Registration::portal().encrypted(alg, enc);
        walks(client.with("userinfo_signed_response_alg", "ES256")).await;
    }
}

/// RFC 9126, for a client that must; RFC 9449, and a bearer of its token is refused.
#[tokio::test]
async fn openid_client_walks_the_whole_way_by_pushed_requests_and_with_bound_tokens() {
    let pushing = Registration::portal().with("require_pushed_authorization_requests", true);
    walks(pushing.by(&["par"])).await;
    let bound = Registration::portal().with("dpop_bound_access_tokens", true);
    walks(bound.clone().by(&["dpop"])).await;
    walks(bound.by(&["par", "dpop"])).await;
}

/// RFC 9449 section 8: the library is told a nonce, and tries again by itself.
#[tokio::test]
async fn openid_client_learns_the_nonce_for_its_proofs() {
    let client = Registration::portal().with("dpop_bound_access_tokens", true).by(&["par", "dpop"]);
    let mut rig = Rig::new();
    rig.set("tokens.dpop_nonces", true);
    let (rig, server) = provider_on(rig, &[&client]).await;
    OPENID_CLIENT.walks(&client, &rig).await;
    server.stop().await;
}

/// RFC 9101, signed with keys of every kind, and nothing else is taken from this client.
#[tokio::test]
async fn openid_client_walks_the_whole_way_by_signed_requests() {
    let named = |alg| Registration::portal().with("client_id", format!("portal-{alg}.99999"));
    let signing = |alg| named(alg).keyed(alg).with("require_signed_request_object", true).by(&["jar"]);
    let clients = ["RS256", "PS256", "ES256", "Ed25519"].map(signing);
    let (rig, server) = provider(&clients.each_ref()).await;
    for client in &clients {
        OPENID_CLIENT.walks(client, &rig).await;
    }
    server.stop().await;
}

/// FAPI 2.0 Security Profile, with `private_key_jwt` and DPoP, by everything it may be signed with.
#[tokio::test]
async fn openid_client_walks_the_whole_way_as_fapi2() {
    let named = |alg| Registration::portal().with("client_id", format!("portal-{alg}.99999"));
    let clients = ["PS256", "ES256", "Ed25519"].map(|alg| named(alg).keyed(alg).fapi2());
    let (rig, server) = provider(&clients.each_ref()).await;
    for client in &clients {
        OPENID_CLIENT.walks(client, &rig).await;
    }
    server.stop().await;
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

/// The provider, on either database, and a token for so many clients that register themselves.
async fn open_provider(database: Option<&TestDatabase>, uses: &str) -> (Rig, Running, String) {
    let mut rig = Rig::new();
    rig.set("registration.mode", "token");
    if let Some(database) = database {
        rig.use_database(database);
    }
    let (rig, server) = provider_on(rig, &[&Registration::portal()]).await;
    let told = rig.run(&["client", "invite", "create", "Shift Swap", "--uses", uses]).answer();
    let token = told.split_whitespace().find(|word| word.starts_with("iat_") && word.contains('.'));
    let token = token.expect("a token").to_owned();
    (rig, server, token)
}

/// RFC 7591 and RFC 7592: it registers itself, walks the whole way, reads, replaces and takes away what it registered. By its
/// secret in both ways, and by a key, pushed and bound (RFC 7523, RFC 9126, RFC 9449).
async fn registers_itself(database: Option<&TestDatabase>) {
    let (rig, server, token) = open_provider(database, "3").await;
    let stranger = || Registration::stranger(&token);
    let by_key = stranger().keyed("ES256").with("require_pushed_authorization_requests", true);
    for client in [
        stranger(),
        stranger().with("token_endpoint_auth_method", "client_secret_post").with("default_max_age", 3600),
        by_key.with("dpop_bound_access_tokens", true).by(&["par", "dpop"]),
    ] {
        OPENID_CLIENT.walks(&client, &rig).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn openid_client_registers_itself_and_walks_the_whole_way() {
    registers_itself(None).await;
}

#[tokio::test]
async fn openid_client_registers_itself_and_walks_the_whole_way_on_postgres() {
    let database = TestDatabase::postgres().await;
    registers_itself(Some(&database)).await;
}
