//! Where a person is logged in, what happened, where they belong, what is stored of them, and the way out (R3, R74-R77, R81,
//! R94; rules section 5, L11, Q9).

mod activity;
mod again;
mod arrival;
mod close;
mod companies;
mod export;
mod last_administrator;
mod sessions;
mod strangers;

use std::time::Duration;

use idp_domain::audit::{AuditAction, AuditEvent};
use idp_domain::client::BackchannelLogout;
use serde_json::json;

use super::FRANK;
use crate::support::admin::{Admin, caregiver_body};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{Answer, RelyingParty};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const TOO_OLD: &str = "This page was open for too long, so nothing was changed. Please try again.";
const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Safari/604.1";

/// A browser that says what it is.
fn browser_called<'a>(app: &'a TestApp, user_agent: &str) -> Browser<'a> {
    let mut browser = app.browser();
    browser.headers = vec![("user-agent".to_owned(), user_agent.to_owned())];
    browser
}

/// Opens a page of one's own, logging in if that is asked for.
async fn open(browser: &mut Browser<'_>, path: &str, user_name: &str) -> Page {
    let page = browser.get(path).await;
    if page.heading() != "Log In" {
        return page;
    }
    browser.fill(&page, "login-submit", &[("UserName", user_name), ("Password", PASSWORD)]).await
}

/// Frank, of whom only the password is asked, in a browser at this page.
async fn frank_at<'a>(app: &'a TestApp, path: &str) -> (Browser<'a>, Page) {
    app.enrol(FRANK).await;
    let mut browser = browser_called(app, CHROME);
    let page = open(&mut browser, path, FRANK).await;
    assert_eq!((page.status, page.url.path()), (200, path), "{page:?}");
    (browser, page)
}

/// Maple's portal on a phone: it stays signed in when the browser is not.
pub(crate) fn phone(app: &TestApp) -> RelyingParty<'_> {
    let mut phone = app.relying_party();
    phone.scope = "openid offline_access company".to_owned();
    phone
}

pub(crate) fn birch(app: &TestApp) -> RelyingParty<'_> {
    RelyingParty::new(app, "portal.22222", "https://birch.example/callback")
}

/// Both portals are told of log-outs.
pub(crate) async fn portals_listen(app: &TestApp) {
    for (id, host) in [("portal.99999", "maple"), ("portal.22222", "birch")] {
        let uri = format!("https://{host}.example/logged-out").parse().expect("a URL");
        app.change_client(id, |client| {
            client.backchannel_logout = Some(BackchannelLogout { uri, session_required: true });
        })
        .await;
    }
}

/// Which portals were told of a log-out since the last look.
pub(crate) async fn told(app: &TestApp) -> Vec<String> {
    app.send_logouts().await;
    let posts = app.outbound.take_posts();
    let mut hosts: Vec<String> =
        posts.iter().map(|post| post.url.host_str().expect("a host").to_owned()).collect();
    hosts.sort();
    hosts
}

/// R77: Frank works for Birch, too, and logged in there once.
pub(crate) async fn joins_birch(app: &TestApp, user_name: &str) -> Answer {
    app.advance(SECOND);
    app.other_admin().create(user_name).await;
    birch(app).tokens(&mut app.browser(), user_name, PASSWORD).await
}

/// Alive, refused at UserInfo, or gone from there and from the token endpoint.
pub(crate) async fn is_alive(client: &RelyingParty<'_>, tokens: &Answer) -> bool {
    client.userinfo(tokens.text("access_token")).await.status == 200
}

/// RFC 6749 section 5.2 and RFC 6750 section 3.1: neither token of a family is taken any more.
pub(crate) async fn assert_dead(client: &RelyingParty<'_>, tokens: &Answer) {
    assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 401);
    assert_eq!(client.refresh(tokens.text("refresh_token")).await.error(), (400, "invalid_grant"));
    assert_eq!(client.introspect(tokens.text("access_token")).await.json, json!({"active": false}));
}

async fn events(app: &TestApp, action: AuditAction) -> Vec<AuditEvent> {
    let mut tx = app.env.store.read().await.expect("a transaction");
    let events = tx.audit().list(None, 1000).await.expect("the audit log");
    events.into_iter().filter(|event| event.action == action).collect()
}

/// The notices that this person got by mail with these words in the subject.
async fn notices(app: &TestApp, user_name: &str, subject: &str) -> Vec<String> {
    app.send_mails().await;
    let sent = app.postman.sent();
    let about = sent.iter().filter(|mail| mail.to.as_str() == user_name && mail.subject.contains(subject));
    about.map(|mail| mail.text.clone()).collect()
}

/// A person of Maple who may administer it, activated and enrolled.
pub(crate) async fn enrol_administrator(app: &TestApp, user_name: &str) {
    let mut body = caregiver_body(user_name);
    body["authority"] = json!("administrator");
    enrol_as(app, &app.admin(), &body).await;
}

async fn enrol_as(app: &TestApp, office: &Admin<'_>, body: &serde_json::Value) {
    let created = office.post(body, &[]).await;
    assert_eq!(created.status, 201, "{created:?}");
    let user_name = body["user_name"].as_str().expect("a user name");
    let link = app.activation_link(user_name).await;
    let mut browser = app.browser();
    let page = browser.get(&link).await;
    let fields = [("Password", PASSWORD), ("Confirm Password", PASSWORD)];
    browser.fill(&page, "password-submit", &fields).await;
    let page = app.relying_party().log_in(&mut browser, user_name, PASSWORD).await;
    let page = browser.answer_questions(&page).await;
    assert!(page.left_to("https://maple.example/callback"), "{page:?}");
}
