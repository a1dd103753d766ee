//! Members of one company: create with an invitation, list, read, change, remove, and what else an office does to one.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use idp_domain::id::MembershipId;
use idp_domain::member::{Authority, MemberType};
use idp_domain::member_list::{MemberFilter, MemberOrder, MemberQuery, SearchWords};
use idp_domain::scope::Scope;
use idp_service::Fault;
use idp_service::authority::CompanyScope;
use idp_service::once::Answer;
use idp_service::provision::{self, MAX_PAGE, MemberAction, MemberDraft, MemberPatch, MemberState};
use serde::Deserialize;
use utoipa::IntoParams;

use super::call::{Call, Sent, answered};
use super::problem::Problem;
use super::verbs::{Verb, without_body};
use super::wire::{MemberBody, MemberPatchBody, MembersBody, NewMemberBody};
use crate::http::present::NO_STORE;

fn present(state: &MemberState) -> Result<String, Fault> {
    serde_json::to_string(&MemberBody::from(state)).map_err(|_| Fault::Broken("a member does not serialise"))
}

/// Create an identity and mail the invitation
///
/// Creates account and membership and queues the activation mail. Safe to repeat: by `Idempotency-Key`, and by
/// `person_ref`, for which an existing member is returned with 200.
#[utoipa::path(
    post, path = "/admin/v1/companies/{company}/members", operation_id = "createMember", tag = "members",
    security(("token" = ["members:write"])),
    params(
        ("company" = String, Path, description = "Company code or `cmp_` id", example = "99999"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
    ),
    request_body = NewMemberBody,
    responses(
        (status = 201, description = "Added; the mail is queued", body = MemberBody, headers(("ETag" = String))),
        (status = 200, description = "Was there before; no second mail", body = MemberBody, headers(("ETag" = String))),
        (status = 400, description = "Not JSON, or not of this shape", body = Problem),
        (status = 403, description = "Scope or authority missing", body = Problem),
        (status = 409, description = "Address or person already used", body = Problem),
        (status = 413, description = "Body too large", body = Problem),
        (status = 422, description = "Bad fields, or a reused key", body = Problem),
    )
)]
pub(in crate::routes) async fn create(
    call: Call,
    Path(company): Path<String>,
    body: Sent,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::MembersWrite, &company).await?;
    let body = body.map_err(|_| Problem::body_too_large())?;
    let draft = MemberDraft::from(call.json::<NewMemberBody>(&body)?);
    let member = draft.check().map_err(Problem::invalid_member)?;
    let terms = call.terms(scope.caller(), &body)?;
    Ok(answered(provision::create(&call.state.env, &scope, &member, &terms, &present).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct MembersQuery {
    /// `invited`, `active`, `inactive`, `removed`, `not_activated` (the same as `invited`), `undeliverable` (mails come back),
    /// `locked`, `never_signed_in`, or `expired` (the mailed link is too old). Without it, everybody who was not removed.
    #[param(example = "not_activated")]
    state: Option<String>,
    /// Words, each of which must be somewhere in name, user name or a `person_ref`; capitals do not matter.
    #[param(example = "jones")]
    q: Option<String>,
    /// `office_staff`, `caregiver` or `client`, in any of the person's records.
    #[serde(rename = "type")]
    #[param(example = "caregiver")]
    member_type: Option<String>,
    /// `none` or `administrator`.
    authority: Option<String>,
    /// `added` (default) or `name`.
    order: Option<String>,
    /// `next_cursor` of the page before, with the same other parameters.
    cursor: Option<String>,
    /// 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
}

impl MembersQuery {
    fn read(&self) -> Option<MemberQuery> {
        fn known<T>(text: Option<&String>, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
            text.map_or(Some(None), |text| parse(text).map(Some))
        }
        let of_type = |text: &str| MemberType::VARIANTS.into_iter().find(|it| it.as_str() == text);
        let with_authority = |text: &str| Authority::VARIANTS.into_iter().find(|it| it.as_str() == text);
        Some(MemberQuery {
            state: known(self.state.as_ref(), MemberFilter::parse)?,
            words: SearchWords::parse(self.q.as_deref().unwrap_or_default()).ok()?,
            member_type: known(self.member_type.as_ref(), of_type)?,
            authority: known(self.authority.as_ref(), with_authority)?,
            order: known(self.order.as_ref(), MemberOrder::parse)?.unwrap_or_default(),
        })
    }
}

/// List members
///
/// A page at a time. Members that are added meanwhile move nobody from one page to another.
#[utoipa::path(
    get, path = "/admin/v1/companies/{company}/members", operation_id = "listMembers", tag = "members",
    security(("token" = ["members:read"])),
    params(("company" = String, Path, description = "Company code or `cmp_` id", example = "99999"), MembersQuery),
    responses(
        (status = 200, description = "A page of members", body = MembersBody),
        (status = 400, description = "A parameter is none of ours, or the cursor is of another list", body = Problem),
    )
)]
pub(in crate::routes) async fn list(
    call: Call,
    Path(company): Path<String>,
    query: Result<Query<MembersQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::MembersRead, &company).await?;
    let invalid = || {
        let detail = "Compare the parameters with the description of the API; cursor is the next_cursor of the page before.";
        Problem::invalid_parameter(detail)
    };
    let Query(asked) = query.map_err(|_| invalid())?;
    let query = asked.read().ok_or_else(invalid)?;
    let limit = asked.limit.unwrap_or(MAX_PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(invalid());
    }
    let page = (asked.cursor.as_deref(), limit);
    let page = provision::list(&call.state.env, &scope, &query, page).await?.ok_or_else(invalid)?;
    let body =
        MembersBody { members: page.members.iter().map(MemberBody::from).collect(), next_cursor: page.next };
    Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(body)).into_response())
}

