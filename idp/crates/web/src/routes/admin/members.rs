//! Members of one company: create with an invitation, list, read.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use idp_domain::Digest;
use idp_domain::id::MembershipId;
use idp_domain::scope::Scope;
use idp_service::Fault;
use idp_service::provision::{self, Answer, Caller, IdempotencyKey, MemberDraft, MemberState};
use serde::Deserialize;
use utoipa::IntoParams;

use super::call::Call;
use super::problem::Problem;
use super::wire::{MemberBody, MembersBody, NewMemberBody};
use crate::http::present::NO_STORE;

/// Members of one page, unless the caller asks for fewer.
const MAX_PAGE: u64 = 200;

fn present(state: &MemberState) -> Result<String, Fault> {
    serde_json::to_string(&MemberBody::from(state)).map_err(|_| Fault::Broken("a member does not serialise"))
}

/// Create an identity and mail the invitation
///
/// Creates account and membership and queues the activation mail. Safe to repeat: by `Idempotency-Key`, and by
/// `person_ref`, for which an existing member is returned with 200.
#[utoipa::path(
    post, path = "/admin/v1/companies/{company}/members", operation_id = "createMember", tag = "members",
    params(
        ("company" = String, Path, description = "Company code or `cmp_` id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
    ),
    request_body = NewMemberBody,
    responses(
        (status = 201, description = "Added; the mail is queued", body = MemberBody),
        (status = 200, description = "Was there before; no second mail", body = MemberBody),
        (status = 400, description = "Not JSON, or not of this shape", body = Problem),
        (status = 401, description = "No valid token", body = Problem),
        (status = 403, description = "Scope or authority missing", body = Problem),
        (status = 404, description = "No such company for this caller", body = Problem),
        (status = 409, description = "Address or person already used", body = Problem),
        (status = 413, description = "Body too large", body = Problem),
        (status = 422, description = "Bad fields, or a reused key", body = Problem),
    )
)]
pub(in crate::routes) async fn create(
    call: Call,
    Path(company): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let (token, scope) = call.authorize(Scope::MembersWrite, &company).await?;
    let body = body.map_err(|_| Problem::body_too_large())?;
    let draft = MemberDraft::from(read_body(&call.headers, &body)?);
    let member = draft.check().map_err(Problem::invalid_member)?;
    let idempotency = idempotency_key(&call.headers, &body)?;
    let caller = Caller::new(&token, &scope, &call.origin.0);
    let answer =
        provision::provision(&call.state.env, &caller, &member, idempotency.as_ref(), &present).await?;
    Ok(json(answer))
}

fn json(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = (header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    (status, [content_type, (header::CACHE_CONTROL, NO_STORE)], answer.body).into_response()
}

fn read_body(headers: &HeaderMap, body: &[u8]) -> Result<NewMemberBody, Problem> {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(Problem::invalid_body("Send the member as JSON with Content-Type: application/json."));
    }
    // serde reads an array as a struct, too; then the order of fields would be part of the API.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::invalid_body("Send one JSON object."));
    }
    serde_json::from_slice(body)
        .map_err(|error| Problem::invalid_body(format!("The body cannot be read: {error}.")))
}

fn idempotency_key(headers: &HeaderMap, body: &[u8]) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=200).contains(&key.len()) && values.next().is_none());
    let key = key.ok_or_else(|| {
        Problem::invalid_parameter(
            "Idempotency-Key must be sent once and have 1 to 200 printable ASCII characters.",
        )
    })?;
    Ok(Some(IdempotencyKey { key: key.to_owned(), request: Digest::of(body) }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::routes) struct PageQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200.
    limit: Option<u64>,
}

/// List members
///
/// In the order in which they were added.
#[utoipa::path(
    get, path = "/admin/v1/companies/{company}/members", operation_id = "listMembers", tag = "members",
    params(("company" = String, Path, description = "Company code or `cmp_` id"), PageQuery),
    responses(
        (status = 200, body = MembersBody),
        (status = 400, description = "Bad cursor or limit", body = Problem),
        (status = 401, description = "No valid token", body = Problem),
        (status = 403, description = "Scope missing", body = Problem),
        (status = 404, description = "No such company for this caller", body = Problem),
    )
)]
pub(in crate::routes) async fn list(
    call: Call,
    Path(company): Path<String>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let (_, scope) = call.authorize(Scope::MembersRead, &company).await?;
    let invalid =
        || Problem::invalid_parameter("limit must be 1 to 200, cursor the next_cursor of the page before.");
    let Query(PageQuery { cursor, limit }) = query.map_err(|_| invalid())?;
    let limit = limit.unwrap_or(MAX_PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(invalid());
    }
    let after = cursor.map(|cursor| cursor.parse::<MembershipId>()).transpose().map_err(|_| invalid())?;
    let (members, next) = provision::list(&call.state.env, &scope, after, limit).await?;
    let body = MembersBody {
        members: members.iter().map(MemberBody::from).collect(),
        next_cursor: next.map(|id| id.to_string()),
    };
    Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(body)).into_response())
}

/// Read one member
#[utoipa::path(
    get, path = "/admin/v1/companies/{company}/members/{member}", operation_id = "readMember", tag = "members",
    params(
        ("company" = String, Path, description = "Company code or `cmp_` id"),
        ("member" = String, Path, description = "`mbr_` id"),
    ),
    responses(
        (status = 200, body = MemberBody),
        (status = 401, description = "No valid token", body = Problem),
        (status = 403, description = "Scope missing", body = Problem),
        (status = 404, description = "No such member for this caller", body = Problem),
    )
)]
pub(in crate::routes) async fn read(
    call: Call,
    Path((company, member)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (_, scope) = call.authorize(Scope::MembersRead, &company).await?;
    let id = member.parse::<MembershipId>().map_err(|_| Problem::not_found())?;
    let member = provision::find(&call.state.env, &scope, id).await?.ok_or_else(Problem::not_found)?;
    Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(MemberBody::from(&member))).into_response())
}
