//! Letting a computer in, as the person sees it: RFC 8628 section 3.3; BCP 247; rules section 6; attacks 36, 38, 40, 70, 71 and 79.
//! What its program sees is said in `oidc/device`.

mod abroad;
mod agencies;
mod answer;
mod code;
mod elsewhere;
mod person;
mod question;
mod steps;

use std::time::Duration;

use idp_domain::audit::{AuditAction, AuditEvent};

use super::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::desktop::{Codes, Desktop, desktop};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const PENDING: (u16, &str) = (400, "authorization_pending");
const DENIED: (u16, &str) = (400, "access_denied");

const ASKED: &str = "Did you start this on this computer?";
const OVER: &str = "This code no longer works";
const LET_IN: &str = "You can close this window";
const NOT_LET_IN: &str = "Nothing was let in";

/// The desktop program is registered, and Frank is asked for nothing but his password.
async fn prepare(app: &TestApp) {
    app.put_client(&desktop()).await;
    app.enrol(FRANK).await;
}

/// Types a code where codes are typed.
async fn type_code(browser: &mut Browser<'_>, code: &str) -> Page {
    let page = browser.get("/device").await;
    assert_eq!(page.heading(), "Log in on your computer", "{page:?}");
    browser.fill(&page, "user-code-submit", &[("Code", code)]).await
}

async fn log_in(browser: &mut Browser<'_>, page: &Page, user_name: &str) -> Page {
    assert_eq!(page.heading(), "Log In", "{page:?}");
    browser.fill(page, "login-submit", &[("UserName", user_name), ("Password", PASSWORD)]).await
}

/// A browser in which somebody has logged in a second ago.
async fn browser_of<'a>(app: &'a TestApp, user_name: &str) -> Browser<'a> {
    let mut browser = app.browser();
    let page = browser.get("/account").await;
    let page = log_in(&mut browser, &page, user_name).await;
    assert_eq!(page.url.path(), "/account", "{page:?}");
    app.advance(SECOND);
    browser
}

/// Frank, logged in, is asked whether the computer is his.
async fn frank_is_asked<'a>(app: &'a TestApp, desktop: &Desktop<'_>) -> (Browser<'a>, Codes, Page) {
    prepare(app).await;
    let mut browser = browser_of(app, FRANK).await;
    let codes = desktop.ask().await;
    let page = type_code(&mut browser, &codes.user_code).await;
    assert_eq!((page.status, page.heading().as_str()), (200, ASKED), "{page:?}");
    (browser, codes, page)
}

/// What a page carries in a hidden field.
fn hidden(page: &Page, name: &str) -> String {
    let field = format!("input[name={name}]");
    page.attribute(&field, "value").unwrap_or_else(|| panic!("no {name}: {page:?}"))
}

/// Sends an answer with this flow and a token of one of the browser's own pages, as somebody who knows how forms work.
async fn forge(browser: &mut Browser<'_>, flow: &str, answer: &str, company: &str) -> Page {
    let own = browser.get("/account").await;
    let csrf = hidden(&own, "csrf");
    let fields = [("csrf", csrf.as_str()), ("flow", flow), ("answer", answer), ("company", company)];
    browser.post("/device/approve", &fields).await
}

/// How many requests of computers are in this state.
async fn in_state(app: &TestApp, state: &str) -> i64 {
    app.count(&format!("SELECT COUNT(*) FROM device_grants WHERE state = '{state}'")).await
}

async fn events(app: &TestApp, action: AuditAction) -> Vec<AuditEvent> {
    let mut tx = app.env.store.read().await.expect("a transaction");
    let events = tx.audit().list(None, 1000).await.expect("the audit log");
    events.into_iter().filter(|event| event.action == action).collect()
}
