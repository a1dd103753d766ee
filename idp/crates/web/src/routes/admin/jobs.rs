//! Jobs of a company: how far they are, what became of each row, stopping them; and whether the company is ready (R6).

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use idp_domain::bulk::RowOutcome;
use idp_domain::id::BatchId;
use idp_domain::scope::Scope;
use idp_service::authority::CompanyScope;
use idp_service::bulk::{self, JobState};
use idp_service::once::Answer;
use serde::Deserialize;
use utoipa::IntoParams;

use super::bulk::present;
use super::call::{Call, answered};
use super::job_wire::{JobBody, JobRowBody, JobRowsBody, ReadinessBody};
use super::problem::Problem;
use crate::http::present::NO_STORE;

/// Rows of one page, unless the caller asks for fewer.
const MAX_PAGE: u64 = 200;

/// Nothing that the description of the API should tell of.
type Unread = Result<Bytes, BytesRejection>;

fn job_id(text: &str) -> Result<BatchId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// Read a job
#[utoipa::path(
    get, path = "/admin/v1/companies/{company}/jobs/{job}", operation_id = "readJob", tag = "jobs",
    security(("token" = ["members:read"])),
    params(
        ("company" = String, Path, description = "Company code or `cmp_` id", example = "99999"),
        ("job" = String, Path, description = "`job_` id"),
    ),
    responses(
        (status = 200, body = JobBody, headers(("ETag" = String))),
    )
)]
pub(in crate::routes) async fn read(
    call: Call,
    Path((company, job)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::MembersRead, &company).await?;
    let found = bulk::find(&call.state.env, &scope, job_id(&job)?).await?.ok_or_else(Problem::not_found)?;
    Ok(answered(Answer { status: 200, body: present(&scope, &found)? }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct RowsQuery {
    /// `created`, `resent`, `skipped` or `failed`; for operators also `membership_added`.
    #[param(example = "failed")]
    outcome: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
}

/// List the rows of a job
///
/// In the order of the list.
#[utoipa::path(
    get, path = "/admin/v1/companies/{company}/jobs/{job}/rows", operation_id = "listJobRows", tag = "jobs",
    security(("token" = ["members:read"])),
    params(
        ("company" = String, Path, description = "Company code or `cmp_` id", example = "99999"),
        ("job" = String, Path, description = "`job_` id"),
        RowsQuery,
    ),
    responses(
        (status = 200, body = JobRowsBody),
        (status = 400, description = "Bad outcome, cursor or limit", body = Problem),
    )
)]
pub(in crate::routes) async fn rows(
    call: Call,
    Path((company, job)): Path<(String, String)>,
    query: Result<Query<RowsQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::MembersRead, &company).await?;
    let invalid = || {
        let detail =
            "limit must be 1 to 200, cursor the next_cursor of the page before, outcome one of the outcomes.";
        Problem::invalid_parameter(detail)
    };
    let Query(RowsQuery { outcome, cursor, limit }) = query.map_err(|_| invalid())?;
    let limit = limit.unwrap_or(MAX_PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(invalid());
    }
    let after = cursor.map_or(Ok(0), |cursor| cursor.parse()).map_err(|_| invalid())?;
    let outcome = outcome.map(|word| known(&scope, &word).ok_or_else(invalid)).transpose()?;
    let page = (after, limit);
    let (rows, next) = bulk::rows(&call.state.env, &scope, job_id(&job)?, outcome, page).await?;
    let body = JobRowsBody {
        rows: rows.iter().map(JobRowBody::from).collect(),
        next_cursor: next.map(|number| number.to_string()),
    };
    Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(body)).into_response())
}

/// An outcome that this caller is told of (R33).
fn known(scope: &CompanyScope, word: &str) -> Option<RowOutcome> {
    RowOutcome::parse(word).filter(|it| scope.is_operator() || *it != RowOutcome::MembershipAdded)
}

/// Download what became of the rows
///
/// UTF-8 with a byte order mark; no cell is a formula. Corrected, it can be sent as a list again.
#[utoipa::path(
    get, path = "/admin/v1/companies/{company}/jobs/{job}/result.csv", operation_id = "downloadJobResult", tag = "jobs",
    security(("token" = ["members:read"])),
    params(
        ("company" = String, Path, description = "Company code or `cmp_` id", example = "99999"),
        ("job" = String, Path, description = "`job_` id"),
    ),
    responses(
        (status = 200, description = "Row, outcome, codes, what to do, and every column that is read of a list", body = String, content_type = "text/csv"),
    )
)]
pub(in crate::routes) async fn result(
    call: Call,
    Path((company, job)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::MembersRead, &company).await?;
    let id = job_id(&job)?;
    Ok(result_file(bulk::result_csv(&call.state.env, &scope, id).await?, id))
}

/// A file to save, never a page to show.
pub(in crate::routes) fn result_file(csv: Vec<u8>, id: BatchId) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CACHE_CONTROL, NO_STORE),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    let name = HeaderValue::try_from(format!("attachment; filename=\"{id}.csv\""));
    let mut response = (headers, csv).into_response();
    response.headers_mut().extend(name.ok().map(|name| (header::CONTENT_DISPOSITION, name)));
    response
}

/// Cancel a job
///
/// It stops after the rows that are being carried out; what was done stays done.
#[utoipa::path(
    post, path = "/admin/v1/companies/{company}/jobs/{job}:cancel", operation_id = "cancelJob", tag = "jobs",
    security(("token" = ["members:write"])),
    params(
        ("company" = String, Path, description = "Company code or `cmp_` id", example = "99999"),
        ("job" = String, Path, description = "`job_` id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
        ("If-Match" = Option<String>, Header, description = "ETag of the job as it was read"),
    ),
    responses(
        (status = 200, description = "Cancelled", body = JobBody, headers(("ETag" = String))),
        (status = 400, description = "A body that is not empty", body = Problem),
        (status = 409, description = "It has come to its end", body = Problem),
        (status = 412, description = "It went on since it was read", body = Problem),
        (status = 422, description = "A reused key", body = Problem),
    )
)]
pub(in crate::routes) async fn cancel(
    call: Call,
    Path((company, job)): Path<(String, String)>,
    body: Unread,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::MembersWrite, &company).await?;
    let id = job_id(job.strip_suffix(":cancel").ok_or_else(Problem::not_found)?)?;
    let body = body.map_err(|_| Problem::body_too_large())?;
    if !matches!(body.trim_ascii(), b"" | b"{}") {
        return Err(Problem::invalid_body("Send no body, or an empty JSON object."));
    }
    let terms = call.terms(scope.caller(), &body)?;
    let present = |job: &JobState| present(&scope, job);
    Ok(answered(bulk::cancel(&call.state.env, &scope, id, &terms, &present).await?))
}

/// Whether a company is ready
///
/// Who has not got in yet, what the mails and pages of the company lack, and what is wrong with the addresses of the newest list.
#[utoipa::path(
    get, path = "/admin/v1/companies/{company}/readiness", operation_id = "readReadiness", tag = "readiness",
    security(("token" = ["members:read"])),
    params(("company" = String, Path, description = "Company code or `cmp_` id", example = "99999")),
    responses(
        (status = 200, body = ReadinessBody),
    )
)]
pub(in crate::routes) async fn readiness(
    call: Call,
    Path(company): Path<String>,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::MembersRead, &company).await?;
    let readiness = bulk::readiness(&call.state.env, &scope).await?;
    Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(ReadinessBody::from(readiness))).into_response())
}
