//! How far the computer is from the person who answers for it (BCP 247 section 6.1.1, rules section 6, "Proximity"): the same
//! public address is normal, any other is asked about, another country is refused. A hint, not a proof: whoever is known to be
//! nowhere is in no other country.

use std::net::IpAddr;

use idp_domain::location::Location;

use crate::env::Env;
use crate::throttle::network_of;

/// What becomes of a computer in another country than the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherCountry {
    Refuse,
    Warn,
}

/// Where both are, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    pub computer: Option<Location>,
    pub person: Option<Location>,
    pub(super) distance: Distance,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Distance {
    /// Behind one address.
    Near,
    Elsewhere,
    /// In another country, where that counts.
    Abroad,
}

impl Whereabouts {
    /// Of a computer that asked from one address, and a person who answers from another.
    pub(super) fn of(env: &Env, asked_from: Option<IpAddr>, answered_from: Option<IpAddr>) -> Self {
        let [computer, person] =
            [asked_from, answered_from].map(|from| from.and_then(|address| env.geography.locate(address)));
        let is_abroad = match (&computer, &person) {
            (Some(computer), Some(person)) => !computer.shares_country_with(person),
            _ => false,
        };
        let distance = match (is_near(asked_from, answered_from), env.policy.device_other_country) {
            (true, _) => Distance::Near,
            (false, OtherCountry::Refuse) if is_abroad => Distance::Abroad,
            (false, _) => Distance::Elsewhere,
        };
        Self { computer, person, distance }
    }
}

/// Whether both are behind the same address; a person's own network is one IPv4 address or one /64.
fn is_near(asked_from: Option<IpAddr>, answered_from: Option<IpAddr>) -> bool {
    let place = |address: IpAddr| match address.to_canonical() {
        v4 @ IpAddr::V4(_) => v4.to_string(),
        v6 @ IpAddr::V6(_) => network_of(v6),
    };
    // Where neither is known, there is nothing to compare.
    asked_from.map(place) == answered_from.map(place)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Rules section 6, "Proximity": the same public address is normal, any other is asked about.
    #[test]
    fn a_computer_is_near_behind_the_same_address() {
        let at = |address: &str| Some(address.parse::<IpAddr>().unwrap());
        assert!(is_near(at("198.51.100.7"), at("::ffff:198.51.100.7")));
        assert!(is_near(at("2001:db8:1:2::7"), at("2001:db8:1:2:ffff::1")));
        assert!(is_near(None, None));
        assert!(!is_near(at("198.51.100.7"), at("198.51.100.8")));
        assert!(!is_near(at("2001:db8:1:2::7"), at("2001:db8:1:3::7")));
        assert!(!is_near(None, at("198.51.100.7")));
    }
}
