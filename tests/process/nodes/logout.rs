//! A log-out is seen by the other node at once: UserInfo, introspection, refresh and the session itself
//! (`protocol.md`, "UserInfo, introspection, revocation" and "Logout").

use serde_json::json;

use super::Cluster;
use crate::support::visitor::{Visitor, authorization_request};

#[tokio::test]
async fn a_log_out_at_one_node_is_seen_at_once_by_the_other() {
    let cluster = Cluster::start().await;
    for [here, there] in cluster.each_and_the_other() {
        let visitor = Visitor::new();
        let tokens = visitor.tokens(&cluster.balancer).await;
        // Everything is warm at the other node: it has seen this session alive.
        assert_eq!(visitor.user_info(there, &tokens).await.status, 200);
        assert_eq!(visitor.introspect(there, &tokens).await["active"], true);
        assert!(!visitor.open(&authorization_request(there)).await.sent("code").is_empty());
        let twin = visitor.twin(&cluster.balancer);

        let left = visitor.log_out(here, &tokens).await;
        assert!(left.leads_to.is_some(), "{left:?}");
        assert_eq!(visitor.user_info(there, &tokens).await.status, 401);
        assert_eq!(visitor.introspect(there, &tokens).await, json!({"active": false}), "and nothing else");
        let refused = visitor.refresh(there, &tokens).await;
        assert_eq!(refused.error(), (400, "invalid_grant".to_owned()));
        let page = twin.open(&authorization_request(there)).await;
        assert_eq!(page.heading(), "Log In", "the cookie, kept by somebody, opens nothing: {page:?}");
    }
    cluster.stop().await;
}
