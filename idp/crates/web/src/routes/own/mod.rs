//! A person's own pages below `/account`: where they are logged in, what happened, where they belong, what is stored.

pub(super) mod activity;
pub(super) mod close;
pub(super) mod companies;
pub(super) mod export;
pub(super) mod sessions;

use crate::http::browser::Browser;
use crate::http::cookies::CookieKind;

/// News are said once.
fn said(mut browser: Browser) -> Browser {
    let forget = CookieKind::Notice.clear(&browser.state.env.issuer);
    browser.jar = browser.jar.add(forget);
    browser
}
