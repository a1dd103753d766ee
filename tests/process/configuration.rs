//! Mistakes in the configuration: all at once, each by its key and with what to write; no secret is ever shown.

use std::fs;

use idp_testkit::mmdb::mmdb;

use crate::support::rig::{Rig, idp};

const MISTAKES: &str = r#"
mode = "productive"
[server]
listn = "127.0.0.1:8080"
shutdown_grace = "never"
[database]
url = "sqlite://idp.db"
url_file = "/etc/idp/database_url"
[keys]
rotate_after = "1 h"
[[keys.master]]
id = "2026"
secret = "hunter2"
[mail]
transport = "pigeon"
"#;

#[test]
fn every_mistake_is_reported_at_once_with_its_key_and_what_to_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("idp.toml");
    fs::write(&file, MISTAKES).expect("writable");
    let file = file.display().to_string();
    let complaint = idp(&["config", "check", "--config", &file]).complaint(2);
    insta::assert_snapshot!("mistakes", complaint);
    for command in [&["serve"][..], &["migrate"], &["keys", "list"], &["config", "show"]] {
        let same = idp(&[command, &["--config", &file]].concat()).complaint(2);
        assert_eq!(same, complaint, "{command:?}");
    }
    assert!(!complaint.contains("hunter2"), "{complaint}");
}

#[test]
fn without_any_file_production_says_what_it_needs() {
    let complaint = idp(&["serve"]).complaint(2);
    for key in
        ["keys.master:", "issuer.url:", "mail.transport:", "mail.from_address:", "branding.operator_name:"]
    {
        assert!(complaint.contains(key), "{key} in {complaint}");
    }
}

#[test]
fn a_file_that_is_not_there_and_one_that_is_no_toml_are_named() {
    let complaint = idp(&["config", "check", "--config", "/nowhere/idp.toml"]).complaint(2);
    assert!(complaint.contains("--config: /nowhere/idp.toml cannot be read"), "{complaint}");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("idp.toml");
    fs::write(&file, "mode = \"development\"\n[mail.smtp]\npassword = \"hunter2\n").expect("writable");
    let complaint = idp(&["config", "check", "--config", &file.display().to_string()]).complaint(2);
    assert!(complaint.contains("line 3") && !complaint.contains("hunter2"), "{complaint}");
}

#[test]
fn a_secret_file_that_cannot_be_used_is_named_by_its_key() {
    let mut rig = Rig::new();
    rig.set("database.url", "");
    rig.set("database.url_file", rig.path("database_url").display().to_string());
    let complaint = rig.run(&["config", "check"]).complaint(2);
    assert!(complaint.contains("database.url_file:") && complaint.contains("cannot be read"), "{complaint}");
}

/// Rules section 6: places of addresses come from a file that the operator supplies.
#[test]
fn a_file_of_locations_that_cannot_be_used_is_named_and_a_good_one_told() {
    let mut rig = Rig::new();
    let file = rig.path("places.mmdb");
    rig.set("server.mmdb", file.display().to_string());
    let complaint = rig.run(&["config", "check"]).complaint(2);
    assert!(complaint.contains("server.mmdb: ") && complaint.contains("cannot be read"), "{complaint}");
    fs::write(&file, "country,city\n").expect("writable");
    for command in [&["config", "check"][..], &["serve"]] {
        let complaint = rig.run(command).complaint(2);
        assert!(complaint.contains("places.mmdb is not a file in MaxMind DB format"), "{complaint}");
    }
    fs::write(&file, mmdb(&[("81.2.69.0/24", "GB", "United Kingdom", "London")])).expect("writable");
    let verdict = rig.run(&["config", "check"]).answer();
    assert!(verdict.ends_with("ephemeral state in memory, places from GeoLite2-City.\n"), "{verdict}");
}

/// What `serve` cannot read, `check` cannot either: each by its key, all at once.
#[test]
fn certificates_that_cannot_be_read_are_told_before_a_server_needs_them() {
    let mut rig = Rig::new();
    rig.set("outbound.extra_roots", "/nope");
    for command in [&["config", "check"][..], &["serve"]] {
        let complaint = rig.run(command).complaint(2);
        assert!(
            complaint.contains("idp: outbound.extra_roots: the certificates in /nope cannot be read"),
            "{complaint}"
        );
    }
    rig.set("mail.transport", "smtp");
    rig.set("mail.smtp.host", "mail.example.org");
    let file = rig.path("no-roots.pem");
    fs::write(&file, "no certificate").expect("writable");
    rig.set("mail.smtp.extra_roots", file.display().to_string());
    let complaint = rig.run(&["config", "check"]).complaint(2);
    assert!(complaint.starts_with("idp: the server would not start, for 2 reasons:\n"), "{complaint}");
    for told in [
        "\n  outbound.extra_roots: the certificates in /nope cannot be read",
        "\n  mail.smtp.extra_roots: the certificates in ",
        "there is no PEM certificate in it",
    ] {
        assert!(complaint.contains(told), "{told} in {complaint}");
    }
}

#[test]
fn check_and_show_answer_without_a_secret() {
    let mut rig = Rig::production();
    rig.set("database.url", "postgres://idp:hunter2@db.example.org/idp");
    rig.set("ephemeral.url", "rediss://:hunter3@redis.example.org/0");
    let verdict = rig.run(&["config", "check"]).answer();
    assert_eq!(
        verdict,
        "The settings are fine: production, issuer https://id.example.org, database PostgreSQL, ephemeral state in \
         Redis.\n"
    );
    let shown = rig.run(&["config", "show"]).answer();
    let master = "32303236";
    assert!(!shown.contains("hunter") && !shown.contains(master), "{shown}");
    assert!(shown.contains("postgres://idp:(hidden)@db.example.org/idp"), "{shown}");

    let defaults = idp(&["config", "show", "--defaults"]).answer();
    assert_eq!(defaults.trim_end(), idp_config::DEFAULTS.trim_end());
}
