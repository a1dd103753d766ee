//! `oidc-client-ts` from npm, in a real browser: an application without a server (`oidc-client-ts.html`), on another
//! origin than the provider, so that every request it makes of the provider is one that CORS has to let through.

use serde_json::{Value, json};

use super::provider;
use super::registration::Registration;
use crate::browser::chromium::Chromium;
use crate::browser::walker::{Hand, Walker};
use crate::support::process::{Running, eventually, free_port, is_listening};
use crate::support::rig::{PASSWORD, Rig, USER_NAME};

const PAGE: &str = "oidc-client-ts.html";
const HEADING: &str = "A browser application";

/// The application, open in a browser.
struct Application {
    walker: Walker,
    port: u16,
    files: Running,
}

impl Application {
    async fn open() -> Self {
        let port = free_port();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/interop");
        let arguments =
            ["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1", "--directory", folder];
        let mut files = Running::start("python3".into(), &arguments);
        files.until("serving the application", async || is_listening(port)).await;
        Self { walker: Walker::new(Chromium::open().await, Hand::Mouse, None), port, files }
    }

    /// Its one page, as a site of this name serves it.
    fn page(&self, host: &str) -> String {
        format!("http://{host}:{}/{PAGE}", self.port)
    }

    fn registration(&self) -> Registration {
        let registration = Registration::portal().public().with("client_id", "browser.99999");
        let page = self.page("127.0.0.1");
        let registration = registration.with("redirect_uris", vec![page.clone()]);
        registration.with("post_logout_redirect_uris", vec![page]).with("first_party", false)
    }

    /// What the library is told.
    fn settings(&self, rig: &Rig) -> Value {
        let page = self.page("127.0.0.1");
        json!({
            "authority": rig.address(),
            "client_id": "browser.99999",
            "redirect_uri": page,
            "post_logout_redirect_uri": page,
            "scope": "openid profile email company",
            "loadUserInfo": true,
            "automaticSilentRenew": false,
        })
    }

    /// Calls one function of the page; what the library answers, or why it refuses.
    async fn ask(&self, function: &str, told: Value) -> Result<Value, String> {
        let call = "const [name, told, done] = arguments;
            (async () => application[name](told))().then(
                (answer) => done({ Ok: answer ?? null }),
                (error) => done({ Err: error.error ?? String(error) }),
            );";
        let answer = self.walker.browser.driver.execute_async(call, vec![function.into(), told]).await;
        let answer = answer.unwrap_or_else(|error| panic!("{function}: {error}"));
        answer.convert().expect("an answer or a refusal")
    }

    async fn done(&self, function: &str) -> Value {
        self.ask(function, Value::Null).await.unwrap_or_else(|refusal| panic!("{function}: {refusal}"))
    }

    /// Starts what leads away from the page.
    async fn depart(&self, function: &str) {
        let call = "application[arguments[0]]();";
        self.walker.browser.driver.execute(call, vec![function.into()]).await.expect("a departure");
    }

    /// Waits until the browser is back from the provider, with this in the address.
    async fn returned(&self, with: &str) {
        let page = self.page("127.0.0.1");
        eventually("the way back", async || {
            let here = self.walker.browser.driver.current_url().await.ok()?;
            (here.as_str().starts_with(&page) && here.query()?.contains(with)).then_some(())
        })
        .await;
        self.walker.arrive(HEADING).await;
    }

    async fn close(self) {
        self.walker.browser.close().await;
        drop(self.files);
    }
}

#[tokio::test]
async fn oidc_client_ts_walks_the_whole_way_in_a_browser_of_another_origin() {
    let application = Application::open().await;
    let walker = &application.walker;
    let (rig, server) = provider(&[&application.registration()]).await;
    walker.open(&application.page("127.0.0.1")).await;
    application.ask("configure", application.settings(&rig)).await.expect("settings");
    walker.open(&application.page("127.0.0.1")).await;

    application.depart("signIn").await;
    walker.arrive("Log In").await;
    walker.write("#username", USER_NAME).await;
    walker.write("#password", PASSWORD).await;
    walker.press("#login-submit").await;
    walker.press("#consent-allow").await;
    application.returned("code=").await;
    let arrived = application.done("arrive").await;
    assert_eq!(arrived["profile"]["email"], USER_NAME, "UserInfo is merged into the profile");
    assert_eq!(arrived["profile"]["company_code"], "99999");

    let refreshed = application.done("refresh").await;
    assert_eq!(refreshed["profile"]["sub"], arrived["profile"]["sub"]);
    assert_ne!(refreshed["refresh_token"], arrived["refresh_token"]);
    let renewed = application.done("renewInAFrame").await;
    assert_eq!(renewed["profile"]["sub"], arrived["profile"]["sub"]);

    application.done("revoke").await;
    application.depart("signOut").await;
    application.returned("state=").await;
    assert_eq!(application.done("leave").await, "the way on", "the state that the library sent");
    let refused = application.ask("renewInAFrame", Value::Null).await;
    assert_eq!(refused, Err("login_required".to_owned()), "signed out at the provider too");
    walker.assert_clean_console().await;
    application.close().await;
    server.stop().await;
}

/// CORS is for the origins of registered redirect URIs (protocol page, "Discovery").
#[tokio::test]
async fn a_page_of_another_origin_cannot_revoke() {
    let application = Application::open().await;
    let (rig, server) = provider(&[&application.registration()]).await;
    application.walker.open(&application.page("localhost")).await;
    let refused = application.ask("revokeAsAStranger", application.settings(&rig)).await;
    assert!(refused.as_ref().is_err_and(|refusal| refusal.contains("Failed to fetch")), "{refused:?}");
    application.close().await;
    server.stop().await;
}
