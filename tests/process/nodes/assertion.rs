//! A client assertion is worth one use, whichever node it is shown to first (RFC 7523 section 3; attack 52).

use futures::future::join_all;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::{ES256, JwsHeader};
use josekit::jwt::JwtPayload;
use serde_json::{Value, json};

use super::Cluster;
use crate::support::rig::{Reachable, http};

const CLIENT: &str = "robot.99999";

/// A client with a key of its own and no secret.
struct Robot {
    key: Jwk,
}

impl Robot {
    fn new() -> Self {
        Self { key: Jwk::generate_ec_key(EcCurve::P256).expect("a key") }
    }

    /// The example seed, and this client.
    fn seed(&self) -> String {
        let public = self.key.to_public_key().expect("a public key");
        let jwks = toml::Value::try_from(json!({ "keys": [public.as_ref()] })).expect("TOML");
        format!(
            "{}\n[[client]]\nclient_id = \"{CLIENT}\"\nclient_name = \"Robot\"\ncompany = \"99999\"\n\
             token_endpoint_auth_method = \"private_key_jwt\"\njwks = {jwks}\n\
             grant_types = [\"client_credentials\"]\nscope = \"members:read\"\n",
            idp::seed_file::EXAMPLE
        )
    }

    /// A fresh assertion: `iss` and `sub` are the client, `aud` is the issuer.
    fn assertion(&self, issuer: &str, jti: &str) -> String {
        #[expect(clippy::disallowed_methods, reason = "the client has a clock of its own")]
        let now = std::time::SystemTime::now();
        let mut claims = JwtPayload::new();
        claims.set_issuer(CLIENT);
        claims.set_subject(CLIENT);
        claims.set_claim("aud", Some(Value::from(issuer))).expect("a string");
        claims.set_jwt_id(jti);
        claims.set_issued_at(&now);
        claims.set_expires_at(&(now + std::time::Duration::from_secs(60)));
        let signer = ES256.signer_from_jwk(&self.key).expect("a signer");
        josekit::jwt::encode_with_signer(&claims, &JwsHeader::new(), &signer).expect("an assertion")
    }
}

/// Status and `error` of a token request with this assertion.
async fn present(at: &impl Reachable, assertion: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    let answer = http().post(format!("{}/token", at.address())).form(&form).send().await.expect("an answer");
    let status = answer.status().as_u16();
    let mut body: Value = answer.json().await.expect("JSON");
    (status, body["error"].take())
}

fn replayed() -> (u16, Value) {
    (401, Value::from("invalid_client"))
}

#[tokio::test]
async fn an_assertion_used_at_one_node_is_a_replay_at_the_other() {
    let robot = Robot::new();
    let cluster = Cluster::with(|_| {}, &robot.seed()).await;
    for (run, [here, there]) in cluster.each_and_the_other().into_iter().enumerate() {
        let assertion = robot.assertion(&cluster.balancer.address(), &format!("used-{run}"));
        assert_eq!(present(here, &assertion).await, (200, Value::Null));
        assert_eq!(present(there, &assertion).await, replayed());
        assert_eq!(present(here, &assertion).await, replayed());
    }
    cluster.stop().await;
}

#[tokio::test]
async fn an_assertion_shown_to_both_nodes_at_once_is_accepted_once() {
    let robot = Robot::new();
    let cluster = Cluster::with(|_| {}, &robot.seed()).await;
    let assertion = robot.assertion(&cluster.balancer.address(), "shown to everybody");
    let answers = join_all((0..20).map(|_| present(&cluster.balancer, &assertion))).await;
    let (accepted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(status, _)| *status == 200);
    assert_eq!(accepted.len(), 1, "{refused:?}");
    assert!(refused.iter().all(|answer| *answer == replayed()), "{refused:?}");
    cluster.stop().await;
}
