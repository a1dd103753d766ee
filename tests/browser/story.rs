//! The whole story of the guides, told once against the real server and the three samples: office staff at the desktop's
//! window, a caregiver at the portal and on a phone, one password each; a second agency without typing it again; and the end,
//! which nobody has to wait for (R1, R4, R41-R52, R54-R64; `rules.md` section 5, "Deactivation").

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::WindowHandle;
use url::Url;

use super::chromium::Chromium;
use super::journey::{PASSWORD as CHOSEN, Person, create_password, first_log_in};
use super::mailbox::Letter;
use super::walker::{Hand, Walker};
use crate::support::phone::{Caregiver, Phone};
use crate::support::portal::{Portal, let_in, registered};
use crate::support::process::{Running, eventually, free_port};
use crate::support::rig::{OFFICE_SECRET, PASSWORD, Rig, http};
use crate::support::window::Window;

/// Code and name of the two agencies.
const MAPLE: (&str, &str) = ("99999", "Maple Home Care");
const BIRCH: (&str, &str) = ("22222", "Birch Home Care");
const SECRET: &str = "only-for-tests-61f0c2d98a";
/// In the office of both, and there before the story begins.
const OLIVIA: &str = "olivia.park@example.com";
/// Nobody knows of him yet.
const FRANK: Person = Person { reference: "4711", name: "Frank Jones", email: "frank.jones@example.com" };
/// Everything that is open has closed by then.
const CLOSED_WITHIN: Duration = Duration::from_secs(60);

