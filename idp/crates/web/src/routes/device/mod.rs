//! Letting a computer in (RFC 8628 section 3.3): the code is typed (`enter`), the person is asked (`approve`), and told what to do
//! next (`done`).

pub(super) mod approve;
pub(super) mod done;
pub(super) mod enter;

use idp_service::device::Visitor;

use crate::http::browser::Browser;

/// Who is at the page. `name` is [`Browser::name`].
fn visitor<'a>(browser: &'a Browser, name: &'a str) -> Visitor<'a> {
    Visitor { browser: name, signed_in: browser.signed_in.as_ref(), origin: &browser.origin }
}
