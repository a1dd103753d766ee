//! What is wrong with a configuration: all of it at once, each with its key and what to write instead.
//! A message never repeats the value of a key that may hold a secret.

use std::fmt;

/// One thing to correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting as it is written in the file, such as `mail.smtp.host` or `keys.master[0].secret`; the option or the
    /// variable where no setting is to blame, such as `--config`.
    pub key: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

/// The configuration cannot be used. Displays one line for each problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// At least one, in the order they were found.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => write!(f, "the configuration has a problem:")?,
            n => write!(f, "the configuration has {n} problems:")?,
        }
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

/// Collects problems. The first one about a setting hides later ones about the same setting, or about a list or a table
/// it is part of: those would only be its consequences.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn report(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.push(Problem::new(key, message));
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        let known = |earlier: &Problem| {
            is_within(&problem.key, &earlier.key) || is_within(&earlier.key, &problem.key)
        };
        if !self.0.iter().any(known) {
            self.0.push(problem);
        }
    }

    /// Reports unless `holds`.
    pub(crate) fn ensure(&mut self, holds: bool, key: &str, message: impl FnOnce() -> String) {
        if !holds {
            self.report(key, message());
        }
    }

    /// The value, or `None` after reporting why there is none.
    pub(crate) fn keep<T>(&mut self, outcome: Result<T, Problem>) -> Option<T> {
        outcome.map_err(|problem| self.push(problem)).ok()
    }

    /// Adds to each message what `explain` says about its key.
    pub(crate) fn annotate(&mut self, explain: impl Fn(&str) -> Option<String>) {
        for problem in &mut self.0 {
            if let Some(note) = explain(&problem.key) {
                problem.message = format!("{} ({note})", problem.message);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The finished value if nothing was reported.
    pub(crate) fn settle<T>(self, value: Option<T>) -> Result<T, ConfigError> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(ConfigError { problems: self.0 }),
        }
    }
}

/// Is `key` the setting `whole`, or a part of it?
fn is_within(key: &str, whole: &str) -> bool {
    key.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
