//! The three layers: `default.toml`, the operator's file, the environment; each wins over the one before it.
//! `IDP__SECTION__KEY=value`: the value is a text where the default is a text, else it is read like a value in the file,
//! lists of tables as `[{id="2026-11", secret_file="PATH"}]`.

use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};

use crate::problem::Problems;

/// Names of variables that are ours; no other is looked at.
pub(crate) const PREFIX: &str = "IDP__";

/// What was written where. Holds secrets as they were written, hence no `Debug`.
pub(crate) struct Layers {
    pub(crate) defaults: Dict,
    file: Dict,
    environment: Dict,
}

impl Layers {
    pub(crate) fn gather(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        problems: &mut Problems,
    ) -> Self {
        let defaults = table(Figment::from(Toml::string(crate::DEFAULTS)), "default.toml", problems);
        let file = file.map(|path| read(path, problems)).unwrap_or_default();
        let environment = variables(environment, &defaults, problems);
        Self { defaults, file, environment }
    }

    /// One table of all settings.
    pub(crate) fn merge(&self, problems: &mut Problems) -> Dict {
        let written =
            Figment::from(Serialized::defaults(&self.file)).merge(Serialized::defaults(&self.environment));
        let written = table(written, "--config", problems);
        let mut defaults = self.defaults.clone();
        give_way(&mut defaults, &written);
        let merged = Figment::from(Serialized::defaults(defaults)).merge(Serialized::defaults(written));
        table(merged, "--config", problems)
    }

    /// Did the operator write this setting, in the file or in the environment?
    pub(crate) fn is_written(&self, key: &str) -> bool {
        find(&self.file, key).or_else(|| find(&self.environment, key)).is_some()
    }

    /// The variable that sets this key, for the operator who looks for it in the file.
    pub(crate) fn variable(&self, key: &str) -> Option<String> {
        let key = key.split('[').next().unwrap_or(key);
        find(&self.environment, key)
            .map(|_| format!("set by {PREFIX}{}", key.to_uppercase().replace('.', "__")))
    }
}

/// What a figment holds; nothing, after reporting it, if it is not a table.
fn table(figment: Figment, key: &str, problems: &mut Problems) -> Dict {
    figment.extract().unwrap_or_else(|error| {
        problems.report(key, format!("cannot be read: {}", error.kind));
        Dict::new()
    })
}

/// A default such as `url` makes room where its alternative `url_file` is written.
fn give_way(defaults: &mut Dict, written: &Dict) {
    for (key, value) in written {
        let alternative = key.strip_suffix("_file").filter(|alternative| !written.contains_key(*alternative));
        if let Some(Value::String(_, default)) = alternative.and_then(|key| defaults.get_mut(key)) {
            default.clear();
        }
        if let (Value::Dict(_, written), Some(Value::Dict(_, defaults))) = (value, defaults.get_mut(key)) {
            give_way(defaults, written);
        }
    }
}

/// Never quotes the file: the line with the mistake may hold a secret.
fn read(path: &Path, problems: &mut Problems) -> Dict {
    let shown = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            problems.report("--config", format!("{shown} cannot be read: {error}"));
            return Dict::new();
        }
    };
    match text.parse::<toml::Table>() {
        Ok(content) => table(Figment::from(Serialized::defaults(content)), "--config", problems),
        Err(error) => {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            problems.report("--config", format!("{shown} is not TOML, see line {line}: {}", error.message()));
            Dict::new()
        }
    }
}

fn variables(
    environment: impl Iterator<Item = (String, String)>,
    defaults: &Dict,
    problems: &mut Problems,
) -> Dict {
    let ours = environment.filter_map(|(name, text)| Some((name.strip_prefix(PREFIX)?.to_owned(), text)));
    let mut ours: Vec<_> = ours.collect();
    ours.sort();
    let mut dict = Dict::new();
    for (name, text) in ours {
        let key = name.to_lowercase().replace("__", ".");
        let value = match find(defaults, &key) {
            None | Some(Value::String(..)) => Value::from(text),
            Some(_) => text.parse().unwrap_or_else(|never: std::convert::Infallible| match never {}),
        };
        if !insert(&mut dict, &key, value) {
            problems.report(
                format!("{PREFIX}{name}"),
                "is set twice, or with its whole section; keep one of them",
            );
        }
    }
    dict
}

/// `false` if the way there is not made of tables.
fn insert(dict: &mut Dict, key: &str, value: Value) -> bool {
    let Some((section, rest)) = key.split_once('.') else {
        return dict.insert(key.to_owned(), value).is_none();
    };
    match dict.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new())) {
        Value::Dict(_, inner) => insert(inner, rest, value),
        _ => false,
    }
}

/// The value at a dotted key.
pub(crate) fn find<'a>(dict: &'a Dict, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        None => dict.get(key),
        Some((section, rest)) => {
            dict.get(section).and_then(Value::as_dict).and_then(|inner| find(inner, rest))
        }
    }
}
