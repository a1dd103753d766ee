//! Collects what is wrong, each with the key it stands at, such as `client[0].redirect_uris[1]`.

use std::collections::BTreeSet;
use std::fmt::Display;

use idp_domain::text::Line;

use super::SeedFileError;

#[derive(Default)]
pub(super) struct Checks {
    place: Vec<String>,
    problems: Vec<String>,
}

impl Checks {
    pub(super) fn report(&mut self, key: &str, problem: impl Display) {
        let mut place = self.place.join(".");
        if !place.is_empty() && !key.is_empty() {
            place.push('.');
        }
        self.problems.push(format!("{place}{key}: {problem}"));
    }

    /// The value, or `None` after reporting why there is none.
    pub(super) fn keep<T, E: Display>(&mut self, key: &str, outcome: Result<T, E>) -> Option<T> {
        outcome.map_err(|problem| self.report(key, problem)).ok()
    }

    /// A text of one line.
    pub(super) fn line<const MAX: usize>(&mut self, key: &str, text: &str) -> Option<Line<MAX>> {
        self.keep(key, Line::parse(text))
    }

    /// The same for a text that need not be there.
    pub(super) fn optional<const MAX: usize>(&mut self, key: &str, text: Option<&str>) -> Option<Line<MAX>> {
        text.and_then(|text| self.line(key, text))
    }

    /// A line that was read without being checked.
    pub(super) fn recheck<const MAX: usize>(
        &mut self,
        key: &str,
        line: Option<Line<MAX>>,
    ) -> Option<Line<MAX>> {
        self.optional(key, line.as_ref().map(Line::as_str))
    }

    /// Checks inside a table named `key`.
    pub(super) fn within<T>(&mut self, key: impl Into<String>, check: impl FnOnce(&mut Self) -> T) -> T {
        self.place.push(key.into());
        let checked = check(self);
        self.place.pop();
        checked
    }

    /// Checks each entry of a list; those that are not usable are left out, and are reported.
    pub(super) fn list<W, T>(
        &mut self,
        key: &str,
        written: &[W],
        check: impl Fn(&W, &mut Self) -> Option<T>,
    ) -> Vec<T> {
        let numbered = written.iter().enumerate();
        numbered
            .filter_map(|(at, entry)| self.within(format!("{key}[{at}]"), |checks| check(entry, checks)))
            .collect()
    }

    pub(super) fn unique<'a>(&mut self, list: &str, names: impl Iterator<Item = &'a str>, key: &str) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name) {
                self.report(list, format!("two have the {key} {name:?}"));
            }
        }
    }

    /// # Errors
    /// [`SeedFileError::Problems`] if there is any.
    pub(super) fn settle(self) -> Result<(), SeedFileError> {
        if self.problems.is_empty() { Ok(()) } else { Err(SeedFileError::Problems(self.problems)) }
    }
}
