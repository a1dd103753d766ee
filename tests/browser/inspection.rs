//! What `axe-core` and a ruler find in the page that a browser shows, on a phone and on a desktop, by day and by night
//! (R93). The scripts are chromedriver's: no content security policy and no other switch of the page's own binds them.

use std::sync::LazyLock;

use super::chromium::{Chromium, Guise};

/// As its authors publish it, at the version of `package-lock.json`.
pub(super) static AXE: LazyLock<String> = LazyLock::new(|| {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/browser/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(file).expect("axe-core is missing: run `make test-build`")
});

/// WCAG 2.0, 2.1 and 2.2, levels A and AA.
const WCAG: &[&str] = &["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/// What the authors of axe-core call good practice: landmarks, headings, one way to the content.
const GOOD_PRACTICE: &str = "best-practice";

/// Everything wrong with the page as it is shown now, a line each.
pub(super) async fn faults(browser: &Chromium, guise: Guise) -> Vec<String> {
    inspect(browser, guise, &[WCAG, &[GOOD_PRACTICE]].concat()).await
}

/// [`faults`] of a letter. A mail program shows it inside of a page of its own, so that landmarks are not the letter's.
pub(super) async fn faults_of_letter(browser: &Chromium, guise: Guise) -> Vec<String> {
    inspect(browser, guise, WCAG).await
}

async fn inspect(browser: &Chromium, guise: Guise, tags: &[&str]) -> Vec<String> {
    let driver = &browser.driver;
    let look = async {
        let loaded = driver.execute("return 'axe' in window", vec![]).await?;
        if loaded.json() == false {
            driver.execute(AXE.as_str(), vec![]).await?;
        }
        let asked = vec![guise.width.into(), tags.into()];
        driver.execute_async(include_str!("inspection.js"), asked).await?.convert()
    };
    browser.with_javascript(look).await.expect("what is wrong")
}
