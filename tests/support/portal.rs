//! The sample portal of `examples/portal` as a process of its own, beside a [`Rig`]: a client like anybody's, which knows
//! the provider by its issuer alone.

use super::process::{Running, binary};
use super::rig::{Rig, http};

pub(crate) struct Portal {
    port: u16,
    running: Running,
}

impl Portal {
    /// Starts it, ready, on a port that its client is registered for ([`registered`]).
    pub(crate) async fn serve(
        issuer: &str,
        client_id: &str,
        secret: &str,
        company_name: &str,
        port: u16,
    ) -> Self {
        let listen = format!("127.0.0.1:{port}");
        let arguments = [
            ["--listen", &listen],
            ["--issuer", issuer],
            ["--client-id", client_id],
            ["--client-secret", secret],
            ["--company-name", company_name],
        ];
        let mut running = Running::start(binary("sample-portal"), arguments.as_flattened());
        let health = format!("http://{listen}/healthz");
        running.until("serving", async || http().get(&health).send().await.is_ok()).await;
        Self { port, running }
    }

    /// Without a slash at its end.
    pub(crate) fn address(&self) -> String {
        address(self.port)
    }

    /// What it said so far.
    pub(crate) fn said(&self) -> String {
        self.running.said()
    }

    /// Stops it the friendly way.
    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }
}

fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// The client of a portal on this port, for a seed: all that the demo's has.
pub(crate) fn registered(company: &str, name: &str, secret: &str, port: u16) -> String {
    let at = address(port);
    format!(
        "
        [[client]]
        client_id = \"portal.{company}\"
        client_name = \"{name} portal\"
        company = \"{company}\"
        client_secret = \"{secret}\"
        grant_types = [\"authorization_code\", \"refresh_token\"]
        redirect_uris = [\"{at}/callback\"]
        post_logout_redirect_uris = [\"{at}/signed-out\"]
        initiate_login_uri = \"{at}/login\"
        backchannel_logout_uri = \"{at}/backchannel-logout\"
        scope = \"openid profile email company\"\n"
    )
}

/// Lets the provider call portals on this machine, and not wait long between two tries.
pub(crate) fn let_in(rig: &mut Rig) {
    rig.set("outbound.allowed_private_hosts", vec!["127.0.0.1"]);
    rig.set("backchannel.retry_first", "1 s");
    rig.set("backchannel.poll", "1 s");
}
