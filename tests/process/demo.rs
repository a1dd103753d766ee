//! `idp demo` beside what is not there, in somebody else's way, and twice on the same folder.

use std::net::TcpListener;

use tempfile::TempDir;

use crate::support::process::{Running, binary, eventually, free_port, is_listening};
use crate::support::rig::{http, idp};

#[test]
fn without_the_sample_portal_the_demo_says_how_to_build_it() {
    let complaint = idp(&["demo", "--portal", "/nowhere/sample-portal"]).complaint(1);
    assert!(complaint.contains("no sample portal at /nowhere/sample-portal"), "{complaint}");
    assert!(complaint.contains("`cd examples && cargo build -p sample-portal`"), "{complaint}");
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

/// Two of the three samples are programs of people's own devices: their clients are there, and the table says how they start.
#[tokio::test]
async fn the_demo_offers_the_desktop_program_and_the_phone_app() {
    let folder = TempDir::with_prefix("idp-demo-").expect("a folder");
    let data = folder.path().display().to_string();
    let [port, desk, portal] = [free_port(), free_port(), free_port()].map(|port| port.to_string());
    let arguments =
        ["demo", "--data", &data, "--port", &port, "--desk-port", &desk, "--portal-port", &portal];
    let demo = Running::start(binary("idp"), &arguments);
    let table = eventually("the table", async || {
        Some(demo.said()).filter(|said| said.contains("Ctrl-C stops all of it"))
    })
    .await;
    let issuer = format!("http://127.0.0.1:{port}");
    for command in [format!("sample-desktop --issuer {issuer}"), format!("MOBILE_ISSUER={issuer} npm start")]
    {
        assert!(table.contains(&command), "{command}: {table}");
    }

    let challenge = ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let pkce = [challenge, ("code_challenge_method", "S256")];
    let form =
        [("client_id", "desktop"), ("scope", "openid profile company companies"), ("company", "22222")];
    let request = http().post(format!("{issuer}/device_authorization")).form(&[&form[..], &pkce].concat());
    assert_eq!(request.send().await.expect("an answer").status(), 200);

    let query = [
        ("client_id", "mobile"),
        ("response_type", "code"),
        ("redirect_uri", "http://127.0.0.1:8092/callback"),
        ("scope", "openid profile email company companies offline_access"),
    ];
    let address = url::Url::parse_with_params(&format!("{issuer}/authorize"), query.iter().chain(&pkce));
    let answer = http().get(address.expect("an address")).send().await.expect("an answer");
    let leads_to = answer.headers().get("location").map(|to| to.to_str().expect("ASCII").to_owned());
    assert!(leads_to.as_ref().is_some_and(|to| !to.contains("error")), "to the log-in: {leads_to:?}");
    demo.stop().await;
}
