//! Logging in, in one of two ways: with a code (RFC 8628) or back by the loopback interface (RFC 8252). Both send the
//! person to their own browser; no password is ever typed here (R56).

mod device;
mod loopback;

use std::time::Instant;

use openidconnect::core::CoreTokenResponse;
use openidconnect::{Nonce, Scope};
use url::Url;

use crate::cli::{Options, Way};
use crate::problem::Problem;
use crate::provider::Provider;

/// Besides `openid`, which the crate adds. What the program is not registered for is left out by the provider.
const SCOPES: [&str; 4] = ["profile", "email", "company", "companies"];

/// Who wants to log in where, as typed. An empty field leaves the choice to the log-in page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) customer: String,
    pub(crate) username: String,
}

impl Wish {
    /// The request's parameters (docs/clients.md, "Which agency").
    fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> {
        let named = [("company", &self.customer), ("login_hint", &self.username)];
        let named = named.map(|(name, value)| (name, value.trim().to_owned()));
        named.into_iter().filter(|(_, value)| !value.is_empty())
    }
}

/// What is waited for, so that the screen can say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The page that finishes the log-in.
    pub(crate) address: Url,
    /// What the person compares; none on the way by the loopback interface.
    pub(crate) code: Option<Code>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) user_code: String,
    /// Short enough to type on a phone.
    pub(crate) verification_uri: String,
    pub(crate) good_until: Instant,
}

/// What came of it.
pub(crate) struct Granted {
    pub(crate) tokens: CoreTokenResponse,
    /// The nonce that the ID token has to repeat, where one was sent.
    pub(crate) nonce: Option<Nonce>,
}

/// Asks, says what is waited for, and waits. Dropping the future ends the log-in.
pub(crate) async fn log_in(
    provider: &Provider,
    options: &Options,
    wish: &Wish,
    say: impl FnOnce(Waiting),
) -> Result<Granted, Problem> {
    match options.way {
        Way::Code => {
            let asked = device::ask(provider, wish, &options.device_name).await?;
            say(asked.waiting());
            asked.answer(provider).await
        }
        Way::Loopback => {
            let departed = loopback::depart(provider, wish).await?;
            say(departed.waiting());
            departed.answer(provider).await
        }
    }
}

/// What is shown and handed to the system's browser is a page, and not a file or a program.
fn web_address(text: &str) -> Result<Url, Problem> {
    let address = Url::parse(text).map_err(Problem::unusable)?;
    match address.scheme() {
        "http" | "https" => Ok(address),
        other => Err(Problem::unusable(anyhow::anyhow!("an address of the scheme {other}"))),
    }
}

fn scopes() -> impl Iterator<Item = Scope> {
    SCOPES.into_iter().map(|scope| Scope::new(scope.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_are_handed_to_the_browser() {
        for bad in ["file:///etc/passwd", "javascript:alert(1)", "calc.exe", "smb://elsewhere/x"] {
            assert!(web_address(bad).is_err(), "{bad}");
        }
        assert!(web_address("https://id.example/device").is_ok());
    }
}
