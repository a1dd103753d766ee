//! The provisioning API (`provisioning.md` section 2): JSON in, JSON or `application/problem+json` out.

pub(super) mod audit;
pub(super) mod bounces;
pub(super) mod bulk;
mod call;
pub(super) mod clients;
pub(super) mod companies;
mod description;
pub(super) mod docs;
mod job_wire;
pub(super) mod jobs;
pub(super) mod members;
pub(super) mod problem;
mod shown_once;
mod verbs;
mod wire;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use idp_service::endpoint::Issuer;
use utoipa::OpenApi;

use super::metadata::cacheable;
use crate::http::failure::Failure;
use crate::http::state::AppState;
use crate::pages::ErrorKind;

#[derive(OpenApi)]
#[openapi(
    info(title = "Provisioning API"),
    paths(
        audit::of_company,
        audit::of_platform,
        bounces::tell,
        bulk::send,
        clients::change, clients::create, clients::disable, clients::enable, clients::list, clients::read,
        clients::remove, clients::rotate_secret, companies::add_alias, companies::change, companies::create,
        companies::list, companies::logo::remove, companies::logo::set, companies::read, companies::release_alias, companies::resume, companies::suspend,
        jobs::read,
        jobs::rows,
        jobs::result,
        jobs::cancel,
        jobs::readiness,
        members::create,
        members::list,
        members::read,
        members::change,
        members::remove,
    ),
    components(schemas(problem::Problem, wire::ProposedEmailBody)),
    security(("token" = [])),
)]
struct Document;

/// The OpenAPI 3.1 description of the API below `issuer`.
///
/// # Errors
/// Of a description that is no JSON: none.
pub fn openapi(issuer: &Issuer) -> serde_json::Result<serde_json::Value> {
    Ok(description::complete(serde_json::to_value(Document::openapi())?, issuer))
}

pub(super) async fn openapi_document(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let document = state.api.as_ref().ok_or(ErrorKind::Server)?;
    Ok(cacheable(&headers, document.json.clone(), &document.etag, 300))
}
