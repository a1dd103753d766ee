//! A computer is let in from a browser, by its code or by its whole address, and is turned away (RFC 8628 section 3.3): with the
//! keyboard alone, and without JavaScript.

use serde_json::Value;

use super::chromium::Chromium;
use super::walker::{Hand, Walker};
use crate::support::process::eventually;
use crate::support::rig::{PASSWORD, Rig, USER_NAME, http};

const REGISTRATION: &str = "
    [[client]]
    client_id = \"front-desk\"
    client_name = \"Maple Visits\"
    token_endpoint_auth_method = \"none\"
    grant_types = [\"urn:ietf:params:oauth:grant-type:device_code\"]
    scope = \"openid profile email company\"\n";
const CODE: &str = "Log in on your computer";
const ASKED: &str = "Did you start this on this computer?";
const LET_IN: &str = "You can close this window";
const NOT_LET_IN: &str = "Nothing was let in";

/// A program that waits for an answer.
struct Program<'a> {
    rig: &'a Rig,
    codes: Value,
}

impl<'a> Program<'a> {
    /// Asks from this address, as a proxy would tell it.
    async fn ask(rig: &'a Rig, address: &str) -> Self {
        let form =
            [("client_id", "front-desk"), ("scope", "openid email company"), ("device_name", "FRONT-DESK-2")];
        let request = http().post(format!("{}/device_authorization", rig.address())).form(&form);
        let answer = request.header("x-forwarded-for", address).send().await.expect("an answer");
        Self { rig, codes: answer.json().await.expect("codes") }
    }

    fn code(&self, name: &str) -> &str {
        self.codes[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.codes))
    }

    /// What it is told when it asks whether there is an answer.
    async fn poll(&self) -> Value {
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let form =
            [("grant_type", grant), ("client_id", "front-desk"), ("device_code", self.code("device_code"))];
        let request = http().post(format!("{}/token", self.rig.address())).form(&form);
        request.send().await.expect("an answer").json().await.expect("JSON")
    }
}

/// A slip first, then the code as people type it.
async fn typed(walker: &Walker, rig: &Rig) {
    let program = Program::ask(rig, "127.0.0.1").await;
    walker.open(program.code("verification_uri")).await;
    walker.arrive(CODE).await;
    assert!(walker.has_focus("#user-code").await);
    walker.photograph("code").await;
    walker.write("#user-code", "BCDF-GHJK").await;
    walker.submit("#user-code-submit").await;
    walker.problem("code-refused").await;
    walker.write("#user-code", &program.code("user_code").to_lowercase().replace('-', "")).await;
    walker.submit("#user-code-submit").await;
    walker.log_in(USER_NAME, PASSWORD).await;
    walker.arrive(ASKED).await;
    assert_eq!(walker.text("#computer").await.as_deref(), Some("FRONT-DESK-2"));
    assert_eq!(walker.text("#agency").await.as_deref(), Some("Maple Home Care"));
    walker.photograph("asked").await;
    walker.submit("#device-allow").await;
    walker.arrive(LET_IN).await;
    walker.photograph("let-in").await;
    assert!(program.poll().await["id_token"].is_string());
}

/// The whole address, a no, and Back (attack 40).
async fn turned_away(walker: &Walker, rig: &Rig) {
    let program = Program::ask(rig, "127.0.0.1").await;
    walker.open(program.code("verification_uri_complete")).await;
    walker.arrive(CODE).await;
    assert_eq!(walker.value("#user-code").await.as_deref(), Some(program.code("user_code")));
    walker.photograph("code-given").await;
    walker.submit("#user-code-submit").await;
    walker.arrive(ASKED).await;
    walker.submit("#device-deny").await;
    walker.arrive(NOT_LET_IN).await;
    walker.photograph("not-let-in").await;
    walker.browser.driver.back().await.expect("a page before");
    // The same page again, or, where the browser kept it, the question: its yes comes too late.
    let heading = eventually("a page", async || walker.text("h1").await).await;
    if heading == ASKED {
        walker.submit("#device-allow").await;
    }
    walker.arrive(NOT_LET_IN).await;
    assert_eq!(program.poll().await["error"], "access_denied");
}

/// The same code at a computer in another network.
async fn elsewhere(walker: &Walker, rig: &Rig) {
    let program = Program::ask(rig, "198.51.100.7").await;
    walker.open(program.code("verification_uri_complete")).await;
    walker.submit("#user-code-submit").await;
    walker.arrive("Is it really your computer?").await;
    walker.photograph("warned").await;
    walker.submit("#device-mine").await;
    walker.arrive(ASKED).await;
    assert_eq!(walker.text("#network").await.as_deref(), Some("198.51.100.7"));
    walker.photograph("asked-elsewhere").await;
    walker.submit("#device-allow").await;
    walker.arrive(LET_IN).await;
    assert!(program.poll().await["id_token"].is_string());
    walker.open(program.code("verification_uri_complete")).await;
    walker.submit("#user-code-submit").await;
    let problem = walker.problem("code-used").await;
    assert!(problem.contains("This code does not work."), "{problem}");
}

async fn whole_journey(walker: Walker) {
    let mut rig = Rig::new();
    rig.set("server.trusted_proxies", vec!["127.0.0.1/32"]);
    rig.seed_with(&format!("{}{REGISTRATION}", idp::seed_file::EXAMPLE));
    let server = rig.serve().await;
    typed(&walker, &rig).await;
    turned_away(&walker, &rig).await;
    elsewhere(&walker, &rig).await;
    walker.assert_clean_console().await;
    walker.browser.close().await;
    server.stop().await;
}

#[tokio::test]
async fn a_computer_is_let_in_and_turned_away_with_the_keyboard_alone() {
    whole_journey(Walker::new(Chromium::open().await, Hand::Keyboard, Some("device-keyboard"))).await;
}

#[tokio::test]
async fn a_computer_is_let_in_and_turned_away_without_javascript() {
    whole_journey(Walker::without_javascript("device-mouse").await).await;
}
