//! The sections that mean the same as written and as used: numbers, durations, words, addresses.
//! Those that need more than reading (secrets, URLs) stand in `raw` as written and in `settings` as used.
//! What each setting means, its default and its range: `default.toml`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time;

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::address::{self, Network};
use crate::duration;
use crate::keyword::{LogFormat, OtherCountry, PortalAuth, Questions, RegistrationMode};

/// `[server]`: listeners and limits of the HTTP side.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    #[serde(with = "address::listener")]
    pub listen: SocketAddr,
    /// `None`: metrics on the main listener in development, nowhere in production.
    #[serde(with = "address::optional_listener")]
    pub metrics_listen: Option<SocketAddr>,
    pub trusted_proxies: Vec<Network>,
    /// Empty: addresses have no place.
    mmdb: PathBuf,
    #[serde(with = "duration")]
    pub shutdown_grace: time::Duration,
    #[serde(with = "duration")]
    pub request_timeout: time::Duration,
    /// Bytes.
    pub max_body: usize,
    tls: Tls,
}

/// `[server.tls]`: the files a node ends TLS with itself; both or none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// The PEM files of a certificate chain and its private key; relative to the working directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificatePaths<'a> {
    pub certificate: &'a Path,
    pub key: &'a Path,
}

impl Server {
    /// What this node ends TLS with; `None`: it speaks plain HTTP.
    #[must_use]
    pub fn tls(&self) -> Option<CertificatePaths<'_>> {
        let Tls { certificate, key } = &self.tls;
        (!certificate.as_os_str().is_empty()).then_some(CertificatePaths { certificate, key })
    }

    pub(crate) fn tls_as_written(&self) -> &Tls {
        &self.tls
    }

    /// A file in MaxMind DB format that says where addresses are; relative to the working directory.
    #[must_use]
    pub fn mmdb(&self) -> Option<&Path> {
        Some(self.mmdb.as_path()).filter(|path| !path.as_os_str().is_empty())
    }
}

/// `[password.argon2]`: cost of one hash (rule P7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argon2 {
    pub memory_kib: u32,
    pub iterations: u32,
    pub parallelism: u32,
}

/// `[recovery]`: what guards a forgotten password, and how often it may be guessed (rules Q8, Q10).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    pub questions: Questions,
    /// For one mail.
    pub code_tries: u32,
    /// For one mail.
    pub answer_tries: u32,
    /// Of one account, over all mails; the last of them begins the pause.
    pub failures_per_day: u32,
    #[serde(with = "duration")]
    pub pause: Duration,
}

/// `[links]`: lives of mailed links (rule L2), and how many of them people may ask for themselves (rule L6).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    #[serde(with = "duration")]
    pub activation: Duration,
    #[serde(with = "duration")]
    pub password_reset: Duration,
    #[serde(with = "duration")]
    pub agency_reset: Duration,
    #[serde(with = "duration")]
    pub email_verification: Duration,
    #[serde(with = "duration")]
    pub email_change: Duration,
    #[serde(with = "duration")]
    pub email_undo: Duration,
    pub resend_per_minute: u32,
    pub resend_per_hour: u32,
    pub resend_per_day: u32,
    pub asked_per_network_per_hour: u32,
}

/// `[session]`: lives of browser sessions (rules, section 5).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    #[serde(with = "duration")]
    pub idle: Duration,
    #[serde(with = "duration")]
    pub absolute: Duration,
    #[serde(with = "duration")]
    pub remember_idle: Duration,
    #[serde(with = "duration")]
    pub remember_absolute: Duration,
    #[serde(with = "duration")]
    pub office_staff_absolute: Duration,
    #[serde(with = "duration")]
    pub fresh: Duration,
    #[serde(with = "duration")]
    pub administrator_fresh: Duration,
}

/// `[tokens]`: lives of codes and tokens (rules, section 5).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    #[serde(with = "duration")]
    pub authorization_code: Duration,
    #[serde(with = "duration")]
    pub id_token: Duration,
    #[serde(with = "duration")]
    pub access_token: Duration,
    #[serde(with = "duration")]
    pub admin_access_token: Duration,
    #[serde(with = "duration")]
    pub refresh_absolute: Duration,
    #[serde(with = "duration")]
    pub refresh_idle: Duration,
    #[serde(with = "duration")]
    pub offline_absolute: Duration,
    #[serde(with = "duration")]
    pub offline_idle: Duration,
    #[serde(with = "duration")]
    pub refresh_grace: Duration,
    pub refresh_grace_retries: u32,
    pub dpop_nonces: bool,
}

/// `[device]`: computers that are let in by typing a code (RFC 8628, rules section 6).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    #[serde(with = "duration")]
    pub code: Duration,
    #[serde(with = "duration")]
    pub interval: Duration,
    #[serde(with = "duration")]
    pub fresh: Duration,
    #[serde(with = "duration")]
    pub absolute: Duration,
    #[serde(with = "duration")]
    pub idle: Duration,
    pub other_country: OtherCountry,
    pub tries_per_browser: u32,
    pub tries_per_network_per_hour: u32,
    pub alarm_per_hour: u32,
    pub requests_per_network_per_minute: u32,
}

/// `[registration]`: programs that make themselves clients (RFC 7591).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    pub mode: RegistrationMode,
    pub requests_per_minute: u32,
    #[serde(with = "duration")]
    pub unused: Duration,
}

/// `[backchannel]`: the queue of logout tokens for clients (OpenID Connect Back-Channel Logout 1.0).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backchannel {
    #[serde(with = "duration")]
    pub retry_first: Duration,
    #[serde(with = "duration")]
    pub retry_cap: Duration,
    pub max_attempts: u32,
    /// Longer than the time-out of a call.
    #[serde(with = "duration")]
    pub lease: Duration,
    #[serde(with = "duration")]
    pub poll: time::Duration,
}

/// `[audit]`: the log of who did what (R94).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    #[serde(with = "duration")]
    pub retention: Duration,
}

/// `[bulk]`: lists of people to add.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    pub mails_per_second: u32,
}

/// `[branding]`: names on pages and in mails.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branding {
    pub product_name: String,
    pub operator_name: String,
}

/// `[portal]`: what the portal client of a new agency is made of; each address has `{slug}` where the agency's own goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portal {
    /// Empty: no portal clients are made.
    pub url: String,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub backchannel_logout_uri: String,
    pub initiate_login_uri: String,
    pub auth_method: PortalAuth,
    pub jwks_uri: String,
}

/// `[throttle]`: what failures cost (rules, section 4).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// Failures without a wait.
    pub password_free: u32,
    #[serde(with = "duration")]
    pub password_first: Duration,
    #[serde(with = "duration")]
    pub password_cap: Duration,
    /// Failures after which only recovery helps.
    pub password_ceiling: u32,
    #[serde(with = "duration")]
    pub known_device: Duration,
    pub network_failures_per_minute: u32,
    pub network_failures_per_hour: u32,
    pub company_failures_per_hour: u32,
    pub provisioning_calls_per_minute: u32,
    pub pushed_requests_per_network_per_minute: u32,
}

/// `[log]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    /// A level, or several `target=level` with commas between.
    pub level: String,
}
