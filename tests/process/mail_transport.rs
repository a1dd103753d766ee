//! The SMTP transport against a real server: what arrives, what is tried again, what is given up.
#![allow(clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use idp::adapter::{Sender, SmtpOptions, SmtpPostman, SmtpSecurity, SystemClock};
use idp_domain::Secret;
use idp_domain::email::EmailAddress;
use idp_domain::ports::{Delivery, Envelope, Postman as _};

use crate::support::smtp::{Behaviour, SmtpServer, SmtpSetup};

fn options(server: &SmtpServer) -> SmtpOptions {
    SmtpOptions {
        host: "localhost".to_owned(),
        port: server.port,
        security: SmtpSecurity::None,
        credentials: None,
        timeout: Duration::from_secs(10),
        pool_size: 2,
        extra_roots: None,
    }
}

fn secured(server: &SmtpServer, security: SmtpSecurity) -> SmtpOptions {
    SmtpOptions { security, extra_roots: Some(server.certificate()), ..options(server) }
}

fn credentials(user: &str, password: &str) -> Option<(String, Secret<String>)> {
    Some((user.to_owned(), Secret::new(password.to_owned())))
}

fn postman(options: SmtpOptions) -> SmtpPostman {
    let sender = Sender::parse("no-reply@id.example").expect("an address");
    SmtpPostman::new(options, sender, Arc::new(SystemClock)).expect("a transport")
}

fn envelope(number: u32) -> Envelope {
    Envelope {
        message_id: format!("mai_{number}@id.example"),
        to: EmailAddress::parse("Frank.Jones@example.com").expect("an address"),
        to_name: Some("Frank Jones".to_owned()),
        from_name: "Maple Care Software Inc. on behalf of Maple Home Care".to_owned(),
        reply_to: Some(EmailAddress::parse("office@maple.example").expect("an address")),
        subject: "Activate your account — Grüße".to_owned(),
        html: "<p>Open the link</p>".to_owned(),
        text: "Open the link\n.\n.end\n".to_owned(),
    }
}

fn retried(delivery: &Delivery) -> &str {
    match delivery {
        Delivery::Retry { why } => why,
        other => panic!("{other:?}"),
    }
}

