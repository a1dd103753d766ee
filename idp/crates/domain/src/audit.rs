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
    MemberChanged = "member.changed",
    MemberAddressCorrected = "member.address_corrected",
    MemberActivated = "member.activated",
    MemberDeactivated = "member.deactivated",
    MemberRemoved = "member.removed",
    MemberSignedIn = "member.signed_in",
    MemberUnlocked = "member.unlocked",
    MemberSessionsEnded = "member.sessions_ended",
    ResetStarted = "member.reset_started",
    InvitationRevoked = "invitation.revoked",
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
    PasswordConfirmed = "password.confirmed",
    DeviceApproved = "device.approved",
    DeviceDenied = "device.denied",
    DeviceAbroad = "device.refused_abroad",
    DeviceCodeReplayed = "device.code_replayed",
    UserCodeAlarm = "device.code_alarm",
    CompanySwitched = "grant.company_switched",
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
    AccountDisabled = "account.disabled",
    AccountEnabled = "account.enabled",
    OperatorLinkMade = "operator.link_made",
    OperatorAdded = "operator.added",
    MembershipLeft = "membership.left",
    MembershipAccepted = "membership.accepted",
    BulkProposed = "bulk.proposed",
    BulkConfirmed = "bulk.confirmed",
    BulkDone = "bulk.done",
    BulkCancelled = "bulk.cancelled",
    CodeReplayed = "grant.code_replayed",
    RefreshReplayed = "grant.refresh_replayed",
    GrantRevoked = "grant.revoked",
    ConsentGiven = "consent.given",
    ConsentWithdrawn = "consent.withdrawn",
    ProfileChanged = "account.profile_changed",
    CompanyCreated = "company.created",
    CompanyChanged = "company.changed",
    CompanySuspended = "company.suspended",
    CompanyResumed = "company.resumed",
    CompanyAliasAdded = "company.alias_added",
    CompanyAliasReleased = "company.alias_released",
    ClientCreated = "client.created",
    ClientChanged = "client.changed",
    ClientRemoved = "client.removed",
    ClientSecretRotated = "client.secret_rotated",
    ClientEnabled = "client.enabled",
    ClientDisabled = "client.disabled",
    InitialTokenMade = "initial_token.made",
    InitialTokenRevoked = "initial_token.revoked",
    LogoutUndeliverable = "logout.undeliverable",
    SigningKeyMade = "signing_key.made",
    SigningKeyDropped = "signing_key.dropped",
    AuditViewed = "audit.viewed",
    AuditExported = "audit.exported",
    Seeded = "installation.seeded",
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

/// A field before and after. Never a secret one: whoever reads the log may read this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub field: Cow<'static, str>,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What came of what somebody tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Refused,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

#[derive(Debug, Clone)]
pub struct AuditEvent {
    pub id: AuditId,
    pub at: Timestamp,
    pub action: AuditAction,
    pub actor: Actor,
    /// The client through which a person acted.
    pub client: Option<ClientId>,
    pub origin: Origin,
    pub company: Option<CompanyId>,
    pub account: Option<AccountId>,
    /// What it was done to, as an id.
    pub subject: Option<String>,
    /// A stable word for refusals, such as `wrong_password`.
    pub reason: Option<Cow<'static, str>>,
    pub changes: Vec<Change>,
}

impl AuditEvent {
    pub fn new(action: AuditAction, actor: Actor, now: Timestamp, entropy: &dyn Entropy) -> Self {
        Self {
            id: AuditId::new(now, entropy),
            at: now,
            action,
            actor,
            client: None,
            origin: Origin::default(),
            company: None,
            account: None,
            subject: None,
            reason: None,
            changes: Vec::new(),
        }
    }

    /// A refusal has its reason; everything else was done.
    pub const fn outcome(&self) -> Outcome {
        if self.reason.is_some() { Outcome::Refused } else { Outcome::Done }
    }

    #[must_use]
    pub fn client(mut self, client: &ClientId) -> Self {
        self.client = Some(client.clone());
        self
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

    /// Notes a field unless it stayed as it was.
    #[must_use]
    pub fn change<T>(mut self, field: &'static str, before: Option<&T>, after: Option<&T>) -> Self
    where
        T: std::fmt::Display + ?Sized,
    {
        let (before, after) = (before.map(ToString::to_string), after.map(ToString::to_string));
        if before != after {
            self.changes.push(Change { field: Cow::Borrowed(field), before, after });
        }
        self
    }

    /// Notes every field that is another one now: each that says something, of what was made or taken away.
    #[must_use]
    pub fn differences<const N: usize>(
        self,
        fields: [&'static str; N],
        before: Option<[Option<String>; N]>,
        after: Option<[Option<String>; N]>,
    ) -> Self {
        let nothing = || [const { None }; N];
        let values = before.unwrap_or_else(nothing).into_iter().zip(after.unwrap_or_else(nothing));
        fields.into_iter().zip(values).fold(self, |event, (field, (before, after))| {
            event.change(field, before.as_deref(), after.as_deref())
        })
    }

    #[must_use]
    pub fn changes(mut self, changes: impl IntoIterator<Item = Change>) -> Self {
        self.changes.extend(changes);
        self
    }
}

/// Which events of one log are asked for; what is `None` is not asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Inclusive.
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub to: Option<Timestamp>,
    pub actor: Option<Actor>,
    /// What it was done to; an account's id finds everything that concerns the account.
    pub subject: Option<String>,
    pub action: Option<AuditAction>,
}

/// A page of a log: at most `limit` events behind `after`, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditPage {
    pub newest_first: bool,
    pub after: Option<AuditId>,
    pub limit: u64,
}

impl AuditId {
    /// Not later than the id of any event at this instant.
    pub fn earliest(at: Timestamp) -> Self {
        let millis = u64::try_from(at.millis()).unwrap_or(0);
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Low;

    impl Entropy for Low {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    fn event(millis: i64) -> AuditEvent {
        AuditEvent::new(AuditAction::SignedIn, Actor::System, Timestamp::from_millis(millis), &Low)
    }

    #[test]
    fn a_field_that_stayed_as_it_was_is_no_change() {
        let event = event(1)
            .change("note", Some("a"), Some("a"))
            .change("cell", None, Some("555"))
            .change::<str>("email", None, None);
        let cell = Change { field: "cell".into(), before: None, after: Some("555".to_owned()) };
        assert_eq!(event.changes, [cell]);
    }

    #[test]
    fn what_has_a_reason_was_refused() {
        assert_eq!(event(1).outcome(), Outcome::Done);
        assert_eq!(event(1).reason("wrong_password").outcome(), Outcome::Refused);
    }

    #[test]
    fn the_earliest_id_of_an_instant_is_before_every_event_of_it_and_after_all_before() {
        let earliest = AuditId::earliest(Timestamp::from_millis(1000));
        assert!(event(999).id < earliest && earliest <= event(1000).id);
    }
}
