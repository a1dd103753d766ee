//! A relying party in another language, in a process of its own: it says one JSON object a line, and is told the
//! addresses that the browser is sent back to.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::registration::Registration;
use crate::support::process::PATIENCE;
use crate::support::rig::{PASSWORD, Rig, USER_NAME};
use crate::support::visitor::Visitor;

/// A library, and the script that uses it as its documentation shows.
pub(super) struct Library {
    /// A program in PATH, or a path in this folder.
    pub(super) program: &'static str,
    pub(super) script: &'static str,
    /// What is there once the library is installed.
    pub(super) installed: &'static str,
}

impl Library {
    /// Walks the whole way as this client. Returns the person's `sub`.
    pub(super) async fn walks(&self, client: &Registration, rig: &Rig) -> String {
        let mut relying_party = RelyingParty::start(self, client, &rig.address());
        let visitor = Visitor::new();
        let client_id = if client.registers_itself() {
            relying_party.says("registered").await["client_id"].take()
        } else {
            client.text("client_id").into()
        };

        let departure = relying_party.says("authorize").await;
        let page = visitor.open(departure.as_str().expect("an address")).await;
        let mut back = visitor.log_in(&page, USER_NAME, PASSWORD).await;
        if client.registers_itself() {
            assert_eq!(back.heading(), "Allow Shift Swap?", "{back:?}");
            back = visitor.press(&back, "consent-allow", &[]).await;
        }
        relying_party.tell(back.leads_to.expect("a redirect").as_str()).await;

        let signed_in = relying_party.says("signed_in").await;
        assert_eq!(signed_in["alg"], client.text("id_token_signed_response_alg"));
        let person = &signed_in["user_info"];
        assert_eq!(person["email"], USER_NAME);
        assert_eq!(person["company_code"], "99999");
        assert_eq!(person["address"]["locality"], "Guelph");

        let introspected = relying_party.says("introspected").await;
        for token in ["access_token", "refresh_token"] {
            let known = &introspected[token];
            assert_eq!(known["active"], true, "{token}: {known}");
            assert_eq!(known["client_id"], client_id, "{token}: {known}");
            assert_eq!(known["sub"], signed_in["sub"], "{token}: {known}");
        }

        let refreshed = relying_party.says("refreshed").await;
        assert_eq!(refreshed, json!({"sub": signed_in["sub"], "rotated": client.rotates()}));

        // RFC 7662 section 2.2: nothing else is said of a token that is not active.
        let revoked = relying_party.says("revoked").await;
        let forgotten = json!({"active": false});
        assert_eq!(revoked, json!({"access_token": forgotten, "refresh_token": forgotten}));

        let leaving = relying_party.says("end_session").await;
        let out = visitor.open(leaving.as_str().expect("an address")).await;
        let landed = out.leads_to.expect("a redirect");
        assert!(landed.as_str().starts_with(&format!("{}?state=", client.signed_out())), "{landed}");
        relying_party.tell(landed.as_str()).await;
        if client.registers_itself() {
            let managed = relying_party.says("managed").await;
            assert_eq!(managed, json!({"client_name": "Shift Exchange", "removed": 204, "afterwards": 401}));
        }
        relying_party.ends_well().await;
        signed_in["sub"].as_str().expect("a subject").to_owned()
    }
}

pub(super) struct RelyingParty {
    script: Child,
    orders: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl RelyingParty {
    pub(super) fn start(library: &Library, client: &Registration, issuer: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop");
        let Library { program, script, installed } = library;
        assert!(folder.join(installed).exists(), "{installed} is missing: run `make test-build`");
        let own = folder.join(program);
        let mut command = if own.exists() { Command::new(own) } else { Command::new(program) };
        command.arg(script).arg(client.told(issuer).to_string()).current_dir(folder);
        // A developer's proxy has no business on the loopback interface.
        command.env("NO_PROXY", "127.0.0.1").kill_on_drop(true);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut script = started.expect("it starts; `scripts/setup test` installs it");
        let orders = script.stdin.take().expect("a piped input");
        let said = BufReader::new(script.stdout.take().expect("a piped output")).lines();
        Self { script, orders, said }
    }

    /// What it says next, which must be about this.
    pub(super) async fn says(&mut self, about: &str) -> Value {
        let line = timeout(PATIENCE, self.said.next_line()).await.expect("it says something").expect("UTF-8");
        let line = line.unwrap_or_else(|| panic!("it ended before {about:?}; its complaint is above"));
        let mut said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        said.get_mut(about).unwrap_or_else(|| panic!("nothing about {about:?}: {line}")).take()
    }

    async fn tell(&mut self, address: &str) {
        self.orders.write_all(format!("{address}\n").as_bytes()).await.expect("the script listens");
    }

    pub(super) async fn ends_well(&mut self) {
        let status = timeout(PATIENCE, self.script.wait()).await.expect("it ends").expect("a child");
        assert!(status.success(), "{status}; its complaint is above");
    }
}