/// Read one member
#[utoipa::path(
    get, path = "/admin/v1/companies/{company}/members/{member}", operation_id = "readMember", tag = "members",
    security(("token" = ["members:read"])),
    params(
        ("company" = String, Path, description = "Company code or `cmp_` id", example = "99999"),
        ("member" = String, Path, description = "`mbr_` id"),
    ),
    responses((status = 200, description = "The member", body = MemberBody, headers(("ETag" = String))))
)]
pub(in crate::routes) async fn read(
    call: Call,
    Path((company, member)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::MembersRead, &company).await?;
    let member = provision::find(&call.state.env, &scope, id(&member)?).await?;
    let member = member.ok_or_else(Problem::not_found)?;
    Ok(answered(Answer { status: 200, body: present(&member)? }))
}

/// Change what the office wrote
///
/// Only what is said is changed (RFC 7396). The address can be corrected as long as the person has not accepted: what was mailed
/// to the wrong one is dead, and a new mail is queued.
#[utoipa::path(
    patch, path = "/admin/v1/companies/{company}/members/{member}", operation_id = "changeMember", tag = "members",
    security(("token" = ["members:write"])),
    params(
        ("company" = String, Path, description = "Company code or `cmp_` id", example = "99999"),
        ("member" = String, Path, description = "`mbr_` id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the member as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
    ),
    request_body(content(
        (MemberPatchBody = "application/json"), (MemberPatchBody = "application/merge-patch+json"),
    )),
    responses(
        (status = 200, description = "The member as it is now", body = MemberBody, headers(("ETag" = String))),
        (status = 400, description = "Not JSON, or not of this shape", body = Problem),
        (status = 403, description = "Scope or authority missing, or one's own place", body = Problem),
        (status = 409, description = "Not in the state the member is in", body = Problem),
        (status = 412, description = "Changed since it was read", body = Problem),
        (status = 413, description = "Body too large", body = Problem),
        (status = 422, description = "Bad fields, or a reused key", body = Problem),
    )
)]
pub(in crate::routes) async fn change(
    call: Call,
    Path((company, member)): Path<(String, String)>,
    body: Sent,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::MembersWrite, &company).await?;
    let member = id(&member)?;
    let body = body.map_err(|_| Problem::body_too_large())?;
    let patch = MemberPatch::from(call.json::<MemberPatchBody>(&body)?);
    act(&call, &scope, (member, &MemberAction::Patch(Box::new(patch))), &body).await
}

/// Remove a member
///
/// The person leaves the company; tokens are refused at once and open invitations are dead. What the company wrote stays to be
/// read with `state=removed`. Adding the same person again brings the member back. The account stays the person's.
#[utoipa::path(
    delete, path = "/admin/v1/companies/{company}/members/{member}", operation_id = "removeMember", tag = "members",
    security(("token" = ["members:write"])),
    params(
        ("company" = String, Path, description = "Company code or `cmp_` id", example = "99999"),
        ("member" = String, Path, description = "`mbr_` id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the member as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
    ),
    responses(
        (status = 200, description = "The member as it is now", body = MemberBody, headers(("ETag" = String))),
        (status = 403, description = "Scope or authority missing, or one's own place", body = Problem),
        (status = 409, description = "Not in the state the member is in", body = Problem),
        (status = 412, description = "Changed since it was read", body = Problem),
        (status = 413, description = "Body too large", body = Problem),
        (status = 422, description = "Bad fields, or a reused key", body = Problem),
    )
)]
pub(in crate::routes) async fn remove(
    call: Call,
    Path((company, member)): Path<(String, String)>,
    body: Sent,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::MembersWrite, &company).await?;
    let member = id(&member)?;
    let body = body.map_err(|_| Problem::body_too_large())?;
    without_body(&body)?;
    act(&call, &scope, (member, &MemberAction::Remove), &body).await
}

/// What a verb does to a member.
pub(in crate::routes) async fn perform(
    call: Call,
    Path((company, segment)): Path<(String, String)>,
    body: Sent,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::MembersWrite, &company).await?;
    let (member, verb) = Verb::split(&segment).ok_or_else(Problem::not_found)?;
    let member = id(member)?;
    let body = body.map_err(|_| Problem::body_too_large())?;
    let action = verb.read(&call, &body)?;
    act(&call, &scope, (member, &action), &body).await
}

fn id(segment: &str) -> Result<MembershipId, Problem> {
    segment.parse().map_err(|_| Problem::not_found())
}

async fn act(
    call: &Call,
    scope: &CompanyScope,
    action: (MembershipId, &MemberAction),
    body: &[u8],
) -> Result<Response, Problem> {
    let terms = call.terms(scope.caller(), body)?;
    Ok(answered(provision::change(&call.state.env, scope, action, &terms, &present).await?))
}
