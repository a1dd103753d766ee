//! Rules section 4, "known device": a cookie may have been copied, so that a new password makes every browser a stranger's but
//! the one it was chosen in.

use idp_domain::account::PasswordState;

use super::{CHANGE, NEW, SECOND, SECURITY, arrived, change, frank_at};
use crate::account::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const DEVICE: &str = "__Host-idp_device";
/// What [`Browser::answer_questions`] enrolled.
const ANSWERS: [(&str, &str); 3] = [
    ("answer-first-stuffed-toy", "Mister Bun"),
    ("answer-driving-instructor", "Old Henry"),
    ("answer-lost-treasure", "a red kite"),
];

/// A log-in from a browser with nothing but this device cookie.
async fn log_in_with(app: &TestApp, device: &str, password: &str) -> Page {
    let mut browser = app.browser();
    browser.cookies.insert(DEVICE.to_owned(), device.to_owned());
    app.relying_party().log_in(&mut browser, FRANK, password).await
}

async fn new_device_notices(app: &TestApp) -> i64 {
    app.count("SELECT count(*) FROM outbox WHERE letter LIKE '%\"new_device\"%'").await
}

/// The next thirty seconds no stranger is looked at.
async fn strangers_wait(app: &TestApp) {
    for network in 0..6 {
        let mut stranger = app.browser();
        stranger.address = [203, 0, network, 7];
        app.relying_party().log_in(&mut stranger, FRANK, "a wrong guess, and a long one").await;
    }
}

/// Frank's own browser goes on while strangers wait, and its log-in is no news; a copy of an older cookie waits with the
/// strangers, and the log-in from it is told.
async fn assert_only_this_one_is_known(app: &TestApp, own: &Browser<'_>, copied: &str) {
    strangers_wait(app).await;
    let told = new_device_notices(app).await;
    let held = log_in_with(app, copied, NEW).await;
    assert_eq!(held.status, 429, "a copy from before counts as a stranger's: {held:?}");
    assert!(arrived(&log_in_with(app, &own.cookies[DEVICE], NEW).await));
    assert_eq!(new_device_notices(app).await, told, "the browser it was chosen in is none");
    app.advance(SECOND * 30);
    assert!(arrived(&log_in_with(app, copied, NEW).await));
    assert_eq!(new_device_notices(app).await, told + 1);
}

on_each_database! {
    /// Section 4, L11: until the password is changed a copy is as good as the browser itself, and afterwards it is worth
    /// nothing.
    async fn a_password_changed_on_its_page_leaves_one_browser_known(app) {
        let (mut browser, page) = frank_at(&app, "/account/password").await;
        let (copied, told) = (browser.cookies[DEVICE].clone(), new_device_notices(&app).await);
        assert!(arrived(&log_in_with(&app, &copied, PASSWORD).await));
        assert_eq!(new_device_notices(&app).await, told, "known");
        assert_eq!(page.heading(), CHANGE);
        assert_eq!(change(&mut browser, &page, PASSWORD, NEW).await.heading(), SECURITY);
        assert_only_this_one_is_known(&app, &browser, &copied).await;
    }

    /// The same of a change that was required (R48).
    async fn a_password_that_had_to_be_changed_leaves_one_browser_known(app) {
        app.enrol(FRANK).await;
        app.change_account(FRANK, |account| account.password_state = PasswordState::MustChange).await;
        let mut browser = app.browser();
        let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        let copied = browser.cookies[DEVICE].clone();
        assert!(arrived(&change(&mut browser, &page, PASSWORD, NEW).await));
        assert_only_this_one_is_known(&app, &browser, &copied).await;
    }

    /// The same of one that was forgotten, where the person used the browser before.
    async fn a_password_that_was_reset_leaves_one_browser_known(app) {
        let (mut browser, _) = frank_at(&app, "/account").await;
        let copied = browser.cookies[DEVICE].clone();
        reset(&app, &mut browser).await;
        assert_only_this_one_is_known(&app, &browser, &copied).await;
    }

    /// A reset proves who somebody is; it makes no browser known that nobody logged in from.
    async fn a_reset_makes_no_new_browser_known(app) {
        app.enrol(FRANK).await;
        let mut browser = app.browser();
        reset(&app, &mut browser).await;
        let told = new_device_notices(&app).await;
        let device = browser.cookies.get(DEVICE).cloned().unwrap_or_default();
        assert!(arrived(&log_in_with(&app, &device, NEW).await));
        assert_eq!(new_device_notices(&app).await, told + 1);
    }
}

/// Forgets the password, and chooses [`NEW`] in this browser.
async fn reset(app: &TestApp, browser: &mut Browser<'_>) {
    let page = browser.get("/forgot").await;
    browser.fill(&page, "forgot-submit", &[("Email address", FRANK)]).await;
    app.send_mails().await;
    let mails = app.postman.sent();
    let mut links = mails.iter().flat_map(|mail| mail.text.split_whitespace());
    let link = links.rfind(|word| word.contains("/reset?ticket=")).expect("a link");
    let page = browser.get(link).await;
    let page = browser.fill_named(&page, "answers-submit", &ANSWERS).await;
    let typed = [("Password", NEW), ("Confirm Password", NEW)];
    let done = browser.fill(&page, "password-submit", &typed).await;
    assert!(done.left_to("https://maple.example/login"), "{done:?}");
}
