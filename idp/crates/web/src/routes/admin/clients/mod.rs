//! Clients of one company: registered, listed, read, changed, given new secrets, switched off and on, taken away. The
//! operator writes; the company's administrators and programs read (`company.md` section 4).

mod wire;

use std::time::Duration;

use axum::Json;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use idp_domain::Timestamp;
use idp_domain::client::ClientId;
use idp_domain::scope::Scope;
use idp_service::Fault;
use idp_service::clients::{
    self, ClientDraft, ClientEdit, ClientError, ClientOwner, ClientPatch, ClientView,
};
use idp_service::once::Answer;
use serde::Serialize;

use super::call::{Call, Sent, answered};
use super::problem::Problem;
use super::shown_once::{created, shown_once};
use crate::http::present::NO_STORE;
use wire::{ClientBody, ClientPatchBody, ClientWithSecretBody, ClientsBody, NewClientBody, RotationBody};

/// The longest time two secrets are good side by side.
const MOST_OVERLAP_HOURS: u64 = 7 * 24;

fn written(body: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(body).map_err(|_| Fault::Broken("a client does not serialise"))
}

fn present(now: Timestamp) -> impl Fn(&ClientView) -> Result<String, Fault> + Send + Sync {
    move |view| written(&ClientBody::of(view, now))
}

fn present_once(now: Timestamp) -> impl Fn(&ClientView) -> Result<String, Fault> + Send + Sync {
    move |view| written(&ClientWithSecretBody::of(view, now))
}

/// Register a client
///
/// Bound to the company, with PKCE, and without asking people for consent. Operator only. Its secret is in the first answer
/// and in no repeated one.
#[utoipa::path(
    post, path = "/admin/v1/companies/{company}/clients", operation_id = "createClient", tag = "clients",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
    ),
    request_body = NewClientBody,
    responses(
        (status = 201, description = "Registered", body = ClientWithSecretBody,
            headers(("Location" = String, description = "The client"))),
        (status = 400, description = "Not JSON, or not of this shape", body = Problem),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 404, description = "No such company for this caller", body = Problem),
        (status = 409, description = "A client has or had this id", body = Problem),
        (status = 413, description = "Body too large", body = Problem),
        (status = 422, description = "Bad fields, or a reused key", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn create(
    call: Call,
    Path(company): Path<String>,
    body: Sent,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::CompaniesWrite, &company).await?;
    let body = body.map_err(|_| Problem::body_too_large())?;
    let draft = ClientDraft::from(call.json::<NewClientBody>(&body)?);
    let new = draft.check(ClientOwner::Company).map_err(ClientError::Invalid)?;
    let terms = call.terms(scope.caller(), &body)?;
    let present = present_once(call.state.env.now());
    let answer = clients::create(&call.state.env, &scope, &new, &terms, &present).await?;
    Ok(created(&call, answer, "client_id"))
}

/// List clients
///
/// All clients of the company, in order of their ids.
#[utoipa::path(
    get, path = "/admin/v1/companies/{company}/clients", operation_id = "listClients", tag = "clients",
    security(("token" = ["companies:read"])),
    params(("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999")),
    responses(
        (status = 200, body = ClientsBody),
        (status = 401, description = "No valid token", body = Problem),
        (status = 403, description = "Scope missing", body = Problem),
        (status = 404, description = "No such company for this caller", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn list(call: Call, Path(company): Path<String>) -> Result<Response, Problem> {
    let scope = call.company(Scope::CompaniesRead, &company).await?;
    let (env, now) = (&call.state.env, call.state.env.now());
    let found = clients::list_of(env, &scope).await?;
    let body = ClientsBody { clients: found.iter().map(|client| ClientBody::of(client, now)).collect() };
    Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(body)).into_response())
}

