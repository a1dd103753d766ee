//! The site of a client that is not the agency's own: a page with links to the provider, and one to come back to.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::Query;
use axum::response::Html;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;

use crate::support::process::free_port;
use crate::support::rig::Rig;

/// RFC 7636 appendix B; the site asks and is answered, but redeems nothing.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(super) struct ShiftSwap {
    address: String,
    _serving: JoinSet<()>,
}

impl ShiftSwap {
    /// The site, and its links to the provider of this rig, which gets to know it.
    pub(super) async fn open(rig: &Rig) -> Self {
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let address = format!("http://127.0.0.1:{port}");
        let callback = format!("{address}/callback");
        rig.seed_with(&format!("{}{}", idp::seed_file::EXAMPLE, registration(&callback)));
        let page = format!(
            "<!doctype html><html lang=en><title>Shift Swap</title><h1>Shift Swap</h1>\
             <p><a id=connect href='{}'>Connect</a> <a id=stay href='{}'>Stay connected</a>",
            request(rig, &callback, "openid profile email company", ""),
            request(rig, &callback, "openid profile email phone address company offline_access", "consent"),
        );
        let front = move || async move { Html(page) };
        let router = Router::new().route("/", get(front)).route("/callback", get(returned));
        let mut serving = JoinSet::new();
        serving.spawn(
            async move { axum::serve(listener, router).await.expect("it serves until it is dropped") },
        );
        Self { address, _serving: serving }
    }

    /// Where its links are.
    pub(super) fn front(&self) -> String {
        format!("{}/", self.address)
    }
}

/// As an operator writes it down; people are asked before it may know anything.
fn registration(callback: &str) -> String {
    format!(
        "\n[[client]]
        client_id = \"shift-swap\"
        client_name = \"Shift Swap\"
        token_endpoint_auth_method = \"none\"
        redirect_uris = [\"{callback}\"]
        scope = \"openid profile email address phone offline_access company\"
        first_party = false
        client_uri = \"https://shifts.example/\"
        policy_uri = \"https://shifts.example/privacy\"
        tos_uri = \"https://shifts.example/terms\"\n"
    )
}

fn request(rig: &Rig, callback: &str, scope: &str, prompt: &str) -> String {
    let query = [
        ("response_type", "code"),
        ("client_id", "shift-swap"),
        ("redirect_uri", callback),
        ("scope", scope),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("prompt", prompt),
    ];
    let query = query.into_iter().filter(|(_, value)| !value.is_empty());
    let url = Url::parse_with_params(&format!("{}/authorize", rig.address()), query).expect("an address");
    url.as_str().replace('&', "&amp;")
}

/// Says how it went.
async fn returned(Query(sent): Query<BTreeMap<String, String>>) -> Html<&'static str> {
    Html(match (sent.get("code"), sent.get("error").map(String::as_str)) {
        (Some(_), None) => "<!doctype html><title>Shift Swap</title><h1>Connected</h1>",
        (None, Some("access_denied")) => "<!doctype html><title>Shift Swap</title><h1>Not connected</h1>",
        _ => "<!doctype html><title>Shift Swap</title><h1>Something else</h1>",
    })
}
