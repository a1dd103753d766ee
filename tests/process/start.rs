//! What a server cannot start without: a clear word within bounds, and nothing left half done.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::process::free_port;
use crate::support::rig::{Rig, http};

/// The start is given up after this long, plus what two busy cores take.
const BOUND: Duration = Duration::from_secs(45);

fn complaint_within_bounds(rig: &Rig) -> String {
    let begun = Instant::now();
    let complaint = rig.run(&["serve"]).complaint(1);
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
    assert_eq!(complaint.lines().filter(|line| line.starts_with("idp: ")).count(), 1, "{complaint}");
    complaint
}

#[test]
fn a_port_in_use_is_said_before_anything_is_touched() {
    let rig = Rig::new();
    let taken = TcpListener::bind(("127.0.0.1", rig.port)).expect("a free port");
    let complaint = complaint_within_bounds(&rig);
    drop(taken);
    assert!(
        complaint.contains(&format!("server.listen: cannot listen on 127.0.0.1:{}", rig.port)),
        "{complaint}"
    );
    assert!(!rig.path("idp.db").exists(), "the database was not touched");
}

#[test]
fn a_postgres_server_that_is_away_or_silent_is_named_without_its_password() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent_port = silent.local_addr().expect("an address").port();
    for port in [free_port(), silent_port] {
        let mut rig = Rig::production();
        rig.set("database.url", format!("postgres://idp:hunter2@127.0.0.1:{port}/idp"));
        let complaint = complaint_within_bounds(&rig);
        assert!(complaint.contains(&format!("the database 127.0.0.1:{port}/idp")), "{complaint}");
        assert!(complaint.contains("check database.url") && !complaint.contains("hunter2"), "{complaint}");
    }
}

#[test]
fn a_redis_server_that_is_away_is_named_without_its_password() {
    let port = free_port();
    let mut rig = Rig::new();
    rig.set("ephemeral.url", format!("redis://:hunter2@127.0.0.1:{port}"));
    let complaint = complaint_within_bounds(&rig);
    assert!(complaint.contains(&format!("Redis at 127.0.0.1:{port}")), "{complaint}");
    assert!(complaint.contains("check ephemeral.url") && !complaint.contains("hunter2"), "{complaint}");
}

#[test]
fn an_sqlite_file_in_a_folder_that_is_not_there_is_named() {
    let mut rig = Rig::new();
    rig.set("database.url", "sqlite:///nowhere/idp.db");
    let complaint = complaint_within_bounds(&rig);
    assert!(complaint.contains("the database /nowhere/idp.db cannot be used"), "{complaint}");
}

#[tokio::test]
async fn pages_of_the_demo_do_not_exist_on_a_server() {
    let rig = Rig::new();
    let server = rig.serve().await;
    for path in ["/mailbox", "/mailbox/4711", "/desk.css", "/demo"] {
        let answer = http().get(format!("{}{path}", rig.address())).send().await.expect("an answer");
        assert_eq!(answer.status(), 404, "{path}");
    }
    server.stop().await;
}
