//! Another address, which is the user name (R72, R73; rules L1-L5, L11, P11; attacks 2, 7, 9, 13, 15, 18, 19, 28, 79):
//! proposed on the person's own page, proven at the new address, taken back from the old one.

mod addresses;
mod hostile;
mod links;
mod page;
mod proposed;
mod taken;
mod undo;
mod way;

use std::time::Duration;

use idp_domain::email_change::{EmailChange, EmailChangeState};
use idp_domain::ports::Envelope;

use super::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
const OWN: &str = "Your email address";
const CONFIRM: &str = "Is this your new email address?";
const KEEP: &str = "Keep your email address?";
const RESTORE: &str = "Get your email address back?";
const CHANGED: &str = "Your email address was changed";
const RESTORED: &str = "You have your email address back";
const OVER: &str = "This link can no longer be used";
const NOTHING: &str = "There is nothing to take back";
const EXPIRED: &str = "This link has expired";
const INVALID: &str = "This link does not work";

pub(super) const NEW: &str = "frank@home.example";
const THIRD: &str = "frank@third.example";

/// A new browser in which this person looks at the page for another address.
async fn at_page<'a>(app: &'a TestApp, user_name: &str) -> (Browser<'a>, Page) {
    let mut browser = app.browser();
    let page = browser.get("/account/email").await;
    assert_eq!(page.heading(), "Log In", "{page:?}");
    let page = browser.fill(&page, "login-submit", &[("UserName", user_name), ("Password", PASSWORD)]).await;
    assert_eq!(page.heading(), OWN, "{page:?}");
    (browser, page)
}

/// The same, of Frank, of whom only the password is asked.
async fn frank_at_page(app: &TestApp) -> (Browser<'_>, Page) {
    app.enrol(FRANK).await;
    at_page(app, FRANK).await
}

async fn ask(browser: &mut Browser<'_>, page: &Page, address: &str, password: &str) -> Page {
    let typed = [("New email address", address), ("Current password", password)];
    browser.fill(page, "email-save", &typed).await
}

/// Asks for an address as its person does, a minute after whatever was asked before (L6).
async fn propose(app: &TestApp, user_name: &str, address: &str) {
    app.advance(MINUTE);
    let (mut browser, page) = at_page(app, user_name).await;
    let page = ask(&mut browser, &page, address, PASSWORD).await;
    assert_eq!(said(&page), "We sent a mail to your new address. Open it and press the button in it.");
}

/// Asks for an address, and proves it in a browser of its own.
pub(super) async fn change(app: &TestApp, user_name: &str, address: &str) {
    propose(app, user_name, address).await;
    let link = confirm_link(app, address).await;
    assert_eq!(press(&mut app.browser(), &link, "email-confirm").await.heading(), CHANGED);
}

/// What the page says of the last press of a button.
fn said(page: &Page) -> String {
    page.select("#notice").concat()
}

/// Every mail to an address so far, the oldest first.
async fn mails(app: &TestApp, to: &str) -> Vec<Envelope> {
    app.send_mails().await;
    app.postman.sent().into_iter().filter(|mail| mail.to.as_str() == to).collect()
}

async fn links(app: &TestApp, to: &str, path: &str) -> Vec<String> {
    let begins = format!("https://id.example{path}?ticket=");
    let mails = mails(app, to).await;
    let words = mails.iter().flat_map(|mail| mail.text.split_whitespace());
    words.filter(|word| word.starts_with(&begins)).map(str::to_owned).collect()
}

/// The link in the newest mail that asks this address for a proof.
async fn confirm_link(app: &TestApp, to: &str) -> String {
    links(app, to, "/email/confirm").await.pop().unwrap_or_else(|| panic!("no mail to {to}"))
}

/// The link in the newest notice that lets this address take a change back.
async fn undo_link(app: &TestApp, to: &str) -> String {
    links(app, to, "/email/undo").await.pop().unwrap_or_else(|| panic!("no notice to {to}"))
}

/// Opens a link and presses the button on its page.
async fn press(browser: &mut Browser<'_>, link: &str, button: &str) -> Page {
    let page = browser.get(link).await;
    browser.fill(&page, button, &[]).await
}

/// What a link shows in a browser that knows nothing.
async fn opened(app: &TestApp, link: &str) -> String {
    app.browser().get(link).await.heading()
}

/// The changes of the account that has this address now, the newest first.
async fn changes(app: &TestApp, user_name: &str) -> Vec<EmailChange> {
    let account = app.account(user_name).await.id;
    let mut tx = app.env.store.read().await.unwrap();
    tx.email_changes().list_of_account(account).await.unwrap()
}

async fn is_waiting(app: &TestApp, user_name: &str) -> bool {
    changes(app, user_name).await.iter().any(|change| change.state == EmailChangeState::Proposed)
}

/// How often something was recorded.
async fn recorded(app: &TestApp, action: &str) -> usize {
    app.audited().await.iter().filter(|recorded| **recorded == action).count()
}

/// Whether this user name and this password log somebody in.
async fn logs_in(app: &TestApp, user_name: &str, password: &str) -> bool {
    let page = app.relying_party().log_in(&mut app.browser(), user_name, password).await;
    let entered = page.sent("code").is_some();
    assert!(entered || page.heading() == "Log In", "{page:?}");
    entered
}
