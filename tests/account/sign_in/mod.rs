//! "Log In" and what stands between it and the first code (R44-R52, R74-R78, R82, R89-R91; rules sections 2, 4, 5).

mod agencies;
mod form;
mod no_access;
mod questions;
mod questions_gate;
mod sessions;
mod shared_pc;
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
