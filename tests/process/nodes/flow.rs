//! Every request of a flow may land on either node: nothing is remembered where only one node could find it.

use super::Cluster;
use crate::support::rig::{PORTAL, http};
use crate::support::visitor::{Visitor, authorization_request};

/// What a person and a portal ask for, in the order in which they do.
const FLOW: [&str; 8] = [
    "GET /authorize",
    "GET /login",
    "POST /login",
    "GET /continue",
    "POST /token",
    "GET /userinfo",
    "POST /token",
    "GET /logout",
];

/// From "Log In" to "signed out", as a portal and its visitor would.
async fn sign_in_refresh_and_log_out(cluster: &Cluster) {
    let balancer = &cluster.balancer;
    let visitor = Visitor::new();
    let tokens = visitor.tokens(balancer).await;
    assert_eq!(visitor.user_info(balancer, &tokens).await.status, 200);
    let refreshed = visitor.refresh(balancer, &tokens).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    let left = visitor.log_out(balancer, &refreshed.json()).await;
    assert_eq!(left.leads_to.as_ref().map(url::Url::as_str), Some(format!("{PORTAL}/signed-out").as_str()));
}

/// The nodes take turns after one request, then after two, then after four: any two of the eight places in the flow
/// differ in a binary digit, so in one of these runs they are served by different nodes. Either node begins.
#[tokio::test]
async fn any_two_requests_of_a_flow_may_land_on_different_nodes() {
    let cluster = Cluster::start().await;
    let mut runs = 0;
    for in_a_row in [1, 2, 4] {
        for begins in [0, 1] {
            cluster.balancer.deal(in_a_row, begins);
            sign_in_refresh_and_log_out(&cluster).await;
            runs += 1;
        }
    }
    for asked in FLOW {
        let served = cluster.nodes.each_ref().map(|node| cluster.balancer.answered(node.port, asked));
        let in_each_run = FLOW.iter().filter(|step| **step == asked).count();
        let half = runs / 2 * in_each_run;
        assert_eq!(served, [half; 2], "{asked}: the flow has the length that the runs are made for");
    }
    cluster.stop().await;
}

/// The keys were made by whichever node was faster; the other one found them.
#[tokio::test]
async fn nodes_that_start_together_publish_the_same_keys() {
    let cluster = Cluster::start().await;
    let mut published = Vec::new();
    for node in &cluster.nodes {
        let answer = http().get(format!("{}/jwks", node.address())).send().await.expect("an answer");
        published.push(answer.text().await.expect("a body"));
    }
    assert!(published[0].contains("\"RS256\"") && published[0].contains("\"ES256\""), "{}", published[0]);
    assert_eq!(published[0], published[1]);
    cluster.stop().await;
}

/// Whoever signed in through one node is signed in at the other.
#[tokio::test]
async fn single_sign_on_does_not_care_where_the_session_began() {
    let cluster = Cluster::start().await;
    for [here, there] in cluster.each_and_the_other() {
        let visitor = Visitor::new();
        visitor.tokens(here).await;
        let back = visitor.open(&authorization_request(there)).await;
        assert!(!back.sent("code").is_empty(), "no second log-in: {back:?}");
    }
    cluster.stop().await;
}
