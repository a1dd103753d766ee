//! Those who run the server (R13; `company.md` section 4): how somebody becomes one, and what they do about an account.

mod bootstrap;
mod bootstrap_dead;
mod disabled;

use idp_domain::scope::Scope;
use idp_service::authority::{Caller, OperatorScope};
use idp_service::bootstrap::{BootstrapError, make_link};

use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};

const RUTH: &str = "ruth@operator.example";
const FURTHER: &str = "Become an operator";

/// Whoever runs commands.
fn commands(app: &TestApp) -> OperatorScope {
    Caller::of_commands().operator(&app.env, Scope::CompaniesWrite).expect("commands are the operator's")
}

/// The link that `idp bootstrap` prints, with `--add` when `further`.
async fn printed(app: &TestApp, further: bool) -> Result<String, BootstrapError> {
    let link = make_link(&app.env, &commands(app), further).await?;
    Ok(link.address.expose().clone())
}

/// The link for the first operator.
async fn first_link(app: &TestApp) -> String {
    printed(app, false).await.expect("no operator yet")
}

/// What Ruth says of herself.
fn ruth() -> [(&'static str, &'static str); 5] {
    [
        ("First name", "Ruth"),
        ("Last name", "Baker"),
        ("Your email address", RUTH),
        ("Password", PASSWORD),
        ("Confirm Password", PASSWORD),
    ]
}

async fn send(browser: &mut Browser<'_>, page: &Page, more: &[(&str, &str)]) -> Page {
    browser.fill(page, "bootstrap-submit", &[ruth().as_slice(), more].concat()).await
}

/// Ruth becomes the first operator of an installation that has agencies.
async fn becomes_operator(app: &TestApp) {
    let link = first_link(app).await;
    let mut browser = app.browser();
    let page = browser.get(&link).await;
    let done = send(&mut browser, &page, &[]).await;
    assert_eq!(done.heading(), "Log In", "{done:?}");
}

/// How many operators there are.
async fn operators(app: &TestApp) -> i64 {
    app.count("SELECT count(*) FROM accounts WHERE is_operator").await
}

/// Nothing but the signing keys: what an installation has on its first day.
async fn empty(app: &TestApp) {
    for table in ["client_origins", "clients", "company_codes", "company_slugs", "companies"] {
        app.database().execute(&format!("DELETE FROM {table}")).await;
    }
}
