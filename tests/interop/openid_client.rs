//! `openid-client` from npm (`openid-client.mjs`), the library most relying parties on Node.js use.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::provider;
use crate::support::rig::{PASSWORD, PORTAL, PORTAL_SECRET, Rig, USER_NAME};
use crate::support::visitor::Visitor;

/// The script: says one JSON object a line, and is told one address a line.
struct RelyingParty {
    script: Child,
    orders: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl RelyingParty {
    fn start(rig: &Rig) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop");
        assert!(
            folder.join("node_modules/openid-client").is_dir(),
            "openid-client is not installed: run `make test`, or `npm ci` in tests/interop"
        );
        let mut command = Command::new("node");
        command.arg("openid-client.mjs").current_dir(folder).kill_on_drop(true);
        command.args([&rig.address(), "portal.99999", PORTAL_SECRET, PORTAL]);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut script = started.expect("node starts; `scripts/setup test` installs it");
        let orders = script.stdin.take().expect("a piped input");
        let said = BufReader::new(script.stdout.take().expect("a piped output")).lines();
        Self { script, orders, said }
    }

    async fn says(&mut self) -> Value {
        let line = self.said.next_line().await.expect("UTF-8");
        let line = line.expect("the script goes on; its complaint is above");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"))
    }

    async fn tell(&mut self, address: &str) {
        self.orders.write_all(format!("{address}\n").as_bytes()).await.expect("the script listens");
    }
}

async fn signs_in_refreshes_and_logs_out(alg: &str) {
    let (rig, server) = provider(alg).await;
    let mut relying_party = RelyingParty::start(&rig);
    let visitor = Visitor::new();

    let departure = relying_party.says().await;
    let page = visitor.open(departure["authorize"].as_str().expect("an address")).await;
    let back = visitor.log_in(&page, USER_NAME, PASSWORD).await;
    relying_party.tell(back.leads_to.expect("a redirect").as_str()).await;

    let signed_in = relying_party.says().await;
    assert_eq!(signed_in["alg"], alg);
    assert_eq!(signed_in["foreign_iss"], "refused");
    assert_eq!(signed_in["user_info"]["email"], USER_NAME);
    assert_eq!(signed_in["user_info"]["company_code"], "99999");
    assert_eq!(signed_in["user_info"]["address"]["locality"], json!("Guelph"));

    let refreshed = relying_party.says().await;
    assert_eq!(refreshed, json!({"same_subject": true, "rotated": true, "works": true}));

    let leaving = relying_party.says().await;
    let out = visitor.open(leaving["end_session"].as_str().expect("an address")).await;
    assert!(
        out.leads_to.as_ref().is_some_and(|to| to.as_str().starts_with(&format!("{PORTAL}/signed-out"))),
        "{out:?}"
    );
    assert_eq!(out.sent("state"), leaving["state"]);
    assert!(relying_party.script.wait().await.expect("a child").success());
    server.stop().await;
}

#[tokio::test]
async fn openid_client_signs_in_refreshes_and_logs_out_with_rs256() {
    signs_in_refreshes_and_logs_out("RS256").await;
}

#[tokio::test]
async fn openid_client_signs_in_refreshes_and_logs_out_with_es256() {
    signs_in_refreshes_and_logs_out("ES256").await;
}
