//! TLS that the product terminates itself (`protocol.md`, "PAR, DPoP, FAPI 2.0"): what is spoken, with which certificate, and what
//! an operator reads of it.

mod check;
mod conversation;
mod reload;

use reqwest::tls::TlsInfo;

use crate::support::authority::{Authority, Issued, Wish};
use crate::support::process::Running;
use crate::support::rig::{Outcome, Rig};

/// A rig that speaks TLS, and the authority that its clients trust.
struct Secured {
    rig: Rig,
    authority: Authority,
}

impl Secured {
    fn new() -> Self {
        let (mut rig, authority) = (Rig::new(), Authority::new());
        rig.set("issuer.url", format!("https://localhost:{}", rig.port));
        rig.set("server.tls.certificate", rig.path("fullchain.pem").display().to_string());
        rig.set("server.tls.key", rig.path("privkey.pem").display().to_string());
        let secured = Self { rig, authority };
        secured.put(&secured.authority.issue(Wish::LOCALHOST));
        secured
    }

    fn put(&self, issued: &Issued) {
        self.put_texts(&issued.chain(), &issued.key);
    }

    fn put_texts(&self, certificate: &str, key: &str) {
        std::fs::write(self.rig.path("privkey.pem"), key).expect("the folder is writable");
        std::fs::write(self.rig.path("fullchain.pem"), certificate).expect("the folder is writable");
    }

    fn check(&self) -> Outcome {
        self.rig.run(&["config", "check"])
    }

    fn issuer(&self) -> String {
        format!("https://localhost:{}", self.rig.port)
    }

    async fn serve(&self) -> Running {
        let mut server = self.rig.start();
        let (http, ready) = (self.http(), format!("{}/health/ready", self.issuer()));
        server
            .until("ready", async || http.get(&ready).send().await.is_ok_and(|it| it.status() == 200))
            .await;
        server
    }

    /// A client that trusts the authority and nobody else, with a connection for each request.
    fn http(&self) -> reqwest::Client {
        self.http_keeping(0)
    }

    fn http_keeping(&self, connections: usize) -> reqwest::Client {
        let root = std::fs::read(self.authority.root()).expect("a file");
        let root = reqwest::Certificate::from_pem(&root).expect("a certificate");
        let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let builder = builder.tls_certs_only([root]).tls_info(true).pool_max_idle_per_host(connections);
        builder.timeout(crate::support::process::PATIENCE).build().expect("an HTTP client")
    }

    /// The certificate that a new connection is shown, in DER.
    async fn shown(&self) -> Vec<u8> {
        let answer = self.http().get(format!("{}/jwks", self.issuer())).send().await.expect("an answer");
        let info: &TlsInfo = answer.extensions().get().expect("TLS");
        info.peer_certificate().expect("a certificate").to_vec()
    }
}
