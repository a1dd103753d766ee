//! The sample desktop program of `examples/desktop`, against a server and in a real browser: its window (R56-R58), its way back
//! by the loopback interface, and its terminal. What the window shows is photographed into `target/screenshots/desktop/`.

mod loopback;
mod terminal;
mod window;

use url::Url;

use crate::browser::chromium::Chromium;
use crate::browser::walker::{Hand, Walker};
use crate::support::process::{Running, eventually};
use crate::support::rig::{PASSWORD, Rig};

/// The desktop program of the seed.
const CLIENT: &str = "care-desktop";
/// In the office of one agency, and a caregiver of another.
const OLIVIA: &str = "olivia@maplehomecare.example";
/// How the office of Maple Home Care knows her.
const OLIVIA_THERE: &str = "1001";
const PEOPLE: &str = r#"
    [[account]]
    user_name = "olivia@maplehomecare.example"
    password = "quiet river orange lantern"
    profile = { given_name = "Olivia", family_name = "Park" }

    [account.answers]
    first-stuffed-toy = "a green rabbit"
    first-cooked-dish = "pancakes with berries"
    lost-treasure = "grandfather's compass"

    [[account.membership]]
    company = "99999"
    person_ref = "1001"
    member_type = "office_staff"
    security_role = "unrestricted"

    [[account.membership]]
    company = "22222"
    person_ref = "B-7"
    member_type = "caregiver"
    security_role = "none"

    [[company]]
    code = "22222"
    name = "Birch Home Care"
"#;

/// A server with two agencies, and somebody with a browser.
struct World {
    rig: Rig,
    server: Running,
    walker: Walker,
}

impl World {
    async fn begin() -> Self {
        let rig = Rig::new();
        rig.seed_with(&format!("{}{PEOPLE}", idp::seed_file::EXAMPLE));
        let server = rig.serve().await;
        let walker = Walker::new(Chromium::open().await, Hand::Mouse, None);
        Self { rig, server, walker }
    }

    async fn end(self) {
        self.walker.browser.close().await;
        self.server.stop().await;
    }

    /// Opens the address that the program handed over, as far as the question whether the computer is to be let in. The page
    /// shows the code that the program shows.
    async fn until_asked(&self, address: &str, code: &str) {
        self.walker.open(address).await;
        self.walker.arrive("Log in on your computer").await;
        assert_eq!(self.walker.value("#user-code").await.as_deref(), Some(code));
        self.walker.submit("#user-code-submit").await;
        // Whoever logged in a moment ago is not asked again.
        let heading = eventually("the next page", async || self.walker.text("h1").await).await;
        if heading == "Log In" {
            self.walker.log_in(OLIVIA, PASSWORD).await;
        }
        self.walker.arrive("Did you start this on this computer?").await;
        assert_eq!(self.walker.text("#computer").await.as_deref(), Some("FRONT-DESK-2"));
    }

    async fn allow(&self, address: &str, code: &str) {
        self.until_asked(address, code).await;
        self.walker.submit("#device-allow").await;
        self.walker.arrive("You can close this window").await;
    }

    /// Waits until so many families of tokens have been revoked since the server started.
    async fn until_revoked(&self, families: usize) {
        eventually("a revocation", async || {
            let revoked = self.server.said().matches("route=\"/revoke\" status=200").count();
            (revoked == families).then_some(())
        })
        .await;
    }
}

/// A parameter of an address.
fn parameter(address: &str, name: &str) -> String {
    let address = Url::parse(address).expect("an address");
    let value = address.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    value.unwrap_or_else(|| panic!("no {name} in {address}"))
}
