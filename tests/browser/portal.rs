//! The sample portals of two agencies beside the real server: side by side in one browser, and how an open page closes when
//! somebody logs out elsewhere or is deactivated (R4, R62; `rules.md` section 5: within 60 seconds).

use std::time::{Duration, Instant};

use super::chromium::Chromium;
use super::walker::{Hand, Walker};
use crate::support::portal::{Portal, let_in, registered};
use crate::support::process::{Running, eventually, free_port};
use crate::support::rig::{PASSWORD, Rig, USER_NAME};

const HELLO: &str = "Hello, Frank Albert Jones";
const ENDED: &str = "Your session has ended";
const SECRET: &str = "only-for-tests-3d90b7c15e";
/// What a portal says when a logout token ended sessions.
const TOLD: &str = "the provider ended sessions";

/// Frank is a caregiver and office staff at Maple, and office staff at Birch.
fn seed(maple: u16, birch: u16) -> String {
    let second_hat = "other_persons = [{ member_type = \"office_staff\", person_ref = \"S-12\" }]";
    let example = idp::seed_file::EXAMPLE.replacen("other_persons = []", second_hat, 1);
    let (portals, example) = (
        [("99999", "Maple Home Care", maple), ("22222", "Birch Home Care", birch)]
            .map(|(code, name, port)| registered(code, name, SECRET, port))
            .concat(),
        example.replacen("client_id = \"portal.99999\"", "client_id = \"former-portal\"", 1),
    );
    format!(
        "{example}
        [[account.membership]]
        company = \"22222\"
        person_ref = \"B-7\"
        member_type = \"office_staff\"
        security_role = \"Scheduler\"

        [[company]]
        code = \"22222\"
        name = \"Birch Home Care\"
        {portals}"
    )
}

/// The provider and the portals of two agencies.
struct Agencies {
    rig: Rig,
    server: Running,
    maple: Portal,
    birch: Portal,
}

impl Agencies {
    async fn open(prepare: impl FnOnce(&mut Rig)) -> Self {
        let mut rig = Rig::new();
        prepare(&mut rig);
        let (maple, birch) = (free_port(), free_port());
        rig.seed_with(&seed(maple, birch));
        let server = rig.serve().await;
        let issuer = rig.address();
        let maple = Portal::serve(&issuer, "portal.99999", SECRET, "Maple Home Care", maple).await;
        let birch = Portal::serve(&issuer, "portal.22222", SECRET, "Birch Home Care", birch).await;
        Self { rig, server, maple, birch }
    }

    async fn close(self) {
        self.maple.stop().await;
        self.birch.stop().await;
        self.server.stop().await;
    }
}

/// A portal said that it was told of a log-out.
async fn until_told(portal: &Portal) {
    eventually("a logout token at the portal", async || portal.said().contains(TOLD).then_some(())).await;
}

/// The page that is open leaves by itself.
async fn leaves_by_itself(walker: &Walker, since: Instant) {
    walker.arrive(ENDED).await;
    let taken = since.elapsed();
    assert!(taken < Duration::from_secs(60), "it took {} s", taken.as_secs());
}

/// R4, R62: one log-in, two agencies; the caregivers' pages at the one and the office's at the other.
#[tokio::test]
async fn the_portals_of_two_agencies_are_open_side_by_side_and_close_together() {
    let agencies = Agencies::open(let_in).await;
    let walker = Walker::new(Chromium::open().await, Hand::Keyboard, Some("portal"));
    walker.open(&agencies.maple.address()).await;
    walker.log_in(USER_NAME, PASSWORD).await;
    walker.arrive(HELLO).await;
    assert_eq!(walker.text("#member-type").await.as_deref(), Some("Caregiver"));
    walker.photograph("caregiver").await;
    walker.submit(".hats a:last-child").await;
    assert_eq!(walker.text("#member-type").await.as_deref(), Some("Office staff"));
    walker.photograph("other-hat").await;

    let maple = walker.new_tab().await;
    walker.open(&agencies.birch.address()).await;
    walker.arrive(HELLO).await;
    let told = ["#company-name", "#company-code", "#member-type"];
    for (element, said) in told.into_iter().zip(["Birch Home Care", "22222", "Office staff"]) {
        assert_eq!(walker.text(element).await.as_deref(), Some(said));
    }
    let birch = walker.browser.driver.window().await.expect("a window");
    walker.turn_to(&maple).await;
    walker.open(&agencies.maple.address()).await;
    assert_eq!(
        walker.text("#company-code").await.as_deref(),
        Some("99999"),
        "neither portal disturbs the other"
    );

    walker.turn_to(&birch).await;
    walker.submit("#portal-logout").await;
    walker.arrive("You are logged out").await;
    let since = Instant::now();
    until_told(&agencies.maple).await;
    walker.turn_to(&maple).await;
    leaves_by_itself(&walker, since).await;
    walker.photograph("ended").await;
    walker.submit("#portal-login").await;
    walker.arrive("Log In").await;
    walker.assert_clean_console().await;
    walker.browser.close().await;
    agencies.close().await;
}

/// No script runs: the next click finds out.
#[tokio::test]
async fn a_log_out_at_the_provider_ends_the_session_at_the_portal() {
    let agencies = Agencies::open(let_in).await;
    let walker = Walker::new(Chromium::open().await, Hand::Mouse, None);
    walker.browser.without_javascript().await;
    walker.open(&agencies.maple.address()).await;
    walker.log_in(USER_NAME, PASSWORD).await;
    walker.arrive(HELLO).await;
    walker.open(&format!("{}/account", agencies.rig.address())).await;
    walker.press("#log-out").await;
    walker.arrive("Do you want to log out?").await;
    walker.submit("#logout-yes").await;
    walker.arrive("You are signed out").await;
    until_told(&agencies.maple).await;
    walker.open(&agencies.maple.address()).await;
    walker.arrive("Log In").await;
    walker.browser.close().await;
    agencies.close().await;
}

/// The provider may not call the portal here: what the portal asks itself closes the page all the same.
#[tokio::test]
async fn a_deactivation_closes_the_open_page_even_where_no_logout_token_comes_through() {
    let agencies = Agencies::open(|_| ()).await;
    let walker = Walker::new(Chromium::open().await, Hand::Mouse, None);
    walker.open(&agencies.birch.address()).await;
    walker.log_in(USER_NAME, PASSWORD).await;
    walker.arrive(HELLO).await;
    let birch = walker.new_tab().await;
    walker.open(&agencies.maple.address()).await;
    walker.arrive(HELLO).await;

    let since = Instant::now();
    agencies.rig.deactivate("4711").await;
    leaves_by_itself(&walker, since).await;
    assert!(!agencies.maple.said().contains(TOLD));
    walker.submit("#portal-login").await;
    walker.arrive("You do not have access to this agency").await;
    walker.turn_to(&birch).await;
    walker.open(&agencies.birch.address()).await;
    walker.arrive(HELLO).await;
    walker.browser.close().await;
    agencies.close().await;
}
