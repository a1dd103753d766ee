//! The device grant as the program sees it: RFC 8628; BCP 247; rules section 6. What the person sees is said of the pages.

mod attacks;
mod ended;
mod life;
mod limits;
mod pkce;
mod poll;
mod request;

use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::desktop::{Codes, Desktop, desktop};

const PENDING: (u16, &str) = (400, "authorization_pending");
const SLOW_DOWN: (u16, &str) = (400, "slow_down");
const DENIED: (u16, &str) = (400, "access_denied");
const EXPIRED: (u16, &str) = (400, "expired_token");
const INVALID: (u16, &str) = (400, "invalid_grant");

/// The desktop program is registered, and Frank is asked for nothing but his password.
async fn prepare(app: &TestApp) {
    app.put_client(&desktop()).await;
    app.enrol(super::FRANK).await;
}

/// A browser in which somebody has just logged in.
async fn browser_of<'a>(app: &'a TestApp, user_name: &str) -> Browser<'a> {
    let mut browser = app.browser();
    app.relying_party().code(&mut browser, user_name, PASSWORD).await;
    browser
}

/// [`prepare`], and Frank, logged in, has let a computer in that has not fetched its tokens yet.
async fn approved(app: &TestApp) -> (Desktop<'_>, Codes, Browser<'_>) {
    prepare(app).await;
    let desktop = Desktop::new(app);
    let browser = browser_of(app, super::FRANK).await;
    let codes = desktop.ask().await;
    app.allow(&browser, &codes).await;
    (desktop, codes, browser)
}
