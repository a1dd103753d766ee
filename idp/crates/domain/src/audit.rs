//! What is recorded of every administrative and authentication event (R94, `provisioning.md` section 6).
//!
//! Rows are written in the transaction of what they tell; they never hold tokens, passwords, answers or links.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::client::ClientId;
use crate::id::{AccountId, AuditId, CompanyId};
use crate::{Entropy, Timestamp};

macro_rules! events {
    ($($variant:ident = $text:literal),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AuditAction { $($variant),+ }
        impl AuditAction {
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),+ } }
            pub fn parse(text: &str) -> Option<Self> {
                Self::VARIANTS.iter().copied().find(|action| action.as_str() == text)
            }
        }
    };
}

events! {
    MemberProvisioned = "member.provisioned",
    InvitationSent = "invitation.sent",
    InvitationUndeliverable = "invitation.undeliverable",
    InvitationResent = "invitation.resent",
    AccountActivated = "account.activated",
    SignedIn = "session.signed_in",
    SignInRefused = "session.sign_in_refused",
    SessionEnded = "session.ended",
    QuestionsEnrolled = "questions.enrolled",
    QuestionsChanged = "questions.changed",
    PasswordChanged = "password.changed",
    PasswordForgotten = "password.forgotten",
    PasswordReset = "password.reset",
    ResetRefused = "password.reset_refused",
    PasswordRefused = "password.refused",
    RecoveryCodeMade = "recovery_code.made",
    RecoveryCodeUsed = "recovery_code.used",
    RecoveryCodeRemoved = "recovery_code.removed",
    EmailVerified = "email.verified",
    EmailVerificationRefused = "email.verification_refused",
    EmailChangeProposed = "email.change_proposed",
    EmailChanged = "email.changed",
    EmailChangeCancelled = "email.change_cancelled",
    EmailRestored = "email.restored",
    GuessesThrottled = "throttle.account",
    CompanyAlarm = "throttle.company_alarm",
    SignedOutEverywhere = "account.signed_out_everywhere",
    AccountExported = "account.exported",
    AccountClosed = "account.closed",
    MembershipLeft = "membership.left",
    MembershipAccepted = "membership.accepted",
    CodeReplayed = "grant.code_replayed",
    RefreshReplayed = "grant.refresh_replayed",
    GrantRevoked = "grant.revoked",
    ConsentGiven = "consent.given",
    ConsentWithdrawn = "consent.withdrawn",
    ProfileChanged = "account.profile_changed",
    ClientSecretRotated = "client.secret_rotated",
    ClientEnabled = "client.enabled",
    ClientDisabled = "client.disabled",
    LogoutUndeliverable = "logout.undeliverable",
    SigningKeyMade = "signing_key.made",
    SigningKeyDropped = "signing_key.dropped",
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Actor {
    Person {
        account: AccountId,
    },
    Client {
        client: ClientId,
    },
    /// Nobody who proved who they are.
    Anonymous,
    /// The server itself: a worker, the command line.
    System,
}

/// Where a request came from, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub request_id: Option<String>,
    pub address: Option<std::net::IpAddr>,
    pub user_agent: Option<String>,
}

/// Network and program somebody came with: what a person recognises themselves by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub address: Option<std::net::IpAddr>,
    pub user_agent: Option<String>,
}

impl From<&Origin> for Place {
    fn from(origin: &Origin) -> Self {
        Self { address: origin.address, user_agent: origin.user_agent.clone() }
    }
}

#[derive(Debug, Clone)]
pub struct AuditEvent {
    pub id: AuditId,
    pub at: Timestamp,
    pub action: AuditAction,
    pub actor: Actor,
    pub origin: Origin,
    pub company: Option<CompanyId>,
    pub account: Option<AccountId>,
    /// What it was done to, as an id.
    pub subject: Option<String>,
    /// A stable word for refusals, such as `wrong_password`.
    pub reason: Option<Cow<'static, str>>,
}

impl AuditEvent {
    pub fn new(action: AuditAction, actor: Actor, now: Timestamp, entropy: &dyn Entropy) -> Self {
        Self {
            id: AuditId::new(now, entropy),
            at: now,
            action,
            actor,
            origin: Origin::default(),
            company: None,
            account: None,
            subject: None,
            reason: None,
        }
    }

    #[must_use]
    pub fn from(mut self, origin: &Origin) -> Self {
        self.origin = origin.clone();
        self
    }

    #[must_use]
    pub fn company(mut self, company: CompanyId) -> Self {
        self.company = Some(company);
        self
    }

    #[must_use]
    pub fn account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    #[must_use]
    pub fn subject(mut self, subject: impl std::fmt::Display) -> Self {
        self.subject = Some(subject.to_string());
        self
    }

    #[must_use]
    pub fn reason(mut self, reason: &'static str) -> Self {
        self.reason = Some(Cow::Borrowed(reason));
        self
    }
}
