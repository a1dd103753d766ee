//! Every page in every state and every letter, as the unit tests of both draw them, looked at with the eyes of people who
//! see little, hear little or have a small screen (R93; WCAG 2.2).

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;
use idp_web::all_letters;
use idp_web::assets::Asset;
use idp_web::pages::samples::all_pages;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::chromium::{Chromium, Guise};
use super::inspection::{self, AXE};

/// A server of files that stand still.
struct Exhibition {
    address: String,
    _serving: JoinSet<()>,
}

impl Exhibition {
    async fn open(pages: impl IntoIterator<Item = (String, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let mut router = Router::new();
        // Without the script that sends a page away as soon as it is there.
        let assets = Asset::VARIANTS.into_iter().filter(|asset| *asset != Asset::ContinueScript);
        for asset in assets {
            let served = asset.served();
            let content = ([(CONTENT_TYPE, served.content_type)], served.bytes);
            router = router.route(asset.path(), get(async move || content));
        }
        router = router.route("/axe.js", get(async || ([(CONTENT_TYPE, "text/javascript")], AXE.as_str())));
        for (name, html) in pages {
            // Read with the page once instead of handed over for each.
            let html = html.replacen("</head>", "<script src=/axe.js></script></head>", 1);
            router = router.route(&format!("/{name}"), get(async move || Html(html)));
        }
        let mut serving = JoinSet::new();
        serving.spawn(
            async move { axum::serve(listener, router).await.expect("it serves until it is dropped") },
        );
        Self { address, _serving: serving }
    }

    /// Looks at one page in every guise.
    async fn faults(
        &self,
        browser: &Chromium,
        name: &str,
        inspect: impl AsyncFn(Guise) -> Vec<String>,
    ) -> Vec<String> {
        browser.driver.goto(format!("{}/{name}", self.address)).await.expect("the page opens");
        let mut faults = Vec::new();
        for guise in Guise::ALL {
            browser.dress(guise).await;
            let Guise { width, scheme } = guise;
            let found = inspect(guise).await;
            faults.extend(found.iter().map(|fault| format!("{name} ({width} px, {scheme}): {fault}")));
        }
        faults
    }
}

/// axe-core finds nothing to complain about, nothing sticks out at the side of a phone, and every button is large enough.
#[tokio::test]
async fn every_page_in_every_state_is_accessible_on_every_screen() {
    let pages = all_pages("");
    let names: Vec<String> = pages.iter().map(|page| page.name.clone()).collect();
    let exhibition = Exhibition::open(pages.into_iter().map(|page| (page.name, page.html))).await;
    let browser = Chromium::open().await;
    let mut faults = Vec::new();
    for name in &names {
        let inspect = async |guise| inspection::faults(&browser, guise).await;
        faults.extend(exhibition.faults(&browser, name, inspect).await);
    }
    browser.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// R93: mails are read on the same phones by the same people.
#[tokio::test]
async fn every_letter_is_accessible_on_every_screen() {
    let letters = all_letters();
    let names: Vec<String> = letters.iter().map(|(name, _)| name.clone()).collect();
    let exhibition = Exhibition::open(letters).await;
    let browser = Chromium::open().await;
    let mut faults = Vec::new();
    for name in &names {
        let inspect = async |guise| inspection::faults_of_letter(&browser, guise).await;
        faults.extend(exhibition.faults(&browser, name, inspect).await);
    }
    browser.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The inspection itself: each of these would be somebody's wall.
#[tokio::test]
async fn an_inaccessible_page_is_found_out() {
    let page = "<!doctype html><html lang=en><head><title>A page</title><style>
        @media (prefers-color-scheme: dark) { body { background: #000; color: #222; } }
        @media (max-width: 400px) { main { width: 500px; } }
        </style></head><body><main><h1>A page</h1><input id=nameless><p>Words that nobody reads by night.</p>
        <button id=small>Go</button></main></body></html>";
    let exhibition = Exhibition::open([("page".to_owned(), page.to_owned())]).await;
    let browser = Chromium::open().await;
    let inspect = async |guise| inspection::faults(&browser, guise).await;
    let faults = exhibition.faults(&browser, "page", inspect).await;
    browser.close().await;
    let told = |fault: &str| faults.iter().filter(|line| line.contains(fault)).count();
    assert_eq!(told("label at #nameless"), 2, "by day, on both screens: {faults:#?}");
    assert_eq!(
        told("color-contrast at"),
        4,
        "by night, a heading and a sentence on both screens: {faults:#?}"
    );
    assert_eq!(told("px wide on a screen of 360 px"), 2, "on the phone: {faults:#?}");
    assert_eq!(told("#small"), 4, "everywhere: {faults:#?}");
}
