//! The bundle of ports and numbers every use case works with.

use std::sync::Arc;
use std::time::Duration;

use idp_domain::account::QuestionPolicy;
use idp_domain::delivery::RetryPolicy;
use idp_domain::grant::RefreshGrace;
use idp_domain::password::PasswordRules;
use idp_domain::ports::{
    ClientEncryption, ClientJwts, DpopProofs, Ephemeral, Geography, Keyring, Outbound, PasswordHasher,
    Pictures, Sealer, Store,
};
use idp_domain::session::SessionLife;
use idp_domain::signing_key::KeyCalendar;
use idp_domain::throttle::Schedule;
use idp_domain::{Clock, Entropy, Timestamp};

use crate::client_keys::KeyCache;
use crate::companies::PortalTemplate;
use crate::device::OtherCountry;
use crate::endpoint::Issuer;
use crate::registration::RegistrationPolicy;

/// Everything a use case may touch.
#[derive(Clone)]
pub struct Env {
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub store: Arc<dyn Store>,
    pub ephemeral: Arc<dyn Ephemeral>,
    pub keyring: Arc<dyn Keyring>,
    pub sealer: Arc<dyn Sealer>,
    pub hasher: Arc<dyn PasswordHasher>,
    pub client_jwts: Arc<dyn ClientJwts>,
    pub client_encryption: Arc<dyn ClientEncryption>,
    /// The keys that clients publish, as this process last saw them.
    pub client_keys: Arc<KeyCache>,
    pub dpop_proofs: Arc<dyn DpopProofs>,
    pub outbound: Arc<dyn Outbound>,
    pub pictures: Arc<dyn Pictures>,
    pub geography: Arc<dyn Geography>,
    pub bell: Arc<dyn Bell>,
    pub issuer: Arc<Issuer>,
    pub policy: Arc<Policy>,
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Env").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Env {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }
}

/// What is delivered after a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    Mail,
    Logout,
    /// Lists of people that were confirmed.
    Jobs,
}

impl Queue {
    pub const VARIANTS: [Self; 3] = [Self::Mail, Self::Logout, Self::Jobs];
}

/// Wakes a queue's dispatcher after a commit; polling is the fallback, so losing a ring loses no delivery.
pub trait Bell: Send + Sync {
    fn ring(&self, queue: Queue);
}

/// The numbers of `rules.md`, from configuration.
#[derive(Debug, Clone)]
pub struct Policy {
    pub product_name: String,
    pub operator_name: String,
    /// What the portal client of a new company is made of; `None`: none is made.
    pub portal: Option<PortalTemplate>,
    pub password: PasswordRules,
    pub questions: QuestionPolicy,
    pub activation_life: Duration,
    /// How long the link and the code for a forgotten password work (L2).
    pub reset_life: Duration,
    /// How long the link of a reset works that an agency started: the person may be on the road.
    pub agency_reset_life: Duration,
    pub email_verification_life: Duration,
    pub email_change_life: Duration,
    /// How long what was changed in a person's name can be taken back: the address by the old one, the security questions by
    /// the answers from before.
    pub email_undo_life: Duration,
    /// Mails one account may ask for itself (L6): in each of these spans, so many.
    pub resend_limits: [(Duration, u64); 3],
    /// Mails that may be asked for from one network in an hour (L6).
    pub network_mails_per_hour: u64,
    pub session: SessionLife,
    pub remembered_session: SessionLife,
    pub office_staff_absolute: Duration,
    /// Calls of the provisioning API that one caller may make in a minute.
    pub provisioning_calls_per_minute: u64,
    /// How recently an administrator must have logged in to write through the provisioning API and the office pages.
    pub admin_fresh: Duration,
    /// How recently a person must have proven who they are to change how the account is protected (Q9).
    pub fresh: Duration,
    /// How long a browser counts as one the person logged in from before (rules section 4).
    pub known_device: Duration,
    pub code_life: Duration,
    pub id_token_life: Duration,
    pub access_token_life: Duration,
    pub admin_access_token_life: Duration,
    /// Whether DPoP proofs must repeat a nonce of ours (RFC 9449 sections 8 and 9).
    pub dpop_nonces: bool,
    pub refresh_idle: Duration,
    pub refresh_absolute: Duration,
    pub refresh_grace: RefreshGrace,
    /// The same two of families that outlive their session by `offline_access`: a phone app.
    pub offline_refresh_idle: Duration,
    pub offline_refresh_absolute: Duration,
    /// How long a user code may be typed and a device code fetched (RFC 8628 section 3.2).
    pub device_code_life: Duration,
    /// The least time between two polls, and what `slow_down` adds to it (RFC 8628 section 3.5).
    pub device_interval: Duration,
    /// How recently somebody must have logged in to let a computer in.
    pub device_fresh: Duration,
    /// What becomes of a computer in another country than the person.
    pub device_other_country: OtherCountry,
    /// How long a computer stays let in.
    pub device_session: SessionLife,
    /// Wrong user codes of one browser within the life of a code.
    pub user_code_tries: u64,
    /// Wrong user codes from one network in an hour.
    pub network_user_codes_per_hour: u64,
    /// Wrong user codes in an hour, from wherever, that raise an alarm.
    pub user_codes_alarm_per_hour: u64,
    /// Requests of the device grant from one network in a minute.
    pub device_requests_per_minute: u64,
    /// Who may register clients, how often, and how long an unused one stays.
    pub registration: RegistrationPolicy,
    /// Authorization requests that public clients may push from one network in a minute.
    pub pushed_requests_per_minute: u64,
    pub keys: KeyCalendar,
    pub mail_retry: RetryPolicy,
    pub mail_lease: Duration,
    /// How far apart the mails fall due that one company sends to many.
    pub bulk_mail_distance: Duration,
    pub logout_retry: RetryPolicy,
    pub logout_lease: Duration,
    pub network_failures_per_minute: u64,
    pub network_failures_per_hour: u64,
    /// Failed log-ins an hour at one company that raise an alarm.
    pub company_failures_per_hour: u64,
    /// Guesses at a password.
    pub password_guesses: Schedule,
    /// Guesses at the answers and the saved code, over all mailed links (Q8).
    pub recovery_guesses: Schedule,
    /// Codes that may be typed for one mail.
    pub code_tries: u32,
    /// Sets of answers that may be sent for one mail (Q8).
    pub answer_tries: u32,
    /// How long an event stays in the audit log.
    pub audit_retention: Duration,
}
