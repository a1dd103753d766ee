//! Request parameters, each at most once (RFC 6749 section 3.1); an empty one counts as absent.

use std::collections::BTreeMap;

/// Parsed query or form parameters.
#[derive(Clone, Default)]
pub struct Params(BTreeMap<String, Vec<String>>);

impl Params {
    /// Parses `application/x-www-form-urlencoded` text.
    pub fn parse(raw: &[u8]) -> Self {
        url::form_urlencoded::parse(raw).map(|(k, v)| (k.into_owned(), v.into_owned())).collect()
    }

    /// The value; the first one of a parameter that was repeated.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of a parameter that may be repeated.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(String::as_str)
    }

    /// Whether it was sent, be it empty: an empty field of a form says that there is nothing, a missing one says nothing.
    pub fn is_sent(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What follows `prefix` in the names of parameters, with each of their values.
    pub fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let named = move |(name, values): (&'a String, &'a Vec<String>)| {
            let rest = name.strip_prefix(prefix)?;
            Some(values.iter().map(move |value| (rest, value.as_str())))
        };
        self.0.iter().filter_map(named).flatten()
    }

    /// Each parameter with each of its values, and those that were sent empty.
    pub fn sent(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, values)| {
            let empty = values.is_empty().then_some("");
            values.iter().map(String::as_str).chain(empty).map(move |value| (name.as_str(), value))
        })
    }

    /// The first parameter that came more than once; `resource` may (RFC 8707 section 2).
    pub fn repeated(&self) -> Option<&str> {
        let repeated = self.0.iter().filter(|(_, values)| values.len() > 1).map(|(name, _)| name.as_str());
        repeated.into_iter().find(|name| *name != "resource")
    }

    pub fn is_repeated(&self, name: &str) -> bool {
        self.all(name).nth(1).is_some()
    }
}

impl FromIterator<(String, String)> for Params {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            let sent = values.entry(name).or_default();
            if !value.is_empty() {
                sent.push(value);
            }
        }
        Self(values)
    }
}

impl std::fmt::Debug for Params {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
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
        assert_eq!(params.get("client_id"), Some("a"));
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(
            (params.get("state"), params.all("state").next(), params.below("sta").next()),
            (None, None, None)
        );
        assert!(params.is_sent("state") && !params.is_sent("nonce"));
        let sent: Vec<_> = params.sent().filter(|(name, _)| matches!(*name, "resource" | "state")).collect();
        assert_eq!(sent, [("resource", "x"), ("resource", "y"), ("state", "")]);
        assert_eq!(params.get("scope"), Some("openid email"));
        assert!(!format!("{params:?}").contains("openid"));
    }
}
