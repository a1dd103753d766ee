//! Request parameters, each at most once (RFC 6749 section 3.1); an empty one counts as absent.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

/// Parsed query or form parameters.
#[derive(Clone, Default)]
pub struct Params {
    values: BTreeMap<String, String>,
    repeated: BTreeSet<String>,
}

impl Params {
    /// Parses `application/x-www-form-urlencoded` text.
    pub fn parse(raw: &[u8]) -> Self {
        url::form_urlencoded::parse(raw).map(|(k, v)| (k.into_owned(), v.into_owned())).collect()
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The first parameter that came more than once; `resource` may (RFC 8707 section 2).
    pub fn repeated(&self) -> Option<&str> {
        self.repeated.iter().map(String::as_str).find(|name| *name != "resource")
    }

    pub fn is_repeated(&self, name: &str) -> bool {
        self.repeated.contains(name)
    }
}

impl FromIterator<(String, String)> for Params {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        let mut params = Self::default();
        for (name, value) in pairs {
            if value.is_empty() {
                continue;
            }
            match params.values.entry(name) {
                Entry::Occupied(seen) => {
                    params.repeated.insert(seen.key().clone());
                }
                Entry::Vacant(fresh) => {
                    fresh.insert(value);
                }
            }
        }
        params
    }
}

impl std::fmt::Debug for Params {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_and_empty_parameters_are_seen_and_values_never_printed() {
        let params =
            Params::parse(b"client_id=a&client_id=b&state=&scope=openid%20email&resource=x&resource=y");
        assert_eq!(params.repeated(), Some("client_id"));
        assert_eq!(params.get("state"), None);
        assert_eq!(params.get("scope"), Some("openid email"));
        assert!(!format!("{params:?}").contains("openid"));
    }
}
