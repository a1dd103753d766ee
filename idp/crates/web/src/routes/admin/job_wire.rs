//! Lists of people and the jobs they become, as JSON. Who is no operator sees nothing that tells a person known elsewhere from a
//! new one (R33).

use idp_domain::bulk::{BatchRow, BatchState, Counts, RowText, Verdict};
use idp_service::authority::CompanyScope;
use idp_service::bulk::{Administrators, JobState, ListFaults, Proposal, Readiness, RowState, advice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wire::InvitationBody;

/// A list to judge, or the yes to one that was judged. Exactly one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct BulkBody {
    /// With `dry_run=true`: at most 1,000 rows.
    pub(super) rows: Option<Vec<BulkRowBody>>,
    /// Without: of the dry run, at most ten minutes old.
    pub(super) confirm_token: Option<String>,
}

/// A person, as in `createMember`. What is missing or wrong is said of the row, not of the request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct BulkRowBody {
    #[schema(example = "frank.jones@example.com")]
    user_name: Option<String>,
    #[schema(example = "frank.jones@example.com")]
    email: Option<String>,
    #[schema(example = "Frank")]
    given_name: Option<String>,
    #[schema(example = "Jones")]
    family_name: Option<String>,
    #[schema(example = "4711")]
    person_ref: Option<String>,
    #[schema(example = "caregiver")]
    member_type: Option<String>,
    #[schema(example = "none")]
    security_role: Option<String>,
    authority: Option<String>,
    status: Option<String>,
    cell: Option<String>,
    note: Option<String>,
}

impl From<BulkRowBody> for RowText {
    fn from(row: BulkRowBody) -> Self {
        let BulkRowBody {
            user_name,
            email,
            given_name,
            family_name,
            person_ref,
            member_type,
            security_role,
            authority,
            status,
            cell,
            note,
        } = row;
        Self {
            user_name: user_name.unwrap_or_default(),
            email: email.unwrap_or_default(),
            given_name: given_name.unwrap_or_default(),
            family_name: family_name.unwrap_or_default(),
            person_ref: person_ref.unwrap_or_default(),
            member_type: member_type.unwrap_or_default(),
            security_role: security_role.unwrap_or_default(),
            authority: authority.unwrap_or_default(),
            status: status.unwrap_or_default(),
            cell: cell.unwrap_or_default(),
            note: note.unwrap_or_default(),
        }
    }
}

/// How many rows came to what.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct CountsBody {
    created: u64,
    /// Of people who had an account: for operators; `null` for everybody else, who find them in `created`.
    membership_added: Option<u64>,
    resent: u64,
    skipped: u64,
    failed: u64,
}

impl CountsBody {
    fn new(scope: &CompanyScope, counts: Counts) -> Self {
        let Counts { created, membership_added, resent, skipped, failed } = counts;
        let membership_added = scope.is_operator().then_some(membership_added);
        Self { created, membership_added, resent, skipped, failed }
    }
}

/// A list of people, or the job it became.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct JobBody {
    job_id: String,
    company_id: String,
    /// `proposed` (waits for its confirmation), `queued`, `running`, `done` or `cancelled`.
    state: String,
    /// `asked`, or `authority_lost` when whoever confirmed it may no longer act for the company.
    cancelled_because: Option<String>,
    created_at: String,
    ended_at: Option<String>,
    /// All rows.
    total: u64,
    /// Of a job: rows that were carried out.
    carried_out: u64,
    /// Of a job: what became of those; of a list that waits, what would become of all.
    counts: CountsBody,
}

impl JobBody {
    pub(super) fn new(scope: &CompanyScope, state: &JobState) -> Self {
        let JobState { batch, total, counts } = state;
        let because = match batch.state {
            BatchState::Cancelled { why, .. } => Some(why.as_str().to_owned()),
            BatchState::Proposed | BatchState::Queued | BatchState::Running | BatchState::Done { .. } => None,
        };
        Self {
            job_id: batch.id.to_string(),
            company_id: batch.company.to_string(),
            state: batch.state.as_str().to_owned(),
            cancelled_because: because,
            created_at: batch.created_at.to_rfc3339(),
            ended_at: batch.state.ended_at().map(idp_domain::Timestamp::to_rfc3339),
            total: *total,
            carried_out: if batch.state == BatchState::Proposed { 0 } else { counts.total() },
            counts: CountsBody::new(scope, *counts),
        }
    }
}

/// One reason for what a row comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct FindingBody {
    /// Stable code.
    #[schema(example = "email_missing")]
    code: String,
    /// The field it is about; `null` for the row as a whole.
    field: Option<String>,
    /// What to do about it.
    detail: String,
}

