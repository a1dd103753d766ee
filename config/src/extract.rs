//! Reads the merged table as `RawSettings`. Where a value is wrong it reports it, puts the default in its place and goes
//! on, so that all mistakes are reported at once. Never repeats a value, which may be a secret.

use figment::error::{Actual, Error, Kind};
use figment::value::{Dict, Value};

use crate::layers::{Layers, find};
use crate::nearest::nearest;
use crate::problem::Problems;
use crate::raw::RawSettings;

/// `None` only if the defaults themselves are wrong.
pub(crate) fn extract(layers: &Layers, problems: &mut Problems) -> Option<RawSettings> {
    let mut settings = layers.merge(problems);
    loop {
        // Each turn takes one mistake out of the table; the loop ends because nothing puts one in.
        let error = match Value::from(settings.clone()).deserialize::<RawSettings>() {
            Ok(raw) => return Some(raw),
            Err(error) => error,
        };
        problems.report(place(&error), message(&error));
        let mended = match &error.kind {
            Kind::UnknownField(name, _) => remove(&mut settings, &container(&error, name), name),
            _ => restore(&mut settings, &layers.defaults, &error.path),
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
    let mut parts = container.iter();
    let Some(first) = parts.next() else {
        return settings.remove(name).is_some();
    };
    let inner = parts.try_fold(settings.get_mut(first), |value, part| {
        Some(match value? {
            Value::Dict(_, dict) => dict.get_mut(part),
            Value::Array(_, list) => part.parse::<usize>().ok().and_then(|index| list.get_mut(index)),
            _ => None,
        })
    });
    match inner.flatten() {
        Some(Value::Dict(_, dict)) => dict.remove(name).is_some(),
        _ => false,
    }
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