/// Read one client
#[utoipa::path(
    get, path = "/admin/v1/companies/{company}/clients/{client}", operation_id = "readClient", tag = "clients",
    security(("token" = ["companies:read"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("client" = String, Path, description = "`client_id`", example = "portal.99999"),
    ),
    responses(
        (status = 200, body = ClientBody, headers(("ETag" = String, description = "For If-Match"))),
        (status = 401, description = "No valid token", body = Problem),
        (status = 403, description = "Scope missing", body = Problem),
        (status = 404, description = "No such client for this caller", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn read(
    call: Call,
    Path((company, client)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::CompaniesRead, &company).await?;
    let id = ClientId::parse(&client).map_err(|_| Problem::not_found())?;
    let env = &call.state.env;
    let found = clients::find(env, &scope, &id).await?.ok_or_else(Problem::not_found)?;
    Ok(answered(Answer { status: 200, body: present(env.now())(&found)? }))
}

/// Change a client
///
/// How it authenticates stays as it is. Operator only.
#[utoipa::path(
    patch, path = "/admin/v1/companies/{company}/clients/{client}", operation_id = "changeClient", tag = "clients",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("client" = String, Path, description = "`client_id`", example = "portal.99999"),
        ("If-Match" = Option<String>, Header, description = "ETag of what you saw"),
    ),
    request_body = ClientPatchBody,
    responses(
        (status = 200, body = ClientBody, headers(("ETag" = String, description = "For If-Match"))),
        (status = 400, description = "Not JSON, or not of this shape", body = Problem),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 404, description = "No such client for this caller", body = Problem),
        (status = 412, description = "Changed since you saw it", body = Problem),
        (status = 413, description = "Body too large", body = Problem),
        (status = 422, description = "Bad fields", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn change(
    call: Call,
    Path((company, client)): Path<(String, String)>,
    body: Sent,
) -> Result<Response, Problem> {
    let read = |call: &Call, body: &[u8]| {
        Ok(ClientEdit::Patch(Box::new(ClientPatch::from(call.json::<ClientPatchBody>(body)?))))
    };
    Ok(answered(edit(&call, (&company, &client), body, read).await?))
}

/// Take a client away
///
/// For good: what it holds is revoked, and no other client is ever given its id. Operator only.
#[utoipa::path(
    delete, path = "/admin/v1/companies/{company}/clients/{client}", operation_id = "removeClient", tag = "clients",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("client" = String, Path, description = "`client_id`", example = "portal.99999"),
        ("If-Match" = Option<String>, Header, description = "ETag of what you saw"),
    ),
    responses(
        (status = 204, description = "Gone"),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 404, description = "No such client for this caller", body = Problem),
        (status = 412, description = "Changed since you saw it", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn remove(
    call: Call,
    Path((company, client)): Path<(String, String)>,
    body: Sent,
) -> Result<Response, Problem> {
    edit(&call, (&company, &client), body, |_, _| Ok(ClientEdit::Remove)).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, NO_STORE)]).into_response())
}

/// `POST /clients/{client}:verb`; a router matches whole segments only.
pub(in crate::routes) async fn act(
    call: Call,
    Path((company, client)): Path<(String, String)>,
    body: Sent,
) -> Result<Response, Problem> {
    match client.rsplit_once(':') {
        Some((client, "rotate-secret")) => rotate_secret(&call, (&company, client), body).await,
        Some((client, "disable")) => disable(&call, (&company, client), body).await,
        Some((client, "enable")) => enable(&call, (&company, client), body).await,
        _ => Err(Problem::not_found()),
    }
}