/// The example's clients beside the agencies' own, and Olivia.
fn seed(phone: &Phone, [maple, birch]: [u16; 2]) -> String {
    // The example's own portal is nowhere here; nobody is led to it.
    let example = idp::seed_file::EXAMPLE
        .replacen("client_id = \"portal.99999\"", "client_id = \"former-portal\"", 1)
        .replacen("initiate_login_uri = \"http://127.0.0.1:8090/login\"\n", "", 1);
    let clients = example.split("\n# An account that can log in").next().expect("what comes before");
    let portals =
        [(MAPLE, maple), (BIRCH, birch)].map(|((code, name), port)| registered(code, name, SECRET, port));
    let member = |code: &str| {
        format!(
            "
            [[account.membership]]
            company = \"{code}\"
            person_ref = \"1001\"
            member_type = \"office_staff\"
            security_role = \"unrestricted\"\n"
        )
    };
    format!(
        "{clients}
        [[company]]
        code = \"{birch}\"
        name = \"{birch_name}\"
        {portals}
        [[client]]
        client_id = \"office.{birch}\"
        client_name = \"{birch_name} office\"
        company = \"{birch}\"
        client_secret = \"{OFFICE_SECRET}\"
        grant_types = [\"client_credentials\"]
        scope = \"members:read members:write\"

        [[client]]
        client_id = \"mobile\"
        client_name = \"Care Mobile\"
        token_endpoint_auth_method = \"none\"
        grant_types = [\"authorization_code\", \"refresh_token\"]
        redirect_uris = [\"http://127.0.0.1/callback\"]
        post_logout_redirect_uris = [\"{phone}/signed-out\"]
        scope = \"openid profile email company companies offline_access\"
        may_switch_company = true

        [[account]]
        user_name = \"{OLIVIA}\"
        password = \"{PASSWORD}\"
        profile = {{ given_name = \"Olivia\", family_name = \"Park\" }}
        [account.answers]
        first-stuffed-toy = \"a green rabbit\"
        first-cooked-dish = \"pancakes with berries\"
        lost-treasure = \"grandfather's compass\"
        {at_maple}{at_birch}",
        birch = BIRCH.0,
        birch_name = BIRCH.1,
        portals = portals.concat(),
        phone = phone.address(),
        at_maple = member(MAPLE.0),
        at_birch = member(BIRCH.0),
    )
}

/// The provider, the portals of two agencies and the phone app.
struct World {
    rig: Rig,
    server: Running,
    maple: Portal,
    birch: Portal,
    phone: Phone,
}

impl World {
    async fn begin() -> Self {
        let mut rig = Rig::new();
        let_in(&mut rig);
        let issuer = rig.address();
        let ports = [free_port(), free_port()];
        let phone = Phone::serve(&issuer, "mobile").await;
        rig.seed_with(&seed(&phone, ports));
        let server = rig.serve().await;
        let portal = async |(code, name): (&str, &str), port| {
            Portal::serve(&issuer, &format!("portal.{code}"), SECRET, name, port).await
        };
        let (maple, birch) = (portal(MAPLE, ports[0]).await, portal(BIRCH, ports[1]).await);
        Self { maple, birch, phone, server, rig }
    }

    async fn end(self) {
        self.maple.stop().await;
        self.birch.stop().await;
        self.phone.stop().await;
        self.server.stop().await;
    }

    /// The office's own program adds Frank (R14-R23).
    async fn hire_frank(&self, company: &str) {
        let person = json!({
            "user_name": FRANK.email, "email": FRANK.email, "given_name": "Frank", "family_name": "Jones",
            "person_ref": FRANK.reference, "member_type": "caregiver", "security_role": "none",
        });
        let members = format!("{}/admin/v1/companies/{company}/members", self.rig.address());
        let token = self.rig.office_token(company).await;
        let created = http().post(members).bearer_auth(token).json(&person).send().await.expect("a server");
        assert_eq!(created.status(), 201, "{:?}", created.text().await);
    }

    /// The first mail about an agency to Frank: from it, in its name.
    async fn letter_to_frank(&self, (_, agency): (&str, &str)) -> Letter {
        let folder = self.rig.path("mails");
        let is_it = |mail: &String| {
            let head = mail.split("\r\n\r\n").next().unwrap_or_default();
            mail.ends_with("--\r\n") && head.contains(FRANK.email) && head.contains(agency)
        };
        let what = format!("a mail from {agency}");
        let mail = eventually(&what, async || {
            let files = std::fs::read_dir(&folder).ok()?;
            files.filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok()).find(is_it)
        });
        Letter::of_file(&mail.await)
    }
}

/// What a program of nobody's holds for a person: it shows what the samples are told, without their patience.
struct Tokens<'a> {
    world: &'a World,
    access: String,
    refresh: String,
}

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

impl<'a> Tokens<'a> {
    /// By single sign-on, for whoever is logged in to this browser; nothing listens where the code arrives.
    async fn of_browser(world: &'a World, walker: &Walker, company: &str) -> Self {
        let redirect_uri = format!("http://127.0.0.1:{}/callback", free_port());
        let query = [
            ("response_type", "code"),
            ("client_id", "care-desktop"),
            ("redirect_uri", &redirect_uri),
            ("scope", "openid company"),
            ("company", company),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let request = format!("{}/authorize", world.rig.address());
        let request = Url::parse_with_params(&request, query).expect("an address");
        // Chromium says that nobody is there; the address is what counts.
        let _ = walker.browser.driver.goto(request.as_str()).await;
        let back = walker.browser.driver.current_url().await.expect("an address");
        let code = back.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        let code = code.unwrap_or_else(|| panic!("no code in {back}"));
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        let (status, tokens) = ask(world, &form).await;
        assert_eq!(status, 200, "{tokens}");
        let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
        Self { world, access: text("access_token"), refresh: text("refresh_token") }
    }

    async fn user_info(&self) -> u16 {
        let request = http().get(format!("{}/userinfo", self.world.rig.address())).bearer_auth(&self.access);
        request.send().await.expect("an answer").status().as_u16()
    }

    async fn refresh(&self) -> (u16, Value) {
        ask(self.world, &[("grant_type", "refresh_token"), ("refresh_token", &self.refresh)]).await
    }
}

async fn ask(world: &World, form: &[(&str, &str)]) -> (u16, Value) {
    let form = [&[("client_id", "care-desktop")], form].concat();
    let answer = http().post(format!("{}/token", world.rig.address())).form(&form).send().await;
    let answer = answer.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// R56-R58, R61: no password in the window; the browser asks for it, and lets the computer in.
async fn olivia_opens_the_desktop(world: &World, browser: &Walker) -> Window {
    let mut window = Window::open(&world.rig.address(), "care-desktop", &[]).await;
    window.until_title("Care Desktop: Log In").await;
    window.write(MAPLE.0);
    window.key("Tab");
    window.write(OLIVIA);
    window.key("Return");
    let title = window.until_title("Care Desktop: Waiting for ").await;
    let code = title.trim_start_matches("Care Desktop: Waiting for ");

    browser.open(&window.opened().await).await;
    browser.arrive("Log in on your computer").await;
    assert_eq!(browser.value("#user-code").await.as_deref(), Some(code), "the same code here and there");
    browser.submit("#user-code-submit").await;
    browser.arrive("Log In").await;
    assert_eq!(browser.value("#username").await.as_deref(), Some(OLIVIA), "typed once, in the window");
    browser.write("#password", PASSWORD).await;
    browser.submit("#login-submit").await;
    browser.arrive("Did you start this on this computer?").await;
    for (element, told) in [("#computer", "FRONT-DESK-2"), ("#agency", MAPLE.1)] {
        assert_eq!(browser.text(element).await.as_deref(), Some(told));
    }
    browser.submit("#device-allow").await;
    browser.arrive("You can close this window").await;
    window.until_title(&format!("Care Desktop: {}", MAPLE.1)).await;
    window
}

/// R36-R52, R62: from the mail to the caregivers' page of the agency's portal.
async fn frank_activates(world: &World, browser: &Walker) {
    let letter = world.letter_to_frank(MAPLE).await;
    browser.open(&letter.link(&world.rig.address(), "/activate")).await;
    create_password(browser, &FRANK).await;
    first_log_in(browser, &FRANK).await;
    assert_caregiver_at(browser, MAPLE).await;
}

/// The portal knows who it is, and opens the caregivers' pages.
async fn assert_caregiver_at(browser: &Walker, (code, agency): (&str, &str)) {
    browser.arrive("Hello, Frank Jones").await;
    let told = [("#company-name", agency), ("#company-code", code), ("#member-type", "Caregiver")];
    for (element, said) in told {
        assert_eq!(browser.text(element).await.as_deref(), Some(said), "{element}");
    }
}

/// R91: an open session accepts nothing for him; he says once, with his one password, that he works there, too. The tab of
/// the first agency stays as it is.
async fn frank_comes_to_birch(world: &World, browser: &Walker) -> WindowHandle {
    world.hire_frank(BIRCH.0).await;
    world.letter_to_frank(BIRCH).await;
    let maple = browser.new_tab().await;
    browser.open(&world.birch.address()).await;
    browser.log_in(FRANK.email, CHOSEN).await;
    assert_caregiver_at(browser, BIRCH).await;
    maple
}

/// Everything that Maple opened for the two of them is shut, and nobody touched it.
async fn all_three_close(
    (frank, phone, window): (&Walker, &Caregiver<'_>, &mut Window),
    deactivated: Instant,
) {
    frank.arrive("Your session has ended").await;
    phone.is_shown_out(MAPLE.1).await;
    window.until_title("Care Desktop: Log In").await;
    let taken = deactivated.elapsed();
    assert!(taken < CLOSED_WITHIN, "it took {} s", taken.as_secs());
}

#[tokio::test]
async fn one_password_opens_desktop_portal_and_phone_at_two_agencies_until_an_office_ends_it() {
    let world = World::begin().await;
    let [office, frank, held] = [
        Walker::new(Chromium::open().await, Hand::Mouse, Some("story-office")),
        Walker::new(Chromium::open().await, Hand::Mouse, Some("story-portal")),
        Walker::new(Chromium::open().await, Hand::Mouse, Some("story-phone")),
    ];

    let mut window = olivia_opens_the_desktop(&world, &office).await;
    window.screenshot("story-office-staff").await;
    world.hire_frank(MAPLE.0).await;
    frank_activates(&world, &frank).await;
    let phone = Caregiver::holding(&held).await;
    phone.log_in(&world.phone, MAPLE.0, (FRANK.email, CHOSEN)).await;
    assert_eq!((phone.greeting().await, phone.agency().await), ("Hello, Frank".into(), MAPLE.1.into()));

    // A second agency, side by side with the first, and nobody types a password for it again.
    let at_maple = frank_comes_to_birch(&world, &frank).await;
    let at_birch = frank.browser.driver.window().await.expect("a window");
    phone.reopen(&world.phone).await;
    phone.go_on_at(BIRCH.1).await;
    phone.go_on_at(MAPLE.1).await;
    window.key("ctrl+1");
    window.until_title(&format!("Care Desktop: {}", BIRCH.1)).await;
    window.key("ctrl+2");
    window.until_title(&format!("Care Desktop: {}", MAPLE.1)).await;

    let tokens = [
        Tokens::of_browser(&world, &office, MAPLE.0).await,
        Tokens::of_browser(&world, &held, MAPLE.0).await,
    ];
    phone.reopen(&world.phone).await;
    let elsewhere = Tokens::of_browser(&world, &office, BIRCH.0).await;
    frank.turn_to(&at_maple).await;
    assert_caregiver_at(&frank, MAPLE).await;
    for token in tokens.iter().chain([&elsewhere]) {
        assert_eq!(token.user_info().await, 200);
    }

    let deactivated = Instant::now();
    for person in ["1001", FRANK.reference] {
        world.rig.deactivate(person).await;
    }
    for token in &tokens {
        assert_eq!(token.user_info().await, 401, "at once");
        let (status, refused) = token.refresh().await;
        assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")), "at once");
    }
    all_three_close((&frank, &phone, &mut window), deactivated).await;
    window.screenshot("story-ended").await;
    frank.photograph("ended").await;
    held.photograph("ended").await;

    // What another agency gave is nobody else's to take.
    assert_eq!((elsewhere.user_info().await, elsewhere.refresh().await.0), (200, 200));
    frank.turn_to(&at_birch).await;
    frank.open(&world.birch.address()).await;
    assert_caregiver_at(&frank, BIRCH).await;

    for walker in [office, frank, held] {
        walker.browser.close().await;
    }
    window.close().await;
    world.end().await;
}
