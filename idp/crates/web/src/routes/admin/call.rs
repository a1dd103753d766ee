//! A call of the provisioning API: who makes it for which company, under which terms, and the answer as it is sent.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::extract::rejection::BytesRejection;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use idp_domain::Digest;
use idp_domain::scope::Scope;
use idp_service::access::AccessError;
use idp_service::authority::{Caller, CompanyScope, OperatorScope};
use idp_service::once::{Answer, IdempotencyKey, Terms};
use idp_service::provision;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::http::access_log::Told;
use crate::http::access_token::Credentials;
use crate::http::origin::RequestOrigin;
use crate::http::present::NO_STORE;
use crate::http::state::AppState;

/// A body as far as it came. Under this name, so that the description of the API does not take it for a body of its own.
pub(super) type Sent = Result<Bytes, BytesRejection>;

/// What every call brings, before its body is looked at.
#[derive(Debug)]
pub(in crate::routes) struct Call {
    pub(super) state: AppState,
    pub(super) headers: HeaderMap,
    credentials: Credentials,
    origin: RequestOrigin,
    told: Told,
    /// Method and path: what an `Idempotency-Key` is for, besides its caller.
    route: String,
}

impl FromRequestParts<AppState> for Call {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self {
            state: state.clone(),
            headers: parts.headers.clone(),
            credentials: Credentials::of(parts, &state.env.issuer),
            origin: parts.extensions.get().cloned().unwrap_or_default(),
            told: parts.extensions.get().cloned().unwrap_or_default(),
            route: route(&parts.method, parts.uri.path()),
        })
    }
}

fn route(method: &Method, path: &str) -> String {
    format!("{method} {path}")
}

impl Call {
    /// The caller, who is not told apart from the next one by anything but their own token.
    pub(super) async fn caller(&self) -> Result<Caller, Problem> {
        let caller = self.accepted().await.map_err(|error| self.refused(error))?;
        if let Some(client) = caller.client() {
            self.told.client(client);
        }
        if let Some(account) = caller.account() {
            self.told.actor(account);
        }
        provision::count_call(&self.state.env, &caller).await?;
        Ok(caller)
    }

    async fn accepted(&self) -> Result<Caller, AccessError> {
        Caller::accept(&self.state.env, &self.credentials.presented()?, &self.origin.0).await
    }

    /// What comes of a refusal, under the scheme that the token came with.
    pub(super) fn refused(&self, error: AccessError) -> Problem {
        Problem::refused(&error, &self.credentials)
    }

    /// Proves the caller for the company in the path; a foreign company is as absent as an unknown one.
    pub(super) async fn company(&self, needed: Scope, company: &str) -> Result<CompanyScope, Problem> {
        let scope = self.caller().await?.company(&self.state.env, needed, company).await;
        scope.map_err(|error| self.refused(error))?.ok_or_else(Problem::not_found)
    }

    /// Proves that the caller acts for the operator.
    pub(super) async fn operator(&self, needed: Scope) -> Result<OperatorScope, Problem> {
        self.caller().await?.operator(&self.state.env, needed).map_err(|error| self.refused(error))
    }

    /// Without the query.
    pub(super) fn path(&self) -> &str {
        self.route.split_once(' ').map_or("", |(_, path)| path)
    }

    /// `Idempotency-Key` and `If-Match`.
    pub(super) fn terms(&self, caller: &Caller, body: &[u8]) -> Result<Terms, Problem> {
        Ok(Terms { once: self.idempotency_key(caller, body)?, if_match: self.if_match()? })
    }

    fn idempotency_key(&self, caller: &Caller, body: &[u8]) -> Result<Option<IdempotencyKey>, Problem> {
        let mut values = self.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else { return Ok(None) };
        let key = value.to_str().ok().filter(|key| (1..=200).contains(&key.len()) && values.next().is_none());
        let key = key.ok_or_else(|| {
            Problem::invalid_parameter(
                "Idempotency-Key must be sent once and have 1 to 200 printable ASCII characters.",
            )
        })?;
        let who = caller.account().map(|account| account.to_string());
        let who = who.or_else(|| caller.client().map(ToString::to_string)).unwrap_or_default();
        Ok(Some(IdempotencyKey {
            caller: format!("{who}|{}", self.route),
            key: key.to_owned(),
            request: Digest::of(body),
        }))
    }

    fn if_match(&self) -> Result<Option<String>, Problem> {
        let values: Result<Vec<_>, _> =
            self.headers.get_all(header::IF_MATCH).iter().map(HeaderValue::to_str).collect();
        let values = values.map_err(|_| Problem::invalid_parameter("If-Match must be an ETag of ours."))?;
        Ok((!values.is_empty()).then(|| values.join(",")))
    }

    /// The JSON object of a body.
    pub(super) fn json<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, Problem> {
        let content_type = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        // RFC 7396 has a name of its own for what changes a member.
        let is_json = ["application/json", "application/merge-patch+json"]
            .iter()
            .any(|known| media_type.eq_ignore_ascii_case(known));
        if !is_json {
            return Err(Problem::invalid_body("Send JSON with Content-Type: application/json."));
        }
        // serde reads an array as a struct, too; then the order of fields would be part of the API.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(Problem::invalid_body("Send one JSON object."));
        }
        read(body)
    }
}

/// One JSON value; what does not fit is told with its path.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        Problem::unfit(&path, error.inner())
    })?;
    json.end().map_err(|error| Problem::unfit("", &error))?;
    Ok(read)
}

/// An answer with its validator.
pub(super) fn answered(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let etag = HeaderValue::try_from(answer.etag()).ok().map(|etag| (header::ETAG, etag));
    let mut response = (status, [json, (header::CACHE_CONTROL, NO_STORE)], answer.body).into_response();
    response.headers_mut().extend(etag);
    response
}
