//! Serves a router on a listener by HTTP/1.1, as `axum::serve` does, with three things it does not offer: TLS, a connection that
//! stays silent is closed, and so is one that never finishes the head of a request. A stranger cannot hold sockets for ever.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::handshake::Handshake;

/// How long a connection may be silent between requests or within the head of one. Longer than the reverse-proxy
/// sample keeps its own connections, so that the proxy is the one to close them.
const SILENCE: Duration = Duration::from_secs(60);
/// After a failed accept, most likely for want of file descriptors.
const BREATH: Duration = Duration::from_millis(200);

/// What a connection has to pass before it is listened to.
#[derive(Clone)]
pub(crate) enum Door {
    /// Nothing: plain HTTP, for a proxy, for loopback.
    Open,
    Tls(Arc<Handshake>),
}

/// Serves until told to stop, then finishes what runs. Dropping the future cuts off what still does.
pub(crate) async fn serve(listener: TcpListener, door: Door, router: Router, stop: CancellationToken) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Answers are small and complete: nothing is gained by waiting for more to send.
                drop(stream.set_nodelay(true));
                let (router, watcher) = (router.clone(), graceful.watcher());
                match &door {
                    Door::Open => {
                        connections.spawn(converse(stream, peer, router, watcher));
                    }
                    Door::Tls(handshake) => {
                        let (handshake, stop) = (Arc::clone(handshake), stop.clone());
                        connections.spawn(async move {
                            // Whoever has not asked for anything yet is not waited for.
                            let shaken = stop.run_until_cancelled(handshake.shake(stream, peer)).await;
                            if let Some(stream) = shaken.flatten() {
                                converse(stream, peer, router, watcher).await;
                            }
                        });
                    }
                }
            }
            Err(error) => {
                tracing::error!(%error, "accepting a connection");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    // New connections are refused from here on; those that are idle close, those that are not finish first.
    drop(listener);
    graceful.shutdown().await;
    while connections.join_next().await.is_some() {}
}

/// Answers one request after the other until one of the two sides closes.
async fn converse<S>(stream: S, peer: SocketAddr, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service =
        TowerToHyperService::new(tower::service_fn(move |request| answer(router.clone(), peer, request)));
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(SILENCE);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<axum::response::Response, std::convert::Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::time::Instant;

    use super::*;

    /// A server, the address it is at, and what ends it.
    async fn server() -> (tokio::task::JoinHandle<()>, SocketAddr, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let peer = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string();
        let router = Router::new().route("/", get(peer));
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, Door::Open, router, stop.clone()));
        #[expect(clippy::disallowed_methods, reason = "the test awaits the task itself")]
        let running = tokio::spawn(async move { while tasks.join_next().await.is_some() {} });
        (running, address, stop)
    }

    #[tokio::test]
    async fn a_request_is_answered_with_its_peer_known_and_a_stop_is_waited_for() {
        let (running, address, stop) = server().await;
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("a request");
        let mut answer = [0; 512];
        let read = stream.read(&mut answer).await.expect("an answer");
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"), "{answer}");
        stop.cancel();
        running.await.expect("the server ends, although the connection is still open");
    }

    /// Whoever begins a request and never finishes it, or says nothing at all, is let go. Time is advanced by the
    /// runtime whenever nothing else can happen.
    #[tokio::test(start_paused = true)]
    async fn a_connection_that_stays_silent_is_closed() {
        let (_running, address, _stop) = server().await;
        for begun in ["", "POST / HTTP/1.1\r\nHost: x\r\nX-a: "] {
            let started = Instant::now();
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            stream.write_all(begun.as_bytes()).await.expect("a beginning");
            let mut rest = Vec::new();
            // Closed with or without a word (408): the socket is free again.
            let _ = stream.read_to_end(&mut rest).await;
            let waited = started.elapsed();
            assert!(waited >= SILENCE && waited < SILENCE * 2, "{begun:?}: {waited:?}");
        }
    }
}
