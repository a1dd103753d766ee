//! Codes and refresh tokens are worth one use, whoever of the nodes is asked, and at whatever moment.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::Value;

use super::Cluster;
use crate::support::rig::Rig;
use crate::support::visitor::{Shown, Visitor};

/// As many as `protocol.md` ("Token endpoint") and attack 45 ask for.
const AT_ONCE: usize = 20;

/// The same request on many connections at the same moment, every second one to the other node.
async fn at_once(cluster: &Cluster, ask: impl AsyncFn() -> Shown) -> Vec<Shown> {
    let before = token_requests(cluster);
    let answers = join_all((0..AT_ONCE).map(|_| ask())).await;
    let after = token_requests(cluster);
    assert_eq!([after[0] - before[0], after[1] - before[1]], [AT_ONCE / 2; 2], "both nodes were asked");
    answers
}

fn token_requests(cluster: &Cluster) -> [usize; 2] {
    cluster.nodes.each_ref().map(|node| cluster.balancer.answered(node.port, "POST /token"))
}

fn refused() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

/// RFC 6749 section 4.1.2; `protocol.md`: also at the same moment from 20 connections exactly one wins, and what the
/// code issued is revoked.
#[tokio::test]
async fn a_code_presented_20_times_at_once_is_redeemed_once_and_what_it_issued_is_revoked() {
    let cluster = Cluster::start().await;
    let visitor = Visitor::new();
    let code = cluster.log_in(&visitor).await.sent("code");
    let answers = at_once(&cluster, async || visitor.exchange(&cluster.balancer, &code).await).await;

    let (won, lost): (Vec<Shown>, Vec<Shown>) = answers.into_iter().partition(|answer| answer.status == 200);
    let [won] = won.as_slice() else { panic!("{} answers of 200", won.len()) };
    assert!(lost.iter().all(|answer| answer.error() == refused()), "{lost:?}");
    for node in &cluster.nodes {
        assert_ended(&visitor, node, &won.json()).await;
    }
    assert_eq!(cluster.database.count("SELECT count(*) FROM grants").await, 1);
    cluster.stop().await;
}

/// Later, and at the node that did not redeem it.
#[tokio::test]
async fn a_code_redeemed_at_one_node_is_a_replay_at_the_other() {
    let cluster = Cluster::start().await;
    for [here, there] in cluster.each_and_the_other() {
        let visitor = Visitor::new();
        let code = cluster.log_in(&visitor).await.sent("code");
        let tokens = visitor.redeem(here, &code).await;
        assert_eq!(visitor.user_info(there, &tokens).await.status, 200, "{tokens}");
        assert_eq!(visitor.exchange(there, &code).await.error(), refused());
        assert_ended(&visitor, here, &tokens).await;
    }
    cluster.stop().await;
}

/// Attack 45 (CVE-2026-1035): one successor row, the same answer for all within the grace; the family is revoked after.
#[tokio::test]
async fn a_token_refreshed_20_times_at_once_has_one_successor_and_its_reuse_revokes_the_family() {
    let cluster = Cluster::start().await;
    let visitor = Visitor::new();
    let first = visitor.tokens(&cluster.balancer).await;
    let answers = at_once(&cluster, async || visitor.refresh(&cluster.balancer, &first).await).await;

    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let tokens: Vec<Value> = answers.iter().map(Shown::json).collect();
    let successors: BTreeSet<String> =
        tokens.iter().map(|token| token["refresh_token"].to_string()).collect();
    assert_eq!(successors.len(), 1, "the same answer for all");
    assert_eq!(cluster.database.count("SELECT count(*) FROM refresh_tokens").await, 2, "one successor");
    for node in &cluster.nodes {
        assert_eq!(visitor.user_info(node, &tokens[0]).await.status, 200);
    }

    // `tokens.refresh_grace` passes for the row; nobody has to sit through it.
    cluster.database.execute("UPDATE refresh_tokens SET rotated_at = rotated_at - 10001").await;
    let [here, there] = &cluster.nodes;
    assert_eq!(visitor.refresh(here, &first).await.error(), refused());
    assert_ended(&visitor, there, &tokens[0]).await;
    cluster.stop().await;
}

/// `protocol.md`: the grace ends when the successor is used, at whichever node that was.
#[tokio::test]
async fn a_successor_used_at_one_node_ends_the_grace_at_the_other() {
    let cluster = Cluster::start().await;
    for [here, there] in cluster.each_and_the_other() {
        let visitor = Visitor::new();
        let first = visitor.tokens(here).await;
        let second = visitor.refresh(there, &first).await.json();
        let again = visitor.refresh(here, &first).await.json();
        assert_eq!(second["refresh_token"], again["refresh_token"], "the losing twin of a race");
        let third = visitor.refresh(here, &second).await;
        assert_eq!(third.status, 200, "{third:?}");
        assert_eq!(visitor.refresh(there, &first).await.error(), refused());
        assert_ended(&visitor, here, &third.json()).await;
    }
    cluster.stop().await;
}

/// Neither the access token nor the refresh token is worth anything at this node.
async fn assert_ended(visitor: &Visitor, node: &Rig, tokens: &Value) {
    assert_eq!(visitor.user_info(node, tokens).await.status, 401);
    assert_eq!(visitor.refresh(node, tokens).await.error(), refused());
}
