//! Network addresses in settings: listeners ("127.0.0.1:8080") and networks ("10.0.0.0/8", RFC 4632).

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A listener's address, with a message that says what to write.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Listener(SocketAddr);

impl TryFrom<String> for Listener {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let help = || {
            format!(
                r#"{text:?} is not an address with a port; write one such as "127.0.0.1:8080" or "[::]:8080""#
            )
        };
        text.parse().map(Self).map_err(|_| help())
    }
}

/// `#[serde(with = "address::listener")]`: a `SocketAddr` that has to be there.
pub(crate) mod listener {
    use super::{Deserialize, Listener, Serialize, SocketAddr};
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(address: &SocketAddr, serializer: S) -> Result<S::Ok, S::Error> {
        address.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
        Listener::deserialize(deserializer).map(|listener| listener.0)
    }
}

/// `#[serde(with = "address::optional_listener")]`: a `SocketAddr`, or none where the text is empty.
pub(crate) mod optional_listener {
    use super::{Deserialize, Listener, Serialize, SocketAddr};
    use serde::{Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(address: &Option<SocketAddr>, to: S) -> Result<S::Ok, S::Error> {
        address.map_or_else(String::new, |address| address.to_string()).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(None);
        }
        Listener::try_from(text).map(|listener| Some(listener.0)).map_err(D::Error::custom)
    }
}

/// All addresses that share their first bits with one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

impl Network {
    /// Is the address in this network? An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                (first.to_bits() ^ address.to_bits()).leading_zeros() >= self.prefix.into()
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                (first.to_bits() ^ address.to_bits()).leading_zeros() >= self.prefix.into()
            }
            _ => false,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) =
            text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let first = IpAddr::from_str(address).ok()?;
        let (longest, zeros) = match first {
            IpAddr::V4(first) => (32, first.to_bits().trailing_zeros()),
            IpAddr::V6(first) => (128, first.to_bits().trailing_zeros()),
        };
        let prefix = prefix
            .map_or(Some(longest), |prefix| prefix.parse().ok().filter(|bits: &u8| *bits <= longest))?;
        // Bits behind the prefix would be a typing error nobody notices: "10.1.0.0/8" is not what was meant.
        (zeros >= u32::from(longest - prefix)).then_some(Self { first, prefix })
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| {
            format!(r#"{text:?} is not a network; write its first address and its length, such as "10.0.0.0/8" or "::1/128""#)
        })
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

/// Is this host name or address the machine itself?
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || IpAddr::from_str(address).is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_network_contains_what_shares_its_prefix_and_nothing_else() {
        let contains = |network: &str, address: &str| {
            Network::try_from(network.to_owned()).unwrap().contains(address.parse().unwrap())
        };
        assert!(contains("10.0.0.0/8", "10.255.0.1"));
        assert!(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(!contains("10.0.0.0/8", "11.0.0.0"));
        assert!(contains("0.0.0.0/0", "203.0.113.9"));
        assert!(!contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(contains("192.0.2.7", "192.0.2.7"));
        assert!(!contains("192.0.2.7", "192.0.2.6"));
    }

    #[test]
    fn what_is_not_a_network_is_refused() {
        for text in ["", "10.0.0.0/33", "10.1.0.0/8", "::1/129", "proxy", "10.0.0.0/", "10.0.0/8", "::1/0"] {
            assert!(Network::try_from(text.to_owned()).unwrap_err().contains("10.0.0.0/8"), "{text}");
        }
    }
}
