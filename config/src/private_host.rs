//! Hosts that outbound calls may reach although they are not public: `portal.intranet.example`, `localhost:8443`, `[::1]`.
//! Compared as URLs are, after IDNA; no patterns, because one that is too wide would let a stranger in.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// A host, on every port or on one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PrivateHost {
    host: Host<String>,
    port: Option<u16>,
}

impl PrivateHost {
    /// Does the URL lead to this host, by the very name or address that was written?
    #[must_use]
    pub fn is_at(&self, url: &Url) -> bool {
        url.host().is_some_and(|host| self.host == host)
            && (self.port.is_none() || self.port == url.port_or_known_default())
    }

    fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !text.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (text, None),
        };
        let is_pattern = host.contains('*');
        let host = Host::parse(host).ok().filter(|_| !is_pattern)?;
        Some(Self { host, port })
    }
}

impl TryFrom<String> for PrivateHost {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| {
            format!(r#"{text:?} is not a host; write its name or address, such as "portal.intranet.example", "10.0.0.7:8443" or "[::1]""#)
        })
    }
}

impl From<PrivateHost> for String {
    fn from(host: PrivateHost) -> Self {
        host.to_string()
    }
}

impl fmt::Display for PrivateHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => write!(f, "{}", self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_host_is_met_by_its_own_name_and_on_its_own_port_only() {
        let is_at = |host: &str, url: &str| {
            PrivateHost::try_from(host.to_owned()).unwrap().is_at(&Url::parse(url).unwrap())
        };
        for (host, url) in [
            ("portal.intranet", "http://portal.intranet:8080/a"),
            ("Portal.Intranet", "https://pORTAL.intranet/"),
            ("bücher.example", "https://xn--bcher-kva.example/"),
            ("localhost:8443", "https://localhost:8443/"),
            ("localhost:443", "https://localhost/"),
            ("localhost:80", "http://localhost/"),
            ("10.0.0.7", "https://10.0.0.7:1/"),
            ("10.0.0.7", "https://0x0a000007/"),
            ("[::1]", "http://[0:0:0:0:0:0:0:1]:9/"),
            ("[::1]:9", "http://[::1]:9/"),
        ] {
            assert!(is_at(host, url), "{host} {url}");
        }
        for (host, url) in [
            ("portal.intranet", "https://a.portal.intranet/"),
            ("portal.intranet", "https://portal.intranet.example/"),
            ("portal.intranet", "https://portal.intranet./"),
            ("portal.intranet", "https://x/portal.intranet"),
            ("localhost:8443", "https://localhost/"),
            ("localhost:443", "http://localhost/"),
            ("127.0.0.1", "https://localhost/"),
            ("127.0.0.1", "https://[::ffff:127.0.0.1]/"),
            ("[::1]:9", "http://[::1]/"),
            ("localhost", "data:localhost"),
        ] {
            assert!(!is_at(host, url), "{host} {url}");
        }
    }

    #[test]
    fn what_is_not_a_host_is_refused_with_examples() {
        for text in [
            "",
            ":8443",
            "::1",
            "https://portal.intranet",
            "portal.intranet/",
            "portal.intranet:",
            "portal.intranet:70000",
            "me@portal.intranet",
            "*.intranet",
            "10.0.0.0/8",
            "10.0.0.300",
            "a b",
        ] {
            assert!(PrivateHost::try_from(text.to_owned()).unwrap_err().contains("10.0.0.7:8443"), "{text}");
        }
    }
}
