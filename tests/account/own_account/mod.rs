//! A person's own pages, `/account` and `/account/apps`: the claims they own, and whom they allowed something (R3, R33).

mod again;
mod apps;
mod hostile;
mod profile;
mod tabs;
mod visit;

use std::time::Duration;

use idp_domain::claims::Profile;
use serde_json::Value;

use super::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::relying_party::RelyingParty;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const ACCOUNT: &str = "Your account";
const APPS: &str = "Apps you allowed";
const TOO_OLD: &str =
    "This page was open for too long, so nothing was saved. Please make your changes again.";
const CHANGED_ELSEWHERE: &str = "Your account was changed in another window in the meantime, so nothing was saved. \
     This is what it says now: please make your changes again.";

/// A form of ours that another site, or a page that is not ours, sends.
pub(super) const ELSEWHERE: [(&str, &str); 6] = [
    ("origin", "https://evil.example"),
    ("origin", "https://id.example.evil.example"),
    ("origin", "https://maple.example"),
    ("origin", "null"),
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-site", "same-site"),
];

async fn log_in(browser: &mut Browser<'_>, page: &Page, user_name: &str) -> Page {
    assert_eq!(page.heading(), "Log In", "{page:?}");
    browser.fill(page, "login-submit", &[("UserName", user_name), ("Password", PASSWORD)]).await
}

/// A new browser in which this person looks at their account.
async fn at_account<'a>(app: &'a TestApp, user_name: &str) -> (Browser<'a>, Page) {
    let mut browser = app.browser();
    let page = browser.get("/account").await;
    let page = log_in(&mut browser, &page, user_name).await;
    assert_eq!(page.heading(), ACCOUNT, "{page:?}");
    (browser, page)
}

/// The same, of Frank, of whom only the password is asked.
async fn frank_at_account(app: &TestApp) -> (Browser<'_>, Page) {
    app.enrol(FRANK).await;
    at_account(app, FRANK).await
}

async fn save(browser: &mut Browser<'_>, page: &Page, typed: &[(&str, &str)]) -> Page {
    browser.fill(page, "account-save", typed).await
}

/// Saves what must be fine; the page that says so.
async fn saved(browser: &mut Browser<'_>, page: &Page, typed: &[(&str, &str)]) -> Page {
    let page = save(browser, page, typed).await;
    assert_eq!((page.heading().as_str(), page.select("#notice").concat().as_str()), (ACCOUNT, "Saved."));
    page
}

async fn stored(app: &TestApp, user_name: &str) -> Profile {
    app.account(user_name).await.profile
}

/// What a portal that may know everything is told of a person at UserInfo.
async fn told(mut portal: RelyingParty<'_>, app: &TestApp, user_name: &str) -> Value {
    portal.scope = "openid profile email address phone".to_owned();
    let tokens = portal.tokens(&mut app.browser(), user_name, PASSWORD).await;
    portal.userinfo(tokens.text("access_token")).await.json
}

/// How often something was recorded.
async fn recorded(app: &TestApp, action: &str) -> usize {
    app.audited().await.iter().filter(|recorded| **recorded == action).count()
}
