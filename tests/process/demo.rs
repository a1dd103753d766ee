//! `idp demo` beside what is not there, in somebody else's way, and twice on the same folder.

use std::net::TcpListener;

use tempfile::TempDir;

use crate::support::process::{Running, binary, eventually, free_port, is_listening};
use crate::support::rig::{http, idp};

#[test]
fn without_the_sample_portal_the_demo_says_how_to_build_it() {
    let complaint = idp(&["demo", "--portal", "/nowhere/sample-portal"]).complaint(1);
    assert!(complaint.contains("no sample portal at /nowhere/sample-portal"), "{complaint}");
    assert!(complaint.contains("cargo build -p sample-portal"), "{complaint}");
}

#[test]
fn a_port_in_use_is_named_with_the_flag_that_chooses_another() {
    let folder = TempDir::with_prefix("idp-demo-").expect("a folder");
    let data = folder.path().display().to_string();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    for flag in ["--port", "--desk-port", "--portal-port"] {
        let mut arguments = vec!["demo", "--data", &data];
        for other in ["--port", "--desk-port", "--portal-port"] {
            arguments.extend([other, if other == flag { port.as_str() } else { "0" }]);
        }
        let complaint = idp(&arguments).complaint(1);
        assert!(complaint.contains(&format!("port {port} of this machine is in use")), "{complaint}");
        assert!(complaint.contains(&format!("choose another one with {flag} PORT")), "{complaint}");
    }
}

/// Ctrl-C stops all of it; what happened is still there the next time.
#[tokio::test]
async fn the_demo_keeps_its_people_from_one_run_to_the_next() {
    let folder = TempDir::with_prefix("idp-demo-").expect("a folder");
    let data = folder.path().display().to_string();
    let ports = [free_port(), free_port(), free_port()];
    let [port, desk, portal] = ports.map(|port| port.to_string());
    let arguments =
        ["demo", "--data", &data, "--port", &port, "--desk-port", &desk, "--portal-port", &portal];
    for run in 1..=2 {
        let mut demo = Running::start(binary("idp"), &arguments);
        demo.until("introduced", async || demo_says(&desk).await).await;
        eventually("the mail to the sample caregiver", async || {
            let mailbox = http().get(format!("http://127.0.0.1:{desk}/mailbox")).send().await.ok()?;
            let mails = mailbox.text().await.ok()?.matches("frank.jones@example.com").count();
            assert!(mails <= 1, "run {run} sent another mail");
            (mails == 1).then_some(())
        })
        .await;
        demo.interrupt();
        let status = demo.ended().await;
        assert!(status.success(), "{status}: {}", demo.said());
        eventually("the end of all of it", async || {
            (!ports.iter().any(|port| is_listening(*port))).then_some(())
        })
        .await;
    }
}

async fn demo_says(desk: &str) -> bool {
    http()
        .get(format!("http://127.0.0.1:{desk}/office"))
        .send()
        .await
        .is_ok_and(|answer| answer.status() == 200)
}
