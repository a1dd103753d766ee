//! From the mail to a chosen password (R35-R43, R67-R70; P1-P6, L1-L5; attacks section 1).

mod finish;
mod foreign;
mod link;
mod mail;
mod outbox;
mod outbox_crash;
mod page;

use idp_domain::ports::Envelope;

use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};

/// The one activation link in a mail.
fn link_in(mail: &Envelope) -> String {
    let links: Vec<&str> = mail.text.split_whitespace().filter(|word| word.contains("ticket=")).collect();
    assert_eq!(links.len(), 1, "{links:?}");
    links[0].to_owned()
}

/// A provisioned caregiver's activation link.
async fn invited(app: &TestApp, user_name: &str) -> String {
    app.admin().create(user_name).await;
    app.activation_link(user_name).await
}

async fn choose(browser: &mut Browser<'_>, page: &Page, password: &str, confirm: &str) -> Page {
    assert_eq!(page.heading(), "Create Password", "{page:?}");
    browser.fill(page, "password-submit", &[("Password", password), ("Confirm Password", confirm)]).await
}

/// Whether this is a log-in for this person at the portal of Maple Home Care.
fn sent_to_portal(page: &Page) -> bool {
    page.status == 303 && page.left_to("https://maple.example/login")
}
