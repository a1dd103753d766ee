//! The reference of all settings, read from `default.toml`: there is no second list of what a setting means.

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// With its section, such as `session.idle`.
    pub key: String,
    /// As a person writes it, without quotes: `60 min`. Empty: not set.
    pub default: String,
    /// What it does, its unit, range and rule, on one line.
    pub comment: String,
}

/// All settings in the order of `default.toml`.
#[must_use]
pub fn reference() -> Vec<Entry> {
    let mut section = String::new();
    let mut comment = Vec::new();
    let mut entries = Vec::new();
    for line in crate::DEFAULTS.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        } else if let Some((key, default)) = line.split_once(" = ") {
            let default = default.trim_matches('"').to_owned();
            entries.push(Entry { key: format!("{section}{key}"), default, comment: comment.join(" ") });
        }
        comment.clear();
    }
    entries
}

/// The reference as a Markdown table, for README files.
#[must_use]
pub fn reference_table() -> String {
    let row = |entry: Entry| {
        let default = if entry.default.is_empty() { String::new() } else { format!("`{}`", entry.default) };
        format!("| `{}` | {default} | {} |\n", entry.key, entry.comment.replace('|', "\\|"))
    };
    let rows: String = reference().into_iter().map(row).collect();
    format!("| Setting | Default | Meaning |\n|---|---|---|\n{rows}")
}
