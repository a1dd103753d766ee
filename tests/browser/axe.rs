//! What `axe-core` and a ruler find in the page that a browser shows: WCAG 2.0, 2.1 and 2.2 levels A and AA, and the good
//! practice of its authors (R93).

use std::sync::LazyLock;

use serde_json::{Value, json};
use thirtyfour::WebDriver;

use super::chromium::Chromium;

/// The script as its authors publish it, installed by `make test-build` at the version of `package-lock.json`.
static AXE: LazyLock<String> = LazyLock::new(|| {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/browser/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(file).expect("axe-core is missing: run `make test-build`")
});

/// Whatever is wrong is one line. The script of the page itself stays as it is: chromedriver's own is not bound by the
/// page's content security policy, and works where the page's is switched off.
const LOOK: &str = r"
const done = arguments[arguments.length - 1];
const wanted = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const options = { runOnly: { type: 'tag', values: wanted }, resultTypes: ['violations'] };
axe.run(document, options).then(
  ({ violations }) => done(violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id} at ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`))),
  (error) => done([`axe-core: ${error}`]));
";

/// Nothing sticks out at the side, and whatever is pressed is 44 px high and wide (WCAG 2.2 section 2.5.5); a link within
/// a sentence is as high as its line.
const MEASURE: &str = r"
const faults = [];
const root = document.scrollingElement;
if (root.scrollWidth > innerWidth) faults.push(`the page is ${root.scrollWidth} px wide on ${innerWidth} px`);
const targets = 'button, .button, summary, select, input:not([type=hidden]), nav a, .standalone';
for (const target of document.querySelectorAll(targets)) {
  // The label of a box that is ticked belongs to its target.
  const pressed = target.matches('[type=checkbox], [type=radio]') ? target.labels[0] : target;
  const { width, height } = pressed.getBoundingClientRect();
  if (target.checkVisibility() && (width < 43.5 || height < 43.5))
    faults.push(`${target.id || target.outerHTML} is ${width} x ${height} px`);
}
return faults;
";

/// Everything wrong with the page at the size and in the colours in which it is shown.
pub(super) async fn faults(browser: &Chromium) -> Vec<String> {
    let driver = &browser.driver;
    if driver.execute("return typeof axe", vec![]).await.expect("a page").json() == "undefined" {
        driver.execute(AXE.as_str(), vec![]).await.expect("axe-core loads");
    }
    let mut faults = lines(driver, driver.execute_async(LOOK, vec![]).await);
    faults
}
