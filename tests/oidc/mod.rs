//! What the provider says on the wire, endpoint by endpoint; each sentence quotes the rule it holds.

mod access_token;
mod acr;
mod authorize;
mod backchannel;
mod bound_token;
mod browser_flow;
mod choose;
mod claims_parameter;
mod client_auth;
mod client_credentials;
mod code_grant;
mod company;
mod consent;
mod consent_reach;
mod cors;
mod device;
mod discovery;
mod dpop;
mod encrypted;
mod failures;
mod fapi2;
mod forgery;
mod form_post;
mod id_token;
mod introspection;
mod jwks;
mod logo;
mod logout;
mod long_values;
mod narrowed_client;
mod native_apps;
mod pages;
mod pairwise;
mod par;
mod persons;
mod pkce;
mod private_key_jwt;
mod prompt;
mod races;
mod redirect_uri;
mod refresh;
mod registration;
mod request_object;
mod resource;
mod revocation;
mod revoked_at_once;
mod secret_rotation;
mod session_fixation;
mod signed_userinfo;
mod stale_flow;
mod standing;
mod switch;
mod third_party;
mod token_endpoint;
mod userinfo;
mod xss;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use idp_domain::account::Account;
use idp_domain::client::Client;
use idp_domain::company::Company;
use idp_domain::email::EmailAddress;
use idp_domain::member::Membership;
use serde_json::{Map, Value};

use crate::support::app::{PASSWORD, TestApp, portal};
use crate::support::browser::{Browser, Page};
use crate::support::database::TestDatabase;
use crate::support::relying_party::{Answer, RelyingParty, answer};

const FRANK: &str = "frank.jones@example.com";
const MARY: &str = "mary.miller@example.com";
const CALLBACK: &str = "https://maple.example/callback";
const SESSION_COOKIE: &str = "__Host-idp_session";
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A provider on SQLite, for sentences that the database has no part in.
async fn provider() -> TestApp {
    TestApp::on(TestDatabase::sqlite().await).await
}

/// [`provider`], and Frank, of whom only the password is asked.
async fn provider_with_frank() -> TestApp {
    let app = provider().await;
    app.enrol(FRANK).await;
    app
}

/// A browser in which Frank is signed in since a minute ago.
async fn franks_browser(app: &TestApp) -> Browser<'_> {
    let mut browser = app.browser();
    app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
    app.advance(MINUTE);
    browser
}

/// Tokens of a fresh sign-in of Frank, in a browser of its own.
async fn franks_tokens(app: &TestApp, client: &RelyingParty<'_>) -> Answer {
    client.tokens(&mut app.browser(), FRANK, PASSWORD).await
}

/// Whether somebody is signed in, as a client can find out without a page.
async fn is_signed_in(app: &TestApp, browser: &mut Browser<'_>) -> bool {
    app.relying_party().with("prompt", "none").authorize(browser).await.sent("code").is_some()
}

/// The sealed request that a page carries.
fn flow_of(page: &Page) -> String {
    page.attribute("input[name=flow]", "value").unwrap_or_else(|| panic!("no flow: {page:?}"))
}

/// Stores a variant of Maple's portal.
async fn register(app: &TestApp, change: impl FnOnce(&mut Client)) -> Client {
    let mut client = portal(&app.maple, "maple");
    change(&mut client);
    let mut tx = app.env.store.write().await.unwrap();
    tx.clients().put(&client, app.env.now()).await.unwrap();
    tx.commit().await.unwrap();
    client
}

async fn change_account(app: &TestApp, user_name: &str, change: impl FnOnce(&mut Account)) {
    let mut tx = app.env.store.write().await.unwrap();
    let user_name = EmailAddress::parse(user_name).unwrap();
    let mut account = tx.accounts().find_by_user_name(&user_name).await.unwrap().expect("an account");
    change(&mut account);
    tx.accounts().update(&account).await.unwrap();
    tx.commit().await.unwrap();
}

/// Changes the membership of a person at Maple Home Care.
async fn change_membership(app: &TestApp, user_name: &str, change: impl FnOnce(&mut Membership)) {
    let mut tx = app.env.store.write().await.unwrap();
    let user_name = EmailAddress::parse(user_name).unwrap();
    let account = tx.accounts().find_by_user_name(&user_name).await.unwrap().expect("an account");
    let found = tx.memberships().find_of_account(app.maple.id, account.id).await.unwrap();
    let mut membership = found.expect("a membership");
    change(&mut membership);
    tx.memberships().update(&membership).await.unwrap();
    tx.commit().await.unwrap();
}

/// Changes Maple Home Care.
async fn change_maple(app: &TestApp, change: impl FnOnce(&mut Company)) {
    let mut tx = app.env.store.write().await.unwrap();
    let mut company = tx.companies().find(app.maple.id).await.unwrap().expect("Maple Home Care");
    change(&mut company);
    tx.companies().update(&company).await.unwrap();
    tx.commit().await.unwrap();
}

/// A GET with headers of one's own.
async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(app.send(request.body(Body::empty()).unwrap()).await).await
}

/// A form on a client's page, sent by the person's browser: it carries no `SameSite=Lax` cookie. Our answer is then
/// followed in the person's browser as the top-level navigation that it is.
async fn post_from_client(app: &TestApp, browser: &mut Browser<'_>, path: &str, form: &str) -> Page {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "https://maple.example")
        .header("sec-fetch-site", "cross-site");
    let response = app.send(request.body(Body::from(form.to_owned())).unwrap()).await;
    assert!(!response.headers().contains_key(header::SET_COOKIE), "a cross-site answer sets no cookie");
    let location =
        response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
    match location {
        Some(location) if location.starts_with('/') => {
            assert_eq!(response.status(), 303, "a POST is continued by a GET");
            browser.get(&location).await
        }
        _ => {
            let url = "https://id.example".parse().unwrap();
            let (parts, body) = response.into_parts();
            let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let html = String::from_utf8(bytes.to_vec()).unwrap();
            Page { status: parts.status.as_u16(), url, headers: parts.headers, html }
        }
    }
}

/// The error an authorization response carries: with the request's state and our issuer, described in the
/// characters of RFC 6749 section 4.1.2.1, and never together with a code.
fn authorization_error(page: &Page) -> String {
    assert!(page.left_to(CALLBACK), "{page:?}");
    assert_eq!(page.sent("state").as_deref(), Some("state-of-the-flow"), "{page:?}");
    assert_eq!(page.sent("iss").as_deref(), Some("https://id.example"), "{page:?}");
    assert_eq!(page.sent("code"), None, "{page:?}");
    let description = page.sent("error_description").unwrap_or_default();
    assert!(!description.is_empty(), "{page:?}");
    assert!(
        description.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)),
        "{description}"
    );
    page.sent("error").unwrap_or_else(|| panic!("no error: {page:?}"))
}

/// The names in a JSON object, in alphabetical order.
fn names(object: &Map<String, Value>) -> Vec<&str> {
    let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// A page that says what is wrong; the browser is sent nowhere.
fn assert_stopped(page: &Page) {
    assert_eq!(page.status, 400, "{page:?}");
    assert_eq!(page.location(), None, "{page:?}");
    assert_eq!(page.heading(), "We could not open this page");
    assert!(!page.select("#request-id").concat().is_empty(), "support needs a request id: {page:?}");
}
