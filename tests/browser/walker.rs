//! Somebody who walks through pages with a mouse or with a keyboard only, and photographs them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use thirtyfour::error::WebDriverResult;
use thirtyfour::{By, Key, WebElement, WindowHandle};

use super::chromium::{Chromium, Guise};
use super::inspection;
use crate::support::process::eventually;

/// So many Tabs bring nobody anywhere.
const TABS: usize = 60;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hand {
    Mouse,
    Keyboard,
}

pub(crate) struct Walker {
    pub(crate) browser: Chromium,
    hand: Hand,
    /// Where the photographs go; none are taken without it.
    gallery: Option<PathBuf>,
    photographs: AtomicU32,
}

impl Walker {
    pub(crate) fn new(browser: Chromium, hand: Hand, gallery: Option<&str>) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        let gallery = gallery.map(|name| root.join("target/screenshots").join(name));
        if let Some(folder) = &gallery {
            let _ = std::fs::remove_dir_all(folder);
            std::fs::create_dir_all(folder).expect("target is writable");
        }
        Self { browser, hand, gallery, photographs: AtomicU32::new(1) }
    }

    /// Somebody with a mouse whose browser runs no script.
    pub(crate) async fn without_javascript(gallery: &str) -> Self {
        let browser = Chromium::open().await;
        browser.without_javascript().await;
        Self::new(browser, Hand::Mouse, Some(gallery))
    }

    /// The same person, whose browser was closed and started again.
    pub(crate) async fn restart(self) -> Self {
        Self { browser: self.browser.restart().await, ..self }
    }

    /// Goes on in a new tab. Returns the one that was left.
    pub(crate) async fn new_tab(&self) -> WindowHandle {
        let driver = &self.browser.driver;
        let left = driver.window().await.expect("a window");
        let tab = driver.new_tab().await.expect("a tab");
        self.turn_to(&tab).await;
        left
    }

    pub(crate) async fn turn_to(&self, tab: &WindowHandle) {
        self.browser.driver.switch_to_window(tab.clone()).await.expect("a tab");
    }

    pub(crate) async fn open(&self, address: &str) {
        self.browser.driver.goto(address).await.expect("the page opens");
    }

    /// Waits for the page with this heading.
    pub(crate) async fn arrive(&self, heading: &str) {
        eventually(&format!("the page {heading:?}"), async || {
            (self.text("h1").await.as_deref() == Some(heading)).then_some(())
        })
        .await;
    }

    /// What an element says; `None` where there is none.
    pub(crate) async fn text(&self, css: &str) -> Option<String> {
        self.find(css).await.ok()?.text().await.ok()
    }

    pub(crate) async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.find(css).await.ok()?.attr(name).await.ok()?
    }

    /// The present value of a field.
    pub(crate) async fn value(&self, css: &str) -> Option<String> {
        self.find(css).await.ok()?.prop("value").await.ok()?
    }

    pub(crate) async fn has_focus(&self, css: &str) -> bool {
        let Ok(active) = self.browser.driver.active_element().await else { return false };
        self.find(css).await.is_ok_and(|element| element.element_id() == active.element_id())
    }

    async fn find(&self, css: &str) -> WebDriverResult<WebElement> {
        self.browser.driver.find(By::Css(css)).await
    }

    async fn there(&self, css: &str) -> WebElement {
        eventually(css, async || self.find(css).await.ok()).await
    }

    /// A button or a link.
    pub(crate) async fn press(&self, css: &str) {
        match self.hand {
            Hand::Mouse => {
                self.there(css).await.click().await.unwrap_or_else(|error| panic!("{css}: {error}"))
            }
            Hand::Keyboard => {
                self.tab_to(css).await;
                self.enter().await;
            }
        }
    }

    /// A button, pressed again before the answer to the first press is there.
    pub(crate) async fn press_twice(&self, css: &str) {
        let button = self.there(css).await;
        let clicks = self.browser.driver.action_chain().double_click_element(&button);
        clicks.perform().await.expect("a mouse");
    }

    /// A button that brings another page, perhaps one with the same heading, and that page.
    pub(crate) async fn submit(&self, css: &str) {
        let page = async || self.find("html").await.ok().map(|page| page.element_id());
        let before = page().await;
        self.press(css).await;
        eventually("another page", async || page().await.filter(|now| Some(now) != before.as_ref())).await;
    }

    /// The log-in page as it is filled in and sent.
    pub(crate) async fn log_in(&self, user_name: &str, password: &str) {
        self.arrive("Log In").await;
        self.write("#username", user_name).await;
        self.write("#password", password).await;
        self.submit("#login-submit").await;
    }

    /// What a person is told is wrong with what they sent: a summary on top, which takes the focus.
    pub(crate) async fn problem(&self, photograph: &str) -> String {
        let problem = eventually("the summary", async || self.text("#problem").await).await;
        assert!(self.has_focus("#problem").await, "the summary takes the focus");
        self.photograph(photograph).await;
        problem
    }

    /// Presses until the page with this heading is there: a list may have grown under the hand.
    pub(crate) async fn press_through(&self, css: &str, heading: &str) {
        for _ in 0..5 {
            self.press(css).await;
            for _ in 0..100 {
                if self.text("h1").await.as_deref() == Some(heading) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        panic!("{css} does not lead to {heading:?}");
    }

    /// Types over what a field holds.
    pub(crate) async fn write(&self, css: &str, text: &str) {
        match self.hand {
            Hand::Mouse => {
                let field = self.there(css).await;
                field.clear().await.expect("a field");
                field.send_keys(text).await.expect("a field");
            }
            Hand::Keyboard => {
                // Not every way into a field selects what is in it.
                self.tab_to(css).await;
                self.select_all().await;
                self.keys(text).await;
            }
        }
        assert_eq!(self.value(css).await.as_deref(), Some(text), "{css}");
    }

    /// Gives a file to a field that takes one.
    pub(crate) async fn attach(&self, css: &str, file: &Path) {
        self.there(css).await.send_keys(file.display().to_string()).await.expect("a field for a file");
    }

    /// The option with this value of a list.
    pub(crate) async fn choose(&self, css: &str, value: &str) {
        let option = self.there(&format!("{css} option[value='{value}']")).await;
        match self.hand {
            Hand::Mouse => option.click().await.expect("an option"),
            Hand::Keyboard => {
                // A list that is not open goes to the option whose beginning is typed.
                let text = option.text().await.expect("an option");
                self.tab_to(css).await;
                self.keys(&*text).await;
            }
        }
        assert_eq!(self.value(css).await.as_deref(), Some(value), "{css}");
    }

    async fn tab_to(&self, css: &str) {
        self.there(css).await;
        for _ in 0..TABS {
            if self.has_focus(css).await {
                return;
            }
            self.keys(Key::Tab).await;
        }
        panic!("{css} cannot be reached with Tab");
    }

    /// One stroke past chromedriver, which on a busy machine repeats a key when the page changes under it.
    async fn enter(&self) {
        let stroke = |kind| json!({"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"});
        for kind in ["keyDown", "keyUp"] {
            self.browser.tell("Input.dispatchKeyEvent", stroke(kind)).await;
        }
    }

    async fn select_all(&self) {
        let chord =
            self.browser.driver.action_chain().key_down(Key::Control).send_keys("a").key_up(Key::Control);
        chord.perform().await.expect("a keyboard");
    }

    async fn keys(&self, keys: impl Into<thirtyfour::TypingData>) {
        let typing = self.browser.driver.action_chain().send_keys(keys);
        typing.perform().await.expect("a keyboard");
    }

    /// Looks at the page as a phone and as a desktop show it, by day and by night, and photographs it. Nothing about it may
    /// be wrong (R93).
    pub(crate) async fn photograph(&self, name: &str) {
        let faults = self.shoot(name, async |guise| inspection::faults(&self.browser, guise).await).await;
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }

    /// The same of a page in a sandbox, where no inspection can run.
    pub(crate) async fn photograph_only(&self, name: &str) {
        self.shoot(name, async |_| Vec::new()).await;
    }

    async fn shoot(&self, name: &str, inspect: impl AsyncFn(Guise) -> Vec<String>) -> Vec<String> {
        let mut faults = Vec::new();
        let Some(gallery) = &self.gallery else { return faults };
        let number = self.photographs.fetch_add(1, Ordering::Relaxed);
        for guise in Guise::ALL {
            self.browser.dress(guise).await;
            faults.extend(inspect(guise).await);
            let file = format!("{number:02}-{name}-{}-{}.png", guise.width, guise.scheme);
            std::fs::write(gallery.join(file), self.capture(guise.width).await).expect("target is writable");
        }
        self.browser.undress().await;
        faults
    }

    /// Prints the page, photographs it as it is printed, and counts the sheets of paper.
    pub(crate) async fn print(&self, name: &str) -> usize {
        let printed = self.browser.tell("Page.printToPDF", json!({"preferCSSPageSize": true})).await;
        let paper = STANDARD.decode(printed["data"].as_str().expect("a document")).expect("base64");
        self.browser.dress(Guise::ALL[2]).await;
        self.browser.tell("Emulation.setEmulatedMedia", json!({"media": "print"})).await;
        if let Some(gallery) = &self.gallery {
            let number = self.photographs.fetch_add(1, Ordering::Relaxed);
            let file = gallery.join(format!("{number:02}-{name}-printed.png"));
            std::fs::write(file, self.capture(Guise::ALL[2].width).await).expect("target is writable");
        }
        self.browser.tell("Emulation.setEmulatedMedia", json!({"media": ""})).await;
        self.browser.undress().await;
        String::from_utf8_lossy(&paper).matches("/Type /Page\n").count()
    }

    async fn capture(&self, width: u32) -> Vec<u8> {
        let metrics = self.browser.tell("Page.getLayoutMetrics", json!({})).await;
        let content = &metrics["cssContentSize"];
        let clip = json!({"x": 0, "y": 0, "width": width, "height": content["height"], "scale": 1});
        let options = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let shot = self.browser.tell("Page.captureScreenshot", options).await;
        STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("base64")
    }

    /// The pages broke no rule of their own content security policy, and no script of theirs failed.
    pub(crate) async fn assert_clean_console(&self) {
        let mut console = self.browser.console().await;
        // Chromium's own first page has scripts, too.
        console.retain(|line| !line.starts_with("chrome://"));
        let bad = ["Content Security Policy", "Refused to", "Uncaught", "Mixed Content"];
        let complaints: Vec<_> =
            console.iter().filter(|line| bad.iter().any(|word| line.contains(word))).collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}
