//! What the portal is told when it starts: flags, each with an environment variable beside it.
//! [`Cli`] is the raw text, [`Settings`] what the rest may trust. Never prints the client secret.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::ArgGroup;
use openidconnect::{ClientId, ClientSecret, IssuerUrl};
use url::{Host, Url};

use crate::brand::{Colour, Logo};

/// A sample agency web portal that logs people in with OpenID Connect.
#[derive(clap::Parser)]
#[command(name = "sample-portal", version)]
#[command(group(ArgGroup::new("secret").required(true).args(["client_secret", "client_secret_file"])))]
pub(crate) struct Cli {
    /// Address and port to listen on
    #[arg(long, env = "PORTAL_LISTEN", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,

    /// Where browsers find the portal [default: http:// and the listen address]
    #[arg(long, env = "PORTAL_PUBLIC_URL", value_name = "URL")]
    public_url: Option<Url>,

    /// Issuer URL of the provider; everything else is discovered from it
    #[arg(long, env = "PORTAL_ISSUER", value_name = "URL")]
    issuer: String,

    /// Client identifier the provider knows the portal by
    #[arg(long, env = "PORTAL_CLIENT_ID", value_name = "ID")]
    client_id: String,

    /// Client secret; prefer the file, which does not show in the list of running programs
    #[arg(long, env = "PORTAL_CLIENT_SECRET", value_name = "SECRET", hide_env_values = true)]
    client_secret: Option<String>,

    /// File that holds the client secret
    #[arg(long, env = "PORTAL_CLIENT_SECRET_FILE", value_name = "FILE")]
    client_secret_file: Option<PathBuf>,

    /// Name of the agency, shown on every page
    #[arg(long, env = "PORTAL_COMPANY_NAME", value_name = "NAME", default_value = "Maple Home Care")]
    company_name: String,

    /// Colour of the agency, such as #1f6b35; made darker or lighter until it can be read
    #[arg(long, env = "PORTAL_ACCENT", value_name = "COLOUR")]
    accent: Option<Colour>,

    /// Logo of the agency: a PNG or JPEG picture of at most 256 KB
    #[arg(long, env = "PORTAL_LOGO", value_name = "FILE")]
    logo: Option<PathBuf>,
}

/// Checked settings. URLs are absolute and `public_url` ends with a slash.
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Url,
    pub(crate) issuer: IssuerUrl,
    pub(crate) client_id: ClientId,
    pub(crate) client_secret: ClientSecret,
    pub(crate) company_name: String,
    pub(crate) accent: Option<Colour>,
    pub(crate) logo: Option<Logo>,
}

impl Settings {
    /// The portal's own page `name`, for example `callback`; the empty name is its home page.
    pub(crate) fn link(&self, name: &str) -> Url {
        let mut link = self.public_url.clone();
        link.set_path(&format!("{}{name}", self.public_url.path()));
        link
    }

    /// Whether browsers reach the portal over TLS, so that its cookies may insist on it.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

impl TryFrom<Cli> for Settings {
    type Error = anyhow::Error;

