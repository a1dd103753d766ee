//! Bulk add (`provisioning.md` section 2): the dry run of a list, and the yes to it.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use idp_domain::bulk::BatchOptions;
use idp_domain::member::MemberType;
use idp_domain::scope::Scope;
use idp_service::Fault;
use idp_service::authority::CompanyScope;
use idp_service::bulk::{
    self, BulkError, JobState, MOST_JSON_ROWS, NotReadable, Sheet, Upload, UploadedRow, read_csv,
};
use idp_service::endpoint::Endpoint;
use serde::Deserialize;
use utoipa::IntoParams;

use super::call::{Call, answered};
use super::job_wire::{BulkBody, BulkRowBody, JobBody, ReportBody};
use super::problem::Problem;
use crate::http::present::NO_STORE;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct BulkQuery {
    /// `true`: only judge the rows.
    dry_run: Option<bool>,
    /// Of a file: what people are whose type is empty; `office_staff`, `caregiver` or `client`.
    default_type: Option<String>,
    /// `true`: people who have not answered their invitation get another one, instead of being skipped.
    resend_pending: Option<bool>,
}

/// Judge a list of people, or carry it out
///
/// With `dry_run=true`: takes at most 1,000 rows as JSON, or a CSV file of at most 10,000 rows and 5 MB (UTF-8, or UTF-16 with a
/// byte order mark; the first line names the columns), or the corrected `result.csv` of a list from before, and says of each row what would become of it. Nothing is done; repeating it is harmless.
///
/// Without: takes the `confirm_token` of a dry run, and carries out exactly those rows as a job. A company has one job at a
/// time.
#[utoipa::path(
    post, path = "/admin/v1/companies/{company}/bulk-invitations", operation_id = "bulkInvite", tag = "bulk",
    security(("token" = ["members:write"])),
    params(
        ("company" = String, Path, description = "Company code or `cmp_` id", example = "99999"),
        ("Idempotency-Key" = Option<String>, Header, description = "Of a confirmation: 1 to 200 printable characters; kept 24 hours"),
        BulkQuery,
    ),
    request_body(content((BulkBody = "application/json"), (String = "text/csv"))),
    responses(
        (status = 200, description = "The report of the dry run", body = ReportBody),
        (status = 202, description = "Confirmed; the job is at `Location`", body = JobBody, headers(("Location" = String), ("ETag" = String))),
        (status = 400, description = "Not readable; the detail says what to change", body = Problem),
        (status = 409, description = "Another job is under way, or the confirmation is too old, used, or for other rows", body = Problem),
        (status = 413, description = "More than 5 MB, or too many rows", body = Problem),
        (status = 422, description = "A reused key", body = Problem),
    )
)]
pub(in crate::routes) async fn send(
    call: Call,
    Path(company): Path<String>,
    query: Result<Query<BulkQuery>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::MembersWrite, &company).await?;
    let Query(query) = query.map_err(|_| {
        Problem::invalid_parameter(
            "dry_run and resend_pending are true or false; there is also default_type.",
        )
    })?;
    let body = body.map_err(|_| too_large())?;
    if query.dry_run == Some(true) {
        let (rows, ignored) = uploaded(&call, &query, &body)?;
        let options = BatchOptions { resend_pending: query.resend_pending == Some(true) };
        let proposal = bulk::propose(&call.state.env, &scope, Upload { rows, options }).await?;
        let report = ReportBody::new(&scope, &proposal, ignored);
        return Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(report)).into_response());
    }
    let BulkBody { rows: None, confirm_token: Some(token) } = call.json(&body)? else {
        return Err(Problem::invalid_body(
            "Send the confirm_token of a dry run, or rows with ?dry_run=true.",
        ));
    };
    let terms = call.terms(scope.caller(), &body)?;
    let present = |job: &JobState| present(&scope, job);
    let (id, answer) = bulk::confirm(&call.state.env, &scope, &token, &terms, &present).await?;
    let location = call.state.path(Endpoint::Job);
    let location = location.replace("{company}", &scope.id().to_string()).replace("{job}", &id.to_string());
    let mut response = answered(answer);
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// A job as it is answered, and compared with `If-Match`.
pub(super) fn present(scope: &CompanyScope, job: &JobState) -> Result<String, Fault> {
    serde_json::to_string(&JobBody::new(scope, job)).map_err(|_| Fault::Broken("a job does not serialise"))
}

