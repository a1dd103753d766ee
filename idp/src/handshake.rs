//! TLS at the door: 1.2 and 1.3 by rustls, HTTP/1.1 inside. A stranger gets so long to finish a handshake and so many unfinished
//! ones at a time, and whoever speaks plain HTTP is told what to say instead.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::counter;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, cipher_suite};
use rustls::server::ResolvesServerCert;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedCipherSuite};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Two round trips of a slow phone, many times over.
const PATIENCE: Duration = Duration::from_secs(10);
/// Unfinished handshakes from one network, a /24 or /64: an office at eight o'clock has a few for some milliseconds each.
const FROM_ONE_NETWORK: usize = 256;
/// What a record of a TLS handshake begins with (RFC 8446 section 5.1).
const HANDSHAKE: u8 = 0x16;

/// How connections become TLS.
pub(crate) struct Handshake {
    acceptor: TlsAcceptor,
    /// What plain HTTP is answered with.
    refusal: String,
    unfinished: Arc<Unfinished>,
    /// Whose connections are everybody's: a proxy that speaks TLS to us.
    is_proxy: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

/// Why there is no conversation.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("too many unfinished handshakes from its network")]
    Crowded,
    #[error("not finished in time")]
    Slow,
    #[error("it spoke plain HTTP")]
    Plain,
    #[error(transparent)]
    Failed(#[from] std::io::Error),
}

impl Handshake {
    /// # Errors
    /// When the provider of cryptography lacks one of the two versions.
    pub(crate) fn new(
        certificate: Arc<dyn ResolvesServerCert>,
        issuer: &str,
        is_proxy: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
    ) -> Result<Self, rustls::Error> {
        let provider = CryptoProvider { cipher_suites: suites(), ..aws_lc_rs::default_provider() };
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(certificate);
        // RFC 7301. Early data stays off, as rustls has it: it could be replayed.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self { acceptor, refusal: refusal(issuer), unfinished: Arc::default(), is_proxy })
    }

    /// The conversation, if the peer can be brought to one.
    pub(crate) async fn shake(&self, stream: TcpStream, peer: SocketAddr) -> Option<TlsStream<TcpStream>> {
        let shaken = self.try_shake(stream, peer.ip()).await;
        let outcome = match &shaken {
            Ok(_) => "done",
            Err(Refused::Crowded) => "crowded",
            Err(Refused::Slow) => "slow",
            Err(Refused::Plain) => "plain",
            Err(Refused::Failed(_)) => "failed",
        };
        counter!("idp_tls_handshakes_total", "outcome" => outcome).increment(1);
        shaken.inspect_err(|error| tracing::debug!(%error, "no handshake")).ok()
    }

    async fn try_shake(&self, stream: TcpStream, peer: IpAddr) -> Result<TlsStream<TcpStream>, Refused> {
        let _place = match (self.is_proxy)(peer) {
            true => None,
            false => Some(self.unfinished.take_place(peer).ok_or(Refused::Crowded)?),
        };
        timeout(PATIENCE, self.speak(stream)).await.unwrap_or(Err(Refused::Slow))
    }

