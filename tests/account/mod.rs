//! A person's account: activated by a mailed link, signed in with a password, guarded by three questions.

mod activation;
mod at_rest;
mod device;
mod email_change;
mod operators;
pub(crate) mod own;
mod own_account;
mod protection;
mod recovery;
mod seed;
mod sign_in;
mod sweep;

use crate::support::browser::Page;

pub(crate) const FRANK: &str = "frank.jones@example.com";
pub(crate) const GRACE: &str = "grace.hill@example.com";

/// The page without what differs from view to view: form token, carried flow, and `typed`, also as addresses spell it.
fn anonymous(page: &Page, typed: &str) -> String {
    let mut html = page.html.clone();
    for field in ["csrf", "flow"] {
        if let Some(value) = page.attribute(&format!("input[name={field}]"), "value") {
            html = html.replace(&value, field);
        }
    }
    // The same request, as it is asked anew for another agency.
    if let Some((_, flow)) =
        page.attribute("#way-on", "href").as_deref().and_then(|url| url.split_once("flow="))
    {
        html = html.replace(flow, "flow");
    }
    if typed.is_empty() {
        return html;
    }
    let in_address: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
    html.replace(&in_address, "typed").replace(typed, "typed")
}

/// The sentences beside the fields and in the summary.
fn problems(page: &Page) -> Vec<String> {
    page.select("#problem li")
}
