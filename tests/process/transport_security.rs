//! Attack 92 (GHSA-gr79-9v6v-gc9r): what the configuration says about TLS and about who we are reaches the connection. Each
//! setting by itself is shown to matter: with it a mail arrives, with another one nothing leaves.

use crate::support::database::TestDatabase;
use crate::support::environment;
use crate::support::process::eventually;
use crate::support::rig::Rig;
use crate::support::smtp::{SmtpServer, SmtpSetup};

const ROSE: &str = "rose.miller@example.com";
const PASSWORD: &str = "correct horse";

/// Everything that this server asks for.
fn configure(rig: &mut Rig, smtp: &SmtpServer, security: &str) {
    let password = rig.path("smtp_password");
    std::fs::write(&password, format!("{PASSWORD}\n")).expect("the folder is writable");
    for (setting, value) in [
        ("mail.transport", "smtp".to_owned()),
        ("mail.retry_first", "1 s".to_owned()),
        ("mail.smtp.host", "localhost".to_owned()),
        ("mail.smtp.tls", security.to_owned()),
        ("mail.smtp.username", "idp".to_owned()),
        ("mail.smtp.password_file", password.display().to_string()),
        ("mail.smtp.extra_roots", smtp.certificate().display().to_string()),
        ("mail.smtp.timeout", "3 s".to_owned()),
    ] {
        rig.set(setting, value);
    }
    rig.set("mail.smtp.port", i64::from(smtp.port));
}

async fn every_setting_reaches_the_mail_server(security: &'static str, other: &str) {
    let setup = SmtpSetup { security, credentials: Some(("idp", PASSWORD)), smtputf8: false };
    let smtp = SmtpServer::start_with(setup);
    let mut rig = Rig::new();
    rig.seed();
    let wrong = rig.path("wrong_password");
    std::fs::write(&wrong, "hunter2\n").expect("the folder is writable");
    let wrong = wrong.display().to_string();
    let mut asked = false;
    for (setting, value) in [
        ("mail.smtp.extra_roots", ""),
        ("mail.smtp.tls", other),
        ("mail.smtp.username", "somebody"),
        ("mail.smtp.password_file", &wrong),
    ] {
        configure(&mut rig, &smtp, security);
        rig.set(setting, value);
        let server = rig.serve().await;
        if !asked {
            rig.provision(ROSE).await;
            asked = true;
        }
        eventually(&format!("a failed attempt with another {setting}"), async || {
            server.said().contains("some deliveries failed").then_some(())
        })
        .await;
        server.stop().await;
        assert!(smtp.mails().is_empty(), "a mail left with another {setting}");
    }
    configure(&mut rig, &smtp, security);
    let server = rig.serve().await;
    eventually("the mail", async || (!smtp.mails().is_empty()).then_some(())).await;
    assert_eq!(smtp.mails()[0].header("X-RcptTo").as_deref(), Some(ROSE));
    server.stop().await;
}

#[tokio::test]
async fn what_is_configured_for_starttls_is_what_happens() {
    every_setting_reaches_the_mail_server("starttls", "none").await;
}

#[tokio::test]
async fn what_is_configured_for_implicit_tls_is_what_happens() {
    every_setting_reaches_the_mail_server("tls", "starttls").await;
}

/// A database or a Redis server that has no TLS is not talked to in the clear when TLS was asked for.
#[tokio::test]
async fn tls_that_was_asked_for_is_never_left_out() {
    let database = TestDatabase::postgres().await;
    let mut rig = Rig::new();
    rig.set_masters(&["2026"]);
    rig.set("database.url", format!("{}?sslmode=disable", database.url()));
    rig.run_meanwhile(&["client", "list"]).await.answer();
    rig.set("database.url", format!("{}?sslmode=require", database.url()));
    let complaint = rig.run_meanwhile(&["client", "list"]).await.complaint(1);
    assert!(complaint.contains("check database.url"), "{complaint}");

    let mut rig = Rig::new();
    rig.set("ephemeral.url", environment::redis_url());
    rig.serve().await.stop().await;
    let secured = environment::redis_url().replacen("redis://", "rediss://", 1);
    rig.set("ephemeral.url", secured);
    let complaint = rig.run_meanwhile(&["serve"]).await.complaint(1);
    assert!(complaint.contains("check ephemeral.url"), "{complaint}");
}