/// The rows of a body in either form, and the columns that were not read.
fn uploaded(call: &Call, query: &BulkQuery, body: &[u8]) -> Result<(Vec<UploadedRow>, Vec<String>), Problem> {
    let default_type = query.default_type.as_deref().map(member_type).transpose()?;
    let content_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("text/csv") {
        let Sheet { rows, ignored_columns } = read_csv(body, default_type)?;
        return Ok((rows, ignored_columns));
    }
    let BulkBody { rows: Some(rows), confirm_token: None } = call.json(body)? else {
        return Err(Problem::invalid_body("A dry run takes rows, as JSON or as text/csv."));
    };
    if rows.len() > MOST_JSON_ROWS {
        return Err(BulkError::TooManyRows(MOST_JSON_ROWS).into());
    }
    let numbered =
        |(number, row): (u32, BulkRowBody)| UploadedRow { number, text: row.into(), well_formed: true };
    Ok(((1..).zip(rows).map(numbered).collect(), Vec::new()))
}

fn member_type(word: &str) -> Result<MemberType, Problem> {
    let known = MemberType::VARIANTS.into_iter().find(|kind| kind.as_str() == word);
    known.ok_or_else(|| Problem::invalid_parameter("default_type must be office_staff, caregiver or client."))
}

fn too_large() -> Problem {
    let detail = "A list may have 5 MB. Split it and send one part after the other.";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail)
}

impl From<NotReadable> for Problem {
    fn from(error: NotReadable) -> Self {
        match error {
            NotReadable::TooManyRows => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-many-rows", error.to_string())
            }
            NotReadable::NotUtf8
            | NotReadable::NoHeader
            | NotReadable::ColumnMissing(_)
            | NotReadable::ColumnTwice(_) => {
                Self::new(StatusCode::BAD_REQUEST, "unreadable-file", error.to_string())
            }
        }
    }
}

impl From<BulkError> for Problem {
    fn from(error: BulkError) -> Self {
        let conflict = |kind, what: &str| Self::new(StatusCode::CONFLICT, kind, what);
        match error {
            BulkError::Empty => Self::new(StatusCode::BAD_REQUEST, "no-rows", "The list has no rows."),
            BulkError::TooManyRows(most) => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-many-rows",
                format!("The list has more than {most} rows. Split it and send one part after the other."),
            ),
            BulkError::NotConfirmed => conflict(
                "confirmation-invalid",
                "This confirm_token is not for these rows as they are now, or not for this caller. Make another dry run.",
            ),
            BulkError::ConfirmationExpired => conflict(
                "confirmation-expired",
                "A confirm_token is good for ten minutes. Make another dry run and confirm that.",
            ),
            BulkError::ConfirmedBefore => {
                conflict("confirmation-used", "These rows were confirmed before. Look at the job.")
            }
            BulkError::JobActive => conflict(
                "job-active",
                "Another job of this company is under way. Wait for its end, or cancel it.",
            ),
            BulkError::NotFound => Self::not_found(),
            BulkError::NotProposed => conflict(
                "not-proposed",
                "The list was confirmed or cancelled and cannot be changed any more.",
            ),
            BulkError::Over => conflict("job-over", "The job has come to its end."),
            BulkError::Precondition => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "changed-meanwhile",
                "The job went on since it was read. Read it again.",
            ),
            BulkError::KeyReused(_) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "This Idempotency-Key was used with another body. Use a new key for a new request.",
            ),
            BulkError::Fault(fault) => fault.into(),
        }
    }
}
