//! "Bulk Add Security Accounts" (R27-R34): a list is sent, looked at, corrected, confirmed and carried out, all on pages.

mod job;
mod list;
mod privacy;
mod sure;
mod upload;

use super::{at, ruth};
use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};

/// Three people, of whom the second cannot be added.
const PEOPLE: &str = "Email,User name,First name,Last name,Id,Type,Security role\n\
    ann@example.com,ann@example.com,Ann,Archer,C-1,Caregiver,\n\
    bob@example.com,bob@example.co,Bob,Baker,C-2,Caregiver,\n\
    cleo@example.com,cleo@example.com,Cleo,Chan,S-3,Office staff,No security\n";

/// Chooses the file and presses "Check the list".
async fn send(app: &TestApp, browser: &mut Browser<'_>, file: impl AsRef<[u8]>) -> Page {
    let page = browser.get(&at(&app.maple, "/bulk")).await;
    assert_eq!(page.heading(), "Bulk Add Security Accounts", "{page:?}");
    browser.upload(&page, "bulk-check", &[], file.as_ref()).await
}

/// [`send`], up to the list.
async fn listed(app: &TestApp, browser: &mut Browser<'_>, file: impl AsRef<[u8]>) -> Page {
    let page = send(app, browser, file).await;
    assert_eq!((page.status, page.heading().as_str()), (200, "Check the list"), "{page:?}");
    page
}

/// People nobody knows, as a file.
fn caregivers(count: usize) -> String {
    let line = |n: usize| format!("person{n}@example.com,Person,Number {n},P-{n}\n");
    format!("Email,First name,Last name,Id\n{}", (1..=count).map(line).collect::<String>())
}

/// What will become of a row, or became.
fn outcome(page: &Page, row: u32) -> String {
    page.select(&format!("#row-{row} .tag")).concat()
}

/// Why.
fn reasons(page: &Page, row: u32) -> Vec<String> {
    page.select(&format!("#row-{row} .outcome .hint:not(.mail)"))
}

/// What stands in a field of a row.
fn cell(page: &Page, row: u32, name: &str) -> String {
    page.attribute(&format!("#{name}-{row}"), "value").unwrap_or_default()
}

async fn members(app: &TestApp) -> i64 {
    app.count("SELECT count(*) FROM memberships").await
}
