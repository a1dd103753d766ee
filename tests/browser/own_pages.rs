//! A person is asked by a client that is not the agency's own, looks after their account, and takes back what they
//! allowed (R3; OpenID Connect Core section 3.1.2.4).

use super::chromium::Chromium;
use super::shift_swap::ShiftSwap;
use super::walker::{Hand, Walker};
use crate::support::process::eventually;
use crate::support::rig::{PASSWORD, Rig, USER_NAME};

const ASKED: &str = "Allow Shift Swap?";

/// Deny, allow, remembered, and asked for more.
async fn consent(walker: &Walker, site: &ShiftSwap) {
    let connect = async || {
        walker.open(&site.front()).await;
        walker.press("#connect").await;
    };
    connect().await;
    log_in(walker, "log-in").await;
    walker.arrive(ASKED).await;
    assert_eq!(walker.text("#username").await.as_deref(), Some(USER_NAME));
    walker.photograph("consent").await;
    walker.press("#consent-deny").await;
    walker.arrive("Not connected").await;

    connect().await;
    walker.arrive(ASKED).await;
    walker.press("#consent-allow").await;
    walker.arrive("Connected").await;
    connect().await;
    walker.arrive("Connected").await;

    walker.open(&site.front()).await;
    walker.press("#stay").await;
    walker.arrive(ASKED).await;
    assert_eq!(walker.text("#asked .tag").await.as_deref(), Some("Allowed before"));
    walker.photograph("consent-for-more").await;
    walker.press("#consent-allow").await;
    walker.arrive("Connected").await;
}

async fn log_in(walker: &Walker, photograph: &str) {
    walker.arrive("Log In").await;
    walker.photograph(photograph).await;
    walker.write("#username", USER_NAME).await;
    walker.write("#password", PASSWORD).await;
    walker.press("#login-submit").await;
}

/// A slip first, then what is meant.
async fn account(walker: &Walker, rig: &Rig) {
    walker.open(&format!("{}/", rig.address())).await;
    walker.arrive("Home Identity").await;
    walker.photograph("start").await;
    walker.press("#account").await;
    walker.arrive("Your account").await;
    assert_eq!(walker.value("#locality").await.as_deref(), Some("Guelph"));
    walker.photograph("account").await;

    walker.write("#nickname", "Blue Heron").await;
    walker.write("#birthdate", "29.2.84").await;
    walker.write("#website", "frank.example").await;
    walker.press("#account-save").await;
    eventually("the summary", async || walker.text("#problem").await).await;
    assert!(walker.has_focus("#problem").await, "the summary takes the focus");
    assert_eq!(walker.value("#nickname").await.as_deref(), Some("Blue Heron"), "what was typed is kept");
    walker.photograph("account-refused").await;
    walker.press("#problem a[href='#birthdate']").await;
    eventually("the field", async || walker.has_focus("#birthdate").await.then_some(())).await;

    walker.write("#birthdate", "1984-02-29").await;
    walker.write("#website", "https://frank.example/").await;
    walker.press("#account-save").await;
    eventually("the news", async || walker.text("#notice").await.filter(|it| it == "Saved.")).await;
    walker.photograph("account-saved").await;
    walker.open(&format!("{}/account", rig.address())).await;
    walker.arrive("Your account").await;
    assert_eq!(walker.value("#nickname").await.as_deref(), Some("Blue Heron"));
    assert_eq!(walker.text("#notice").await, None, "said once");
}

/// What taking back means is said before it happens.
async fn disconnect(walker: &Walker, site: &ShiftSwap) {
    walker.press("nav.menu a[href='/account/apps']").await;
    walker.arrive("Apps you allowed").await;
    assert_eq!(walker.text("#app-1-name").await.as_deref(), Some("Shift Swap"));
    walker.photograph("apps").await;
    walker.press("#app-1-open").await;
    let warning = "#app-1 details[open] form p";
    eventually("what it means", async || {
        walker.text(warning).await.filter(|it| it.starts_with("Shift Swap is disconnected at once"))
    })
    .await;
    walker.photograph("apps-asked").await;
    walker.press("#app-1-withdraw").await;
    eventually("the empty list", async || walker.text("#no-apps").await).await;
    assert_eq!(walker.text("#notice").await.as_deref(), Some("Done. The app is disconnected."));
    walker.photograph("apps-none").await;

    walker.open(&site.front()).await;
    walker.press("#connect").await;
    walker.arrive(ASKED).await;
    assert_eq!(walker.text("#asked .tag").await, None, "asked as if for the first time");
}

/// By the menu; the pages are closed from then on.
async fn leave(walker: &Walker, rig: &Rig) {
    let account = format!("{}/account", rig.address());
    walker.open(&account).await;
    walker.press("#log-out").await;
    walker.arrive("Do you want to log out?").await;
    walker.photograph("log-out").await;
    walker.press("#logout-no").await;
    walker.arrive("Home Identity").await;
    walker.press("#log-out").await;
    walker.press("#logout-yes").await;
    walker.arrive("You are signed out").await;
    walker.photograph("signed-out").await;
    walker.open(&account).await;
    log_in(walker, "log-in-for-the-account").await;
    walker.arrive("Your account").await;
}

async fn whole_journey(browser: Chromium, hand: Hand, gallery: &str) {
    let rig = Rig::new();
    let site = ShiftSwap::open(&rig).await;
    let server = rig.serve().await;
    let walker = Walker::new(browser, hand, Some(gallery));
    consent(&walker, &site).await;
    account(&walker, &rig).await;
    disconnect(&walker, &site).await;
    leave(&walker, &rig).await;
    walker.assert_clean_console().await;
    walker.browser.close().await;
    server.stop().await;
}

#[tokio::test]
async fn a_person_allows_an_app_edits_their_account_and_disconnects_the_app() {
    whole_journey(Chromium::open().await, Hand::Mouse, "own-pages-mouse").await;
}

#[tokio::test]
async fn a_persons_own_pages_need_no_mouse() {
    whole_journey(Chromium::open().await, Hand::Keyboard, "own-pages-keyboard").await;
}

#[tokio::test]
async fn a_persons_own_pages_need_no_javascript() {
    let browser = Chromium::open().await;
    browser.without_javascript().await;
    whole_journey(browser, Hand::Mouse, "own-pages-without-javascript").await;
}
