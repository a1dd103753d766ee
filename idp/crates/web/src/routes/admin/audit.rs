//! The audit log (`provisioning.md` section 6): a page of it as JSON, or all that was asked for as a file. An agency sees its own
//! log only; the operator reads the platform's own, too.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use idp_domain::Timestamp;
use idp_domain::audit::{Actor, AuditAction, AuditFilter, Change};
use idp_domain::client::ClientId;
use idp_domain::id::AuditId;
use idp_domain::scope::Scope;
use idp_service::audit_log::{self, Export, Format, Log, Record, RecordedActor, Slice};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::call::Call;
use super::problem::Problem;
use crate::http::accept::asks_for;
use crate::http::present::NO_STORE;

/// Events of one page, unless the caller asks for fewer.
const MAX_PAGE: u64 = 200;
/// No id that is recorded is longer.
const MAX_SUBJECT: usize = 200;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct AuditQuery {
    /// From then on: RFC 3339, or a date, which begins at midnight UTC.
    from: Option<String>,
    /// Before then.
    to: Option<String>,
    /// Who did it: the `sub` of a person, a client_id, `anonymous` or `system`.
    actor: Option<String>,
    /// What it was done to: the `sub` of a person, a `member_id`, a client_id or another id.
    subject: Option<String>,
    /// An action, such as `session.signed_in`.
    #[serde(rename = "type")]
    action: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200.
    limit: Option<u64>,
}

/// An event. Secrets are never recorded.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct EventBody {
    id: String,
    at: String,
    /// What was done, such as `session.signed_in`.
    action: String,
    /// `done` or `refused`.
    outcome: String,
    /// A stable word, of refusals.
    reason: Option<String>,
    actor: ActorBody,
    company: Option<String>,
    /// The `sub` of the person it concerns.
    account: Option<String>,
    /// The id of what it was done to.
    subject: Option<String>,
    request_id: Option<String>,
    changes: Vec<ChangeBody>,
}

/// Who did it, through what, from where.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct ActorBody {
    /// `person`, `client`, `anonymous` or `system`.
    #[serde(rename = "type")]
    kind: String,
    /// The `sub` of a person, or a client_id.
    id: Option<String>,
    /// The client_id through which a person acted.
    client: Option<String>,
    address: Option<String>,
    user_agent: Option<String>,
}

/// A field before and after.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct ChangeBody {
    field: String,
    before: Option<String>,
    after: Option<String>,
}

/// A page of the log, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct EventsBody {
    events: Vec<EventBody>,
    /// Pass as `cursor` to get the next page; `null` on the last one.
    next_cursor: Option<String>,
}

impl From<Record> for EventBody {
    fn from(record: Record) -> Self {
        let Record { id, at, action, outcome, reason, actor, company, account, subject, request_id, changes } =
            record;
        let RecordedActor { kind, id: who, client, address, user_agent } = actor;
        let actor = ActorBody { kind: kind.to_owned(), id: who, client, address, user_agent };
        let change =
            |Change { field, before, after }| ChangeBody { field: field.into_owned(), before, after };
        Self {
            id,
            at,
            action: action.to_owned(),
            outcome: outcome.to_owned(),
            reason,
            actor,
            company,
            account,
            subject,
            request_id,
            changes: changes.into_iter().map(change).collect(),
        }
    }
}

/// Read the audit log of a company
///
/// A page as JSON, the newest event first; or, with `Accept: application/x-ndjson` or `text/csv`, everything that was asked
/// for as a file, the oldest first, whatever `cursor` and `limit` say. That somebody looked is recorded, too.
#[utoipa::path(
    get, path = "/admin/v1/companies/{company}/audit", operation_id = "readAudit", tag = "audit",
    params(("company" = String, Path, description = "Company code or `cmp_` id"), AuditQuery),
    responses(
        (status = 200, content(
            (EventsBody = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
        (status = 400, description = "Bad parameter", body = Problem),
        (status = 401, description = "No valid token", body = Problem),
        (status = 403, description = "Scope missing", body = Problem),
        (status = 404, description = "No such company for this caller", body = Problem),
        (status = 429, description = "Too many calls; see Retry-After", body = Problem),
    )
)]
pub(in crate::routes) async fn of_company(
    call: Call,
    Path(company): Path<String>,
    query: Result<Query<AuditQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::AuditRead, &company).await?;
    answer(&call, (&scope).into(), query).await
}

