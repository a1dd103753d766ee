//! The office pages: an administrator looks after an agency's people without any other program (R14-R34).

mod add;
mod agencies;
mod away;
mod bulk;
mod entrance;
mod logo;
mod people;
mod person;
mod proof;
mod resend;
mod save;

use std::time::Duration;

use idp_domain::company::Company;
use idp_domain::member::Authority;

use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// The administrator of Maple Home Care.
const RUTH: &str = "ruth.adams@example.com";
const FRANK: &str = "frank.jones@example.com";
const GRACE: &str = "grace.hill@example.com";
const TOO_OLD: &str = "This page was open for too long, so nothing was changed. Please try again.";
const UNKNOWN: &str = "cmp_00000000000070008000000000000000";

/// Somebody who looks after Maple's people and has just logged in.
async fn ruth(app: &TestApp) -> Browser<'_> {
    app.employ(RUTH, &[(&app.maple, Authority::Administrator)]).await;
    app.change_membership(&app.maple, RUTH, |it| {
        it.particulars.given_name = idp_domain::text::Line::parse("Ruth").unwrap();
        it.particulars.family_name = idp_domain::text::Line::parse("Adams").unwrap();
    })
    .await;
    log_in(app, RUTH).await
}

async fn log_in<'a>(app: &'a TestApp, user_name: &str) -> Browser<'a> {
    let mut browser = app.browser();
    let page = browser.get("/account").await;
    let page = browser.fill(&page, "login-submit", &[("UserName", user_name), ("Password", PASSWORD)]).await;
    assert_eq!(page.heading(), "Your account", "{page:?}");
    browser
}

/// The page of a company, below `/office`.
fn at(company: &Company, suffix: &str) -> String {
    format!("/office/{}{suffix}", company.id)
}

async fn person_path(app: &TestApp, user_name: &str) -> String {
    let member = app.membership(&app.maple, user_name).await.id;
    at(&app.maple, &format!("/people/{member}"))
}

async fn open_person(app: &TestApp, browser: &mut Browser<'_>, user_name: &str) -> Page {
    let page = browser.get(&person_path(app, user_name).await).await;
    assert_eq!((page.status, page.heading().as_str()), (200, "Manage Identity Account"), "{page:?}");
    page
}

/// Presses a button of "What else you can do", up to "Are you Sure?".
async fn ask(app: &TestApp, browser: &mut Browser<'_>, user_name: &str, action: &str) -> Page {
    let page = open_person(app, browser, user_name).await;
    let url =
        page.attribute(&format!("#do-{action}"), "href").unwrap_or_else(|| panic!("{action}: {page:?}"));
    let page = browser.get(&url).await;
    assert_eq!(page.heading(), "Are you Sure?", "{page:?}");
    page
}

/// Says Yes to it.
async fn press(app: &TestApp, browser: &mut Browser<'_>, user_name: &str, action: &str) -> Page {
    let page = ask(app, browser, user_name, action).await;
    browser.fill(&page, "sure-yes", &[]).await
}

fn notice(page: &Page) -> String {
    page.select("#notice").concat()
}

fn problems(page: &Page) -> Vec<String> {
    page.select("#problem li")
}

/// The subjects of what was mailed to somebody since the last look.
async fn mails(app: &TestApp, user_name: &str) -> Vec<String> {
    app.send_mails().await;
    let sent = app.postman.sent();
    sent.iter().filter(|mail| mail.to.as_str() == user_name).map(|mail| mail.subject.clone()).collect()
}
