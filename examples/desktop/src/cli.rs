//! What the program is told when it starts: flags, each with an environment variable beside it.
//! [`Cli`] is the raw text, [`Options`] what the rest may trust. There is no flag for a password, and never will be.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::ValueEnum;
use openidconnect::{ClientId, IssuerUrl};
use url::{Host, Url};

use crate::settings;

/// A sample desktop program of a home-care agency, which logs people in with OpenID Connect.
#[derive(clap::Parser)]
#[command(name = "sample-desktop", version)]
pub(crate) struct Cli {
    /// Issuer URL of the provider; everything else is discovered from it
    #[arg(long, env = "DESKTOP_ISSUER", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    issuer: String,

    /// Client identifier the provider knows the program by
    #[arg(long, env = "DESKTOP_CLIENT_ID", value_name = "ID", default_value = "desktop")]
    client_id: String,

    /// Company code to begin with [default: that of the last log-in]
    #[arg(long, env = "DESKTOP_CUSTOMER", value_name = "CODE")]
    customer: Option<String>,

    /// User name to begin with [default: that of the last log-in]
    #[arg(long, env = "DESKTOP_USERNAME", value_name = "NAME")]
    username: Option<String>,

    /// What this computer is called where people let it in [default: its host name]
    #[arg(long, env = "DESKTOP_DEVICE_NAME", value_name = "NAME")]
    device_name: Option<String>,

    /// File that remembers Customer and Username [default: in the folder for settings of the system]
    #[arg(long, env = "DESKTOP_SETTINGS", value_name = "FILE")]
    settings: Option<PathBuf>,

    /// Seconds between two questions whether the person still has access
    #[arg(long, env = "DESKTOP_CHECK_EVERY", value_name = "SECONDS", default_value_t = 30)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=60))]
    check_every: u64,

    /// Where a forgotten password is replaced [default: /forgot at the issuer]
    #[arg(long, env = "DESKTOP_RECOVERY_URL", value_name = "URL")]
    recovery_url: Option<Url>,

    /// Come back from the browser by itself, without a code (RFC 8252)
    #[arg(long, env = "DESKTOP_LOOPBACK")]
    loopback: bool,

    /// Run in this terminal instead of a window
    #[arg(long, env = "DESKTOP_HEADLESS")]
    headless: bool,

    /// Colours of the window
    #[arg(long, env = "DESKTOP_COLOURS", value_enum, default_value_t = Colours::System)]
    colours: Colours,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colours {
    /// As the system says, where it does (Windows and macOS do, X11 does not); otherwise light
    System,
    Light,
    Dark,
}

/// How the person comes back from the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// They compare a code; works from any browser, on any machine (RFC 8628).
    Code,
    /// The browser of this machine brings them (RFC 8252 section 7.3).
    Loopback,
}

/// Checked options.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) issuer: IssuerUrl,
    pub(crate) client_id: ClientId,
    pub(crate) customer: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) device_name: String,
    /// `None` where the system has no place for settings: nothing is remembered then.
    pub(crate) settings: Option<PathBuf>,
    pub(crate) check_every: Duration,
    pub(crate) recovery_url: Url,
    pub(crate) way: Way,
    pub(crate) headless: bool,
    pub(crate) colours: Colours,
}

impl TryFrom<Cli> for Options {
    type Error = anyhow::Error;

    fn try_from(cli: Cli) -> anyhow::Result<Self> {
        let issuer = trusted_issuer(cli.issuer).context("--issuer")?;
        let recovery_url = match cli.recovery_url {
            Some(url) => url,
            None => Url::parse(&format!("{}/forgot", issuer.trim_end_matches('/')))?,
        };
        let is_web = matches!(recovery_url.scheme(), "http" | "https");
        ensure!(is_web, "--recovery-url must start with https://");
        Ok(Self {
            issuer,
            recovery_url,
            client_id: ClientId::new(cli.client_id),
            customer: cli.customer,
            username: cli.username,
            device_name: cli.device_name.unwrap_or_else(host_name),
            settings: cli.settings.or_else(settings::usual_place),
            check_every: Duration::from_secs(cli.check_every),
            way: if cli.loopback { Way::Loopback } else { Way::Code },
            headless: cli.headless,
            colours: cli.colours,
        })
    }
}

fn host_name() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

/// Kept byte for byte, because `iss` is compared so (OIDC Discovery section 4.3). Plain http is for
/// this machine only: whoever can alter discovery can log in as anybody.
fn trusted_issuer(issuer: String) -> anyhow::Result<IssuerUrl> {
    let issuer = IssuerUrl::new(issuer)?;
    let url = issuer.url();
    ensure!(
        url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(url)),
        "must be an https:// URL (http:// is accepted for this machine only)"
    );
    ensure!(url.query().is_none() && url.fragment().is_none(), "must not have a query or a fragment");
    Ok(issuer)
}

/// Loopback addresses and the names reserved for them (RFC 6761 section 6.3).
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;
    use clap::Parser;

    fn options(arguments: &[&str]) -> anyhow::Result<Options> {
        Options::try_from(Cli::try_parse_from(["sample-desktop"].iter().chain(arguments))?)
    }

    #[test]
    fn the_recovery_page_is_the_issuers_unless_another_is_named() {
        for issuer in ["https://id.example", "https://id.example/"] {
            let options = options(&["--issuer", issuer]).unwrap();
            assert_eq!(options.issuer.as_str(), issuer, "byte for byte");
            assert_eq!(options.recovery_url.as_str(), "https://id.example/forgot");
        }
        let named = options(&["--recovery-url", "https://help.example/password"]).unwrap();
        assert_eq!(named.recovery_url.as_str(), "https://help.example/password");
        assert!(options(&["--recovery-url", "file:///etc/passwd"]).is_err());
    }

    #[test]
    fn plain_http_is_refused_for_an_issuer_elsewhere() {
        for issuer in ["http://id.example", "ftp://localhost", "http://localhost.evil.example"] {
            assert!(options(&["--issuer", issuer]).is_err(), "{issuer}");
        }
        assert!(options(&["--issuer", "http://id.localhost:8080"]).is_ok());
    }

    /// R7: somebody who was deactivated is out within 60 seconds; nobody may configure that away.
    #[test]
    fn access_is_asked_about_at_least_once_a_minute() {
        assert_eq!(options(&[]).unwrap().check_every, Duration::from_secs(30));
        assert!(options(&["--check-every", "61"]).is_err());
        assert!(options(&["--check-every", "0"]).is_err());
    }
}