/// Read the platform's own audit log
///
/// What belongs to no company, for the operator only; otherwise as `readAudit`.
#[utoipa::path(
    get, path = "/admin/v1/audit", operation_id = "readPlatformAudit", tag = "audit",
    params(AuditQuery),
    responses(
        (status = 200, content(
            (EventsBody = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
        (status = 400, description = "Bad parameter", body = Problem),
        (status = 401, description = "No valid token", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 429, description = "Too many calls; see Retry-After", body = Problem),
    )
)]
pub(in crate::routes) async fn of_platform(
    call: Call,
    query: Result<Query<AuditQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let scope = call.operator(Scope::AuditRead).await?;
    answer(&call, (&scope).into(), query).await
}

async fn answer(
    call: &Call,
    log: Log,
    query: Result<Query<AuditQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let asked = query.ok().and_then(|Query(query)| query.read());
    let (filter, after, limit) = asked.ok_or_else(|| {
        Problem::invalid_parameter(
            "from and to are RFC 3339 instants or dates, type is an action, limit is 1 to 200, cursor the next_cursor of \
             the page before; each at most once.",
        )
    })?;
    let env = &call.state.env;
    let wanted = |format: &Format| asks_for(&call.headers, format.media_type(), "application/json");
    match Format::VARIANTS.into_iter().find(wanted) {
        Some(format) => Ok(file(Export::begin(env, log, filter, format).await?, format, call)),
        None => {
            let Slice { records, next } = audit_log::list(env, &log, &filter, after, limit).await?;
            let events = records.into_iter().map(EventBody::from).collect();
            let body = EventsBody { events, next_cursor: next.map(|id| id.to_string()) };
            Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(body)).into_response())
        }
    }
}

impl AuditQuery {
    fn read(self) -> Option<(AuditFilter, Option<AuditId>, u64)> {
        let instant = |text: Option<String>| text.map(|text| Timestamp::parse(&text).ok_or(())).transpose();
        let action = self.action.map(|text| AuditAction::parse(&text).ok_or(())).transpose().ok()?;
        let actor = self.actor.map(|text| read_actor(&text).ok_or(())).transpose().ok()?;
        if self.subject.as_deref().is_some_and(|subject| !is_id(subject)) {
            return None;
        }
        let after = self.cursor.map(|cursor| cursor.parse()).transpose().ok()?;
        let limit = self.limit.unwrap_or(MAX_PAGE);
        let filter = AuditFilter {
            from: instant(self.from).ok()?,
            to: instant(self.to).ok()?,
            actor,
            subject: self.subject,
            action,
        };
        (1..=MAX_PAGE).contains(&limit).then_some((filter, after, limit))
    }
}

fn is_id(text: &str) -> bool {
    (1..=MAX_SUBJECT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn read_actor(text: &str) -> Option<Actor> {
    match text {
        "system" => Some(Actor::System),
        "anonymous" => Some(Actor::Anonymous),
        _ => match text.parse() {
            Ok(account) => Some(Actor::Person { account }),
            Err(_) => ClientId::parse(text).ok().map(|client| Actor::Client { client }),
        },
    }
}

/// Sent while it is read; a failure on the way breaks the connection off, so that no half of a file passes for a whole.
fn file(export: Export, format: Format, call: &Call) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format!("{}; charset=utf-8", format.media_type())),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"audit.{}\"", format.as_str())),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Body::from_stream(export.into_stream(call.state.env.clone()))).into_response()
}
