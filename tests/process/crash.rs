//! Mail and disaster: a server that stalls, is away or dies between lease and settle. No mail is lost, no link is dead.

use std::collections::BTreeSet;

use sqlx::{Connection as _, Row as _, SqliteConnection};

use crate::support::process::eventually;
use crate::support::rig::Rig;
use crate::support::smtp::{Behaviour, ReceivedMail, SmtpServer};
use crate::support::visitor::Visitor;

/// Real SMTP; leases that run out after the shortest time allowed.
fn rig(smtp: &SmtpServer) -> Rig {
    let mut rig = Rig::new();
    rig.set("mail.transport", "smtp");
    rig.set("mail.smtp.host", "127.0.0.1");
    rig.set("mail.smtp.port", i64::from(smtp.port));
    rig.set("mail.smtp.tls", "none");
    rig.set("mail.smtp.timeout", "9 s");
    rig.set("mail.lease", "10 s");
    rig.set("mail.retry_first", "1 s");
    rig.seed();
    rig
}

fn people() -> Vec<String> {
    (1..=5).map(|number| format!("caregiver{number}@example.com")).collect()
}

/// How many mails of the outbox are in this state.
async fn queued(rig: &Rig, state: &str) -> i64 {
    let url = format!("sqlite://{}", rig.path("idp.db").display());
    let mut database = SqliteConnection::connect(&url).await.expect("the database of the server");
    let counted =
        sqlx::query("SELECT count(*) FROM outbox WHERE state = ?").bind(state).fetch_one(&mut database).await;
    counted.expect("the outbox").get(0)
}

async fn until_queued(rig: &Rig, state: &str, at_least: i64) {
    eventually(&format!("{at_least} mails {state}"), async || {
        (queued(rig, state).await >= at_least).then_some(())
    })
    .await;
}

async fn until_arrived(smtp: &SmtpServer, recipients: &[String]) {
    eventually("every mail", async || {
        let arrived: BTreeSet<String> =
            smtp.mails().iter().filter_map(|mail| mail.header("X-RcptTo")).collect();
        recipients.iter().all(|recipient| arrived.contains(recipient)).then_some(())
    })
    .await;
}

/// The link in the plain-text part.
fn link(mail: &ReceivedMail) -> String {
    let parsed = mail_text(mail);
    let start = parsed.find("http://127.0.0.1").unwrap_or_else(|| panic!("no link in {parsed}"));
    parsed[start..].split_whitespace().next().expect("a link").to_owned()
}

/// Undoes quoted-printable (RFC 2045 section 6.7) as far as our own mails use it.
fn mail_text(mail: &ReceivedMail) -> String {
    mail.text().replace("=\r\n", "").replace("=3D", "=")
}

/// The link leads to "Create Password" for exactly this person.
async fn assert_link_works(mail: &ReceivedMail) {
    let page = Visitor::new().open(&link(mail)).await;
    assert_eq!(page.heading(), "Create Password", "{page:?}");
    let recipient = mail.header("X-RcptTo").expect("a recipient");
    assert!(page.html.contains(&format!("value=\"{recipient}\"")), "{recipient}: {page:?}");
}

#[tokio::test]
async fn a_server_killed_while_its_mail_server_stalls_loses_no_mail() {
    let mut smtp = SmtpServer::start();
    smtp.behave(Behaviour::Stall);
    let rig = rig(&smtp);
    let server = rig.serve().await;
    for person in people() {
        rig.provision(&person).await;
    }
    until_queued(&rig, "leased", 1).await;
    assert!(smtp.mails().is_empty());
    server.kill();
    assert!(queued(&rig, "leased").await >= 1, "it died with a lease in its hands");
    assert_eq!(queued(&rig, "sent").await, 0);

    smtp.behave(Behaviour::Accept);
    let server = rig.serve().await;
    until_arrived(&smtp, &people()).await;
    until_queued(&rig, "sent", 5).await;
    let mails = smtp.mails();
    assert_eq!(mails.len(), 5, "each person has one mail");
    for mail in &mails {
        assert_link_works(mail).await;
    }
    server.stop().await;
}

/// The worst moment: the mail is out, and nobody has written that down. The second copy is the same mail.
#[tokio::test]
async fn a_server_killed_between_delivery_and_settling_sends_the_same_mail_again() {
    let mut smtp = SmtpServer::start();
    smtp.behave(Behaviour::Hesitate);
    let rig = rig(&smtp);
    let server = rig.serve().await;
    rig.provision("rose.miller@example.com").await;
    eventually("the mail", async || (!smtp.mails().is_empty()).then_some(())).await;
    server.kill();

    smtp.behave(Behaviour::Accept);
    let server = rig.serve().await;
    until_queued(&rig, "sent", 1).await;
    let mails = smtp.mails();
    let [first, second] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!(first.header("Message-ID"), second.header("Message-ID"));
    assert_eq!(link(first), link(second));
    assert_link_works(first).await;
    server.stop().await;
}

#[tokio::test]
async fn mail_waits_for_a_mail_server_that_is_down() {
    let reserved = SmtpServer::start();
    let mut rig = rig(&reserved);
    drop(reserved);
    let server = rig.serve().await;
    rig.provision("rose.miller@example.com").await;
    eventually("a failed attempt", async || server.said().contains("some deliveries failed").then_some(()))
        .await;
    server.stop().await;

    let smtp = SmtpServer::start();
    rig.set("mail.smtp.port", i64::from(smtp.port));
    let server = rig.serve().await;
    until_arrived(&smtp, &["rose.miller@example.com".to_owned()]).await;
    assert_link_works(&smtp.mails()[0]).await;
    server.stop().await;
}
