//! What is spoken at the door: versions, ciphers, protocols; plain HTTP; those who never finish.

use std::process::{Command, Stdio};

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::Secured;
use crate::support::process::eventually;
use crate::support::rig::{OFFICE_SECRET, http};

/// A handshake of another TLS library, at every version it has been built with: what it says of it, or why there is none.
fn s_client(secured: &Secured, arguments: &[&str]) -> Result<String, String> {
    let root = secured.authority.root().display().to_string();
    let address = format!("localhost:{}", secured.rig.port);
    let mut command = Command::new("openssl");
    command.args([
        "s_client",
        "-connect",
        &address,
        "-servername",
        "localhost",
        "-CAfile",
        &root,
        "-verify_return_error",
    ]);
    let output = command.args(arguments).stdin(Stdio::null()).output().expect("openssl starts");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(said) } else { Err(said) }
}

/// "TLS by rustls, 1.2 and 1.3": RFC 8996 forbids what is older, RFC 9325 section 4.2 what has no forward secrecy, and FAPI 2.0
/// section 5.2.2 whatever else that section does not recommend of TLS 1.2.
#[tokio::test]
async fn tls_1_3_and_1_2_are_spoken_with_forward_secrecy_and_nothing_older_or_weaker() {
    let secured = Secured::new();
    let server = secured.serve().await;
    for (version, told) in [("-tls1_3", "TLSv1.3"), ("-tls1_2", "TLSv1.2")] {
        let said = s_client(&secured, &[version, "-alpn", "h2,http/1.1"]).expect("a handshake");
        for fact in
            [&format!("New, {told}, Cipher is"), "ALPN protocol: http/1.1", "Verify return code: 0 (ok)"]
        {
            assert!(said.contains(fact), "{fact} in {said}");
        }
    }
    for cipher in ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"] {
        let said = s_client(&secured, &["-tls1_2", "-cipher", cipher]).expect("a handshake");
        assert!(said.contains(&format!("Cipher is {cipher}")), "{said}");
    }
    for refused in [
        &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"][..],
        &["-tls1", "-cipher", "DEFAULT@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "AES128-GCM-SHA256"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"],
        &["-tls1_3", "-alpn", "h2"],
    ] {
        let said = s_client(&secured, refused).expect_err("a handshake");
        assert!(said.contains("alert"), "{refused:?} was refused by the server: {said}");
    }
    server.stop().await;
}

#[tokio::test]
async fn pages_and_tokens_are_had_over_tls_by_whoever_trusts_the_authority_and_by_nobody_else() {
    let secured = Secured::new();
    secured.rig.seed();
    let server = secured.serve().await;
    let (http, issuer) = (secured.http(), secured.issuer());

    let answer =
        http.get(format!("{issuer}/.well-known/openid-configuration")).send().await.expect("an answer");
    for needed in ["strict-transport-security", "date"] {
        assert!(answer.headers().contains_key(needed), "{needed}: {answer:?}");
    }
    let discovered: serde_json::Value = answer.json().await.expect("metadata");
    assert_eq!(discovered["token_endpoint"], format!("{issuer}/token"));

    let grant = [("grant_type", "client_credentials"), ("scope", "members:read")];
    let request = http.post(format!("{issuer}/token")).form(&grant);
    let answer = request.basic_auth("office.99999", Some(OFFICE_SECRET)).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);

    let stranger = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let refused = stranger.get(format!("{issuer}/jwks")).send().await.expect_err("trust");
    assert!(refused.is_connect(), "{refused:?}");
    server.stop().await;
}

/// Whoever sends a secret in the clear must notice: no redirect, no answer from behind the door.
#[tokio::test]
async fn plain_http_on_the_same_port_is_told_kindly_what_to_say_instead() {
    let secured = Secured::new();
    let server = secured.serve().await;
    let answer = http().get(secured.rig.address()).send().await.expect("an answer");
    assert_eq!(answer.status(), 400);
    let told = format!("This server speaks https. Ask for {} instead.\n", secured.issuer());
    assert_eq!(answer.text().await.expect("a text"), told);
    let form = [("grant_type", "client_credentials")];
    let answer =
        http().post(format!("{}/token", secured.rig.address())).form(&form).send().await.expect("an answer");
    assert_eq!(answer.status(), 400);
    server.stop().await;
}

/// Slow loris: silent connections are let go after ten seconds, and while they stand everybody else is served.
#[tokio::test]
async fn whoever_never_finishes_a_handshake_is_let_go_and_keeps_nobody_out() {
    let secured = Secured::new();
    let server = secured.serve().await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(("127.0.0.1", secured.rig.port)).await.expect("a connection"));
    }
    let answer = secured.http().get(format!("{}/jwks", secured.issuer())).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    for mut connection in silent {
        assert_eq!(connection.read(&mut [0]).await.unwrap_or(0), 0, "closed without a word");
    }
    eventually("the count", async || {
        let metrics = secured.http().get(format!("{}/metrics", secured.issuer())).send().await.ok()?;
        metrics.text().await.ok()?.contains("idp_tls_handshakes_total{outcome=\"slow\"} 200\n").then_some(())
    })
    .await;
    server.stop().await;
}
