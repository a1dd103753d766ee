//! A load balancer in front of several nodes: every request, not every connection, goes to the next node that lives.
//!
//! Like an operator's, it sends a request again only when no node can have seen it, or when seeing it twice changes
//! nothing (RFC 9110 section 9.2.2); a form or a code is never sent twice.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::process::free_port;
use super::rig::Reachable;

/// They belong to one connection and are not passed on (RFC 9110 section 7.6.1).
const HOP_BY_HOP: [HeaderName; 3] = [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE];

pub(crate) struct Balancer {
    port: u16,
    turns: Arc<Turns>,
    _serving: JoinSet<()>,
}

/// Whose turn it is, and who has had one.
struct Turns {
    nodes: Vec<u16>,
    taken: AtomicUsize,
    in_a_row: AtomicUsize,
    /// How many requests each node has answered, by port and by what was asked: `POST /token`.
    answered: Mutex<BTreeMap<(u16, String), usize>>,
    http: reqwest::Client,
}

impl Balancer {
    /// In front of the nodes at these ports, which need not be listening yet.
    pub(crate) async fn before(nodes: Vec<u16>) -> Self {
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let turns = Arc::new(Turns {
            nodes,
            taken: AtomicUsize::new(0),
            in_a_row: AtomicUsize::new(1),
            answered: Mutex::default(),
            http: connecting_anew(),
        });
        let router = Router::new().fallback(pass_on).with_state(Arc::clone(&turns));
        let mut serving = JoinSet::new();
        serving.spawn(
            async move { axum::serve(listener, router).await.expect("it serves until it is dropped") },
        );
        Self { port, turns, _serving: serving }
    }

    /// From now on each node takes this many requests in a row, and this one of them begins.
    pub(crate) fn deal(&self, in_a_row: usize, begins: usize) {
        self.turns.in_a_row.store(in_a_row, Ordering::Relaxed);
        self.turns.taken.store(in_a_row * begins, Ordering::Relaxed);
    }

    /// How many requests like `POST /token` the node at this port has answered.
    pub(crate) fn answered(&self, node: u16, asked: &str) -> usize {
        let answered = self.turns.answered.lock().expect("a tally");
        answered.get(&(node, asked.to_owned())).copied().unwrap_or_default()
    }
}

impl Reachable for Balancer {
    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// A node that was killed leaves no connection behind that a later request could be lost on.
fn connecting_anew() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let builder = builder.pool_max_idle_per_host(0).timeout(super::process::PATIENCE);
    builder.build().expect("an HTTP client")
}

impl Turns {
    /// The nodes in the order in which this request is offered to them.
    fn next(&self) -> impl Iterator<Item = u16> {
        let turn = self.taken.fetch_add(1, Ordering::Relaxed) / self.in_a_row.load(Ordering::Relaxed);
        self.nodes.iter().cycle().skip(turn % self.nodes.len()).take(self.nodes.len()).copied()
    }

    async fn ask(&self, node: u16, asked: &Asked) -> Result<Response, reqwest::Error> {
        let address = format!("http://127.0.0.1:{node}{}", asked.path_and_query);
        let request = self.http.request(asked.method.clone(), address).headers(asked.headers.clone());
        let answer = request.body(asked.body.clone()).send().await?;
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        HOP_BY_HOP.iter().for_each(|name| drop(headers.remove(name)));
        let response = (status, headers, answer.bytes().await?).into_response();
        *self.answered.lock().expect("a tally").entry((node, asked.name())).or_default() += 1;
        Ok(response)
    }
}

/// A request, read to its end.
struct Asked {
    method: Method,
    path_and_query: String,
    headers: axum::http::HeaderMap,
    body: Bytes,
}

impl Asked {
    async fn read(request: Request) -> Self {
        let (mut parts, body) = request.into_parts();
        HOP_BY_HOP.iter().for_each(|name| drop(parts.headers.remove(name)));
        // The next hop's client counts for itself.
        parts.headers.remove(header::CONTENT_LENGTH);
        let body = to_bytes(body, usize::MAX).await.expect("a whole request");
        Self { method: parts.method, path_and_query: parts.uri.to_string(), headers: parts.headers, body }
    }

    fn name(&self) -> String {
        let path = self.path_and_query.split('?').next().unwrap_or_default();
        format!("{} {path}", self.method)
    }
}

async fn pass_on(State(turns): State<Arc<Turns>>, request: Request) -> Response {
    let asked = Asked::read(request).await;
    for node in turns.next() {
        match turns.ask(node, &asked).await {
            Ok(answer) => return answer,
            Err(error) if error.is_connect() || asked.method.is_safe() => {}
            Err(error) => return (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
        }
    }
    (StatusCode::SERVICE_UNAVAILABLE, Body::from("no node lives")).into_response()
}
