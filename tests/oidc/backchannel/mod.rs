//! Back-channel logout: OpenID Connect Back-Channel Logout 1.0; `protocol.md`, "Logout".

mod clients;
mod queue;
mod token;

use idp_domain::client::{BackchannelLogout, ClientId};
use serde_json::{Map, Value};

use super::{CALLBACK, FRANK, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::relying_party::{Answer, RelyingParty};

/// Where Maple's portal hears of log-outs.
const PORTAL: &str = "https://maple.example/backchannel-logout";

fn listening_at(uri: &str) -> Option<BackchannelLogout> {
    Some(BackchannelLogout { uri: uri.parse().unwrap(), session_required: true })
}

/// A client beside Maple's portal, told of log-outs at `uri` if there is one.
pub(super) async fn register_another<'a>(app: &'a TestApp, id: &str, uri: Option<&str>) -> RelyingParty<'a> {
    register(app, |client| {
        client.id = ClientId::parse(id).unwrap();
        client.initiate_login_uri = None;
        client.backchannel_logout = uri.and_then(listening_at);
    })
    .await;
    RelyingParty::new(app, id, CALLBACK)
}

/// Frank's browser, and the tokens that Maple's portal has of him. The portal is told of log-outs.
pub(super) async fn frank(app: &TestApp) -> (Browser<'_>, Answer) {
    register(app, |client| client.backchannel_logout = listening_at(PORTAL)).await;
    app.enrol(FRANK).await;
    let mut browser = app.browser();
    let tokens = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
    (browser, tokens)
}

/// Tokens for a browser in which somebody is signed in.
async fn more_tokens(client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> Answer {
    let page = client.authorize(browser).await;
    let tokens = client.redeem(&page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens
}

/// Logs out where a hint proves who asks.
pub(super) async fn log_out(browser: &mut Browser<'_>, tokens: &Answer) {
    let page = browser.get(&format!("/logout?id_token_hint={}", tokens.text("id_token"))).await;
    assert_eq!(page.heading(), "You are signed out", "{page:?}");
}

/// What one client was told.
pub(super) struct Told {
    pub(super) at: String,
    token: String,
    pub(super) claims: Map<String, Value>,
    header: Map<String, Value>,
}

/// Delivers what is due; whatever was delivered since the last look, each with one good signature.
pub(super) async fn told(app: &TestApp) -> Vec<Told> {
    app.send_logouts().await;
    let mut told = Vec::new();
    for post in app.outbound.take_posts() {
        let [(name, token)] = &post.fields[..] else { panic!("section 2.5 names one field: {post:?}") };
        assert_eq!(name, "logout_token");
        let (claims, header) = app.relying_party().verify(token).await;
        told.push(Told { at: post.url.to_string(), token: token.clone(), claims, header });
    }
    told
}

/// [`told`], when it was one.
async fn told_once(app: &TestApp) -> Told {
    let mut told = told(app).await;
    assert_eq!(told.len(), 1, "one logout token, and no more");
    told.remove(0)
}

async fn assert_nobody_told(app: &TestApp) {
    assert!(app.send_logouts().await.is_idle(), "nothing was queued");
    assert!(app.outbound.posts().is_empty());
}

/// The claims of an ID token.
async fn id_token(app: &TestApp, tokens: &Answer) -> Map<String, Value> {
    app.relying_party().verify(tokens.text("id_token")).await.0
}
