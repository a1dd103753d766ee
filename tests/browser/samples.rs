//! Every page in every state, as the unit tests of the pages draw them, looked at with the eyes of people who see little,
//! hear little or have a small screen (R93; WCAG 2.2).

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;
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
        for (path, html) in pages {
            // Read with the page once instead of handed over for each.
            let html = html.replacen("</head>", "<script src=/axe.js></script></head>", 1);
            router = router.route(&path, get(async move || Html(html)));
        }
        let mut serving = JoinSet::new();
        serving.spawn(
            async move { axum::serve(listener, router).await.expect("it serves until it is dropped") },
        );
        Self { address, _serving: serving }
    }
}

/// axe-core finds nothing to complain about, nothing sticks out at the side of a phone, and every button is large enough.
#[tokio::test]
async fn every_page_in_every_state_is_accessible_on_every_screen() {
    let pages = all_pages("");
    let names: Vec<String> = pages.iter().map(|page| page.name.clone()).collect();
    let exhibition =
        Exhibition::open(pages.into_iter().map(|page| (format!("/{}", page.name), page.html))).await;
    let browser = Chromium::open().await;
    let mut faults = Vec::new();
    for name in &names {
        browser.driver.goto(format!("{}/{name}", exhibition.address)).await.expect("the page opens");
        for guise in Guise::ALL {
            browser.dress(guise).await;
            let found = inspection::faults(&browser, guise).await;
            let Guise { width, scheme } = guise;
            faults.extend(found.iter().map(|fault| format!("{name} ({width} px, {scheme}): {fault}")));
        }
    }
    browser.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
