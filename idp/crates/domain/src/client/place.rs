//! Where a redirect URI leads, as people are told. Only the host: the rest of an address is the client's own words, and what
//! an app is called on the device (RFC 8252 sections 7.1 and 7.3) says nothing to anybody who did not build it.

use url::{Host, Url};

/// Where somebody gets who goes on to a client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the form in which it is looked up, so that letters of two scripts are not taken for each other.
    Host(String),
    /// A program on the person's own device: a loopback address, or a private-use scheme.
    Device,
}

impl Place {
    /// Of a redirect URI that may be registered; what has no host is no place elsewhere.
    pub fn of(redirect_uri: &str) -> Self {
        let url = Url::parse(redirect_uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
        let is_here = |host: &Host<&str>| match host {
            Host::Domain(name) => *name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let host = url.as_ref().and_then(Url::host).filter(|host| !is_here(host));
        host.map_or(Self::Device, |host| Self::Host(host.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_the_device_is_not_told_by_its_address() {
        for uri in
            ["http://127.0.0.1:49152/cb", "http://[::1]/cb", "com.example.a:/cb", "com.example.a://home/cb"]
        {
            assert_eq!(Place::of(uri), Place::Device, "{uri}");
        }
    }

    /// Attack 70: what stands before the host is not where the address leads, nor is one alphabet another.
    #[test]
    fn elsewhere_is_told_by_the_host_alone() {
        for (uri, host) in [
            ("https://shifts.example:8443/cb?a=1", "shifts.example"),
            ("https://127.0.0.1.shifts.example/cb", "127.0.0.1.shifts.example"),
            ("https://m\u{430}ple.example/cb", "xn--mple-53d.example"),
        ] {
            assert_eq!(Place::of(uri), Place::Host(host.to_owned()), "{uri}");
        }
    }
}
