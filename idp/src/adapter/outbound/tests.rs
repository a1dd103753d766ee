#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Mutex;
use std::task::{Context, Waker};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::names::tests::ScriptedNames;
use super::*;

const LIMIT: usize = 1000;
const PATIENCE: Duration = Duration::from_secs(5);

/// What a server does once it has written its answer.
#[derive(Debug, Clone, Copy)]
enum Then {
    Close,
    /// Keeps the connection and says nothing more.
    StaySilent,
    /// One more byte every second.
    Drip,
    /// As many more bytes as are taken.
    Flood,
}

/// A server on loopback that gives the same answer to everybody and remembers who asked.
struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    async fn start(answer: impl Into<Vec<u8>>, then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (answer, requests) = (Arc::new(answer.into()), Arc::new(Mutex::new(Vec::new())));
        let seen = Arc::clone(&requests);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                connections.spawn(serve(stream, answer, then, seen));
            }
        });
        Self { port, requests, _tasks: tasks }
    }

    fn url(&self, path: &str) -> Url {
        url(&format!("http://127.0.0.1:{}{path}", self.port))
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, answer: Arc<Vec<u8>>, then: Then, seen: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    while !is_complete(&request) {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            break;
        }
    }
    seen.lock().unwrap().push(String::from_utf8(request).unwrap());
    let mut sent = stream.write_all(&answer).await;
    match then {
        Then::Close => {}
        Then::StaySilent => std::future::pending().await,
        Then::Drip => {
            while sent.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
                sent = stream.write_all(b"x").await;
            }
        }
        Then::Flood => {
            while sent.is_ok() {
                sent = stream.write_all(&[b'x'; 4096]).await;
            }
        }
    }
}

/// Head and body, as long as the head says it is.
fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

