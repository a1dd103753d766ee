//! Keys rotate while tokens are issued and used; whoever verifies with the other node's JWKS never meets an unknown key.

use std::cell::Cell;
use std::collections::BTreeSet;

use serde_json::Value;

use super::{Cluster, jwks, verified};
use crate::support::process::eventually;
use crate::support::rig::Rig;
use crate::support::visitor::Visitor;

const PORTALS: usize = 3;

/// Twenty-six hours pass for the calendar of the keys, more than `keys.announce_before`. The odd millisecond keeps two
/// of them from meeting on an hour on the way.
const A_DAY_PASSES: &str = "UPDATE signing_keys SET active_from = active_from - 93600001";

async fn published(node: &Rig) -> BTreeSet<String> {
    jwks(node).await.keys().iter().filter_map(|key| key.key_id().map(str::to_owned)).collect()
}

fn kid(token: &str) -> String {
    let header = josekit::jwt::decode_header(token).expect("a header");
    header.claim("kid").and_then(Value::as_str).expect("a kid").to_owned()
}

fn jwts(tokens: &Value) -> [&str; 2] {
    ["id_token", "access_token"].map(|name| tokens[name].as_str().expect("a token"))
}

/// Refreshes and uses what it got until told to stop, and once more then. Returns the keys that signed for it.
async fn portal(cluster: &Cluster, stop: &Cell<bool>) -> BTreeSet<String> {
    let visitor = Visitor::new();
    let mut tokens = visitor.tokens(&cluster.balancer).await;
    let mut signed_with = BTreeSet::new();
    loop {
        let last = stop.get();
        let refreshed = visitor.refresh(&cluster.balancer, &tokens).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        tokens = refreshed.json();
        for token in jwts(&tokens) {
            signed_with.insert(kid(token));
            for node in &cluster.nodes {
                verified(node, token).await;
            }
        }
        let claims = visitor.user_info(&cluster.balancer, &tokens).await;
        assert_eq!(claims.status, 200, "{claims:?}");
        if last {
            return signed_with;
        }
    }
}

/// `idp keys rotate`, both nodes announce, the time comes, both nodes sign with the new keys.
async fn rotate(cluster: &Cluster, old: &BTreeSet<String>) {
    let rotated = cluster.nodes[0].run_meanwhile(&["keys", "rotate"]).await.answer();
    assert!(rotated.contains("announced"), "{rotated}");
    for node in &cluster.nodes {
        eventually("the announced keys", async || (published(node).await.len() == 4).then_some(())).await;
    }
    cluster.database.execute(A_DAY_PASSES).await;
    for node in &cluster.nodes {
        let visitor = Visitor::new();
        let mut tokens = visitor.tokens(&cluster.balancer).await;
        eventually("the new keys to sign", async || {
            tokens = visitor.refresh(node, &tokens).await.json();
            jwts(&tokens).iter().all(|token| !old.contains(&kid(token))).then_some(())
        })
        .await;
    }
}

/// `protocol.md`, "Discovery and JWKS": the next key is announced before it signs, the retired one kept.
#[tokio::test]
async fn keys_rotate_under_load_and_no_request_fails() {
    let cluster = Cluster::start().await;
    let old = published(&cluster.nodes[0]).await;
    assert_eq!(old.len(), 2, "one for each algorithm");
    let early = Visitor::new().tokens(&cluster.balancer).await;

    let stop = Cell::new(false);
    let portals = futures::future::join_all((0..PORTALS).map(|_| portal(&cluster, &stop)));
    let rotation = async {
        rotate(&cluster, &old).await;
        stop.set(true);
    };
    let (signed_with, ()) = tokio::join!(portals, rotation);

    let all = published(&cluster.nodes[1]).await;
    for kids in signed_with {
        assert_eq!(kids, all, "each portal saw the old keys and the new ones");
    }
    for node in &cluster.nodes {
        assert_eq!(
            Visitor::new().user_info(node, &early).await.status,
            200,
            "the old keys are still accepted"
        );
    }
    cluster.stop().await;
}