fn given_up(delivery: &Delivery) -> &str {
    match delivery {
        Delivery::Dead { why } => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_composed() {
    let server = SmtpServer::start();
    assert_eq!(postman(options(&server)).deliver(&envelope(1)).await, Delivery::Sent);
    let mails = server.mails();
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    for (name, value) in [
        ("X-MailFrom", "no-reply@id.example"),
        ("X-RcptTo", "Frank.Jones@example.com"),
        ("Message-ID", "<mai_1@id.example>"),
        ("From", "\"Maple Care Software Inc. on behalf of Maple Home Care\" <no-reply@id.example>"),
        ("To", "\"Frank Jones\" <Frank.Jones@example.com>"),
        ("Reply-To", "office@maple.example"),
        ("Auto-Submitted", "auto-generated"),
    ] {
        assert_eq!(mail.header(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(mail.header("List-Unsubscribe"), None);
    assert!(
        mail.text().contains("\r\nOpen the link\r\n.\r\n.end\r\n"),
        "lines of dots survive: {}",
        mail.text()
    );
}

#[tokio::test]
async fn mails_share_a_connection_until_the_server_closes_it() {
    let mut server = SmtpServer::start();
    let postman = postman(options(&server));
    for number in 1..=3 {
        assert_eq!(postman.deliver(&envelope(number)).await, Delivery::Sent);
    }
    server.behave(Behaviour::HangUp);
    assert_eq!(postman.deliver(&envelope(4)).await, Delivery::Sent);
    let peers: Vec<_> = server.mails().iter().filter_map(|mail| mail.header("X-Peer")).collect();
    assert!(matches!(peers.as_slice(), [a, b, c, d] if a == b && b == c && c != d), "{peers:?}");
}

/// A server that says "later" keeps the mail in the queue, and one that says "never" ends it.
#[tokio::test]
async fn refusals_for_now_are_tried_again_and_refusals_for_good_are_not() {
    let mut server = SmtpServer::start();
    let postman = postman(options(&server));

    server.behave(Behaviour::RefuseTemporary);
    let delivery = postman.deliver(&envelope(1)).await;
    assert!(retried(&delivery).contains("please come back later"), "{delivery:?}");

    server.behave(Behaviour::RefusePermanent);
    let delivery = postman.deliver(&envelope(1)).await;
    let why = given_up(&delivery);
    assert!(why.contains("550") && why.contains("<F***@example.com>: no such person here"), "{why}");
    assert!(!why.contains("Frank"), "no address in what is stored: {why}");

    server.behave(Behaviour::RefuseContent);
    let delivery = postman.deliver(&envelope(1)).await;
    assert!(given_up(&delivery).contains("554"), "{delivery:?}");

    server.behave(Behaviour::Accept);
    assert_eq!(postman.deliver(&envelope(2)).await, Delivery::Sent);
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn a_stalling_server_costs_the_time_limit_and_is_tried_again() {
    let mut server = SmtpServer::start();
    server.behave(Behaviour::Stall);
    let postman = postman(SmtpOptions { timeout: Duration::from_millis(500), ..options(&server) });
    let started = Instant::now();
    let delivery = postman.deliver(&envelope(1)).await;
    assert!(retried(&delivery).contains("longer than 0.5 s"), "{delivery:?}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    server.behave(Behaviour::Accept);
    assert_eq!(postman.deliver(&envelope(1)).await, Delivery::Sent);
}

/// On a reused connection the late "250" for one mail would be taken for the reply to the next.
#[tokio::test]
async fn a_connection_whose_reply_came_too_late_is_not_used_again() {
    let mut server = SmtpServer::start();
    let postman = postman(SmtpOptions { timeout: Duration::from_millis(500), ..options(&server) });
    assert_eq!(postman.deliver(&envelope(1)).await, Delivery::Sent);
    server.behave(Behaviour::Hesitate);
    retried(&postman.deliver(&envelope(2)).await);
    server.behave(Behaviour::RefusePermanent);
    given_up(&postman.deliver(&envelope(3)).await);
    server.behave(Behaviour::Accept);
    assert_eq!(postman.deliver(&envelope(4)).await, Delivery::Sent);
    let peers: Vec<_> = server.mails().iter().filter_map(|mail| mail.header("X-Peer")).collect();
    assert_eq!(peers.len(), 3, "the second was taken, only the answer was late");
    assert!(peers[0] == peers[1] && peers[1] != peers[2], "{peers:?}");
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_again() {
    let server = SmtpServer::start();
    let postman = postman(options(&server));
    assert_eq!(postman.deliver(&envelope(1)).await, Delivery::Sent);
    drop(server);
    for _ in 0..2 {
        let delivery = postman.deliver(&envelope(2)).await;
        assert!(retried(&delivery).contains("no connection to the mail server"), "{delivery:?}");
    }
}

#[tokio::test]
async fn starttls_with_authentication_delivers() {
    let expected = Some(("idp", "correct horse"));
    let server =
        SmtpServer::start_with(SmtpSetup { security: "starttls", credentials: expected, smtputf8: false });
    let right = SmtpOptions {
        credentials: credentials("idp", "correct horse"),
        ..secured(&server, SmtpSecurity::StartTls)
    };
    assert_eq!(postman(right.clone()).deliver(&envelope(1)).await, Delivery::Sent);
    assert_eq!(server.mails().len(), 1);

    // What the operator can mend keeps every mail in the queue.
    let wrong = SmtpOptions { credentials: credentials("idp", "wrong"), ..right.clone() };
    let delivery = postman(wrong).deliver(&envelope(2)).await;
    assert!(retried(&delivery).contains("credentials") && retried(&delivery).contains("535"), "{delivery:?}");
    let none = SmtpOptions { credentials: None, ..right.clone() };
    let delivery = postman(none).deliver(&envelope(2)).await;
    assert!(retried(&delivery).contains("530"), "{delivery:?}");
    let plain = SmtpOptions { security: SmtpSecurity::None, ..right };
    retried(&postman(plain).deliver(&envelope(2)).await);
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn implicit_tls_delivers() {
    let server = SmtpServer::start_with(SmtpSetup { security: "tls", ..SmtpSetup::default() });
    let postman = postman(secured(&server, SmtpSecurity::Tls));
    assert_eq!(postman.deliver(&envelope(1)).await, Delivery::Sent);
    assert_eq!(postman.deliver(&envelope(2)).await, Delivery::Sent);
    assert_eq!(server.mails().len(), 2);
}

/// No certificate that we trust, or no TLS at all: nothing is sent, and nothing is lost.
#[tokio::test]
async fn without_the_protection_asked_for_no_mail_leaves() {
    for (security, word) in [(SmtpSecurity::StartTls, "starttls"), (SmtpSecurity::Tls, "tls")] {
        let server = SmtpServer::start_with(SmtpSetup { security: word, ..SmtpSetup::default() });
        let untrusted = SmtpOptions { extra_roots: None, ..secured(&server, security) };
        let delivery = postman(untrusted).deliver(&envelope(1)).await;
        assert!(retried(&delivery).contains("certificate"), "{delivery:?}");
        assert!(server.mails().is_empty());
    }
    let plain = SmtpServer::start();
    let delivery = postman(SmtpOptions { security: SmtpSecurity::StartTls, ..options(&plain) })
        .deliver(&envelope(1))
        .await;
    assert!(retried(&delivery).contains("does not offer STARTTLS"), "{delivery:?}");
    assert!(plain.mails().is_empty());
}

#[tokio::test]
async fn an_internationalised_address_needs_a_server_that_knows_them() {
    let to = EmailAddress::parse("jörg@bücher.example").expect("an address");
    let mail = Envelope { to, ..envelope(1) };
    let able = SmtpServer::start_with(SmtpSetup { smtputf8: true, ..SmtpSetup::default() });
    assert_eq!(postman(options(&able)).deliver(&mail).await, Delivery::Sent);
    assert_eq!(able.mails()[0].header("X-RcptTo").as_deref(), Some("jörg@xn--bcher-kva.example"));

    let unable = SmtpServer::start();
    let delivery = postman(options(&unable)).deliver(&mail).await;
    assert!(given_up(&delivery).contains("SMTPUTF8"), "{delivery:?}");
}

#[test]
fn a_root_certificate_that_cannot_be_read_is_refused_at_the_start() {
    let sender = || Sender::parse("no-reply@id.example").expect("an address");
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing here\n").expect("writable");
    for path in [folder.path().join("absent.pem"), empty] {
        let options = SmtpOptions {
            host: "localhost".to_owned(),
            port: 1,
            security: SmtpSecurity::Tls,
            credentials: None,
            timeout: Duration::from_secs(1),
            pool_size: 1,
            extra_roots: Some(path.clone()),
        };
        let refused = SmtpPostman::new(options, sender(), Arc::new(SystemClock)).expect_err("no such roots");
        assert!(refused.to_string().contains(&path.display().to_string()), "{refused}");
    }
}
