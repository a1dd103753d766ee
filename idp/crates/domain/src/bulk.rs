//! A list of people to add (R27-R34, `provisioning.md` section 2): proposed with a verdict for each row, confirmed, and
//! then a job that works through its rows in order. What was confirmed is what runs.
//!
//! Rows hold what somebody typed, never a link or a password.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::audit::Origin;
use crate::client::ClientId;
use crate::id::{AccountId, BatchId, CompanyId, MembershipId};
use crate::scope::Scopes;
use crate::{Digest, Entropy, Timestamp};

/// How long a proposal waits before it is swept: a working day, in which an office corrects it between telephone calls.
pub const PROPOSAL_LIFE: Duration = Duration::from_secs(8 * 3600);
/// How long a finished job can be looked at.
pub const JOB_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Where a batch is: `proposed → queued → running → done | cancelled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// Judged, and waiting for somebody to say yes.
    Proposed,
    Queued,
    Running,
    Done {
        at: Timestamp,
    },
    Cancelled {
        at: Timestamp,
        why: Cancellation,
    },
}

impl BatchState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done { .. } => "done",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// Whether it is a job under way: a company has one at a time.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }

    /// When it came to its end.
    pub const fn ended_at(self) -> Option<Timestamp> {
        match self {
            Self::Done { at } | Self::Cancelled { at, .. } => Some(at),
            Self::Proposed | Self::Queued | Self::Running => None,
        }
    }
}

/// Why a job stopped before its last row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancellation {
    /// Somebody asked for it.
    Asked,
    /// Whoever confirmed it may no longer act for the company.
    AuthorityLost,
}

impl Cancellation {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::AuthorityLost => "authority_lost",
        }
    }
}

/// Who asked for something that is carried out later. What they may do is looked up again then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    pub who: RequestedBy,
    pub scopes: Scopes,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RequestedBy {
    Client {
        client: ClientId,
    },
    Person {
        account: AccountId,
        auth_time: Timestamp,
        /// The client of the API they used; `None` on the office pages.
        client: Option<ClientId>,
        /// The company their token spoke for.
        company: Option<CompanyId>,
    },
    Commands,
}

/// What was chosen for all rows of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchOptions {
    /// Rows of people who have not answered their invitation get another one, instead of being skipped (R32).
    pub resend_pending: bool,
}

/// One list.
#[derive(Debug, Clone)]
pub struct Batch {
    pub id: BatchId,
    pub company: CompanyId,
    /// Who proposed it; from the confirmation on, who confirmed it.
    pub requester: Requester,
    pub options: BatchOptions,
    pub created_at: Timestamp,
    /// Of the rows in their normal form: what a confirmation is bound to.
    pub digest: Digest,
    pub state: BatchState,
    /// The number of the last row that was carried out; 0 before the first.
    pub settled_to: u32,
}

impl Batch {
    pub fn propose(
        company: CompanyId,
        requester: Requester,
        (options, digest): (BatchOptions, Digest),
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Self {
        Self {
            id: BatchId::new(now, entropy),
            company,
            requester,
            options,
            created_at: now,
            digest,
            state: BatchState::Proposed,
            settled_to: 0,
        }
    }

    /// Whether what is said of the row is what became of it, and not what would.
    pub const fn is_settled(&self, row: u32) -> bool {
        row <= self.settled_to
    }
}

/// The cells of a row as typed; empty where there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RowText {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub given_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub family_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub person_ref: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub member_type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub security_role: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub authority: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cell: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What a row comes to: before the job, what it would.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    Created,
    /// The person had an account: for operators only, everybody else sees `Created` (R33).
    MembershipAdded,
    Resent,
    /// Nothing needed doing.
    Skipped,
    Failed,
}

impl RowOutcome {
    pub const VARIANTS: [Self; 5] =
        [Self::Created, Self::MembershipAdded, Self::Resent, Self::Skipped, Self::Failed];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::MembershipAdded => "membership_added",
            Self::Resent => "resent",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

macro_rules! row_codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// Why a row comes to what it does (`provisioning.md` section 2, "Row codes"); stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RowCode { $($(#[$doc])* $variant),+ }

        impl RowCode {
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),+ } }
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

row_codes! {
    EmailMissing = "email_missing",
    EmailInvalid = "email_invalid",
    UsernameMissing = "username_missing",
    UsernameInvalid = "username_invalid",
    UsernameEmailMismatch = "username_email_mismatch",
    PersonTypeInvalid = "person_type_invalid",
    RoleMissing = "role_missing",
    RoleNotAllowed = "role_not_allowed",
    ValueInvalid = "value_invalid",
    ValueMissing = "value_missing",
    ValueTooLong = "value_too_long",
    /// More cells than the header has: nobody knows which belongs where.
    RowMalformed = "row_malformed",
    /// An earlier row is of the same person: it has the same address and name, or the same reference.
    DuplicateInBatch = "duplicate_in_batch",
    /// An earlier row has the same address and another name (R31).
    SharedEmailInBatch = "shared_email_in_batch",
    SharedEmailInCompany = "shared_email_in_company",
    /// The person is known by another user name.
    PersonHasIdentity = "person_has_identity",
    AlreadyMember = "already_member",
    AlreadyMemberInactive = "already_member_inactive",
    InvitationPending = "invitation_pending",
    UndeliverableAddress = "undeliverable_address",
    RateLimited = "rate_limited",
    /// Not ticked in the list.
    NotSelected = "not_selected",
    /// The database refused this row, and only this one.
    NotStored = "not_stored",
}

/// One reason, and the field it is about, if it is about one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFinding {
    pub code: RowCode,
    /// As in [`RowText`]; empty for the row as a whole.
    pub field: String,
}

/// What a row comes to, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: RowOutcome,
    pub findings: Vec<RowFinding>,
}

impl Verdict {
    /// It goes through.
    pub const fn of(outcome: RowOutcome) -> Self {
        Self { outcome, findings: Vec::new() }
    }

    /// For one reason that concerns the whole row.
    pub fn because(outcome: RowOutcome, code: RowCode) -> Self {
        Self { outcome, findings: vec![RowFinding { code, field: String::new() }] }
    }

    pub fn has(&self, code: RowCode) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }
}

/// One row of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRow {
    /// As the list counts: of a file, the line of the spreadsheet.
    pub number: u32,
    pub text: RowText,
    /// Whether the cells could be told apart.
    pub well_formed: bool,
    /// Whether the row is to be carried out at all.
    pub selected: bool,
    pub verdict: Verdict,
    /// Whom it was about, once it was carried out.
    pub member: Option<MembershipId>,
}

/// How many rows came, or would come, to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: u64,
    pub membership_added: u64,
    pub resent: u64,
    pub skipped: u64,
    pub failed: u64,
}

impl Counts {
    pub fn add(&mut self, outcome: RowOutcome, rows: u64) {
        let count = match outcome {
            RowOutcome::Created => &mut self.created,
            RowOutcome::MembershipAdded => &mut self.membership_added,
            RowOutcome::Resent => &mut self.resent,
            RowOutcome::Skipped => &mut self.skipped,
            RowOutcome::Failed => &mut self.failed,
        };
        *count += rows;
    }

    pub const fn total(&self) -> u64 {
        self.created + self.membership_added + self.resent + self.skipped + self.failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_and_codes_read_back_as_written() {
        for outcome in RowOutcome::VARIANTS {
            assert_eq!(RowOutcome::parse(outcome.as_str()), Some(outcome));
        }
        for code in RowCode::VARIANTS {
            assert_eq!(RowCode::parse(code.as_str()), Some(*code));
        }
        assert_eq!((RowOutcome::parse("migrated"), RowCode::parse("")), (None, None));
    }

    #[test]
    fn a_row_is_settled_when_the_job_has_passed_it() {
        let requester =
            Requester { who: RequestedBy::Commands, scopes: Scopes::default(), origin: Origin::default() };
        let batch = Batch {
            id: BatchId::from_uuid(uuid::Uuid::nil()),
            company: CompanyId::from_uuid(uuid::Uuid::nil()),
            requester,
            options: BatchOptions::default(),
            created_at: Timestamp::from_millis(10_000),
            digest: Digest::of(b""),
            state: BatchState::Running,
            settled_to: 7,
        };
        assert!(batch.is_settled(7) && !batch.is_settled(8));
    }
}
