//! Renders the settings for people: complete, as TOML, without a secret.

use serde::Serializer;
use url::Url;

use crate::raw::RawSettings;
use crate::secret::{HIDDEN, Secret};

/// All settings as TOML. Secrets hide themselves while they are written.
pub(crate) fn render(raw: &RawSettings) -> String {
    toml::to_string(raw).unwrap_or_else(|error| format!("# cannot be shown: {error}\n"))
}

/// Writes a URL so that one still sees where it leads.
pub(crate) fn url_without_password<S: Serializer>(
    url: &Secret<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&without_password(url.expose()))
}

/// Hides the password in the user part and in parameters such as `?password=`. A text that is no URL is hidden whole.
fn without_password(text: &str) -> String {
    let has_secret_parameter =
        |url: &Url| url.query_pairs().any(|(name, _)| name.contains("pass") || name.contains("key"));
    match Url::parse(text) {
        _ if text.is_empty() || text == "memory" || text.starts_with("sqlite:") => text.to_owned(),
        Ok(mut shown) if !has_secret_parameter(&shown) => {
            let hidden = shown.password().is_none() || shown.set_password(Some(HIDDEN)).is_ok();
            if hidden { shown.into() } else { HIDDEN.to_owned() }
        }
        _ => HIDDEN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        for (text, shown) in [
            ("", ""),
            ("memory", "memory"),
            ("sqlite://idp.db", "sqlite://idp.db"),
            ("postgres://idp@db/idp?sslmode=verify-full", "postgres://idp@db/idp?sslmode=verify-full"),
            ("postgres://idp:s3cret@db:5432/idp", "postgres://idp:(hidden)@db:5432/idp"),
            ("postgres://idp:s3@cret@db/idp", "postgres://idp:(hidden)@db/idp"),
            ("redis://:s3cret@redis/0", "redis://:(hidden)@redis/0"),
            ("postgres://db/idp?user=idp&password=s3cret", "(hidden)"),
            ("s3cret", "(hidden)"),
        ] {
            assert_eq!(without_password(text), shown);
        }
    }
}
