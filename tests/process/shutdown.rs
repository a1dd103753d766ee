//! SIGTERM: nobody who was being served is cut off, nobody new is let in, and the end comes in time.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::support::process::{eventually, is_listening};
use crate::support::rig::{OFFICE_SECRET, Rig};
use crate::support::visitor::{Visitor, authorization_request};

const IN_FLIGHT: usize = 24;

/// A token request that the server has begun to read and whose body it is waiting for.
struct HalfSent {
    connection: TcpStream,
    body: &'static str,
}

impl HalfSent {
    /// `100 Continue` is the server's own word that it waits for the body (RFC 9110 section 10.1.1).
    async fn begin(port: u16) -> Self {
        let body = "grant_type=client_credentials";
        let basic = STANDARD.encode(format!("office.99999:{OFFICE_SECRET}"));
        let head = format!(
            "POST /token HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Basic {basic}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
             Expect: 100-continue\r\n\r\n",
            body.len()
        );
        let mut connection = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
        connection.write_all(head.as_bytes()).await.expect("sent");
        let mut answer = [0; 25];
        connection.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
        Self { connection, body }
    }

    /// The whole answer, up to the end of the connection.
    async fn finish(mut self) -> String {
        self.connection.write_all(self.body.as_bytes()).await.expect("the connection is still there");
        let mut answer = String::new();
        self.connection.read_to_string(&mut answer).await.expect("no reset");
        answer
    }
}

/// Requests all the time, each on a connection of its own; says when it has its first answer, and ends when nobody
/// answers any more.
async fn load(address: String, served: oneshot::Sender<()>) {
    let mut served = Some(served);
    loop {
        let builder = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
        let http = builder.timeout(Duration::from_secs(60)).build().expect("a client");
        if http.get(format!("{address}/jwks")).send().await.is_err() {
            return;
        }
        if let Some(served) = served.take() {
            served.send(()).expect("the test waits for the first answer");
        }
    }
}

/// Whoever thinks that SIGHUP reloads something ends nobody's log-in.
#[tokio::test]
async fn sighup_ends_nothing() {
    let rig = Rig::new();
    rig.seed();
    let mut server = rig.serve().await;
    let request = HalfSent::begin(rig.port).await;
    for times in 1..=2 {
        server.hang_up();
        let told = || server.said().matches("SIGHUP is ignored: without server.tls").count();
        eventually("a word", async || (told() == times).then_some(())).await;
    }
    assert!(is_listening(rig.port));
    server.terminate();
    assert!(request.finish().await.starts_with("HTTP/1.1 200 "), "what was under way goes on");
    assert!(server.ended().await.success());
}

#[tokio::test]
async fn requests_in_flight_are_answered_before_the_server_ends() {
    let rig = Rig::new();
    rig.seed();
    let mut server = rig.serve().await;
    let mut around = JoinSet::new();
    for _ in 0..4 {
        let (served, busy) = oneshot::channel();
        around.spawn(load(rig.address(), served));
        busy.await.expect("an answer: the server is busy");
    }
    let mut in_flight = Vec::new();
    for _ in 0..IN_FLIGHT {
        in_flight.push(HalfSent::begin(rig.port).await);
    }

    server.terminate();
    eventually("the closed door", async || (!is_listening(rig.port)).then_some(())).await;
    for request in in_flight {
        let answer = request.finish().await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\"access_token\""), "{answer}");
        assert!(answer.to_ascii_lowercase().contains("connection: close"), "{answer}");
    }
    let status = server.ended().await;
    assert!(status.success(), "{status}: {}", server.said());
    while let Some(ended) = around.join_next().await {
        ended.expect("no panic");
    }
    let said = server.said();
    assert!(said.contains("stopped") && !said.contains("cut off"), "the grace was enough: {said}");
}

/// A client that never finishes does not hold the server for longer than the grace.
#[tokio::test]
async fn what_does_not_finish_within_the_grace_is_cut_off() {
    let mut rig = Rig::new();
    rig.set("server.shutdown_grace", "1 s");
    rig.seed();
    let mut server = rig.serve().await;
    let _never = HalfSent::begin(rig.port).await;
    server.terminate();
    let status = server.ended().await;
    assert!(status.success(), "{status}: {}", server.said());
    assert!(server.said().contains("requests did not finish in time and were cut off"), "{}", server.said());
}

/// What was acknowledged is there after a `kill -9`: the session, the refresh token, the spent code.
#[tokio::test]
async fn nothing_acknowledged_is_lost_by_kill_9() {
    let rig = Rig::new();
    rig.seed();
    let server = rig.serve().await;
    let visitor = Visitor::new();
    let tokens = visitor.tokens(&rig).await;
    server.kill();

    let server = rig.serve().await;
    assert_eq!(visitor.user_info(&rig, &tokens).await.status, 200);
    let refresh_token = tokens["refresh_token"].as_str().expect("a refresh token");
    let refreshed =
        visitor.token(&rig, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await;
    assert!(refreshed["access_token"].is_string(), "{refreshed}");
    let back = visitor.open(&authorization_request(&rig)).await;
    assert!(!back.sent("code").is_empty(), "the session is still there: {back:?}");
    server.stop().await;
}
