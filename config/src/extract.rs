//! Reads the merged table as `RawSettings`. Where a value is wrong it reports it, puts the default in its place and goes
//! on, so that all mistakes are reported at once. Never repeats a value, which may be a secret.

use std::collections::{BTreeMap, BTreeSet};

use figment::error::{Actual, Error, Kind};
use figment::value::{Dict, Value};

use crate::layers::{Layers, find};
use crate::nearest::nearest;
use crate::problem::Problems;
use crate::raw::RawSettings;

/// Entries that were taken out of a list, by where they stood in it as it was written.
#[derive(Default)]
struct TakenOut(BTreeMap<Vec<String>, BTreeSet<usize>>);

impl TakenOut {
    /// The path, as it was before anything was taken out.
    fn as_written(&self, path: &[String]) -> Vec<String> {
        let mut written: Vec<String> = Vec::with_capacity(path.len());
        for part in path {
            let at = part.parse::<usize>().ok().zip(self.0.get(&written));
            let at =
                at.map(|(at, gone)| gone.iter().fold(at, |at, gone| if *gone <= at { at + 1 } else { at }));
            written.push(at.map_or_else(|| part.clone(), |at| at.to_string()));
        }
        written
    }

    /// Takes the entry out that is, or holds, what stands at this path, so that the others of its list are looked at, too.
    fn take(&mut self, settings: &mut Dict, path: &[String]) -> bool {
        let Some(depth) = path.iter().position(|part| part.parse::<usize>().is_ok()) else { return false };
        let (Some(list), Some(written)) =
            (path.get(..depth), self.as_written(path).get(depth).and_then(|at| at.parse().ok()))
        else {
            return false;
        };
        let Some(at) = path.get(depth).and_then(|at| at.parse::<usize>().ok()) else { return false };
        let Some(Value::Array(_, entries)) = value_at(settings, list) else { return false };
        if at >= entries.len() {
            return false;
        }
        entries.remove(at);
        self.0.entry(list.to_vec()).or_default().insert(written)
    }
}

/// `None` only if the defaults themselves are wrong.
pub(crate) fn extract(layers: &Layers, problems: &mut Problems) -> Option<RawSettings> {
    let mut settings = layers.merge(problems);
    let mut taken_out = TakenOut::default();
    loop {
        // Each turn takes one mistake out of the table; the loop ends because nothing puts one in.
        let error = match Value::from(settings.clone()).deserialize::<RawSettings>() {
            Ok(raw) => return Some(raw),
            Err(error) => error,
        };
        let mut told = error.clone();
        told.path = taken_out.as_written(&error.path);
        problems.report(place(&told), message(&told));
        let mended = match &error.kind {
            Kind::UnknownField(name, _) => remove(&mut settings, &container(&error, name), name),
            _ => {
                taken_out.take(&mut settings, &error.path)
                    || restore(&mut settings, &layers.defaults, &error.path)
            }
        };
        if !mended {
            return None;
        }
    }
}

/// The table an unknown field stands in.
fn container(error: &Error, name: &str) -> Vec<String> {
    let mut path = error.path.clone();
    path.pop_if(|last| last == name);
    path
}

/// The key as it is written in the file: `keys.master[0].secret`.
fn place(error: &Error) -> String {
    let path = match &error.kind {
        Kind::UnknownField(name, _) => [container(error, name), vec![name.clone()]].concat(),
        Kind::MissingField(name) => [error.path.clone(), vec![name.clone().into_owned()]].concat(),
        _ => error.path.clone(),
    };
    let mut place = String::new();
    for part in path {
        match part.parse::<usize>() {
            Ok(index) => place.push_str(&format!("[{index}]")),
            Err(_) if place.is_empty() => place = part,
            Err(_) => place.push_str(&format!(".{part}")),
        }
    }
    place
}

fn message(error: &Error) -> String {
    match &error.kind {
        Kind::Message(message) => message.clone(),
        Kind::UnknownField(name, expected) => {
            let suggestion = nearest(&container(error, name).join("."), name, expected);
            suggestion.map_or_else(
                || "is not a setting; remove it".to_owned(),
                |key| format!("is not a setting; did you mean {key}?"),
            )
        }
        Kind::MissingField(_) => "is missing; write it".to_owned(),
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            format!("found {}; write {}", kind_of(found), wanted(expected))
        }
        _ => "cannot be read; see its comment in `idp config show --defaults`".to_owned(),
    }
}

fn kind_of(found: &Actual) -> &'static str {
    match found {
        Actual::Bool(_) => "true or false",
        Actual::Signed(number) if *number < 0 => "a negative number",
        Actual::Unsigned(_) | Actual::Signed(_) => "a whole number",
        Actual::Float(_) => "a number with a fraction",
        Actual::Char(_) | Actual::Str(_) | Actual::Bytes(_) => "a text",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "something else",
    }
}

/// serde's words for what it wants, in those of the file.
fn wanted(expected: &str) -> String {
    match expected {
        "a string" => "a text in quotes".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list in square brackets".to_owned(),
        "u16" => format!("a whole number from 0 to {}", u16::MAX),
        "u32" => format!("a whole number from 0 to {}", u32::MAX),
        "u64" | "usize" => "a whole number, 0 or more".to_owned(),
        other if other.starts_with("struct ") => "a table of settings".to_owned(),
        other => other.to_owned(),
    }
}

/// Removes what is not a setting.
fn remove(settings: &mut Dict, container: &[String], name: &str) -> bool {
    if container.is_empty() {
        return settings.remove(name).is_some();
    }
    match value_at(settings, container) {
        Some(Value::Dict(_, dict)) => dict.remove(name).is_some(),
        _ => false,
    }
}

/// What stands at a path that is not empty.
fn value_at<'a>(settings: &'a mut Dict, path: &[String]) -> Option<&'a mut Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(settings.get_mut(first)?, |value, part| match value {
        Value::Dict(_, dict) => dict.get_mut(part),
        Value::Array(_, list) => part.parse::<usize>().ok().and_then(|index| list.get_mut(index)),
        _ => None,
    })
}

/// Puts the default back, at the path or at the closest one around it that has a default.
fn restore(settings: &mut Dict, defaults: &Dict, path: &[String]) -> bool {
    let candidates = (1..=path.len()).rev().filter_map(|length| path.get(..length));
    let found = candidates
        .map(|path| (path, path.join(".")))
        .find_map(|(path, key)| Some((path, find(defaults, &key)?)));
    let Some(([sections @ .., last], default)) = found else {
        return false;
    };
    let container = sections.iter().try_fold(settings, |dict, section| match dict.get_mut(section) {
        Some(Value::Dict(_, inner)) => Some(inner),
        _ => None,
    });
    // The same value again would fail again.
    container.is_some_and(|dict| dict.insert(last.clone(), default.clone()).as_ref() != Some(default))
}
