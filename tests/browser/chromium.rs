//! Headless Chromium with an empty profile, driven through chromedriver. Both end with the test.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::cdp::Cdp;
use thirtyfour::{ChromiumLikeCapabilities as _, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};

use crate::support::process::{Running, free_port};
use crate::support::rig::http;

/// The flags of every profile: no sandbox, because tests run as root; no word to anybody outside.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=PasswordLeakDetection,PasswordManagerOnboarding",
    "--lang=en-CA",
    "--window-size=1200,900",
];

/// Chromedriver's names for what pages say and for what they ask the network for.
const CONSOLE: &str = "browser";
const NETWORK: &str = "performance";

/// How a page is looked at: a screen, and the colours that the person asked their system for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guise {
    /// In CSS pixels.
    pub(crate) width: u32,
    /// `light` or `dark`.
    pub(crate) scheme: &'static str,
}

const PHONE: u32 = 360;
const DESKTOP: u32 = 1200;

impl Guise {
    pub(crate) const ALL: [Self; 4] = [
        Self { width: PHONE, scheme: "light" },
        Self { width: PHONE, scheme: "dark" },
        Self { width: DESKTOP, scheme: "light" },
        Self { width: DESKTOP, scheme: "dark" },
    ];
}

/// A browser that nobody used before.
pub(crate) struct Chromium {
    pub(crate) driver: WebDriver,
    /// Whether pages may run scripts.
    javascript: AtomicBool,
    /// Whether its screen is that of a phone.
    held: AtomicBool,
    profile: TempDir,
    _server: Running,
}

impl Chromium {
    pub(crate) async fn open() -> Self {
        Self::of(empty_profile(), &[CONSOLE]).await
    }

    /// The same, which also remembers where it was sent.
    pub(crate) async fn open_with_history() -> Self {
        Self::of(empty_profile(), &[CONSOLE, NETWORK]).await
    }

    /// Ends the browser and starts it again, as a person does who closes all its windows.
    pub(crate) async fn restart(self) -> Self {
        self.driver.quit().await.expect("the browser closes");
        let again = Self::of(self.profile, &[CONSOLE]).await;
        if !self.javascript.into_inner() {
            again.without_javascript().await;
        }
        again
    }

    async fn of(profile: TempDir, logs: &[&str]) -> Self {
        let port = free_port();
        let mut server = Running::start("/usr/bin/chromedriver".into(), &[&format!("--port={port}")]);
        let address = format!("http://127.0.0.1:{port}");
        let status = format!("{address}/status");
        server.until("listening", async || http().get(&status).send().await.is_ok()).await;

        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(&launcher(profile.path())).expect("a capability");
        for flag in FLAGS {
            wanted.add_arg(flag).expect("a capability");
        }
        wanted
            .add_arg(&format!("--user-data-dir={}", profile.path().join("profile").display()))
            .expect("a capability");
        for log in logs {
            wanted.set_logging_prefs(*log, LoggingPrefsLogLevel::All).expect("a capability");
        }
        let driver = WebDriver::new(&address, wanted).await;
        let driver =
            driver.unwrap_or_else(|error| panic!("Chromium does not start: {error}\n{}", server.said()));
        Self {
            driver,
            javascript: AtomicBool::new(true),
            held: AtomicBool::new(false),
            profile,
            _server: server,
        }
    }

    /// A command of the Chrome DevTools Protocol.
    pub(crate) async fn tell(&self, method: &str, params: Value) -> Value {
        let cdp = Cdp::new(self.driver.handle().clone());
        cdp.send_raw(method, params).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    pub(crate) async fn without_javascript(&self) {
        self.javascript.store(false, Ordering::Relaxed);
        self.run_scripts(false).await;
    }

    async fn run_scripts(&self, wanted: bool) {
        self.tell("Emulation.setScriptExecutionDisabled", json!({"value": !wanted})).await;
    }

    /// Runs scripts of ours in the page. Those of the page itself stay unread where they were so before.
    pub(crate) async fn with_javascript<T>(&self, work: impl Future<Output = T>) -> T {
        let javascript = self.javascript.load(Ordering::Relaxed);
        if javascript {
            return work.await;
        }
        self.run_scripts(true).await;
        let done = work.await;
        self.run_scripts(false).await;
        done
    }

    /// Shows the page as this screen does, and without motion: what is half way there has other colours.
    pub(crate) async fn dress(&self, Guise { width, scheme }: Guise) {
        let size = json!({"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": width == PHONE});
        self.tell("Emulation.setDeviceMetricsOverride", size).await;
        let features = [("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")];
        let features = features.map(|(name, value)| json!({"name": name, "value": value}));
        self.tell("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// From here on its screen is that of a phone.
    pub(crate) async fn hold_as_a_phone(&self) {
        self.held.store(true, Ordering::Relaxed);
        self.undress().await;
    }

    /// As it was before [`Self::dress`].
    pub(crate) async fn undress(&self) {
        if self.held.load(Ordering::Relaxed) {
            let size = json!({"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true});
            self.tell("Emulation.setDeviceMetricsOverride", size).await;
        } else {
            self.tell("Emulation.clearDeviceMetricsOverride", json!({})).await;
        }
        self.tell("Emulation.setEmulatedMedia", json!({"features": []})).await;
    }

    /// What a person would see in the browser's console since the last look.
    pub(crate) async fn console(&self) -> Vec<String> {
        let entries = self.driver.browser_log().await.expect("the browser's log");
        entries.into_iter().map(|entry| entry.message).collect()
    }

    /// The addresses it set out for since the last look, redirects and what is no page included.
    pub(crate) async fn destinations(&self) -> Vec<String> {
        let requests = self.requests().await;
        requests.iter().filter_map(|params| params["documentURL"].as_str().map(str::to_owned)).collect()
    }

    /// The forms that were sent since the last look, in order: where to, and what.
    pub(crate) async fn posted(&self) -> Vec<(String, String)> {
        let form = |params: &Value| {
            let request = &params["request"];
            Some((request["url"].as_str()?.to_owned(), request["postData"].as_str()?.to_owned()))
        };
        self.requests().await.iter().filter_map(form).collect()
    }

    /// What the DevTools tell of each request since the last look; only of a browser with a history.
    async fn requests(&self) -> Vec<Value> {
        let entries = self.driver.get_log(NETWORK).await.expect("the browser's log");
        let events = entries.iter().filter_map(|entry| serde_json::from_str::<Value>(&entry.message).ok());
        let events = events.map(|mut event| event["message"].take());
        let sent = events.filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.map(|mut event| event["params"].take()).collect()
    }

    /// Takes the network away, or gives it back.
    pub(crate) async fn be_online(&self, online: bool) {
        let network =
            json!({"offline": !online, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.tell("Network.enable", json!({})).await;
        self.tell("Network.emulateNetworkConditions", network).await;
    }

    pub(crate) async fn close(self) {
        self.driver.quit().await.expect("the browser closes");
        drop(self.profile);
    }
}

fn empty_profile() -> TempDir {
    TempDir::with_prefix("idp-chromium-").expect("a temporary folder")
}

/// A program that starts Chromium so that it ends with chromedriver, even when that is killed.
fn launcher(folder: &Path) -> String {
    let path = folder.join("chromium");
    std::fs::write(&path, "#!/bin/sh\nexec /usr/bin/setpriv --pdeathsig KILL -- /usr/bin/chromium \"$@\"\n")
        .expect("the folder is writable");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
    path.display().to_string()
}
