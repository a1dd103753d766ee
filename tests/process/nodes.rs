//! Two nodes on one PostgreSQL and one Redis are one provider.

use crate::support::database::TestDatabase;
use crate::support::environment;
use crate::support::rig::{PASSWORD, Rig, USER_NAME, http};
use crate::support::visitor::{Visitor, authorization_request};

/// Both nodes have the address of the first for their issuer, as behind a load balancer.
fn nodes(database: &TestDatabase) -> [Rig; 2] {
    let mut first = Rig::new();
    let mut second = Rig::new();
    second.set("issuer.url", first.address());
    for node in [&mut first, &mut second] {
        node.set("database.url", database.url());
        node.set("ephemeral.url", environment::redis_url());
        node.set_masters(&["2026"]);
    }
    [first, second]
}

async fn jwks(rig: &Rig) -> String {
    let answer = http().get(format!("{}/jwks", rig.address())).send().await.expect("an answer");
    answer.text().await.expect("a body")
}

#[tokio::test]
async fn two_nodes_started_at_once_publish_the_same_keys_and_finish_what_the_other_began() {
    let database = TestDatabase::postgres().await;
    let [first, second] = nodes(&database);
    first.seed();
    let (one, other) = tokio::join!(first.serve(), second.serve());
    assert_eq!(jwks(&first).await, jwks(&second).await);

    // The page from the first node, the form to the second, the code back to the first.
    let visitor = Visitor::new();
    let mut page = visitor.open(&authorization_request(&first)).await;
    page.url.set_port(Some(second.port)).expect("a port");
    let back = visitor.log_in(&page, USER_NAME, PASSWORD).await;
    assert_eq!(back.url.port(), Some(second.port), "the second node answered");
    let tokens = visitor.redeem(&first, &back.sent("code")).await;
    assert_eq!(visitor.user_info(&second, &tokens).await.status, 200, "{tokens}");

    // A code is worth one exchange, whichever node is asked.
    let replayed = visitor.redeem(&second, &back.sent("code")).await;
    assert_eq!(replayed["error"], "invalid_grant");
    assert_eq!(
        visitor.user_info(&first, &tokens).await.status,
        401,
        "the replay ended what the code had brought"
    );

    one.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn the_session_outlives_the_node_it_began_on() {
    let database = TestDatabase::postgres().await;
    let [first, second] = nodes(&database);
    first.seed();
    let one = first.serve().await;
    let other = second.serve().await;
    let visitor = Visitor::new();
    visitor.tokens(&first).await;
    one.kill();
    let back = visitor.open(&authorization_request(&second)).await;
    assert!(!back.sent("code").is_empty(), "no second log-in: {back:?}");
    other.stop().await;
}
