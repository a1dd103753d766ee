//! The languages people read, and every visible text in them (R96).
//!
//! A folder below `locales/` is a language; adding one is adding files. Texts are plain: they never hold markup, so
//! that escaping stays with the templates, and they never name a product, an operator or an agency (R39).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader};

fluent_templates::static_loader! {
    static TEXTS = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| {
            // No invisible isolation marks: the guides' sentences are used letter by letter.
            bundle.set_use_isolating(false);
            bundle.set_formatter(Some(|value, _| match value {
                FluentValue::Number(number) => Some(grouped(&number.as_string())),
                _ => None,
            }));
        },
    };
}

type Variables = HashMap<Cow<'static, str>, FluentValue<'static>>;

/// "10,001", as English writes it: the only language so far. A year is not a number but a text.
fn grouped(digits: &str) -> String {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits.to_owned();
    }
    let comma = |place: usize| if place > 0 && (digits.len() - place).is_multiple_of(3) { "," } else { "" };
    digits.char_indices().map(|(place, digit)| format!("{}{digit}", comma(place))).collect()
}

/// The key of a text, as written in the locale files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(pub &'static str);

/// A language for which there are locale files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale(LanguageIdentifier);

impl Default for Locale {
    fn default() -> Self {
        Self(TEXTS.fallback().clone())
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Locale {
    /// Every language there is, in the order of their names.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = TEXTS.locales().cloned().map(Self).collect();
        all.sort_by_key(ToString::to_string);
        all
    }

    /// The best language for a reader: `ui_locales` (OpenID Connect Core section 3.1.2.1) first, then
    /// `Accept-Language` (RFC 9110 section 12.5.4), then English.
    pub fn negotiate(ui_locales: Option<&str>, accept_language: Option<&str>) -> Self {
        let accepted = by_preference(accept_language.unwrap_or_default());
        first(accepted).unwrap_or_default().or_rather(ui_locales)
    }

    /// The language a client asked for in `ui_locales`, if it is there; else this one.
    #[must_use]
    pub fn or_rather(&self, ui_locales: Option<&str>) -> Self {
        ui_locales.and_then(|tags| first(tags.split_ascii_whitespace())).unwrap_or_else(|| self.clone())
    }

    /// `ltr` or `rtl`, for the `dir` attribute.
    pub fn direction(&self) -> &'static str {
        match self.0.language.as_str() {
            "ar" | "fa" | "he" | "ps" | "ur" | "yi" => "rtl",
            _ => "ltr",
        }
    }

    fn text(&self, key: &str, variables: &Variables) -> Option<String> {
        TEXTS.lookup_single_language(&self.0, key, Some(variables)).ok()
    }
}

/// The texts of one language together with the values that all texts of a page or mail may mention.
#[derive(Debug, Clone)]
pub struct Texts {
    locale: Locale,
    variables: Variables,
}

impl Texts {
    pub fn new(locale: Locale) -> Self {
        Self { locale, variables: Variables::new() }
    }

    pub fn locale(&self) -> &Locale {
        &self.locale
    }

    /// The same texts, which may now mention `name`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<FluentValue<'static>>) -> Self {
        self.variables.insert(Cow::Borrowed(name), value.into());
        self
    }

    /// The text behind `key`: in this language, else in English, else the key itself.
    pub fn t(&self, key: &str) -> String {
        self.locale
            .text(key, &self.variables)
            .or_else(|| Locale::default().text(key, &self.variables))
            .unwrap_or_else(|| key.to_owned())
    }

    /// The text behind `key`, which mentions one more value.
    pub fn t_with(&self, key: &str, name: &'static str, value: impl Into<FluentValue<'static>>) -> String {
        self.clone().with(name, value).t(key)
    }

    /// The text behind `key` in the pieces before, between and after the places that mention `name`: what stands there is put
    /// into an element of its own, so that nobody takes a name for words of ours.
    pub fn around(&self, key: &str, name: &'static str) -> Vec<String> {
        const PLACE: &str = "\u{FFFC}";
        self.t_with(key, name, PLACE).split(PLACE).map(str::to_owned).collect()
    }

    /// A number that stands alone.
    pub fn number(&self, number: u64) -> String {
        grouped(&number.to_string())
    }

    pub fn of(&self, key: Key) -> String {
        self.t(key.0)
    }
}

