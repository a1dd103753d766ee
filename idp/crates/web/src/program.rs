//! What a person recognises a log-in by: "Chrome on Windows", read from the `User-Agent` field (RFC 9110 section 10.1.5).
//!
//! The field is what somebody says of themselves: it is shown to people and decides nothing. Only names from the lists
//! below are ever shown, never the field itself; what is not known is called unknown rather than guessed.

use crate::locale::Texts;

/// What browsers write, and their names. Many name the browsers that they descend from too: the youngest comes first.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// What systems are called in the field, and by people. Android calls itself Linux, and iPads may call themselves Macs.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
];

/// The browser and the system of a `User-Agent` field, as far as they are known.
fn read(user_agent: &str) -> (Option<&'static str>, Option<&'static str>) {
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    (first(BROWSERS), first(SYSTEMS))
}

/// "Chrome on Windows", "unknown browser on Linux", "unknown browser".
pub(crate) fn program(texts: &Texts, user_agent: Option<&str>) -> String {
    let (browser, system) = read(user_agent.unwrap_or_default());
    let browser = browser.map_or_else(|| texts.t("program-unknown"), str::to_owned);
    match system {
        Some(system) => texts.clone().with("browser", browser).with("system", system).t("program-on"),
        None => browser,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    fn said(user_agent: Option<&str>) -> String {
        program(&Texts::new(Locale::default()), user_agent)
    }

    #[test]
    fn a_person_reads_the_name_of_their_browser_and_their_system() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (field, name) in [
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/142.0.0.0 Safari/537.36"), "Chrome on Windows"),
            (
                format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"),
                "Edge on Windows",
            ),
            (format!("Mozilla/5.0 (Linux; Android 10; K) {webkit} Chrome/142.0.0.0 Mobile Safari/537.36"), "Chrome on Android"),
            (
                format!("Mozilla/5.0 (Linux; Android 10; K) {webkit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"),
                "Samsung Internet on Android",
            ),
            (format!("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {webkit} Chrome/142.0.0.0 Safari/537.36"), "Chrome on ChromeOS"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15"
                    .to_owned(),
                "Safari on Mac",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.0.0 \
                 Mobile/15E148 Safari/604.1"
                    .to_owned(),
                "Chrome on iPhone",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(), "Firefox on Linux"),
        ] {
            assert_eq!(said(Some(&field)), name, "{field}");
        }
    }

    /// Attack: whoever knocks writes this field, and its text would stand in a mail that people trust.
    #[test]
    fn nothing_of_what_is_not_known_is_shown() {
        assert_eq!(said(None), "unknown browser");
        assert_eq!(said(Some("Call 555-0199 now <b>Windows</b>")), "unknown browser on Windows");
        assert_eq!(said(Some("curl/8.14")), "unknown browser");
    }
}
