//! Companies: opened, listed, read, changed, suspended and resumed, and the codes that name them (`company.md` section 4).

pub(in crate::routes) mod logo;
mod wire;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use idp_domain::company::CompanyCode;
use idp_domain::id::CompanyId;
use idp_domain::scope::Scope;
use idp_service::Fault;
use idp_service::companies::{self, CompanyDraft, CompanyError, CompanyPatch, CompanyView, Created, Edit};
use idp_service::endpoint::Issuer;
use idp_service::once::Answer;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::call::{Call, Sent, answered};
use super::problem::Problem;
use super::shown_once::created;
use crate::http::present::NO_STORE;
use wire::{AliasBody, CompaniesBody, CompanyBody, CompanyPatchBody, CreatedCompanyBody, NewCompanyBody};
pub(super) use wire::{SHOWN_BEFORE, patched};

/// Companies of one page, unless the caller asks for fewer.
const MAX_PAGE: u64 = 200;

/// How a company is written below this issuer.
fn present(issuer: &Issuer) -> impl Fn(&CompanyView) -> Result<String, Fault> + Send + Sync {
    |view| serialised(&CompanyBody::new(view, issuer))
}

fn present_new(issuer: &Issuer) -> impl Fn(&Created) -> Result<String, Fault> + Send + Sync {
    |new| serialised(&CreatedCompanyBody::new(new, issuer))
}

fn serialised(body: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(body).map_err(|_| Fault::Broken("a company does not serialise"))
}