/// Make a new secret
///
/// The ones it has stay good for `overlap_hours` at most. Operator only. The new one is in the first answer and in no
/// repeated one.
#[utoipa::path(
    post, path = "/admin/v1/companies/{company}/clients/{client}:rotate-secret", operation_id = "rotateClientSecret", tag = "clients",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("client" = String, Path, description = "`client_id`", example = "portal.99999"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
        ("If-Match" = Option<String>, Header, description = "ETag of what you saw"),
    ),
    request_body = RotationBody,
    responses(
        (status = 200, body = ClientWithSecretBody),
        (status = 400, description = "Not JSON, or not of this shape", body = Problem),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 404, description = "No such client for this caller", body = Problem),
        (status = 409, description = "Authenticates without a secret", body = Problem),
        (status = 412, description = "Changed since you saw it", body = Problem),
        (status = 413, description = "Body too large", body = Problem),
        (status = 422, description = "Bad fields, or a reused key", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
async fn rotate_secret(call: &Call, path: (&str, &str), body: Sent) -> Result<Response, Problem> {
    let read = |call: &Call, body: &[u8]| {
        let RotationBody { overlap_hours } = call.json(body)?;
        if overlap_hours > MOST_OVERLAP_HOURS {
            return Err(Problem::bad_field("overlap_hours", format!("must be 0 to {MOST_OVERLAP_HOURS}")));
        }
        Ok(ClientEdit::RotateSecret { overlap: Duration::from_secs(overlap_hours * 3600) })
    };
    Ok(shown_once(edit(call, path, body, read).await?))
}

/// Disable a client
///
/// Nothing of it is accepted any more, and what it holds is revoked for good. Operator only.
#[utoipa::path(
    post, path = "/admin/v1/companies/{company}/clients/{client}:disable", operation_id = "disableClient", tag = "clients",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("client" = String, Path, description = "`client_id`", example = "portal.99999"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
        ("If-Match" = Option<String>, Header, description = "ETag of what you saw"),
    ),
    responses(
        (status = 200, body = ClientBody, headers(("ETag" = String, description = "For If-Match"))),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 404, description = "No such client for this caller", body = Problem),
        (status = 412, description = "Changed since you saw it", body = Problem),
        (status = 422, description = "A reused key", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
async fn disable(call: &Call, path: (&str, &str), body: Sent) -> Result<Response, Problem> {
    Ok(answered(edit(call, path, body, |_, _| Ok(ClientEdit::Disable)).await?))
}

/// Enable a client
///
/// It is accepted again; what was revoked stays so. Operator only.
#[utoipa::path(
    post, path = "/admin/v1/companies/{company}/clients/{client}:enable", operation_id = "enableClient", tag = "clients",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("client" = String, Path, description = "`client_id`", example = "portal.99999"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
        ("If-Match" = Option<String>, Header, description = "ETag of what you saw"),
    ),
    responses(
        (status = 200, body = ClientBody, headers(("ETag" = String, description = "For If-Match"))),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 404, description = "No such client for this caller", body = Problem),
        (status = 412, description = "Changed since you saw it", body = Problem),
        (status = 422, description = "A reused key", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
async fn enable(call: &Call, path: (&str, &str), body: Sent) -> Result<Response, Problem> {
    Ok(answered(edit(call, path, body, |_, _| Ok(ClientEdit::Enable)).await?))
}

/// The one way every change takes: first who asks, then what they sent.
async fn edit(
    call: &Call,
    (company, client): (&str, &str),
    body: Sent,
    read: impl FnOnce(&Call, &[u8]) -> Result<ClientEdit, Problem>,
) -> Result<Answer, Problem> {
    let scope = call.company(Scope::CompaniesWrite, company).await?;
    let id = ClientId::parse(client).map_err(|_| Problem::not_found())?;
    let body = body.map_err(|_| Problem::body_too_large())?;
    let edit = read(call, &body)?;
    let terms = call.terms(scope.caller(), &body)?;
    let env = &call.state.env;
    let (plain, once) = (present(env.now()), present_once(env.now()));
    let present: clients::Present<'_> = match edit {
        ClientEdit::RotateSecret { .. } => &once,
        _ => &plain,
    };
    Ok(clients::change(env, &scope, (&id, &edit), &terms, present).await?)
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Unknown(_) => Self::not_found(),
            ClientError::NoSecret(_) => Self::new(
                StatusCode::CONFLICT,
                "client-has-no-secret",
                "This client does not authenticate with a secret.",
            ),
            ClientError::Invalid(fields) => Self::invalid("invalid-client", fields),
            ClientError::IdTaken => Self::new(
                StatusCode::CONFLICT,
                "client-id-taken",
                "A client has or had this client_id, and ids are never given twice. Use another one.",
            ),
            ClientError::NotOperator => Self::operator_only(),
            ClientError::Changed => Self::changed(),
            ClientError::KeyReused(reused) => reused.into(),
            ClientError::Fault(fault) => fault.into(),
        }
    }
}
