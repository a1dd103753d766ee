//! The window: log in with a code, denied, remembered, switched, closed by the agency, and a forgotten password.

use super::{CLIENT, OLIVIA, OLIVIA_THERE, World, parameter};
use crate::support::process::{eventually, free_port};
use crate::support::window::Window;

const LOG_IN: &str = "Care Desktop: Log In";
const WAITING: &str = "Care Desktop: Waiting for ";
const MAPLE: &str = "Care Desktop: Maple Home Care";
const BIRCH: &str = "Care Desktop: Birch Home Care";

/// As people do who never touch the mouse (R56): Customer, Tab, Username, Enter. Returns the code in the title.
async fn ask(window: &mut Window) -> String {
    window.until_title(LOG_IN).await;
    window.write("99999");
    window.key("Tab");
    window.write(OLIVIA);
    window.key("Return");
    code_of(window).await
}

async fn code_of(window: &mut Window) -> String {
    let title = window.until_title(WAITING).await;
    title.strip_prefix(WAITING).expect("a code").to_owned()
}

/// Logged in, from a new window.
async fn logged_in(world: &World, more: &[&str]) -> Window {
    let mut window = Window::open(&world.rig.address(), CLIENT, more).await;
    let code = ask(&mut window).await;
    world.allow(&window.opened().await, &code).await;
    window.until_title(MAPLE).await;
    window
}

/// R56, R57, RFC 8628: the code in the window is the one on the page, a phone can scan it, and the next start knows who it is.
/// Closing the window ends what the program was given.
#[tokio::test]
async fn an_office_person_logs_in_with_a_code_and_is_remembered() {
    let world = World::begin().await;
    let mut window = Window::open(&world.rig.address(), CLIENT, &[]).await;
    window.screenshot("log-in").await;
    let code = ask(&mut window).await;
    let address = window.opened().await;
    assert_eq!(parameter(&address, "user_code"), code);
    let picture = window.screenshot("waiting").await;
    assert_eq!(Window::scan(&picture), address, "the QR code is the whole address");
    world.allow(&address, &code).await;
    window.until_title(MAPLE).await;
    window.screenshot("office").await;

    let settings: serde_json::Value = serde_json::from_str(&window.settings()).expect("JSON");
    let expected = serde_json::json!({ "customer": "99999", "username": OLIVIA });
    assert_eq!(settings, expected, "and nothing else: no token, no password");

    // Both fields are filled in, and Enter is all that is left to press.
    let mut window = window.reopen().await;
    window.until_title(LOG_IN).await;
    world.until_revoked(1).await;
    window.screenshot("log-in-remembered").await;
    window.key("Return");
    let code = code_of(&mut window).await;
    world.allow(&window.opened().await, &code).await;
    window.until_title(MAPLE).await;
    window.close().await;
    world.until_revoked(2).await;
    world.end().await;
}

#[tokio::test]
async fn a_denied_log_in_is_told_in_words_and_can_be_tried_again_or_cancelled() {
    let world = World::begin().await;
    let mut window = Window::open(&world.rig.address(), CLIENT, &["--colours", "dark"]).await;
    let code = ask(&mut window).await;
    world.until_asked(&window.opened().await, &code).await;
    window.screenshot("waiting-dark").await;
    world.walker.submit("#device-deny").await;
    window.until_title(LOG_IN).await;
    window.screenshot("denied-dark").await;

    window.key("Return");
    let again = code_of(&mut window).await;
    assert_ne!(again, code, "a new log-in has a new code");
    assert_eq!(parameter(&window.opened().await, "user_code"), again);
    window.key("Escape");
    window.until_title(LOG_IN).await;
    window.close().await;
    world.end().await;
}

/// R4: from one agency to the other and back, two families of tokens side by side, and not a key typed into a page. Log Out
/// ends both.
#[tokio::test]
async fn the_second_agency_is_open_without_typing_anything_and_so_is_the_first_again() {
    let world = World::begin().await;
    let mut window = logged_in(&world, &[]).await;
    // By their place in the list, as it goes to tabs in a browser.
    window.key("ctrl+1");
    window.until_title(BIRCH).await;
    window.screenshot("second-agency").await;
    window.key("ctrl+2");
    window.until_title(MAPLE).await;
    // By Tab: the agencies in their order, and then Log Out.
    window.key("Tab");
    window.key("Return");
    window.until_title(BIRCH).await;
    window.key("Tab");
    window.key("Tab");
    window.screenshot("keyboard").await;
    window.key("Return");
    window.until_title(LOG_IN).await;
    window.screenshot("logged-out").await;
    world.until_revoked(2).await;
    window.close().await;
    world.end().await;
}

/// Rules section 5: whoever is deactivated is out within a minute. The words are those of the terminal.
#[tokio::test]
async fn the_end_of_a_membership_closes_the_window() {
    let world = World::begin().await;
    let mut window = logged_in(&world, &["--check-every", "1", "--colours", "light"]).await;
    world.rig.deactivate(OLIVIA_THERE).await;
    window.until_title(LOG_IN).await;
    window.screenshot("ended").await;
    window.close().await;
    world.end().await;
}

/// R56: the provider's own page, with the user name as it was typed.
#[tokio::test]
async fn forgot_password_opens_the_recovery_page_in_the_browser() {
    let world = World::begin().await;
    let window = Window::open(&world.rig.address(), CLIENT, &["--customer", "99999"]).await;
    window.write(OLIVIA);
    window.key("Tab");
    window.key("Tab");
    window.key("Return");
    world.walker.open(&window.opened().await).await;
    world.walker.arrive("Forgot your password?").await;
    assert_eq!(world.walker.value("#email").await.as_deref(), Some(OLIVIA));
    window.close().await;
    world.end().await;
}

/// Without a server there are words above the fields, which are still there; the words are those of the terminal.
#[tokio::test]
async fn an_unreachable_server_is_told_above_the_fields() {
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let mut window = Window::open(&nowhere, CLIENT, &["--customer", "99999", "--username", OLIVIA]).await;
    let before = window.screenshot("online").await;
    window.key("Return");
    eventually("words", async || (window.screenshot("offline").await != before).then_some(())).await;
    window.until_title(LOG_IN).await;
    window.close().await;
}
