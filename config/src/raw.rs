//! Settings as written: `default.toml`, the operator's file and the environment, merged. Types are right, nothing else
//! is known yet. An empty text means "not set". Rendering hides every secret.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::duration;
use crate::keyword::{Mode, SmtpTls, TransportKind};
use crate::private_host::PrivateHost;
use crate::secret::Secret;
use crate::section::{
    Argon2, Audit, Backchannel, Branding, Bulk, Device, Links, Log, Portal, Recovery, Registration, Server,
    Session, Throttle, Tokens,
};
use crate::show;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSettings {
    pub(crate) mode: Mode,
    pub(crate) issuer: RawIssuer,
    pub(crate) server: Server,
    pub(crate) database: RawDatabase,
    pub(crate) ephemeral: RawEphemeral,
    pub(crate) keys: RawKeys,
    pub(crate) password: RawPassword,
    pub(crate) recovery: Recovery,
    pub(crate) links: Links,
    pub(crate) session: Session,
    pub(crate) tokens: Tokens,
    pub(crate) mail: RawMail,
    pub(crate) outbound: RawOutbound,
    pub(crate) backchannel: Backchannel,
    pub(crate) audit: Audit,
    pub(crate) bulk: Bulk,
    pub(crate) device: Device,
    pub(crate) registration: Registration,
    pub(crate) branding: Branding,
    pub(crate) portal: Portal,
    pub(crate) throttle: Throttle,
    pub(crate) log: Log,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawIssuer {
    pub(crate) url: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDatabase {
    #[serde(serialize_with = "show::url_without_password")]
    pub(crate) url: Secret<String>,
    pub(crate) url_file: String,
    pub(crate) max_connections: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawEphemeral {
    #[serde(serialize_with = "show::url_without_password")]
    pub(crate) url: Secret<String>,
    pub(crate) url_file: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawKeys {
    pub(crate) master: Vec<RawKey>,
    #[serde(with = "duration")]
    pub(crate) rotate_after: Duration,
    #[serde(with = "duration")]
    pub(crate) announce_before: Duration,
    #[serde(with = "duration")]
    pub(crate) retire_after: Duration,
    #[serde(with = "duration")]
    pub(crate) poll: Duration,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawKey {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) secret: Secret<String>,
    #[serde(default)]
    pub(crate) secret_file: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPassword {
    pub(crate) min_length: usize,
    pub(crate) max_length: usize,
    pub(crate) max_bytes: usize,
    pub(crate) queue_limit: usize,
    pub(crate) pepper: Vec<RawKey>,
    pub(crate) argon2: Argon2,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawMail {
    pub(crate) transport: TransportKind,
    pub(crate) from_address: String,
    pub(crate) folder: String,
    pub(crate) allow_folder_in_production: bool,
    pub(crate) rate_per_second: u32,
    pub(crate) max_attempts: u32,
    #[serde(with = "duration")]
    pub(crate) retry_first: Duration,
    #[serde(with = "duration")]
    pub(crate) retry_cap: Duration,
    #[serde(with = "duration")]
    pub(crate) lease: Duration,
    #[serde(with = "duration")]
    pub(crate) poll: std::time::Duration,
    pub(crate) smtp: RawSmtp,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSmtp {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: SmtpTls,
    pub(crate) username: String,
    pub(crate) password: Secret<String>,
    pub(crate) password_file: String,
    #[serde(with = "duration")]
    pub(crate) timeout: std::time::Duration,
    pub(crate) pool_size: u32,
    pub(crate) extra_roots: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawOutbound {
    #[serde(with = "duration")]
    pub(crate) timeout: std::time::Duration,
    pub(crate) max_body: usize,
    pub(crate) extra_roots: String,
    pub(crate) allowed_private_hosts: Vec<PrivateHost>,
}
