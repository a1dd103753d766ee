//! "Log In" and what stands between it and the first code (R44-R52, R74-R78, R82, R89-R91; rules sections 2, 4, 5).

mod agencies;
mod alike;
mod devices;
mod foreign_site;
mod form;
mod guesses;
mod no_access;
mod questions;
mod questions_gate;
mod sessions;
mod shared_pc;
mod strangers;
mod throttle;

use serde_json::json;

use crate::support::admin::caregiver_body;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};

/// Office staff of Maple Home Care, activated; the questions are still to be asked.
async fn activate_office_staff(app: &TestApp, user_name: &str) {
    let mut body = caregiver_body(user_name);
    body["member_type"] = json!("office_staff");
    body["security_role"] = json!("Scheduling");
    let created = app.admin().post(&body, &[]).await;
    assert_eq!(created.status, 201, "{created:?}");
    let link = app.activation_link(user_name).await;
    let mut browser = app.browser();
    let page = browser.get(&link).await;
    browser.fill(&page, "password-submit", &[("Password", PASSWORD), ("Confirm Password", PASSWORD)]).await;
}

/// One message for every reason (R47).
const WRONG: &str =
    "Invalid username or password. Check both and try again. Your user name is your email address.";
/// Said at the ceiling, of every user name.
const RECOVER: &str =
    "There were too many tries with this user name. Choose “Forgot your password?” to go on.";
/// A password that is nobody's.
const GUESS: &str = "a wrong password, but a long one";

/// A browser in which nobody logged in, in a network of its own.
fn stranger(app: &TestApp, network: u16) -> Browser<'_> {
    let [high, low] = network.to_be_bytes();
    let mut browser = app.browser();
    browser.address = [203, high, low, 7];
    browser
}

/// Fills in the log-in page.
async fn type_in(browser: &mut Browser<'_>, page: &Page, user_name: &str, password: &str) -> Page {
    browser.fill(page, "login-submit", &[("UserName", user_name), ("Password", password)]).await
}

/// As if strangers had guessed so often at this person, and at everybody else they guessed at, with no pause left.
async fn strangers_failed(app: &TestApp, user_name: &str, failures: u32) {
    app.relying_party().log_in(&mut stranger(app, u16::MAX), user_name, GUESS).await;
    let moved =
        format!("UPDATE throttles SET failures = {failures}, blocked_until = 0 WHERE bucket = 'strangers'");
    app.database().execute(&moved).await;
}

/// Whether the provider lets this browser in without asking for anything.
async fn is_signed_in(app: &TestApp, browser: &mut Browser<'_>) -> bool {
    let page = app.relying_party().authorize(browser).await;
    let entered = page.sent("code").is_some();
    assert!(entered || page.heading() == "Log In", "{page:?}");
    entered
}

fn arrived(page: &Page) -> bool {
    page.left_to("https://maple.example/callback") && page.sent("code").is_some()
}
