//! Logout tokens and disaster: a client that is away, a server killed before it could tell it, an address that may not be
//! called (OpenID Connect Back-Channel Logout section 2.5; `protocol.md`, "Logout" and "Dynamic registration").

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use serde_json::Value;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::nodes::{claims, verified};
use crate::support::process::{Running, eventually, free_port};
use crate::support::rig::Rig;
use crate::support::visitor::Visitor;

/// The portal's back-channel, from the moment it listens.
struct Portal {
    taken: Arc<Mutex<Vec<String>>>,
    _serving: JoinSet<()>,
}

impl Portal {
    async fn listen(port: u16) -> Self {
        let taken = Arc::<Mutex<Vec<String>>>::default();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let router = Router::new().route("/back-channel", post(take)).with_state(Arc::clone(&taken));
        let mut serving = JoinSet::new();
        serving.spawn(
            async move { axum::serve(listener, router).await.expect("it serves until it is dropped") },
        );
        Self { taken, _serving: serving }
    }

    /// The forms so far.
    fn taken(&self) -> Vec<String> {
        self.taken.lock().expect("a list").clone()
    }

    async fn until_taken(&self) -> String {
        eventually("a logout token", async || self.taken().first().cloned()).await
    }
}

async fn take(State(taken): State<Arc<Mutex<Vec<String>>>>, form: String) {
    taken.lock().expect("a list").push(form);
}

/// The example seed, whose portal is told of log-outs at a port of this machine. Impatient, as far as settings allow.
fn rig(port: u16) -> Rig {
    let mut rig = Rig::new();
    rig.set("backchannel.retry_first", "1 s");
    rig.set("backchannel.poll", "1 s");
    rig.set("backchannel.lease", "10 s");
    let portal = "client_id = \"portal.99999\"\n";
    let listens = format!("{portal}backchannel_logout_uri = \"http://127.0.0.1:{port}/back-channel\"\n");
    rig.seed_with(&idp::seed_file::EXAMPLE.replacen(portal, &listens, 1));
    rig
}

/// `IDP__OUTBOUND__ALLOWED_PRIVATE_HOSTS='["127.0.0.1"]'`, as a file says it.
fn let_in(rig: &mut Rig) {
    rig.set("outbound.allowed_private_hosts", vec!["127.0.0.1"]);
}

/// How many deliveries are in one of these states.
async fn queued(rig: &Rig, states: &str) -> i64 {
    let url = format!("sqlite://{}", rig.path("idp.db").display());
    let mut database = SqliteConnection::connect(&url).await.expect("the database of the server");
    let counted = sqlx::query("SELECT count(*) FROM logout_deliveries WHERE instr(?, state) > 0")
        .bind(states)
        .fetch_one(&mut database)
        .await;
    counted.expect("the queue").get(0)
}

/// The seed's account signs in at the portal and logs out again; the portal's tokens of it.
async fn signed_out(rig: &Rig) -> Value {
    let visitor = Visitor::new();
    let tokens = visitor.tokens(rig).await;
    let left = visitor.log_out(rig, &tokens).await;
    assert!(left.leads_to.is_some(), "the person does not wait: {left:?}");
    tokens
}

async fn until_said(server: &Running, words: &str) {
    eventually(words, async || server.said().contains(words).then_some(())).await;
}

/// The portal was told once, of the session of these tokens, by a token that holds.
async fn assert_told(rig: &Rig, portal: &Portal, tokens: &Value) {
    let form = portal.until_taken().await;
    let token = form.strip_prefix("logout_token=").unwrap_or_else(|| panic!("no token in {form}"));
    let told = verified(rig, token).await;
    let signed_in = claims(tokens["id_token"].as_str().expect("an ID token"));
    for claim in ["iss", "aud", "sub", "sid"] {
        assert_eq!(told[claim], signed_in[claim], "{claim} in {told}");
    }
    eventually("a settled delivery", async || (queued(rig, "sent").await == 1).then_some(())).await;
    assert_eq!((portal.taken().len(), queued(rig, "due leased dead").await), (1, 0));
}

/// The answer to the log-out is out: the news of it survives whatever comes next.
#[tokio::test]
async fn a_server_killed_right_after_a_log_out_tells_the_client_when_it_is_back() {
    let port = free_port();
    let mut rig = rig(port);
    let_in(&mut rig);
    let server = rig.serve().await;
    let tokens = signed_out(&rig).await;
    server.kill();
    assert_eq!(queued(&rig, "due leased").await, 1, "stored before the person was answered");

    let portal = Portal::listen(port).await;
    let server = rig.serve().await;
    assert_told(&rig, &portal, &tokens).await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_was_away_is_told_by_the_servers_next_life() {
    let port = free_port();
    let mut rig = rig(port);
    let_in(&mut rig);
    let server = rig.serve().await;
    let tokens = signed_out(&rig).await;
    until_said(&server, "a client was not told of a log-out").await;
    server.kill();
    assert_eq!(queued(&rig, "due leased").await, 1);

    let server = rig.serve().await;
    until_said(&server, "a client was not told of a log-out").await;
    let portal = Portal::listen(port).await;
    assert_told(&rig, &portal, &tokens).await;
    server.stop().await;
}

/// CWE-918: an address inside is not called because a client names it, but only because the operator does.
#[tokio::test]
async fn a_private_address_is_called_only_when_the_operator_lets_it_in() {
    let port = free_port();
    let portal = Portal::listen(port).await;
    let mut rig = rig(port);
    let server = rig.serve().await;
    let tokens = signed_out(&rig).await;
    until_said(&server, "may not be called").await;
    server.stop().await;
    assert_eq!((portal.taken().len(), queued(&rig, "due leased").await), (0, 1));

    let_in(&mut rig);
    let server = rig.serve().await;
    assert_told(&rig, &portal, &tokens).await;
    server.stop().await;
}
