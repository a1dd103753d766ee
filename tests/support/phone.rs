//! The sample phone app of `examples/mobile`: its server, and a caregiver who holds the phone.

use std::path::Path;

use thirtyfour::By;

use super::process::{Running, eventually, free_port, is_listening};
use crate::browser::walker::Walker;

/// What the app says when nobody was logged in before.
pub(crate) const DOOR: &str = "Log in to see your day";

/// The app, served on a port of its own.
pub(crate) struct Phone {
    port: u16,
    running: Running,
}

impl Phone {
    /// Builds the app for this provider and this client, and serves it. The provider may start later.
    pub(crate) async fn serve(issuer: &str, client_id: &str) -> Self {
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").join("examples/mobile");
        assert!(
            folder.join("node_modules").is_dir(),
            "the app's libraries are missing: run `make test-build`"
        );
        let port = free_port();
        let settings = [
            format!("MOBILE_ISSUER={issuer}"),
            format!("MOBILE_CLIENT_ID={client_id}"),
            format!("MOBILE_PORT={port}"),
        ];
        let program = folder.join("serve.mjs").display().to_string();
        let arguments = [&settings[0], &settings[1], &settings[2], "node", &program];
        let mut running = Running::start("/usr/bin/env".into(), &arguments);
        running.until("serving the phone app", async || is_listening(port)).await;
        Self { port, running }
    }

    /// Without a slash at the end. Where people come back to is `/callback` below it, and `/signed-out`.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }
}

/// Somebody with a phone in their hand.
pub(crate) struct Caregiver<'a> {
    pub(crate) walker: &'a Walker,
}

impl<'a> Caregiver<'a> {
    /// Takes a browser of the size of a phone.
    pub(crate) async fn holding(walker: &'a Walker) -> Self {
        walker.browser.hold_as_a_phone().await;
        Self { walker }
    }

    /// Opens the app, where nobody is logged in.
    pub(crate) async fn open(&self, phone: &Phone) {
        self.walker.open(&format!("{}/", phone.address())).await;
        self.walker.arrive(DOOR).await;
    }

    /// Opens the app and logs in, with a company code in the app and a password on the provider's page, up to the day.
    pub(crate) async fn log_in(&self, phone: &Phone, company: &str, (user_name, password): (&str, &str)) {
        self.open(phone).await;
        self.walker.write("#company", company).await;
        self.walker.press("#log-in").await;
        self.walker.log_in(user_name, password).await;
        self.see_the_day().await;
    }

    /// Opens the app again, as somebody does who put the phone away; nobody types anything.
    pub(crate) async fn reopen(&self, phone: &Phone) {
        self.walker.open(&format!("{}/", phone.address())).await;
        self.see_the_day().await;
    }

    /// Waits for the visits.
    pub(crate) async fn see_the_day(&self) {
        eventually("the caregiver's day", async || self.walker.text("ol.visits").await).await;
    }

    /// "Hello, …".
    pub(crate) async fn greeting(&self) -> String {
        eventually("a greeting", async || {
            self.walker.text("h1").await.filter(|text| text.starts_with("Hello"))
        })
        .await
    }

    /// The name of the agency that is open.
    pub(crate) async fn agency(&self) -> String {
        eventually("the agency", async || self.walker.text("#agency").await).await
    }

    /// Goes on at another agency, by its name, and types nothing for it.
    pub(crate) async fn go_on_at(&self, agency: &str) {
        self.walker.press("#tab-account").await;
        self.walker.arrive("Your account").await;
        self.press_agency(agency).await;
        eventually(&format!("the day at {agency}"), async || {
            let there = self.walker.text("#agency").await.as_deref() == Some(agency);
            (there && self.walker.text("ol.visits").await.is_some()).then_some(())
        })
        .await;
    }

    /// The button with this agency's name in the list of those that are open to the person.
    pub(crate) async fn press_agency(&self, agency: &str) {
        let button = format!("//button[contains(@class, 'agency')][contains(., '{agency}')]");
        let button =
            eventually(agency, async || self.walker.browser.driver.find(By::XPath(&*button)).await.ok());
        button.await.click().await.expect("a button");
    }

    /// Waits until the app has closed because this agency lets the person in no more.
    pub(crate) async fn is_shown_out(&self, agency: &str) {
        self.walker.arrive(&format!("Your access to {agency} has ended")).await;
    }

    /// Logs out, here and at the provider.
    pub(crate) async fn log_out(&self) {
        self.walker.press("#tab-account").await;
        self.walker.press("#log-out").await;
        self.walker.arrive("You are logged out").await;
    }
}