/// The tags of an `Accept-Language` field, the most wanted first, at most the first sixteen, refused ones left out.
fn by_preference(field: &str) -> Vec<&str> {
    let mut ranges: Vec<(f32, &str)> = field.split(',').take(16).filter_map(weighted).collect();
    ranges.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    ranges.into_iter().map(|(_, tag)| tag).collect()
}

fn weighted(range: &str) -> Option<(f32, &str)> {
    let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
    let weight = weight.trim().strip_prefix("q=")?.parse().ok()?;
    (weight > 0.0).then_some((weight, tag.trim()))
}

/// The first language there is.
fn first<'t>(tags: impl IntoIterator<Item = &'t str>) -> Option<Locale> {
    let all = Locale::all();
    tags.into_iter().find_map(|tag| closest(&all, tag))
}

/// The same language and region if there is one, else the same language.
fn closest(all: &[Locale], tag: &str) -> Option<Locale> {
    let tag: LanguageIdentifier = tag.parse().ok()?;
    let same_language = |locale: &&Locale| locale.0.language == tag.language;
    all.iter().find(|locale| locale.0 == tag).or_else(|| all.iter().find(same_language)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> LanguageIdentifier {
        text.parse().expect("a language tag")
    }

    /// R96: `ui_locales` and the browser's list are obeyed, and whatever is sent, somebody gets a page.
    #[test]
    fn whatever_a_browser_asks_for_it_gets_a_language_that_exists() {
        for (ui, accept) in [
            (None, None),
            (Some("xx en-CA"), Some("fr;q=0.9")),
            (Some(""), Some("en-US,en;q=0.5, *;q=0.1")),
            (Some("\u{0}"), Some("q=;;;,=,;q=nan")),
        ] {
            assert_eq!(Locale::negotiate(ui, accept).to_string(), "en", "{ui:?} {accept:?}");
        }
    }

    /// OpenID Connect Core section 3.1.2.1: a wish of the client, and never an error.
    #[test]
    fn a_language_the_client_asked_for_and_nobody_wrote_changes_nothing() {
        let spoken = Locale(tag("fr-CA"));
        for unknown in [None, Some(""), Some("xx yy-ZZ"), Some("\u{0}")] {
            assert_eq!(spoken.or_rather(unknown), spoken, "{unknown:?}");
        }
        assert_eq!(spoken.or_rather(Some("xx en-GB")), Locale::default());
    }

    #[test]
    fn the_most_wanted_language_comes_first_and_refused_ones_never() {
        assert_eq!(by_preference("fr;q=0.4, es , de;q=0, en;q=0.8"), ["es", "en", "fr"]);
    }

    #[test]
    fn a_region_that_does_not_exist_falls_back_to_its_language() {
        let all = ["en", "fr-CA"].map(|text| Locale(tag(text)));
        assert_eq!(closest(&all, "fr-FR").expect("French").to_string(), "fr-CA");
        assert_eq!(closest(&all, "en-CA").expect("English").to_string(), "en");
        assert!(closest(&all, "es").is_none());
    }

    /// In a sentence and alone; and the plural is still chosen by the number.
    #[test]
    fn large_numbers_can_be_read() {
        let texts = Texts::new(Locale::default());
        for (number, words) in
            [(0_u64, "0"), (999, "999"), (1000, "1,000"), (10_001, "10,001"), (1_234_567, "1,234,567")]
        {
            assert_eq!(texts.number(number), words);
            let sentence = texts.t_with("office-will-resend-part", "count", number);
            assert!(sentence.starts_with(&format!("There are {words} in all.")), "{sentence}");
        }
        assert!(texts.t_with("office-resent", "count", 1_u64).starts_with("Done. 1 new mail is"));
    }

    #[test]
    fn a_text_that_does_not_exist_shows_its_key_instead_of_failing() {
        assert_eq!(Texts::new(Locale::default()).t("no-such-text"), "no-such-text");
    }
}
