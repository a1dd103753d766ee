//! Short-lived shared state: losing it costs a retry, never an account (architecture, "Storage").

use std::time::Duration;

use async_trait::async_trait;

use crate::Timestamp;

#[derive(Debug, thiserror::Error)]
pub enum EphemeralError {
    /// No answer in time: overload, or a backend that is away. The same may succeed in a moment.
    #[error("the ephemeral store is busy: {0}")]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("ephemeral store: {0}")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What a key is for, and which one. Kinds never share a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EphemeralKey {
    /// Failures seen from one network in the bucket that started at `bucket` (seconds).
    NetworkFailures { network: String, bucket: i64 },
    /// Mails that were asked for one address or account in the window of `span` seconds that started at `bucket` (L6).
    MailsAsked { account: String, span: u64, bucket: i64 },
    /// Mails that one network asked for in the hour that started at `bucket` (L6).
    NetworkMails { network: String, bucket: i64 },
    /// Failed log-ins at one company in the hour that started at `bucket` (rules section 4).
    CompanyFailures { company: String, bucket: i64 },
    /// Calls of the provisioning API that one caller made in the minute that started at `bucket`.
    ProvisioningCalls { caller: String, bucket: i64 },
    /// Requests of the device grant from one network in the minute that started at `bucket`.
    DeviceRequests { network: String, bucket: i64 },
    /// Authorization requests that public clients pushed from one network in the minute that started at `bucket`.
    PushedRequests { network: String, bucket: i64 },
    /// A device that polled a moment ago, and is to pause for so many seconds.
    DevicePolled { grant: String, pause: u64 },
    /// Wrong user codes of one browser or network, or of all together, in the span that started at `bucket` (rules section 6).
    WrongUserCodes { by: String, bucket: i64 },
    /// A request of a computer in another country that somebody was told of.
    DeviceAbroad { grant: String },
    /// Requests to register or manage clients, of one network or with one initial access token, in the minute that started at
    /// `bucket`.
    Registrations { by: String, bucket: i64 },
    /// A client that registered itself and was used on the day that started at `day` (seconds).
    ClientUsed { client: String, day: i64 },
    /// The `jti` of an assertion that a client proved itself with (RFC 7523 section 3).
    AssertionUsed { client: String, id: String },
    /// The `jti` of a DPoP proof of a key, which is anybody's (RFC 9449 section 11.1).
    ProofUsed { key: String, id: String },
}

impl EphemeralKey {
    /// The key as text, unambiguous for any contents.
    pub fn as_text(&self) -> String {
        match self {
            Self::NetworkFailures { network, bucket } => format!("nf:{bucket}:{network}"),
            Self::MailsAsked { account, span, bucket } => format!("ma:{span}:{bucket}:{account}"),
            Self::NetworkMails { network, bucket } => format!("nm:{bucket}:{network}"),
            Self::CompanyFailures { company, bucket } => format!("cf:{bucket}:{company}"),
            Self::ProvisioningCalls { caller, bucket } => format!("pc:{bucket}:{caller}"),
            Self::DeviceRequests { network, bucket } => format!("dr:{bucket}:{network}"),
            Self::PushedRequests { network, bucket } => format!("pr:{bucket}:{network}"),
            Self::DevicePolled { grant, pause } => format!("dp:{pause}:{grant}"),
            Self::WrongUserCodes { by, bucket } => format!("uc:{bucket}:{by}"),
            Self::DeviceAbroad { grant } => format!("da:{grant}"),
            Self::Registrations { by, bucket } => format!("rg:{bucket}:{by}"),
            Self::ClientUsed { client, day } => format!("cu:{day}:{client}"),
            Self::AssertionUsed { client, id } => format!("au:{}:{client}:{id}", client.len()),
            Self::ProofUsed { key, id } => format!("pu:{}:{key}:{id}", key.len()),
        }
    }

    /// Whether it must not be forgotten before its time: what it stands for would be good once more.
    pub const fn is_used_once(&self) -> bool {
        matches!(self, Self::AssertionUsed { .. } | Self::ProofUsed { .. })
    }

    /// The client that the key was made for, where it must be a registered one: it may have its share of the room and no more.
    pub const fn client(&self) -> Option<&String> {
        match self {
            Self::AssertionUsed { client, .. } => Some(client),
            _ => None,
        }
    }
}

/// Every write has a time to live; an expired key is absent for every operation, put-if-absent included.
#[async_trait]
pub trait Ephemeral: Send + Sync {
    /// Adds one and returns the new count; the first call starts the time to live, later ones do not extend it.
    async fn count(&self, key: &EphemeralKey, ttl: Duration) -> Result<u64, EphemeralError>;

    /// The present count, zero when absent.
    async fn counted(&self, key: &EphemeralKey) -> Result<u64, EphemeralError>;

    /// Takes one back of what was counted; an absent count stays absent, and none goes below zero.
    async fn uncount(&self, key: &EphemeralKey) -> Result<(), EphemeralError>;

    /// Marks the key; `true` for the one caller who was first.
    async fn put_if_absent(&self, key: &EphemeralKey, ttl: Duration) -> Result<bool, EphemeralError>;

    /// Since when nothing was forgotten, for a backend that begins empty with every start; `None` for one that outlives it.
    fn remembers_since(&self) -> Option<Timestamp> {
        None
    }

    /// Whether the backend answers, for readiness.
    async fn ping(&self) -> Result<(), EphemeralError>;
}