fn url(text: &str) -> Url {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn settings(allowed: &[&str]) -> OutboundSettings {
    let allowed = allowed.iter().map(|host| PrivateHost::try_from((*host).to_owned()).unwrap());
    OutboundSettings {
        timeout: PATIENCE,
        max_body: LIMIT,
        extra_roots: None,
        allowed_private_hosts: allowed.collect(),
    }
}

fn rig() -> GuardedClient {
    GuardedClient::new(&settings(&["127.0.0.1"])).unwrap()
}

fn resolving(allowed: &[&str], names: Arc<ScriptedNames>) -> GuardedClient {
    GuardedClient::with_names(&settings(allowed), names).unwrap()
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// CWE-918, attack 88: whatever a client writes, nothing but https to a public address leaves the house. All names lead
/// into our own network here.
#[tokio::test]
async fn nothing_that_a_stranger_names_leads_into_our_own_network() {
    let server = Server::start(ok("secret"), Then::Close).await;
    let inside = ScriptedNames::new(&[&["127.0.0.1", "10.0.0.1", "::1", "fd00::1", "::ffff:127.0.0.1"]]);
    let client = resolving(&["portal.intranet"], inside);
    let hostile = [
        // Not https.
        "http://example.com/",
        "http://8.8.8.8/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com:6379/_INFO",
        "data:application/json,{}",
        "javascript:alert(1)",
        "unix:/run/redis.sock",
        "ws://example.com/",
        // Names.
        "https://example.com:PORT/",
        "https://localhost:PORT/",
        "https://LOCALHOST:PORT/",
        "https://localhost.:PORT/",
        "https://a.localhost:PORT/",
        "https://127.0.0.1.nip.io:PORT/",
        "https://metadata.google.internal/computeMetadata/v1/",
        "https://portal.intranet.:PORT/",
        "https://xn--bcher-kva.example:PORT/",
        // Loopback in every spelling.
        "https://127.0.0.1:PORT/",
        "https://127.0.0.1.:PORT/",
        "https://127.1:PORT/",
        "https://127.0.1:PORT/",
        "https://2130706433:PORT/",
        "https://0x7f000001:PORT/",
        "https://0x7f.0.0.1:PORT/",
        "https://0177.0.0.1:PORT/",
        "https://017700000001:PORT/",
        "https://0x7F.1:PORT/",
        "https://%31%32%37.0.0.1:PORT/",
        "https://①②⑦.⓪.⓪.①:PORT/",
        "https://127。0。0。1:PORT/",
        "https://0:PORT/",
        "https://0.0.0.0:PORT/",
        "https://127.255.255.254:PORT/",
        "https://[::1]:PORT/",
        "https://[0:0:0:0:0:0:0:1]:PORT/",
        "https://[::]:PORT/",
        "https://[::127.0.0.1]:PORT/",
        "https://[::ffff:127.0.0.1]:PORT/",
        "https://[::ffff:7f00:1]:PORT/",
        "https://[64:ff9b::7f00:1]:PORT/",
        "https://[2002:7f00:1::]:PORT/",
        // Other networks that are not the Internet.
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2852039166/latest/meta-data/",
        "https://0xa9fea9fe/latest/meta-data/",
        "https://[::ffff:a9fe:a9fe]/latest/meta-data/",
        "https://[fd00:ec2::254]/latest/meta-data/",
        "https://[fe80::1]/",
        "https://192.0.2.1/",
        "https://198.18.0.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        // A user name, and what only looks like a host that is allowed.
        "https://me@example.com/",
        "https://me:secret@example.com/",
        "https://:secret@example.com/",
        "https://portal.intranet@127.0.0.1:PORT/",
        "http://me@portal.intranet:PORT/",
        "https://127.0.0.1:PORT/portal.intranet",
        "https://127.0.0.1:PORT\\@portal.intranet/",
        "https://127.0.0.1:PORT#@portal.intranet/",
        "https://portal.intranet.example:PORT/",
        "ftp://portal.intranet:PORT/",
    ];
    for text in hostile {
        let url = url(&text.replace("PORT", &server.port.to_string()));
        let got = client.get(&url).await;
        assert!(matches!(got, Err(OutboundError::Forbidden(_))), "{url}: {got:?}");
        let posted = client.post_form(&url, &[("logout_token", "x")]).await;
        assert!(matches!(posted, Err(OutboundError::Forbidden(_))), "{url}: {posted:?}");
    }
    assert!(hostile.len() >= 40 && server.requests().is_empty(), "{:?}", server.requests());
}

/// One look-up for each connection: there is no second one whose answer would go unchecked (DNS rebinding). What is
/// told names the host, not where it led.
#[tokio::test]
async fn a_name_is_looked_up_once_and_where_it_leads_is_not_told() {
    let names = ScriptedNames::new(&[&["127.0.0.1"], &["10.9.8.7"], &["127.0.0.1"], &["8.8.8.8"]]);
    let client = resolving(&[], Arc::clone(&names));
    let server = Server::start(ok("secret"), Then::Close).await;
    let url = url(&format!("https://rebind.example:{}/keys?token=secret", server.port));
    for left in [3, 2, 1] {
        let refused = client.get(&url).await.unwrap_err().to_string();
        assert_eq!(refused, "rebind.example may not be called");
        assert_eq!(names.left(), left);
    }
    assert!(server.requests().is_empty());
}

/// `protocol.md`, "Dynamic registration": a test rig or an intranet is let in by name, and nobody else with it.
#[tokio::test]
async fn a_host_the_operator_named_is_called_by_http_too() {
    let server = Server::start(ok("hello"), Then::Close).await;
    let host = format!("Portal.Intranet:{}", server.port);
    let client = resolving(&[&host], ScriptedNames::new(&[&["127.0.0.1"]]));
    let at = |host: &str| url(&format!("http://{host}:{}/keys", server.port));
    assert_eq!(client.get(&at("portal.intranet")).await.unwrap(), b"hello");
    for other in ["other.intranet", "127.0.0.1"] {
        assert!(matches!(client.get(&at(other)).await, Err(OutboundError::Forbidden(host)) if host == other));
    }
    let other_port = url("http://portal.intranet:1/keys");
    assert!(matches!(client.get(&other_port).await, Err(OutboundError::Forbidden(_))));
    assert_eq!(server.requests().len(), 1);
}

/// The same with the system's own names.
#[tokio::test]
async fn this_very_machine_is_called_only_when_it_is_named() {
    let server = Server::start(ok("hello"), Then::Close).await;
    let stranger = GuardedClient::new(&settings(&[])).unwrap();
    let named = GuardedClient::new(&settings(&[&format!("localhost:{}", server.port)])).unwrap();
    let at = |scheme: &str| url(&format!("{scheme}://localhost:{}/", server.port));
    assert!(matches!(stranger.get(&at("https")).await, Err(OutboundError::Forbidden(_))));
    assert!(server.requests().is_empty());
    assert_eq!(named.get(&at("http")).await.unwrap(), b"hello");
}

#[tokio::test]
async fn a_form_arrives_and_any_status_of_success_will_do() {
    for status in ["200 OK", "204 No Content"] {
        let server = Server::start(format!("HTTP/1.1 {status}\r\n\r\n"), Then::Close).await;
        rig().post_form(&server.url("/logout?x=1"), &[("logout_token", "a.b&c"), ("n", "1")]).await.unwrap();
        let [request] = server.requests().try_into().unwrap();
        let request = request.to_lowercase();
        assert!(request.starts_with("post /logout?x=1 http/1.1\r\n"), "{request}");
        assert!(request.ends_with("\r\n\r\nlogout_token=a.b%26c&n=1"), "{request}");
        for header in [
            "content-type: application/x-www-form-urlencoded".to_owned(),
            format!("user-agent: idp/{}", env!("CARGO_PKG_VERSION")),
        ] {
            assert!(request.contains(&format!("\r\n{header}\r\n")), "{header} is not in {request}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_failure_is_told_by_its_status() {
    for status in [301, 302, 303, 307, 308, 400, 404, 500] {
        let answer = format!(
            "HTTP/1.1 {status} No\r\nLocation: /elsewhere\r\nRefresh: 0; url=/elsewhere\r\n\r\nsecret"
        );
        let server = Server::start(answer, Then::Close).await;
        let got = rig().get(&server.url("/here")).await;
        assert!(matches!(got, Err(OutboundError::Status(told)) if told == status), "{status}: {got:?}");
        let posted = rig().post_form(&server.url("/here"), &[]).await;
        assert!(matches!(posted, Err(OutboundError::Status(told)) if told == status), "{status}: {posted:?}");
        assert_eq!(server.requests().len(), 2, "{status}");
    }
}

/// Counted as it arrives: a length that is missing, wrong or absurd changes nothing.
#[tokio::test]
async fn an_answer_is_read_up_to_its_limit_and_not_a_byte_further() {
    let full = Server::start(ok(&"x".repeat(LIMIT)), Then::Close).await;
    assert_eq!(rig().get(&full.url("/")).await.unwrap().len(), LIMIT);
    let understated = Server::start("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Then::Flood).await;
    assert_eq!(rig().get(&understated.url("/")).await.unwrap(), b"ok");

    let huge = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", u64::MAX - 2);
    for (answer, then) in [
        (ok(&"x".repeat(LIMIT + 1)), Then::Close),
        (huge, Then::Flood),
        ("HTTP/1.1 200 OK\r\n\r\n".to_owned(), Then::Flood),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n".to_owned(), Then::Flood),
    ] {
        let server = Server::start(answer.clone(), then).await;
        let got = rig().get(&server.url("/")).await;
        assert!(matches!(got, Err(OutboundError::TooLarge)), "{answer:.60}: {got:?}");
    }
}

/// A few bytes that would unpack to millions stay a few bytes, and we ask for none.
#[tokio::test]
async fn nothing_is_decompressed() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00";
    let server = Server::start(answer.as_slice(), Then::Close).await;
    assert_eq!(rig().get(&server.url("/")).await.unwrap(), b"\x1f\x8b\x08\x00");
    assert!(!server.requests()[0].to_lowercase().contains("accept-encoding"), "{:?}", server.requests());
}

/// The limit is for all of a call, however busy the other side pretends to be. Time is advanced by the runtime
/// whenever nothing else can happen.
#[tokio::test(start_paused = true)]
async fn a_slow_answer_costs_the_time_limit_and_no_more() {
    for (answer, then) in [
        ("", Then::StaySilent),
        ("HTTP/1.1 200 OK\r\nX-Slow: ", Then::Drip),
        ("HTTP/1.1 200 OK\r\n\r\n", Then::StaySilent),
        ("HTTP/1.1 200 OK\r\n\r\n", Then::Drip),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", Then::Drip),
    ] {
        let server = Server::start(answer, then).await;
        let client = rig();
        let started = tokio::time::Instant::now();
        let got = client.get(&server.url("/")).await;
        let waited = started.elapsed();
        assert!(waited <= PATIENCE + Duration::from_millis(5), "{answer:?} {then:?}: {waited:?}");
        let Err(OutboundError::Unreachable(why)) = got else { panic!("{answer:?} {then:?}: {got:?}") };
        assert_eq!(why, "nothing complete within 5 s", "{answer:?} {then:?}");
    }
}

/// Strangers' slow servers hold a bounded number of connections; who waits for a turn waits within the limit, too.
#[tokio::test(start_paused = true)]
async fn at_most_64_calls_run_at_the_same_time() {
    let (silent, server) =
        (Server::start("", Then::StaySilent).await, Server::start(ok(""), Then::Close).await);
    let client = rig();
    let (slow_url, url) = (silent.url("/"), server.url("/"));
    let mut slow = Vec::new();
    for running in 1..=CONCURRENT_CALLS {
        let mut call = client.get(&slow_url);
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(client.permits.available_permits(), CONCURRENT_CALLS - running);
        slow.push(call);
    }
    let waited = client.get(&url).await;
    assert!(matches!(waited, Err(OutboundError::Unreachable(_))), "{waited:?}");
    assert!(server.requests().is_empty());

    slow.pop();
    assert_eq!(client.get(&url).await.unwrap(), b"", "a call that was given up makes room");
}

/// Nothing listens, or nothing sensible: why, without the URL and what may be secret in it.
#[tokio::test]
async fn a_server_that_is_away_or_speaks_nonsense_is_unreachable() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nonsense = Server::start("220 smtp.example ESMTP\r\n", Then::Close).await;
    for url in [url(&format!("http://{closed}/?token=secret")), nonsense.url("/?token=secret")] {
        let Err(OutboundError::Unreachable(why)) = rig().get(&url).await else { panic!("{url}") };
        assert!(!why.is_empty() && !why.contains("secret") && !why.contains("127.0.0.1"), "{why}");
    }
}

/// A certificate for `portal.intranet` that is its own root, and its key; valid for two days.
fn certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=portal.intranet", "-addext", "subjectAltName=DNS:portal.intranet"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .expect("openssl starts; `scripts/setup test` installs it");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (certificate, key)
}

/// Answers `count` connections over TLS, whether or not they come to speak HTTP.
fn serve_tls(certificate: &Path, key: &Path, count: usize) -> (SocketAddr, std::thread::JoinHandle<()>) {
    use std::io::{Read as _, Write as _};

    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_file(certificate).unwrap()],
            PrivateKeyDer::from_pem_file(key).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = std::thread::spawn(move || {
        for stream in listener.incoming().take(count) {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream.unwrap());
            // A client that does not trust us is gone by now.
            if stream.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {
                stream.write_all(ok("hello").as_bytes()).unwrap();
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (address, serving)
}

#[tokio::test]
async fn a_certificate_of_the_intranet_is_trusted_when_its_file_is_named_and_for_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(folder.path());
    let (address, serving) = serve_tls(&certificate, &key, 3);
    let client = |extra_roots: Option<&Path>| {
        let settings = OutboundSettings {
            extra_roots: extra_roots.map(Path::to_owned),
            ..settings(&["portal.intranet", "other.intranet"])
        };
        GuardedClient::with_names(&settings, ScriptedNames::new(&[&["127.0.0.1"]])).unwrap()
    };
    let at = |host: &str| url(&format!("https://{host}:{}/keys", address.port()));

    let trusting = client(Some(&certificate));
    assert_eq!(trusting.get(&at("portal.intranet")).await.unwrap(), b"hello");
    for (client, host) in [(trusting, "other.intranet"), (client(None), "portal.intranet")] {
        let Err(OutboundError::Unreachable(why)) = client.get(&at(host)).await else { panic!("{host}") };
        assert!(why.contains("certificate"), "{why}");
    }
    serving.join().unwrap();
}

#[test]
fn certificates_that_cannot_be_read_are_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, broken) = (folder.path().join("empty.pem"), folder.path().join("broken.pem"));
    std::fs::write(&empty, "nothing here\n").unwrap();
    std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    for path in [folder.path().join("absent.pem"), empty, broken] {
        let settings = OutboundSettings { extra_roots: Some(path.clone()), ..settings(&[]) };
        let refused = GuardedClient::new(&settings).expect_err("no such roots").to_string();
        let expected = format!("extra_roots: the certificates in {} cannot be read: ", path.display());
        assert!(refused.starts_with(&expected), "{refused}");
    }
}
