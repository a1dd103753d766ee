//! Pushed authorization requests: RFC 9126; `protocol.md`, "PAR"; attacks 78 and 88.

mod bring;
mod changed;
mod once;
mod push;

use idp_domain::client::AuthMethod;

use super::register;
use crate::support::app::TestApp;
use crate::support::browser::Page;
use crate::support::relying_party::{Answer, RelyingParty};

const NAME: &str = "urn:ietf:params:oauth:request_uri:";
const OVER: &str = "This log-in is over";

/// A page that says what to do next; the browser is sent nowhere, and no client is told.
fn assert_over(page: &Page) {
    assert_eq!((page.status, page.location()), (400, None), "{page:?}");
    assert_eq!(page.heading(), OVER, "{page:?}");
    assert!(page.shows("Go back to where you started and log in from there."), "{page:?}");
}

/// How many pushed requests wait for an answer.
async fn stored(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM pushed_requests WHERE answered_at IS NULL").await
}

/// Maple's portal as a public client.
async fn register_public(app: &TestApp) {
    register(app, |client| {
        client.auth_method = AuthMethod::None;
        client.secrets.clear();
    })
    .await;
}

/// A push without any proof of who sent it.
async fn push_unproven(client: &RelyingParty<'_>) -> Answer {
    let query = client.authorization_query();
    let params: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (&**name, &**value)).collect();
    client.post("/par", &params, None).await
}