    async fn speak(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, Refused> {
        let mut first = [0];
        let spoken = stream.peek(&mut first).await?;
        if spoken == 1 && first[0] != HANDSHAKE && first[0].is_ascii_uppercase() {
            self.refuse(stream).await?;
            return Err(Refused::Plain);
        }
        Ok(self.acceptor.accept(stream).await?)
    }

    /// Answers, and reads what comes until the peer closes: an answer beside unread bytes would be thrown away by a reset.
    async fn refuse(&self, mut stream: TcpStream) -> Result<(), std::io::Error> {
        stream.write_all(self.refusal.as_bytes()).await?;
        stream.shutdown().await?;
        let mut unread = [0; 4096];
        while stream.read(&mut unread).await? > 0 {}
        Ok(())
    }
}

/// All of TLS 1.3, and of TLS 1.2 what RFC 9325 section 4.2 recommends and nothing else (FAPI 2.0 section 5.2.2).
fn suites() -> Vec<SupportedCipherSuite> {
    vec![
        cipher_suite::TLS13_AES_256_GCM_SHA384,
        cipher_suite::TLS13_AES_128_GCM_SHA256,
        cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
        cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ]
}

/// No redirect: whoever sent a secret in the clear must notice (RFC 9700 section 2.6 wants TLS end to end).
fn refusal(issuer: &str) -> String {
    let body = format!("This server speaks https. Ask for {issuer} instead.\n");
    format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Handshakes that are not finished, by the network they come from.
#[derive(Debug, Default)]
struct Unfinished(Mutex<HashMap<IpAddr, usize>>);

/// One of them; dropping it makes room.
struct Place {
    among: Arc<Unfinished>,
    network: IpAddr,
}

impl Unfinished {
    fn take_place(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let network = network_of(peer);
        let mut counts = self.counts();
        let count = counts.entry(network).or_default();
        if *count >= FROM_ONE_NETWORK {
            return None;
        }
        *count += 1;
        Some(Place { among: Arc::clone(self), network })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.among.counts();
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
}

/// A /24 or /64, as everywhere where strangers are counted.
fn network_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & !0xff).into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::*;

    #[derive(Debug)]
    struct NoCertificate;

    impl ResolvesServerCert for NoCertificate {
        fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<rustls::sign::CertifiedKey>> {
            None
        }
    }

    fn handshake() -> Handshake {
        Handshake::new(Arc::new(NoCertificate), "https://id.example.org", Arc::new(|_| false)).unwrap()
    }

    /// A connection, its other end, and the address of that.
    async fn connection() -> (TcpStream, TcpStream, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (far, peer) = listener.accept().await.unwrap();
        (near, far, peer)
    }

    /// Time is advanced by the runtime whenever nothing else can happen.
    #[tokio::test(start_paused = true)]
    async fn a_handshake_that_is_begun_and_not_finished_is_given_up() {
        for begun in [&b""[..], b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\nHost: x\r\nX-a: "] {
            let (mut near, far, peer) = connection().await;
            near.write_all(begun).await.unwrap();
            let started = Instant::now();
            assert!(handshake().shake(far, peer).await.is_none());
            let waited = started.elapsed();
            assert!(waited >= PATIENCE && waited < PATIENCE * 2, "{begun:?}: {waited:?}");
        }
    }

    #[tokio::test]
    async fn plain_http_is_told_where_to_go_whatever_it_sends() {
        let (mut near, far, peer) = connection().await;
        near.write_all(b"POST /token HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let ask = async {
            let mut answer = String::new();
            near.read_to_string(&mut answer).await.unwrap();
            drop(near);
            answer
        };
        let shaker = handshake();
        let (answer, shaken) = tokio::join!(ask, shaker.shake(far, peer));
        assert!(shaken.is_none());
        assert!(
            answer.starts_with("HTTP/1.1 400 ")
                && answer.ends_with("Ask for https://id.example.org instead.\n")
        );
    }

    #[test]
    fn one_network_cannot_take_every_place_and_gives_back_what_it_took() {
        let unfinished = Arc::new(Unfinished::default());
        let mut places: Vec<Place> = (0..FROM_ONE_NETWORK)
            .map(|at| format!("198.51.100.{}", at % 256).parse().unwrap())
            .map(|peer| unfinished.take_place(peer).unwrap())
            .collect();
        let neighbour = "::ffff:198.51.100.7".parse().unwrap();
        assert!(unfinished.take_place(neighbour).is_none());
        for other in ["198.51.101.7", "2001:db8::1"] {
            assert!(unfinished.take_place(other.parse().unwrap()).is_some(), "{other}");
        }
        places.pop();
        assert!(unfinished.take_place(neighbour).is_some());
        drop(places);
        assert!(unfinished.counts().is_empty());
    }
}