    fn try_from(cli: Cli) -> anyhow::Result<Self> {
        let public_url = match cli.public_url {
            Some(url) => url,
            None => Url::parse(&format!("http://{}/", cli.listen))?,
        };
        let client_secret = match (cli.client_secret, &cli.client_secret_file) {
            (Some(secret), _) => secret,
            (None, Some(file)) => std::fs::read_to_string(file)
                .with_context(|| format!("--client-secret-file: cannot read {}", file.display()))?,
            (None, None) => String::new(),
        };
        let client_secret = client_secret.trim();
        ensure!(!client_secret.is_empty(), "the client secret is empty");
        Ok(Self {
            listen: cli.listen,
            public_url: portal_root(public_url).context("--public-url")?,
            issuer: trusted_issuer(cli.issuer).context("--issuer")?,
            client_id: ClientId::new(cli.client_id),
            client_secret: ClientSecret::new(client_secret.to_owned()),
            company_name: cli.company_name,
            accent: cli.accent,
            logo: cli.logo.as_deref().map(Logo::read).transpose().context("--logo")?,
        })
    }
}

/// The root all pages lie below; a path such as `/HTPortal/` (R62) is kept.
fn portal_root(mut url: Url) -> anyhow::Result<Url> {
    ensure!(matches!(url.scheme(), "http" | "https"), "must start with http:// or https://");
    ensure!(url.query().is_none() && url.fragment().is_none(), "must not have a query or a fragment");
    ensure!(url.path().chars().all(|c| !"{}*".contains(c)), "must not have braces or stars in its path");
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// Kept byte for byte, because `iss` is compared so (OIDC Discovery section 4.3). Plain http is for
/// this machine only: whoever can alter discovery can log in as anybody.
fn trusted_issuer(issuer: String) -> anyhow::Result<IssuerUrl> {
    let issuer = IssuerUrl::new(issuer)?;
    let (scheme, host) = (issuer.url().scheme(), issuer.url().host());
    ensure!(
        scheme == "https" || (scheme == "http" && is_this_machine(host)),
        "must be an https:// URL (http:// is accepted for this machine only)"
    );
    ensure!(
        issuer.url().query().is_none() && issuer.url().fragment().is_none(),
        "must not have a query or a fragment"
    );
    Ok(issuer)
}

/// Loopback addresses and the names reserved for them (RFC 6761 section 6.3).
pub(crate) fn is_this_machine(host: Option<Host<&str>>) -> bool {
    match host {
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

    const BASE: [&str; 5] = ["sample-portal", "--client-id", "portal.99999", "--client-secret", "s3cret"];

    fn settings(more: &[&str]) -> anyhow::Result<Settings> {
        Settings::try_from(Cli::try_parse_from(BASE.iter().chain(more))?)
    }

    /// R62: the portal lives below a path, with or without its last slash.
    #[test]
    fn a_public_url_keeps_its_path_and_ends_with_a_slash() {
        let more = ["--issuer", "https://id.example", "--public-url", "https://maple.example/HTPortal"];
        let settings = settings(&more).unwrap();
        assert_eq!(settings.link("").as_str(), "https://maple.example/HTPortal/");
        assert_eq!(settings.link("callback").as_str(), "https://maple.example/HTPortal/callback");
        assert!(settings.is_https());
    }

    #[test]
    fn without_a_public_url_the_listen_address_is_it() {
        let settings =
            settings(&["--issuer", "http://127.0.0.1:8080", "--listen", "127.0.0.1:4711"]).unwrap();
        assert_eq!(settings.link("login").as_str(), "http://127.0.0.1:4711/login");
        assert!(!settings.is_https());
    }

    /// OIDC Discovery section 4.3: no slash is added, none is taken away.
    #[test]
    fn the_issuer_is_kept_byte_for_byte() {
        for issuer in
            ["https://id.example", "https://id.example/", "https://id.example/agency", "http://[::1]:80"]
        {
            assert_eq!(settings(&["--issuer", issuer]).unwrap().issuer.as_str(), issuer);
        }
    }

    #[test]
    fn plain_http_is_refused_for_an_issuer_elsewhere() {
        for issuer in ["http://id.example", "ftp://localhost", "http://localhost.evil.example"] {
            assert!(settings(&["--issuer", issuer]).is_err(), "{issuer}");
        }
        assert!(settings(&["--issuer", "http://id.localhost:8080"]).is_ok());
    }

    #[test]
    fn exactly_one_secret_is_asked_for() {
        let bare = ["sample-portal", "--client-id", "p", "--issuer", "https://id.example"];
        assert!(Cli::try_parse_from(bare).is_err());
        assert!(
            settings(&["--issuer", "https://id.example", "--client-secret-file", "/dev/null"]).is_err(),
            "two"
        );
        let empty = ["--client-secret-file", "/dev/null"];
        let cli = Cli::try_parse_from(bare.iter().chain(&empty)).unwrap();
        assert!(Settings::try_from(cli).is_err(), "an empty secret file");
    }
}
