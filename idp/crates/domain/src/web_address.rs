//! Addresses that pages and mails turn into links: `https` or `http`, with a host, and nothing else (attack 70).

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

/// The text is no address of a web page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a web address that begins with https:// or http://")]
pub struct NotAWebAddress;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Url", into = "Url")]
pub struct WebAddress(Url);

impl WebAddress {
    /// # Errors
    /// [`NotAWebAddress`].
    pub fn parse(text: &str) -> Result<Self, NotAWebAddress> {
        Url::parse(text).map_err(|_| NotAWebAddress)?.try_into()
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl TryFrom<Url> for WebAddress {
    type Error = NotAWebAddress;

    fn try_from(url: Url) -> Result<Self, NotAWebAddress> {
        let is_web = matches!(url.scheme(), "https" | "http") && url.has_host();
        is_web.then_some(Self(url)).ok_or(NotAWebAddress)
    }
}

impl From<WebAddress> for Url {
    fn from(address: WebAddress) -> Self {
        address.0
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack 70: what an agency writes becomes a link on other people's pages.
    #[test]
    fn nothing_but_the_web_becomes_a_link() {
        for address in ["https://maple.example/HTPortal/", "http://127.0.0.1:8090/"] {
            assert_eq!(WebAddress::parse(address).map(|it| it.to_string()), Ok(address.to_owned()));
        }
        for other in ["javascript:alert(1)", "data:text/html,x", "ftp://maple.example/", "maple.example", ""]
        {
            assert_eq!(WebAddress::parse(other), Err(NotAWebAddress), "{other}");
        }
        assert!(serde_json::from_str::<WebAddress>(r#""javascript:alert(1)""#).is_err());
    }
}
