//! Logout tokens are queued where every node finds them (OpenID Connect Back-Channel Logout section 2.5).

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{Cluster, claims, verified};
use crate::support::process::{eventually, free_port};
use crate::support::rig::Rig;
use crate::support::visitor::Visitor;

/// What the portal does with the logout tokens that arrive from now on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Behaviour {
    /// Never answers.
    #[default]
    Stall,
    Refuse,
    Accept,
}

/// The portal's back-channel.
struct Portal {
    port: u16,
    seen: Arc<Seen>,
    _serving: JoinSet<()>,
}

#[derive(Default)]
struct Seen {
    arrived: Mutex<usize>,
    /// The forms that were answered with 200.
    accepted: Mutex<Vec<String>>,
    behaviour: Mutex<Behaviour>,
}

impl Portal {
    async fn start(behaviour: Behaviour) -> Self {
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let seen = Arc::new(Seen { behaviour: Mutex::new(behaviour), ..Seen::default() });
        let router = Router::new().route("/back-channel", post(hear)).with_state(Arc::clone(&seen));
        let mut serving = JoinSet::new();
        serving.spawn(async { axum::serve(listener, router).await.expect("it serves until it is dropped") });
        Self { port, seen, _serving: serving }
    }

    /// The example seed, whose portal is told of log-outs here.
    fn seed(&self) -> String {
        let portal = "client_id = \"portal.99999\"\n";
        let uri = format!("http://127.0.0.1:{}/back-channel", self.port);
        idp::seed_file::EXAMPLE.replacen(portal, &format!("{portal}backchannel_logout_uri = \"{uri}\"\n"), 1)
    }

    async fn until_arrived(&self) {
        let arrived = async || (*self.seen.arrived.lock().expect("a count") > 0).then_some(());
        eventually("a logout token", arrived).await;
    }

    fn behave(&self, behaviour: Behaviour) {
        *self.seen.behaviour.lock().expect("a behaviour") = behaviour;
    }

    /// The logout token that was accepted.
    async fn accepted(&self) -> String {
        let accepted = async || self.seen.accepted.lock().expect("a list").first().cloned();
        let form = eventually("an accepted logout token", accepted).await;
        form.strip_prefix("logout_token=").unwrap_or_else(|| panic!("no token in {form}")).to_owned()
    }
}

async fn hear(State(seen): State<Arc<Seen>>, form: String) -> StatusCode {
    *seen.arrived.lock().expect("a count") += 1;
    let behaviour = *seen.behaviour.lock().expect("a behaviour");
    match behaviour {
        Behaviour::Stall => std::future::pending().await,
        Behaviour::Refuse => StatusCode::SERVICE_UNAVAILABLE,
        Behaviour::Accept => {
            seen.accepted.lock().expect("a list").push(form);
            StatusCode::OK
        }
    }
}

/// Loopback is let in by name, and everything that can be waited for is short.
fn impatient(node: &mut Rig) {
    node.set("outbound.allowed_private_hosts", vec!["127.0.0.1"]);
    node.set("backchannel.retry_first", "1 s");
    node.set("backchannel.lease", "10 s");
    node.set("backchannel.poll", "2 s");
}

/// Somebody logs out at the first node, which dies after the portal has heard of it and before it has accepted that.
async fn log_out_where_the_node_dies(portal: &Portal) {
    let mut cluster = Cluster::with(impatient, &portal.seed()).await;
    let visitor = Visitor::new();
    let tokens = visitor.tokens(&cluster.balancer).await;
    let left = visitor.log_out(&cluster.nodes[0], &tokens).await;
    assert!(left.leads_to.is_some(), "the person does not wait for it: {left:?}");
    portal.until_arrived().await;
    cluster.kill(0);

    portal.behave(Behaviour::Accept);
    let told = verified(&cluster.nodes[1], &portal.accepted().await).await;
    let signed_in = claims(tokens["id_token"].as_str().expect("an ID token"));
    for claim in ["iss", "sub", "sid", "aud"] {
        assert_eq!(told[claim], signed_in[claim], "{claim} in {told}");
    }
    assert!(told["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object(), "{told}");
    assert_eq!(told.get("nonce"), None::<&Value>, "section 2.4");
    cluster.stop().await;
}

/// It was to be tried again by whoever lives then.
#[tokio::test]
async fn a_logout_token_queued_on_a_killed_node_is_delivered_by_the_other() {
    log_out_where_the_node_dies(&Portal::start(Behaviour::Refuse).await).await;
}

/// The worst moment: the token is on its way, and the node that holds its lease is gone.
#[tokio::test]
async fn a_logout_token_in_the_hands_of_a_killed_node_is_delivered_by_the_other() {
    log_out_where_the_node_dies(&Portal::start(Behaviour::Stall).await).await;
}
