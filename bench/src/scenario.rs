//! What is measured, in this order, and the goal of each (architecture, "Cost").

use std::time::Duration;

use clap::ValueEnum;

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    Discovery,
    Jwks,
    /// Access token by ES256.
    ClientCredentialsEs256,
    /// Access token by RS256.
    ClientCredentialsRs256,
    Introspection,
    Userinfo,
    /// The same with a token that is bound to a key, and a DPoP proof.
    UserinfoDpop,
    /// ID token by RS256, the default; each worker rotates a family of its own.
    Refresh,
    /// ID token by ES256.
    RefreshEs256,
    /// The same with a DPoP proof.
    RefreshDpop,
    /// The code flow of somebody who is signed in: two requests.
    CodeFlow,
    /// The same, pushed beforehand (RFC 9126): three requests.
    CodeFlowPar,
    /// The same of a client that keeps to FAPI 2.0: two assertions and two proofs besides.
    CodeFlowFapi2,
    /// The code flow with user name and password in a new browser: five requests.
    LogIn,
    /// Refresh at a fixed rate, without and with a flood of log-ins beside it.
    Flood,
}

impl Scenario {
    /// As `--only` takes it.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Server CPU per request, or per flow. `argon2` is what one hash costs alone: a log-in may take 1/0.95 of it.
    pub(crate) fn goal(self, argon2: Option<Duration>) -> Option<Duration> {
        let goal = match self {
            Self::Discovery | Self::Jwks => 20,
            Self::ClientCredentialsEs256 => 80,
            Self::Introspection => 110,
            Self::Userinfo => 150,
            Self::Refresh | Self::RefreshEs256 => 400,
            Self::CodeFlow => 900,
            Self::LogIn => return argon2.map(|alone| alone * 100 / 95),
            Self::ClientCredentialsRs256 | Self::Flood => return None,
            // What they cost beyond the same without is what is asked.
            Self::UserinfoDpop | Self::RefreshDpop | Self::CodeFlowPar | Self::CodeFlowFapi2 => return None,
        };
        Some(Duration::from_micros(goal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_may_cost_little_more_than_its_hash() {
        let hash = Duration::from_millis(19);
        assert_eq!(Scenario::LogIn.goal(Some(hash)), Some(Duration::from_millis(20)));
        assert_eq!(Scenario::LogIn.goal(None), None);
        assert_eq!(Scenario::CodeFlow.goal(None), Some(Duration::from_micros(900)));
    }

    #[test]
    fn scenarios_are_named_as_on_the_command_line() {
        assert_eq!(Scenario::ClientCredentialsEs256.name(), "client-credentials-es256");
        assert_eq!(Scenario::LogIn.name(), "log-in");
    }
}
