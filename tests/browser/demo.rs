//! The demo, as `make run` starts it, on ports and in a folder of its own.

use tempfile::TempDir;

use crate::support::process::{Running, binary, eventually, free_port};
use crate::support::rig::http;

pub(super) struct Demo {
    /// Mailbox and the office's form.
    pub(super) desk: String,
    pub(super) portal: String,
    pub(super) provider: String,
    running: Running,
    _folder: TempDir,
}

impl Demo {
    pub(super) async fn start() -> Self {
        let folder = TempDir::with_prefix("idp-demo-").expect("a temporary folder");
        let [provider, desk, portal] = [free_port(), free_port(), free_port()].map(|port| port.to_string());
        let address = |port: &str| format!("http://127.0.0.1:{port}");
        let program = binary("sample-portal").display().to_string();
        let arguments = [
            "demo",
            "--portal",
            &program,
            "--data",
            &folder.path().display().to_string(),
            "--port",
            &provider,
            "--desk-port",
            &desk,
            "--portal-port",
            &portal,
        ];
        let mut running = Running::start(binary("idp"), &arguments);
        let health = format!("{}/healthz", address(&portal));
        running.until("serving the portal", async || http().get(&health).send().await.is_ok()).await;
        // The table with what is where is the demo's last word before it waits.
        eventually("the demo's table", async || {
            running.said().contains("Ctrl-C stops all of it").then_some(())
        })
        .await;
        let [provider, desk, portal] = [provider, desk, portal].map(|port| address(&port));
        Self { desk, portal, provider, running, _folder: folder }
    }

    /// Ctrl-C; everything of it ends.
    pub(super) async fn stop(self) {
        let portal = self.portal.clone();
        self.running.stop().await;
        assert!(http().get(&portal).send().await.is_err(), "the portal ended with the demo");
    }
}
