//! Two nodes on one PostgreSQL and one Redis, behind a load balancer whose address is the issuer, are one provider.

mod assertion;
mod back_channel;
mod death;
mod flow;
mod logout;
mod race;
mod rotation;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::JwkSet;
use josekit::jws::{ES256, JwsVerifier, RS256};
use serde_json::Value;

use crate::support::balancer::Balancer;
use crate::support::database::TestDatabase;
use crate::support::process::{PrivateRedis, Running};
use crate::support::rig::{PASSWORD, Reachable as _, Rig, USER_NAME, http};
use crate::support::visitor::{Shown, Visitor, authorization_request};

/// Dropped in this order: what runs first, what it runs on last.
struct Cluster {
    running: [Option<Running>; 2],
    nodes: [Rig; 2],
    balancer: Balancer,
    _redis: PrivateRedis,
    database: TestDatabase,
}

impl Cluster {
    /// Both nodes ready, with the example seed.
    async fn start() -> Self {
        Self::with(|_| {}, idp::seed_file::EXAMPLE).await
    }

    /// Both nodes ready, with these settings and this seed. They are started at the same moment.
    async fn with(configure: impl Fn(&mut Rig), seed: &str) -> Self {
        let database = TestDatabase::postgres().await;
        let redis = PrivateRedis::start().await;
        let mut nodes = [Rig::new(), Rig::new()];
        let balancer = Balancer::before(nodes.iter().map(|node| node.port).collect()).await;
        for node in &mut nodes {
            node.set("issuer.url", balancer.address());
            node.use_database(&database);
            node.set("ephemeral.url", redis.url());
            node.set("keys.poll", "1 s");
            configure(node);
        }
        nodes[0].seed_with(seed);
        let (one, other) = tokio::join!(nodes[0].serve(), nodes[1].serve());
        Self { running: [Some(one), Some(other)], nodes, balancer, _redis: redis, database }
    }

    /// Each node, with the other one.
    fn each_and_the_other(&self) -> [[&Rig; 2]; 2] {
        let [first, second] = &self.nodes;
        [[first, second], [second, first]]
    }

    /// `kill -9` for the first or the second node.
    fn kill(&mut self, node: usize) {
        self.running[node].take().expect("it runs").kill();
    }

    /// Ends what still runs the friendly way.
    async fn stop(mut self) {
        for running in self.running.iter_mut().filter_map(Option::take) {
            running.stop().await;
        }
    }

    /// The seed's account logs in through the balancer, up to the redirect with the code.
    async fn log_in(&self, visitor: &Visitor) -> Shown {
        let page = visitor.open(&authorization_request(&self.balancer)).await;
        visitor.log_in(&page, USER_NAME, PASSWORD).await
    }
}

/// The keys that this node serves now.
async fn jwks(node: &Rig) -> JwkSet {
    let answer = http().get(format!("{}/jwks", node.address())).send().await.expect("an answer");
    JwkSet::from_bytes(answer.bytes().await.expect("a body")).expect("a key set")
}

/// The claims of a token whose signature is proven by the keys that this node serves now.
pub(super) async fn verified(node: &Rig, token: &str) -> Value {
    let header = josekit::jwt::decode_header(token).expect("a header");
    let kid = header.claim("kid").and_then(Value::as_str).expect("a kid");
    let set = jwks(node).await;
    let key = set.get(kid).into_iter().next().unwrap_or_else(|| panic!("{kid} is not published"));
    let verifier: Box<dyn JwsVerifier> = match key.algorithm() {
        Some("RS256") => Box::new(RS256.verifier_from_jwk(key).expect("an RSA key")),
        Some("ES256") => Box::new(ES256.verifier_from_jwk(key).expect("an EC key")),
        other => panic!("a key for {other:?}"),
    };
    let (claims, _) = josekit::jwt::decode_with_verifier(token, &*verifier).expect("a valid signature");
    Value::Object(claims.into())
}

/// What a token says, unproven.
pub(super) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a payload");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}
