//! One node is killed in the middle of everything, and nobody has to sign in again.

use std::cell::Cell;

use futures::future::join_all;

use super::Cluster;
use crate::support::process::eventually;
use crate::support::rig::{PASSWORD, USER_NAME};
use crate::support::visitor::{Visitor, authorization_request};

/// Somebody at each step of the way: the password page, the password accepted, a code in hand, tokens in use.
#[tokio::test]
async fn a_node_killed_at_any_step_costs_nobody_a_second_log_in() {
    let mut cluster = Cluster::start().await;
    let [at_page, accepted, with_code, with_tokens] = [(); 4].map(|()| Visitor::new());
    let page = at_page.open(&authorization_request(&cluster.balancer)).await;
    let typed = [("username", USER_NAME), ("password", PASSWORD)];
    let form = accepted.open(&authorization_request(&cluster.balancer)).await;
    let entered = accepted.submit(&form, "login-submit", &typed).await;
    let code = cluster.log_in(&with_code).await.sent("code");
    let tokens = with_tokens.tokens(&cluster.balancer).await;
    cluster.kill(0);

    let balancer = &cluster.balancer;
    assert!(!at_page.log_in(&page, USER_NAME, PASSWORD).await.sent("code").is_empty());
    assert!(!accepted.follow(entered).await.sent("code").is_empty(), "the password is not asked for again");
    assert!(with_code.redeem(balancer, &code).await["id_token"].is_string());
    assert_eq!(with_tokens.user_info(balancer, &tokens).await.status, 200);
    let refreshed = with_tokens.refresh(balancer, &tokens).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    for visitor in [&at_page, &accepted, &with_code, &with_tokens] {
        let back = visitor.open(&authorization_request(balancer)).await;
        assert!(!back.sent("code").is_empty(), "still signed in: {back:?}");
    }

    // And a node that comes back takes its turns as if nothing had been.
    cluster.running[0] = Some(cluster.nodes[0].serve().await);
    let port = cluster.nodes[0].port;
    let before = cluster.balancer.answered(port, "GET /userinfo");
    for _ in 0..2 {
        let claims = with_tokens.user_info(&cluster.balancer, &refreshed.json()).await;
        assert_eq!(claims.status, 200, "{claims:?}");
    }
    assert_eq!(cluster.balancer.answered(port, "GET /userinfo"), before + 1);
    cluster.stop().await;
}

/// What may be asked twice is asked again at the node that lives, so those who look see nothing of it.
#[tokio::test]
async fn a_node_killed_under_load_fails_nobody_who_is_looking() {
    let mut cluster = Cluster::start().await;
    let visitor = Visitor::new();
    let tokens = visitor.tokens(&cluster.balancer).await;
    let doomed = cluster.running[0].take().expect("it runs");
    let (looks, stop) = (Cell::new(0), Cell::new(false));
    let look_on = async || {
        while !stop.get() {
            let claims = visitor.user_info(&cluster.balancer, &tokens).await;
            assert_eq!(claims.status, 200, "{claims:?}");
            looks.set(looks.get() + 1);
        }
    };
    let more_looks = async || {
        let enough = looks.get() + 100;
        eventually("more looks", async || (looks.get() >= enough).then_some(())).await;
    };
    let death = async {
        more_looks().await;
        doomed.kill();
        more_looks().await;
        stop.set(true);
    };
    tokio::join!(join_all((0..8).map(|_| look_on())), death);
    cluster.stop().await;
}
