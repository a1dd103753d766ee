//! Settings as used: validated, secrets read, alternatives decided. Made only by `load`; whoever holds one need not check
//! anything again.

use std::path::PathBuf;

use chrono::Duration;
use url::Url;

use crate::keyword::{Mode, SmtpTls};
use crate::private_host::PrivateHost;
use crate::raw::RawSettings;
use crate::secret::Secret;
use crate::section::{
    Argon2, Audit, Backchannel, Branding, Bulk, Device, Links, Log, Portal, Recovery, Registration, Server,
    Session, Throttle, Tokens,
};
use crate::show;

/// Everything the server is told from outside.
#[derive(Debug, Clone)]
pub struct Settings {
    pub mode: Mode,
    pub issuer: Issuer,
    pub server: Server,
    pub database: Database,
    pub ephemeral: Ephemeral,
    pub keys: Keys,
    pub password: Password,
    pub recovery: Recovery,
    pub links: Links,
    pub session: Session,
    pub tokens: Tokens,
    pub mail: Mail,
    pub outbound: Outbound,
    pub backchannel: Backchannel,
    pub audit: Audit,
    pub bulk: Bulk,
    pub device: Device,
    pub registration: Registration,
    pub branding: Branding,
    pub portal: Portal,
    pub throttle: Throttle,
    pub log: Log,
    pub(crate) written: RawSettings,
}

impl Settings {
    /// The effective settings as TOML, every secret as `(hidden)`: what `idp config show` prints.
    #[must_use]
    pub fn show(&self) -> String {
        show::render(&self.written)
    }
}

/// `[issuer]`: who this server says it is.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// The issuer identifier byte for byte as written (OpenID Connect Core section 2: compared as a string).
    pub issuer: String,
    /// The same, parsed. Its text may have a slash at the end that `issuer` has not: never use it as the identifier.
    pub url: Url,
}

impl Issuer {
    /// Whether cookies get `Secure` and the `__Host-` prefix.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }
}

/// Which database a URL leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

/// `[database]`.
#[derive(Debug, Clone)]
pub struct Database {
    pub kind: DatabaseKind,
    /// May hold a password.
    pub url: Secret<String>,
    pub max_connections: u32,
}

/// `[ephemeral]`: where state lives that may be lost.
#[derive(Debug, Clone)]
pub enum Ephemeral {
    /// In this process; a single node only.
    Memory,
    /// The URL may hold a password.
    Redis { url: Secret<String> },
}

/// A key the operator made, with the name that stands beside what it protects.
#[derive(Debug, Clone)]
pub struct NamedKey {
    pub id: String,
    pub key: Secret<[u8; 32]>,
}

/// Keys of one purpose: what is new is made with the first, what is old may need one of the others. Ids differ.
#[derive(Debug, Clone)]
pub struct KeyChain {
    pub active: NamedKey,
    pub older: Vec<NamedKey>,
}

/// `[keys]`: the keys over the signing keys, and how signing keys age.
#[derive(Debug, Clone)]
pub struct Keys {
    /// `None` only in development: the binary then makes one beside the database.
    pub master: Option<KeyChain>,
    pub rotate_after: Duration,
    pub announce_before: Duration,
    pub retire_after: Duration,
    /// How often a node looks at the stored keys.
    pub poll: Duration,
}

/// `[password]`: lengths in code points unless said otherwise.
#[derive(Debug, Clone)]
pub struct Password {
    pub min_length: usize,
    pub max_length: usize,
    /// Bytes in UTF-8.
    pub max_bytes: usize,
    pub argon2: Argon2,
    /// Hashes that may wait for a thread.
    pub queue_limit: usize,
    /// `None`: derived from the master key.
    pub pepper: Option<KeyChain>,
}

/// `[mail]`.
#[derive(Debug, Clone)]
pub struct Mail {
    pub transport: Transport,
    pub from_address: String,
    pub rate_per_second: u32,
    pub max_attempts: u32,
    pub retry_first: Duration,
    pub retry_cap: Duration,
    /// Longer than the time-out of a mail.
    pub lease: Duration,
    pub poll: std::time::Duration,
}

/// Where mails go.
#[derive(Debug, Clone)]
pub enum Transport {
    /// A folder for `.eml` files; relative to the working directory.
    Folder(PathBuf),
    Smtp(Smtp),
}

/// `[mail.smtp]`.
#[derive(Debug, Clone)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    /// `None`: no authentication.
    pub credentials: Option<Credentials>,
    pub timeout: std::time::Duration,
    pub pool_size: u32,
    /// PEM file with certificate authorities to trust beside the system's.
    pub extra_roots: Option<PathBuf>,
}

/// User name and password for the mail server.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub username: String,
    pub password: Secret<String>,
}

/// `[outbound]`: calls to addresses that clients name.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// For one call, all in all.
    pub timeout: std::time::Duration,
    /// Bytes of an answer.
    pub max_body: usize,
    /// PEM file with certificate authorities to trust beside the system's.
    pub extra_roots: Option<PathBuf>,
    pub allowed_private_hosts: Vec<PrivateHost>,
}