/// Open a company
///
/// With its portal client, where the operator has a template and the company a slug. Operator only. The secret of the
/// portal client is in the first answer and in no repeated one.
#[utoipa::path(
    post, path = "/admin/v1/companies", operation_id = "createCompany", tag = "companies",
    security(("token" = ["companies:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours")),
    request_body = NewCompanyBody,
    responses(
        (status = 201, description = "Opened", body = CreatedCompanyBody,
            headers(("Location" = String, description = "The company"))),
        (status = 400, description = "Not JSON, or not of this shape", body = Problem),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 409, description = "Code, slug or client id taken", body = Problem),
        (status = 413, description = "Body too large", body = Problem),
        (status = 422, description = "Bad fields, or a reused key", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn create(call: Call, body: Sent) -> Result<Response, Problem> {
    let scope = call.operator(Scope::CompaniesWrite).await?;
    let body = body.map_err(|_| Problem::body_too_large())?;
    let draft = CompanyDraft::from(call.json::<NewCompanyBody>(&body)?);
    let new = draft.check().map_err(CompanyError::Invalid)?;
    let terms = call.terms(scope.caller(), &body)?;
    let env = &call.state.env;
    let answer = companies::create(env, &scope, &new, &terms, &present_new(&env.issuer)).await?;
    Ok(created(&call, answer, "company_id"))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::routes) struct CompaniesQuery {
    /// Operator only: words that must each be in code, slug or name, whatever their case.
    q: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200.
    limit: Option<u64>,
}

/// List companies
///
/// In the order in which they were opened: all of them for the operator, their own for everybody else.
#[utoipa::path(
    get, path = "/admin/v1/companies", operation_id = "listCompanies", tag = "companies",
    security(("token" = ["companies:read"])),
    params(CompaniesQuery),
    responses(
        (status = 200, body = CompaniesBody),
        (status = 400, description = "Bad cursor or limit", body = Problem),
        (status = 401, description = "No valid token", body = Problem),
        (status = 403, description = "Scope missing", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn list(
    call: Call,
    query: Result<Query<CompaniesQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let caller = call.caller().await?;
    let invalid =
        || Problem::invalid_parameter("limit must be 1 to 200, cursor the next_cursor of the page before.");
    let Query(CompaniesQuery { q, cursor, limit }) = query.map_err(|_| invalid())?;
    let limit = limit.unwrap_or(MAX_PAGE);
    let q = q.unwrap_or_default();
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(invalid());
    }
    if q.len() > 200 {
        return Err(Problem::invalid_parameter("q must be at most 200 bytes."));
    }
    let after = cursor.map(|cursor| cursor.parse::<CompanyId>()).transpose().map_err(|_| invalid())?;
    let page = companies::list(&call.state.env, &caller, &q, after, limit).await;
    let page = page.map_err(|error| call.refused(error))?;
    let body = CompaniesBody {
        companies: page.companies.iter().map(|view| CompanyBody::new(view, &call.state.env.issuer)).collect(),
        next_cursor: page.next.map(|id| id.to_string()),
    };
    Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(body)).into_response())
}

/// Read one company
#[utoipa::path(
    get, path = "/admin/v1/companies/{company}", operation_id = "readCompany", tag = "companies",
    security(("token" = ["companies:read"])),
    params(("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999")),
    responses(
        (status = 200, body = CompanyBody, headers(("ETag" = String, description = "For If-Match"))),
        (status = 401, description = "No valid token", body = Problem),
        (status = 403, description = "Scope missing", body = Problem),
        (status = 404, description = "No such company for this caller", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn read(call: Call, Path(company): Path<String>) -> Result<Response, Problem> {
    let scope = call.company(Scope::CompaniesRead, &company).await?;
    let view = companies::find(&call.state.env, &scope).await?;
    Ok(answered(Answer { status: 200, body: present(&call.state.env.issuer)(&view)? }))
}

/// Change a company
///
/// The operator changes everything, an administrator of the company address, phone and email.
#[utoipa::path(
    patch, path = "/admin/v1/companies/{company}", operation_id = "changeCompany", tag = "companies",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("If-Match" = Option<String>, Header, description = "ETag of what you saw"),
    ),
    request_body = CompanyPatchBody,
    responses(
        (status = 200, body = CompanyBody, headers(("ETag" = String, description = "For If-Match"))),
        (status = 400, description = "Not JSON, or not of this shape", body = Problem),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or a field that is not the caller's", body = Problem),
        (status = 404, description = "No such company for this caller", body = Problem),
        (status = 409, description = "Code or slug taken", body = Problem),
        (status = 412, description = "Changed since you saw it", body = Problem),
        (status = 413, description = "Body too large", body = Problem),
        (status = 422, description = "Bad fields", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn change(
    call: Call,
    Path(company): Path<String>,
    body: Sent,
) -> Result<Response, Problem> {
    let read = |call: &Call, body: &[u8]| {
        Ok(Edit::Patch(Box::new(CompanyPatch::from(call.json::<CompanyPatchBody>(body)?))))
    };
    edit(&call, &company, body, read).await
}

/// `POST /companies/{company}:verb`; a router matches whole segments only.
pub(in crate::routes) async fn act(
    call: Call,
    Path(company): Path<String>,
    body: Sent,
) -> Result<Response, Problem> {
    match company.rsplit_once(':') {
        Some((company, "suspend")) => suspend(&call, company, body).await,
        Some((company, "resume")) => resume(&call, company, body).await,
        _ => Err(Problem::not_found()),
    }
}

/// Suspend a company
///
/// Nobody logs in through it and no token speaks for it until it is resumed; its clients are told that sessions are over.
/// Operator only. A company that is suspended stays so.
#[utoipa::path(
    post, path = "/admin/v1/companies/{company}:suspend", operation_id = "suspendCompany", tag = "companies",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
        ("If-Match" = Option<String>, Header, description = "ETag of what you saw"),
    ),
    responses(
        (status = 200, body = CompanyBody, headers(("ETag" = String, description = "For If-Match"))),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 404, description = "No such company for this caller", body = Problem),
        (status = 412, description = "Changed since you saw it", body = Problem),
        (status = 422, description = "A reused key", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
async fn suspend(call: &Call, company: &str, body: Sent) -> Result<Response, Problem> {
    edit(call, company, body, |_, _| Ok(Edit::Suspend)).await
}

/// Resume a company
///
/// Everybody is back as they were. Operator only. A company that is active stays so.
#[utoipa::path(
    post, path = "/admin/v1/companies/{company}:resume", operation_id = "resumeCompany", tag = "companies",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
        ("If-Match" = Option<String>, Header, description = "ETag of what you saw"),
    ),
    responses(
        (status = 200, body = CompanyBody, headers(("ETag" = String, description = "For If-Match"))),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 404, description = "No such company for this caller", body = Problem),
        (status = 412, description = "Changed since you saw it", body = Problem),
        (status = 422, description = "A reused key", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
async fn resume(call: &Call, company: &str, body: Sent) -> Result<Response, Problem> {
    edit(call, company, body, |_, _| Ok(Edit::Resume)).await
}

/// Add an alias
///
/// Another code that names the company; the company's present code stays. Operator only.
#[utoipa::path(
    post, path = "/admin/v1/companies/{company}/aliases", operation_id = "addCompanyAlias", tag = "companies",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
        ("If-Match" = Option<String>, Header, description = "ETag of the company as you saw it"),
    ),
    request_body = AliasBody,
    responses(
        (status = 200, body = CompanyBody, headers(("ETag" = String, description = "For If-Match"))),
        (status = 400, description = "Not JSON, or not of this shape", body = Problem),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 404, description = "No such company for this caller", body = Problem),
        (status = 409, description = "Is or was another company's", body = Problem),
        (status = 412, description = "Changed since you saw it", body = Problem),
        (status = 413, description = "Body too large", body = Problem),
        (status = 422, description = "No company code, or a reused key", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn add_alias(
    call: Call,
    Path(company): Path<String>,
    body: Sent,
) -> Result<Response, Problem> {
    let read = |call: &Call, body: &[u8]| {
        let AliasBody { code } = call.json(body)?;
        let code =
            CompanyCode::parse(&code).map_err(|error| Problem::bad_field("code", error.to_string()))?;
        Ok(Edit::AddAlias(code))
    };
    edit(&call, &company, body, read).await
}

/// Release an alias
///
/// It names the company no more, and is never given to another one. Operator only.
#[utoipa::path(
    delete, path = "/admin/v1/companies/{company}/aliases/{alias}", operation_id = "releaseCompanyAlias",
    tag = "companies",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("alias" = String, Path, description = "The alias", example = "MAPLE1"),
        ("If-Match" = Option<String>, Header, description = "ETag of the company as you saw it"),
    ),
    responses(
        (status = 200, body = CompanyBody, headers(("ETag" = String, description = "For If-Match"))),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 404, description = "No such company for this caller, or no such alias of it", body = Problem),
        (status = 412, description = "Changed since you saw it", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn release_alias(
    call: Call,
    Path((company, code)): Path<(String, String)>,
    body: Sent,
) -> Result<Response, Problem> {
    let read = |_: &Call, _: &[u8]| {
        let code = CompanyCode::parse(&code).map_err(|_| Problem::not_found())?;
        Ok(Edit::ReleaseAlias(code))
    };
    edit(&call, &company, body, read).await
}

/// The one way every change takes: first who asks, then what they sent.
async fn edit(
    call: &Call,
    company: &str,
    body: Sent,
    read: impl FnOnce(&Call, &[u8]) -> Result<Edit, Problem>,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::CompaniesWrite, company).await?;
    let body = body.map_err(|_| Problem::body_too_large())?;
    let edit = read(call, &body)?;
    let terms = call.terms(scope.caller(), &body)?;
    let env = &call.state.env;
    Ok(answered(companies::change(env, &scope, &edit, &terms, &present(&env.issuer)).await?))
}

impl From<CompanyError> for Problem {
    fn from(error: CompanyError) -> Self {
        let taken = |kind, what: &str| Self::new(StatusCode::CONFLICT, kind, what);
        match error {
            CompanyError::Invalid(fields) => Self::invalid("invalid-company", fields),
            CompanyError::CodeTaken => taken(
                "company-code-taken",
                "This company code is or was another company's, and codes are never given twice. Use another one.",
            ),
            CompanyError::SlugTaken => taken(
                "company-slug-taken",
                "This slug is or was another company's, and slugs are never given twice. Use another one.",
            ),
            CompanyError::ClientTaken => taken(
                "client-id-taken",
                "A client has or had the id of the new portal client, portal.<code>. Use another company code.",
            ),
            CompanyError::NotAllowed(fields) => Self::not_allowed(&fields),
            CompanyError::NotOperator => Self::operator_only(),
            CompanyError::UnknownAlias => Self::not_found(),
            CompanyError::Picture(error) => error.into(),
            CompanyError::Changed => Self::changed(),
            CompanyError::KeyReused(reused) => reused.into(),
            CompanyError::Fault(fault) => fault.into(),
        }
    }
}
