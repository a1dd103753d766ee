//! Programs that make themselves clients: RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration 1.0; `protocol.md`,
//! "Dynamic registration".

mod admission;
mod attacks;
mod log_in_defaults;
mod logo;
mod management;
mod metadata;
mod operators_word;
mod pages;
mod refused;
mod stopped;
mod suite;
mod unused;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idp_domain::id::CompanyId;
use idp_domain::registration::Allowance;
use idp_domain::scope::Scope;
use idp_domain::text::Line;
use idp_service::authority::Caller;
use idp_service::registration::{self, Admits};
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER, answer};

const DAY: Duration = Duration::from_secs(24 * 3600);
const SWAP: &str = "https://shifts.example/callback";

/// The provider as it is when anybody may register.
async fn open(app: TestApp) -> TestApp {
    app.restarted_under(|policy| policy.registration.admits = Admits::Anybody).await
}

/// The provider as it is when an initial access token is needed.
async fn by_invitation(app: TestApp) -> TestApp {
    app.restarted_under(|policy| policy.registration.admits = Admits::Invited).await
}

/// An initial access token.
async fn invite(app: &TestApp, company: Option<CompanyId>, uses: u32) -> String {
    let operator = Caller::of_commands().operator(&app.env, Scope::CompaniesWrite).expect("the operator");
    let note = Line::parse("Shift Swap").expect("a note");
    let allowance = Allowance { note, company, uses, life: 7 * DAY };
    let made = registration::invite(&app.env, &operator, allowance).await.expect("a token");
    made.token.expose().clone()
}

/// What a web client says of itself at least.
fn swap() -> Value {
    json!({"client_name": "Shift Swap", "redirect_uris": [SWAP]})
}

/// [`swap`] with these members.
fn swap_with(members: &Value) -> Value {
    let mut metadata = swap();
    let own = metadata.as_object_mut().expect("an object");
    own.extend(members.as_object().expect("an object").clone());
    metadata
}

async fn send(app: &TestApp, request: (Method, &str), token: Option<&str>, body: Option<&Value>) -> Answer {
    let (method, path) = request;
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map(ToString::to_string).unwrap_or_default();
    answer(app.send(request.body(Body::from(body)).expect("a request")).await).await
}

async fn register(app: &TestApp, token: Option<&str>, metadata: &Value) -> Answer {
    send(app, (Method::POST, "/register"), token, Some(metadata)).await
}

/// The client that was registered.
async fn registered(app: &TestApp, metadata: &Value) -> Answer {
    let made = register(app, None, metadata).await;
    assert_eq!(made.status, 201, "{made:?}");
    made
}

/// The path of its configuration endpoint.
fn path(made: &Answer) -> &str {
    made.text("registration_client_uri").strip_prefix("https://id.example").expect("an address of ours")
}

async fn manage(app: &TestApp, method: Method, made: &Answer, body: Option<&Value>) -> Answer {
    send(app, (method, path(made)), Some(made.text("registration_access_token")), body).await
}

/// The client as one that logs people in.
fn relying_party<'a>(app: &'a TestApp, made: &Answer) -> RelyingParty<'a> {
    RelyingParty::new(app, made.text("client_id"), SWAP)
}

/// What the client of `made` gets for its code, by its secret.
async fn redeem(client: &RelyingParty<'_>, made: &Answer, code: &str, verifier: bool) -> Answer {
    let mut params = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", SWAP)];
    if verifier {
        params.push(("code_verifier", VERIFIER));
    }
    client.post("/token", &params, Some(&basic(made))).await
}

fn basic(made: &Answer) -> String {
    let credentials = format!("{}:{}", made.text("client_id"), made.text("client_secret"));
    format!("Basic {}", STANDARD.encode(credentials))
}

/// Frank allows what the client asks, and it gets its tokens.
async fn franks(client: &RelyingParty<'_>, made: &Answer, browser: &mut Browser<'_>) -> Answer {
    let page = client.authorize(browser).await;
    let page = super::consent::allow(browser, &page).await;
    let code = page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"));
    let tokens = redeem(client, made, &code, true).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens
}
