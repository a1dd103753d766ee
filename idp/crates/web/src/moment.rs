//! Days and minutes in the words of a language. They are UTC's: nobody's time zone is known for sure. On a page they are
//! marked up ([`Told`]), so that a browser that runs `office.js` says them in its own zone.

use askama::Template;
use askama::filters::HtmlSafe;
use chrono::{DateTime, Datelike as _, SecondsFormat, Timelike as _, Utc};
use idp_domain::Timestamp;

use crate::locale::{Key, Texts};

/// "November 21, 2026".
pub(crate) fn day(texts: &Texts, at: Timestamp) -> String {
    let day = DateTime::<Utc>::from(at);
    let texts = texts.clone().with("month", day.month()).with("day", day.day());
    texts.with("year", day.year().to_string()).t("chrome-day")
}

/// "November 21, 2026 at 2:05 PM UTC".
pub(crate) fn moment(texts: &Texts, at: Timestamp) -> String {
    let time = DateTime::<Utc>::from(at);
    let (is_afternoon, hour) = time.hour12();
    let half = if is_afternoon { "pm" } else { "am" };
    let texts = texts.clone().with("date", day(texts, at)).with("half", half);
    texts.with("hour", hour).with("minute", format!("{:02}", time.minute())).t("chrome-moment")
}

/// A text of a page that may name an instant.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "part/told.html")]
pub struct Told {
    before: String,
    instant: Option<Instant>,
    after: String,
}

/// The template escapes what it holds.
impl HtmlSafe for Told {}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Instant {
    /// RFC 3339, for the attribute `datetime`.
    machine: String,
    words: String,
    /// Nobody needs the minute.
    is_day: bool,
}

/// Stands for the instant while a sentence is put together (U+FFFC, "object replacement character").
const GAP: &str = "\u{FFFC}";

impl Told {
    pub(crate) fn plain(text: String) -> Self {
        Self { before: text, instant: None, after: String::new() }
    }

    /// The instant alone.
    pub(crate) fn moment(texts: &Texts, at: Timestamp) -> Self {
        Self::around(GAP, Instant::new(moment(texts, at), at, false))
    }

    /// The sentence behind `key`, which mentions a `moment`.
    pub(crate) fn with_moment(texts: &Texts, key: Key, at: Timestamp) -> Self {
        let sentence = texts.t_with(key.0, "moment", GAP);
        Self::around(&sentence, Instant::new(moment(texts, at), at, false))
    }

    /// The sentence behind `key`, which mentions a `date`.
    pub(crate) fn with_day(texts: &Texts, key: Key, at: Timestamp) -> Self {
        Self::around(&texts.t_with(key.0, "date", GAP), Instant::new(day(texts, at), at, true))
    }

    fn around(sentence: &str, instant: Instant) -> Self {
        let (before, after) = sentence.split_once(GAP).unwrap_or((sentence, ""));
        Self { before: before.to_owned(), instant: Some(instant), after: after.to_owned() }
    }
}

impl Instant {
    fn new(words: String, at: Timestamp, is_day: bool) -> Self {
        let machine = DateTime::<Utc>::from(at).to_rfc3339_opts(SecondsFormat::Secs, true);
        Self { machine, words, is_day }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]
    use super::*;
    use crate::locale::Locale;

    const MIDNIGHT: i64 = 1_795_219_200;

    #[test]
    fn an_instant_is_told_as_people_say_it() {
        let texts = Texts::new(Locale::default());
        let midnight = Timestamp::from_seconds(MIDNIGHT);
        assert_eq!(day(&texts, midnight), "November 21, 2026");
        for (seconds, words) in
            [(0, "12:00 AM"), (11 * 3600 + 59 * 60, "11:59 AM"), (13 * 3600 + 5 * 60, "1:05 PM")]
        {
            let at = Timestamp::from_seconds(MIDNIGHT + seconds);
            assert_eq!(moment(&texts, at), format!("November 21, 2026 at {words} UTC"));
        }
    }

    /// In a sentence too; and what else the sentence mentions stays text.
    #[test]
    fn on_a_page_an_instant_can_be_read_by_a_program() {
        let texts = Texts::new(Locale::default()).with("why", "<b>".to_owned());
        let at = Timestamp::from_seconds(MIDNIGHT + 3600);
        let drawn = |told: Told| told.render().expect("a text");
        assert_eq!(
            drawn(Told::with_moment(&texts, Key("office-mail-accepted"), at)),
            "Accepted on <time datetime=\"2026-11-21T01:00:00Z\">November 21, 2026 at 1:00 AM UTC</time>."
        );
        assert_eq!(
            drawn(Told::with_day(&texts, Key("office-inactive"), at)),
            "Inactive since <time datetime=\"2026-11-21T01:00:00Z\" class=\"day\">November 21, 2026</time>"
        );
        let came_back = drawn(Told::with_moment(&texts, Key("office-mail-came-back"), at));
        assert!(
            came_back.ends_with(
                "UTC</time>: &#60;b&#62;. Ask the person for the right address and change it here."
            )
        );
        assert_eq!(drawn(Told::plain("1 < 2".to_owned())), "1 &#60; 2");
    }
}
