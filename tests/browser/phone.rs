//! The sample phone app (`examples/mobile`; R63, R64) in a browser of the size of a phone, against the real server: the
//! whole of a caregiver's way through it, and everything that keeps them from going it.

use std::time::{Duration, Instant};

use serde_json::Value;
use url::Url;
use url::form_urlencoded::parse;

use super::chromium::Chromium;
use super::walker::{Hand, Walker};
use crate::support::phone::{Caregiver, DOOR, Phone};
use crate::support::process::{Running, eventually};
use crate::support::rig::{PASSWORD, Rig, USER_NAME, http};

const CLIENT: &str = "mobile";
const MAPLE: &str = "Maple Home Care";
const BIRCH: &str = "Birch Home Care";
const FRANK: (&str, &str) = (USER_NAME, PASSWORD);
/// Has not chosen her security questions yet.
const ROSE: (&str, &str) = ("rose.miller@example.com", "seven winter candle boats");
const NOT_LOGGED_IN: &str = "You are not logged in";

/// Frank works for two agencies; the operator's app serves all of them.
fn seed(phone: &Phone) -> String {
    format!(
        "{}
        [[account.membership]]
        company = \"22222\"
        person_ref = \"B-7\"
        member_type = \"caregiver\"
        security_role = \"none\"

        [[account]]
        user_name = \"{}\"
        password = \"{}\"
        profile = {{ given_name = \"Rose\", family_name = \"Miller\" }}
        [[account.membership]]
        company = \"99999\"
        person_ref = \"4712\"
        member_type = \"caregiver\"
        security_role = \"none\"

        [[company]]
        code = \"22222\"
        name = \"{BIRCH}\"

        [[client]]
        client_id = \"{CLIENT}\"
        client_name = \"Care Mobile\"
        token_endpoint_auth_method = \"none\"
        grant_types = [\"authorization_code\", \"refresh_token\"]
        redirect_uris = [\"http://127.0.0.1/callback\", \"com.example.care:/callback\"]
        post_logout_redirect_uris = [\"{}/signed-out\"]
        scope = \"openid profile email company companies offline_access\"
        may_switch_company = true
        ",
        idp::seed_file::EXAMPLE,
        ROSE.0,
        ROSE.1,
        phone.address()
    )
}

/// A provider, the app, and a phone in somebody's hand.
struct Scene {
    rig: Rig,
    phone: Phone,
    server: Running,
    walker: Walker,
}

impl Scene {
    async fn open(gallery: Option<&str>, prepare: impl FnOnce(&mut Rig)) -> Self {
        let mut rig = Rig::new();
        prepare(&mut rig);
        let phone = Phone::serve(&rig.address(), CLIENT).await;
        rig.seed_with(&seed(&phone));
        let server = rig.serve().await;
        let walker = Walker::new(Chromium::open_with_history().await, Hand::Mouse, gallery);
        walker.browser.hold_as_a_phone().await;
        Self { rig, phone, server, walker }
    }

    fn caregiver(&self) -> Caregiver<'_> {
        Caregiver { walker: &self.walker }
    }

    async fn close(self) {
        self.walker.assert_clean_console().await;
        self.walker.browser.close().await;
        self.phone.stop().await;
        self.server.stop().await;
    }

    /// Runs a line of script in the page.
    async fn run(&self, script: &str) -> Value {
        let answer = self.walker.browser.driver.execute(script, vec![]).await.expect("a script");
        answer.json().clone()
    }

    /// The app asks now what it otherwise asks within thirty seconds.
    async fn ask_now(&self) {
        self.run("dispatchEvent(new Event('online'))").await;
    }

    /// The next form that the app sends to this endpoint.
    async fn form_to(&self, endpoint: &str) -> Vec<(String, String)> {
        let address = format!("{}{endpoint}", self.rig.address());
        let what = format!("a form to {endpoint}");
        let sent = eventually(&what, async || {
            let sent = self.walker.browser.posted().await;
            sent.into_iter().find(|(to, _)| *to == address)
        });
        let (_, form) = sent.await;
        parse(form.as_bytes()).into_owned().collect()
    }

    /// Whether the app went to the token endpoint since the last look.
    async fn has_redeemed(&self) -> bool {
        let address = format!("{}/token", self.rig.address());
        self.walker.browser.posted().await.iter().any(|(to, _)| *to == address)
    }

    /// What a stranger gets for this refresh token.
    async fn refresh(&self, token: &str) -> (u16, Value) {
        let form = [("grant_type", "refresh_token"), ("client_id", CLIENT), ("refresh_token", token)];
        let request = http().post(format!("{}/token", self.rig.address())).form(&form);
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }
}

fn of<'a>(form: &'a [(String, String)], name: &str) -> &'a str {
    form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}

/// Nothing sticks out at the side, also with letters of twice the size (WCAG 2.2 section 1.4.4).
async fn assert_grows_with_the_letters(scene: &Scene) {
    let wide = scene
        .run(
            "const root = document.documentElement; root.style.fontSize = '212%';
             const wide = document.scrollingElement.scrollWidth - innerWidth; root.style.fontSize = '';
             return wide;",
        )
        .await;
    assert_eq!(wide, 0, "pixels at the side");
}

/// R4, R63: one log-in, two agencies, and nothing is typed twice.
#[tokio::test]
async fn a_caregiver_goes_through_the_day_on_the_phone() {
    let scene = Scene::open(Some("phone"), |_| ()).await;
    let (walker, frank) = (&scene.walker, scene.caregiver());
    frank.open(&scene.phone).await;
    walker.photograph("door").await;
    assert_grows_with_the_letters(&scene).await;
    walker.write("#company", "99999").await;
    // Of two taps one counts.
    walker.press_twice("#log-in").await;
    walker.log_in(USER_NAME, PASSWORD).await;
    frank.see_the_day().await;
    assert_eq!((frank.greeting().await, frank.agency().await), ("Hello, Frank".into(), MAPLE.into()));
    let here = walker.browser.driver.current_url().await.expect("an address");
    assert_eq!(here.as_str(), format!("{}/", scene.phone.address()), "no code stays in the address");
    walker.photograph("day").await;
    assert_grows_with_the_letters(&scene).await;

    walker.press("#tab-account").await;
    walker.arrive("Your account").await;
    assert_eq!(walker.text("#user-name").await.as_deref(), Some(USER_NAME));
    walker.photograph("account").await;
    assert_grows_with_the_letters(&scene).await;
    walker.browser.driver.back().await.expect("a screen before");
    frank.see_the_day().await;

    walker.browser.posted().await;
    frank.go_on_at(BIRCH).await;
    walker.photograph("another-agency").await;
    let switch = scene.form_to("/token").await;
    assert_eq!(of(&switch, "grant_type"), "refresh_token");
    assert!(of(&switch, "company").starts_with("cmp_"), "{switch:?}");
    frank.go_on_at(MAPLE).await;
    let back = scene.form_to("/token").await;
    assert_eq!(
        (of(&back, "grant_type"), of(&back, "company")),
        ("refresh_token", ""),
        "the family of the first agency was kept"
    );
    frank.log_out().await;
    walker.photograph("logged-out").await;
    walker.press("#log-in").await;
    walker.arrive("Log In").await;
    scene.close().await;
}

/// Tokens are in memory: a reload gives them back and logs in by single sign-on.
#[tokio::test]
async fn a_reload_asks_for_no_password_and_leaves_no_token_behind() {
    let scene = Scene::open(None, |rig| rig.set("tokens.access_token", "1 min")).await;
    let (walker, frank) = (&scene.walker, scene.caregiver());
    frank.log_in(&scene.phone, "22222", FRANK).await;
    scene.walker.browser.posted().await;
    scene.ask_now().await;
    let refreshed = scene.form_to("/token").await;
    assert_eq!(of(&refreshed, "grant_type"), "refresh_token", "what is about to run out is renewed");

    walker.browser.driver.refresh().await.expect("the same page");
    frank.see_the_day().await;
    assert_eq!(frank.agency().await, BIRCH);
    let stored = scene.run("return JSON.stringify([{...localStorage}, {...sessionStorage}])").await;
    assert_eq!(stored, r#"[{"company-code":"22222"},{"open-agency":"22222"}]"#, "and nothing else");
    let (status, refused) = scene.refresh(of(&refreshed, "refresh_token")).await;
    assert_eq!((status, &refused["error"]), (400, &Value::from("invalid_grant")));
    scene.close().await;
}

/// Both agencies' families end, and so does the browser's session: the next person is asked who they are.
#[tokio::test]
async fn a_log_out_revokes_the_refresh_tokens_of_every_agency() {
    let scene = Scene::open(None, |_| ()).await;
    let (walker, frank) = (&scene.walker, scene.caregiver());
    frank.log_in(&scene.phone, "99999", FRANK).await;
    frank.go_on_at(BIRCH).await;
    walker.browser.posted().await;
    frank.log_out().await;
    let revoked = walker.browser.posted().await.into_iter().filter(|(to, _)| to.ends_with("/revoke"));
    let tokens: Vec<String> = revoked
        .map(|(_, form)| of(&parse(form.as_bytes()).into_owned().collect::<Vec<_>>(), "token").to_owned())
        .collect();
    assert_eq!(tokens.len(), 2, "one for each agency");
    for token in &tokens {
        let (status, refused) = scene.refresh(token).await;
        assert_eq!((status, &refused["error"]), (400, &Value::from("invalid_grant")));
    }
    assert_eq!(scene.run("return sessionStorage.length").await, 0);
    walker.press("#log-in").await;
    walker.arrive("Log In").await;
    scene.close().await;
}

/// Each tab has tokens of its own; whoever logs out in one means all of them.
#[tokio::test]
async fn a_log_out_in_one_tab_closes_the_others() {
    let scene = Scene::open(None, |_| ()).await;
    let (walker, frank) = (&scene.walker, scene.caregiver());
    frank.log_in(&scene.phone, "99999", FRANK).await;
    let first = walker.new_tab().await;
    frank.open(&scene.phone).await;
    walker.press("#log-in").await;
    frank.see_the_day().await;
    frank.log_out().await;
    walker.turn_to(&first).await;
    walker.arrive("You are logged out").await;
    assert_eq!(scene.run("return sessionStorage.length").await, 0);
    walker.press("#log-in").await;
    walker.arrive("Log In").await;
    scene.close().await;
}

/// `rules.md` section 5: within sixty seconds, with nobody touching the phone; the other agency stays open to them.
#[tokio::test]
async fn a_deactivation_closes_the_app() {
    let scene = Scene::open(Some("phone-ended"), |_| ()).await;
    let (walker, frank) = (&scene.walker, scene.caregiver());
    frank.log_in(&scene.phone, "99999", FRANK).await;
    scene.rig.deactivate("4711").await;
    let begun = Instant::now();
    frank.is_shown_out(MAPLE).await;
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    walker.photograph("ended").await;
    walker.press("#log-in").await;
    frank.see_the_day().await;
    assert_eq!(frank.agency().await, BIRCH, "by single sign-on");
    scene.close().await;
}

/// An agency that closed its door while it still stood in the list.
#[tokio::test]
async fn an_agency_that_is_gone_is_not_opened() {
    let scene = Scene::open(Some("phone-refused"), |_| ()).await;
    let (walker, frank) = (&scene.walker, scene.caregiver());
    frank.log_in(&scene.phone, "22222", FRANK).await;
    walker.press("#tab-account").await;
    walker.arrive("Your account").await;
    scene.rig.deactivate("4711").await;
    frank.press_agency(MAPLE).await;
    let problem = eventually("a sentence", async || walker.text("#problem").await).await;
    assert!(problem.starts_with("Maple Home Care did not open."), "{problem}");
    walker.photograph("not-opened").await;
    assert_eq!(frank.agency().await, BIRCH, "where Frank still is");
    scene.close().await;
}

/// Whoever changes their mind, at the log-in page or behind it, is not left standing there.
#[tokio::test]
async fn a_log_in_that_is_cancelled_has_a_way_on() {
    let scene = Scene::open(Some("phone-cancelled"), |_| ()).await;
    let (walker, rose) = (&scene.walker, scene.caregiver());
    rose.open(&scene.phone).await;
    walker.press("#log-in").await;
    walker.arrive("Log In").await;
    walker.browser.driver.back().await.expect("the app");
    eventually("the door", async || {
        let title = walker.text("h1").await?;
        [DOOR, NOT_LOGGED_IN].contains(&title.as_str()).then_some(())
    })
    .await;

    walker.press("#log-in").await;
    walker.log_in(ROSE.0, ROSE.1).await;
    walker.arrive("Security Questions").await;
    walker.press("#questions-cancel").await;
    walker.arrive(NOT_LOGGED_IN).await;
    assert_eq!(scene.run("return sessionStorage.length").await, 0, "nothing of either log-in stays");
    walker.photograph("cancelled").await;
    walker.press("#log-in").await;
    eventually("the provider", async || {
        walker
            .browser
            .driver
            .current_url()
            .await
            .ok()
            .filter(|here| here.as_str().starts_with(&scene.rig.address()))
    })
    .await;
    scene.close().await;
}

/// An answer of another log-in (RFC 9700 section 4.7.1) or of another issuer (RFC 9207 section 2.4) is none; the one that
/// was asked for still counts.
#[tokio::test]
async fn an_answer_that_was_not_asked_for_is_refused() {
    let scene = Scene::open(Some("phone-foreign-answer"), |_| ()).await;
    let (walker, frank) = (&scene.walker, scene.caregiver());
    frank.open(&scene.phone).await;
    walker.press("#log-in").await;
    walker.arrive("Log In").await;
    let asked = walker.browser.destinations().await.into_iter().find(|to| to.contains("/authorize?"));
    let asked = Url::parse(&asked.expect("an authorization request")).expect("an address");
    let state = asked.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    let issuer = scene.rig.address();
    for (state, iss) in [
        ("another", Some(issuer.as_str())),
        ("", Some(issuer.as_str())),
        (state.as_str(), Some("https://evil.example")),
        (state.as_str(), Some(&*format!("{issuer}/"))),
        (state.as_str(), None),
    ] {
        let query = [Some(("code", "planted")), Some(("state", state)), iss.map(|iss| ("iss", iss))];
        let callback = format!("{}/callback", scene.phone.address());
        let callback = Url::parse_with_params(&callback, query.into_iter().flatten()).expect("an address");
        walker.open(callback.as_str()).await;
        walker.arrive("That log-in did not work").await;
        assert!(!scene.has_redeemed().await, "no code is redeemed: {callback}");
    }
    walker.photograph("refused").await;
    frank.log_in(&scene.phone, "99999", FRANK).await;
    scene.close().await;
}

/// Nobody is logged out for a tunnel; after an hour nobody knows any more who holds the phone.
#[tokio::test]
async fn without_a_network_the_app_waits_and_after_an_hour_it_closes() {
    let scene = Scene::open(Some("phone-offline"), |_| ()).await;
    let (walker, frank) = (&scene.walker, scene.caregiver());
    frank.log_in(&scene.phone, "99999", FRANK).await;
    let banner = async || walker.text("#banner").await.unwrap_or_default();
    walker.browser.be_online(false).await;
    eventually("a word about it", async || banner().await.starts_with("No connection.").then_some(())).await;
    walker.photograph("offline").await;
    walker.browser.be_online(true).await;
    eventually("the connection", async || banner().await.is_empty().then_some(())).await;
    frank.see_the_day().await;

    walker.browser.be_online(false).await;
    scene.run("const now = Date.now; Date.now = () => now() + 3_700_000").await;
    scene.ask_now().await;
    walker.arrive("Please log in again").await;
    walker.photograph("away").await;
    walker.press("#log-in").await;
    walker.arrive("No connection").await;
    walker.photograph("no-connection").await;
    walker.browser.be_online(true).await;
    walker.press("#log-in").await;
    frank.see_the_day().await;
    scene.close().await;
}

/// A page that holds tokens runs its own script and speaks to the provider, and nothing else.
#[tokio::test]
async fn the_app_is_served_with_a_strict_policy() {
    let phone = Phone::serve("http://127.0.0.1:8080", CLIENT).await;
    let answer = http().get(format!("{}//", phone.address())).send().await.expect("an answer");
    assert_eq!(answer.status(), 400, "what is no address does not end the server");
    for path in ["/", "/callback", "/account", "/main.js", "/nothing.js"] {
        let answer = http().get(format!("{}{path}", phone.address())).send().await.expect("an answer");
        let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(policy.contains("connect-src 'self' http://127.0.0.1:8080;"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
        assert_eq!(answer.status(), if path == "/nothing.js" { 404 } else { 200 });
    }
    phone.stop().await;
}