/// A row of a list or job.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct JobRowBody {
    /// As the list counts: of a file, the row of the spreadsheet; of JSON, 1 for the first.
    number: u32,
    user_name: String,
    email: String,
    given_name: String,
    family_name: String,
    person_ref: String,
    /// `created`, `resent`, `skipped` or `failed`, for operators also `membership_added`; of a list that waits, what would become
    /// of the row; `null` while a job has not come to it.
    outcome: Option<String>,
    findings: Vec<FindingBody>,
    /// Whom it was about.
    member_id: Option<String>,
    /// How far the member's newest mail has come.
    invitation: Option<InvitationBody>,
}

impl From<&BatchRow> for JobRowBody {
    fn from(row: &BatchRow) -> Self {
        let BatchRow { number, text, verdict, member, .. } = row;
        let Verdict { outcome, findings } = verdict;
        let finding = |it: &idp_domain::bulk::RowFinding| FindingBody {
            code: it.code.as_str().to_owned(),
            field: (!it.field.is_empty()).then(|| it.field.clone()),
            detail: advice(it.code).to_owned(),
        };
        Self {
            number: *number,
            user_name: text.user_name.clone(),
            email: text.email.clone(),
            given_name: text.given_name.clone(),
            family_name: text.family_name.clone(),
            person_ref: text.person_ref.clone(),
            outcome: Some(outcome.as_str().to_owned()),
            findings: findings.iter().map(finding).collect(),
            member_id: member.map(|member| member.to_string()),
            invitation: None,
        }
    }
}

impl From<&RowState> for JobRowBody {
    fn from(state: &RowState) -> Self {
        let RowState { row, waits, invitation } = state;
        let row = Self { invitation: invitation.map(InvitationBody::from), ..Self::from(row) };
        if *waits { Self { outcome: None, findings: Vec::new(), ..row } } else { row }
    }
}

/// A page of rows.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct JobRowsBody {
    pub(super) rows: Vec<JobRowBody>,
    /// Pass as `cursor` to get the next page; `null` on the last one.
    pub(super) next_cursor: Option<String>,
}

/// The report of a dry run.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct ReportBody {
    job_id: String,
    total: u64,
    /// What would become of the rows.
    counts: CountsBody,
    /// People among them who would be administrators of the company.
    administrators: u64,
    /// Names of columns of the file that were not read.
    ignored_columns: Vec<String>,
    /// Send it within ten minutes to carry out exactly these rows.
    confirm_token: String,
    confirm_by: String,
    rows: Vec<JobRowBody>,
}

impl ReportBody {
    pub(super) fn new(scope: &CompanyScope, proposal: &Proposal, ignored_columns: Vec<String>) -> Self {
        let Proposal { batch, rows, counts, confirm_token, confirm_by } = proposal;
        Self {
            job_id: batch.id.to_string(),
            total: counts.total(),
            counts: CountsBody::new(scope, *counts),
            administrators: Administrators::among(rows).count,
            ignored_columns,
            confirm_token: confirm_token.clone(),
            confirm_by: confirm_by.to_rfc3339(),
            rows: rows.iter().map(JobRowBody::from).collect(),
        }
    }
}

/// What stands between a company and its people's first log-in (R6).
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct ReadinessBody {
    /// Members who were not removed.
    members: u64,
    /// Invited, and not in yet.
    not_activated: u64,
    /// Of those, whose newest mail opens nothing any more: send it again.
    expired: u64,
    /// Their mails come back.
    undeliverable: u64,
    /// Active members who may administer the company; 0 is a problem.
    administrators: u64,
    has_portal_url: bool,
    has_phone: bool,
    has_email: bool,
    /// Of the newest list of people, `null` when there is none.
    newest_list: Option<ListFaultsBody>,
}

/// Rows of a list whose address is in the way.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct ListFaultsBody {
    rows: u64,
    email_missing: u64,
    email_invalid: u64,
    /// Two people with one address.
    duplicate: u64,
    /// User name and e-mail address differ.
    mismatch: u64,
}

impl From<Readiness> for ReadinessBody {
    fn from(readiness: Readiness) -> Self {
        let Readiness { members, administrators, has_portal_url, has_phone, has_email, list } = readiness;
        Self {
            members: members.all,
            not_activated: members.not_activated,
            expired: members.expired,
            undeliverable: members.undeliverable,
            administrators,
            has_portal_url,
            has_phone,
            has_email,
            newest_list: list.map(|list| {
                let ListFaults { rows, email_missing, email_invalid, duplicate, mismatch } = list;
                ListFaultsBody { rows, email_missing, email_invalid, duplicate, mismatch }
            }),
        }
    }
}
