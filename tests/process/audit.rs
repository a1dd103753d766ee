//! `idp audit verify | export`: the log of who did what, checked and printed beside a running node.

use std::time::Duration;

use serde_json::Value;

use crate::support::database::TestDatabase;
use crate::support::process::Running;
use crate::support::rig::Rig;

const WAITING: &str = "Events that wait for their place in a log: ";

/// A few events; each has its place within a moment.
async fn recorded(rig: &Rig) -> Running {
    rig.seed();
    let server = rig.serve().await;
    for _ in 0..3 {
        rig.run_meanwhile(&["client", "rotate-secret", "office.99999"]).await.answer();
    }
    server
}

/// What `idp audit verify` says once nothing waits any more.
async fn verified(rig: &Rig, arguments: &[&str]) -> String {
    let arguments = [&["audit", "verify"], arguments].concat();
    for _ in 0..100 {
        let told = rig.run_meanwhile(&arguments).await.answer();
        if told.contains(&format!("{WAITING}0\n")) {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("events wait for ever");
}

async fn changed_log_is_told(rig: &Rig, change: impl AsyncFn(&str)) {
    let server = recorded(rig).await;
    let told = verified(rig, &[]).await;
    assert!(told.contains("intact") && !told.contains(" at "), "{told}");
    server.stop().await;
    let rotated = "SELECT max(seq) FROM audit_events WHERE action = 'client.secret_rotated'";
    change(&format!("UPDATE audit_events SET at = at + 1 WHERE chain IS NOT NULL AND seq = ({rotated}) - 1"))
        .await;
    let broken = rig.run(&["audit", "verify"]);
    assert_eq!(broken.code, Some(1), "{broken:?}");
    assert!(broken.stdout.contains("changed at "), "{broken:?}");
    assert!(broken.stderr.starts_with("idp: the audit log is not what was recorded"), "{broken:?}");
    change("DELETE FROM audit_events").await;
    change("DELETE FROM audit_chains").await;
    let emptied = rig.run(&["audit", "verify"]).complaint(1);
    assert!(emptied.starts_with("idp: the audit log is empty, and there was one"), "{emptied}");
}

#[test]
fn a_new_installation_has_recorded_nothing_yet() {
    let rig = Rig::new();
    assert_eq!(rig.run(&["audit", "verify"]).answer(), "Nothing was recorded yet.\n");
}

/// The key file lost, or another key configured under the same name: said as that, not as a break-in.
#[tokio::test]
async fn a_master_key_of_another_database_is_told_as_that() {
    let rig = Rig::new();
    let server = recorded(&rig).await;
    verified(&rig, &[]).await;
    server.stop().await;
    let key = rig.path("idp.db.master-key");
    let own = std::fs::read(&key).expect("the key");
    std::fs::write(&key, "5a".repeat(32)).expect("another key");
    let told = rig.run(&["audit", "verify"]).complaint(2);
    assert!(told.starts_with("idp: this master key does not belong to this database"), "{told}");
    std::fs::write(&key, own).expect("the own key");
    rig.run(&["audit", "verify"]).answer();
}

#[tokio::test]
async fn a_node_ties_events_in_and_a_changed_one_is_told_on_sqlite() {
    let rig = Rig::new();
    let file = format!("sqlite://{}", rig.path("idp.db").display());
    changed_log_is_told(&rig, async |sql| {
        use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
        let mut database = sqlx::SqliteConnection::connect(&file).await.expect("the database");
        database.execute(AssertSqlSafe(sql.to_owned())).await.expect("a change");
        database.close().await.expect("a goodbye");
    })
    .await;
}

#[tokio::test]
async fn a_node_ties_events_in_and_a_changed_one_is_told_on_postgres() {
    let database = TestDatabase::postgres().await;
    let mut rig = Rig::new();
    rig.use_database(&database);
    changed_log_is_told(&rig, async |sql| database.execute(sql).await).await;
}

/// What was noted elsewhere tells of a log that was put back to an older state.
#[tokio::test]
async fn an_older_state_of_the_database_is_told_by_what_was_noted() {
    let rig = Rig::new();
    rig.seed();
    let older = std::fs::read(rig.path("idp.db")).expect("a backup");
    let server = rig.serve().await;
    for _ in 0..3 {
        rig.run_meanwhile(&["client", "rotate-secret", "office.99999"]).await.answer();
    }
    let noted = rig.path("noted.txt");
    std::fs::write(&noted, verified(&rig, &[]).await).expect("a note");
    server.stop().await;
    let noted = noted.display().to_string();
    rig.run(&["audit", "verify", "--noted", &noted]).answer();
    for file in ["idp.db", "idp.db-wal", "idp.db-shm"] {
        std::fs::remove_file(rig.path(file)).unwrap_or_default();
    }
    std::fs::write(rig.path("idp.db"), older).expect("the backup put back");
    let told = rig.run(&["audit", "verify", "--noted", &noted]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.stdout.contains("older than "), "{told:?}");
}

#[tokio::test]
async fn the_log_of_an_agency_is_printed_as_lines_and_as_a_table() {
    let rig = Rig::new();
    let server = recorded(&rig).await;
    let actions = |lines: &str| -> Vec<String> {
        let told = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        told.map(|event| {
            assert_eq!(event["actor"]["type"], "system");
            event["action"].as_str().expect("an action").to_owned()
        })
        .collect()
    };
    // The agency sees what was done to its client at the command line.
    let rotated = "client.secret_rotated";
    let lines = rig.run(&["audit", "export", "--company", "99999"]).answer();
    assert_eq!(actions(&lines), ["company.created", rotated, rotated, rotated]);
    let lines = rig.run(&["audit", "export", "--company", "99999"]).answer();
    assert_eq!(actions(&lines).last().map(String::as_str), Some("audit.exported"));
    let table = rig.run(&["audit", "export", "--company", "99999", "--format", "csv"]).answer();
    assert!(table.starts_with("id,at,action,") && table.contains(",audit.exported,"), "{table}");
    let none = rig.run(&["audit", "export", "--company", "99999", "--from", "2999-01-01"]).answer();
    assert_eq!(none, "");
    let platform = rig.run(&["audit", "export"]).answer();
    assert!(platform.contains("\"installation.seeded\"") && !platform.contains(rotated), "{platform}");
    server.stop().await;
}

#[test]
fn what_cannot_be_meant_is_refused_in_words() {
    let rig = Rig::new();
    rig.seed();
    let unknown = rig.run(&["audit", "verify", "--company", "nobody"]).complaint(2);
    assert_eq!(unknown, "idp: there is no company nobody\n");
    let when = rig.run(&["audit", "export", "--from", "yesterday"]).complaint(2);
    assert!(when.contains("write a date such as 2026-11-21"), "{when}");
    let noted = rig.run(&["audit", "verify", "--noted", "/nowhere/noted.txt"]).complaint(2);
    assert!(noted.starts_with("idp: --noted /nowhere/noted.txt: "), "{noted}");
}
