//! Problems on the wire (RFC 9457): a stable `type`, what to do, and the JSON path of each bad field.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use idp_service::Fault;
use idp_service::access::AccessError;
use idp_service::field::{FieldCode, FieldProblem};
use idp_service::once::KeyReused;
use idp_service::provision::ProvisionError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::access_token::Credentials;
use crate::http::failure::{BUSY, seen_outside};
use crate::http::present::NO_STORE;
use crate::pages::ErrorKind;

/// An RFC 9457 problem.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct Problem {
    /// Stable name of the problem, such as `urn:idp:problem:invalid-member`.
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    /// What to do about it.
    detail: String,
    /// The bad fields, if the body was the problem.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    challenges: Vec<String>,
    /// Seconds.
    #[serde(skip)]
    retry_after: Option<u64>,
}

/// One bad field of a request body.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct FieldError {
    /// JSON path of the field.
    #[schema(example = "$.email")]
    path: String,
    /// Stable code.
    #[schema(example = "username_email_mismatch")]
    code: String,
    /// What the field must be.
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, kind: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:idp:problem:{kind}"),
            title: kind.replace('-', " "),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            challenges: Vec::new(),
            retry_after: None,
        }
    }

    pub(in crate::routes) fn invalid_body(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-body", detail)
    }

    /// 400: what is no JSON, or the first field at `path` that is not as described.
    pub(super) fn unfit(path: &str, error: &serde_json::Error) -> Self {
        let problem = Self::invalid_body(format!("The body cannot be read: {error}."));
        if !error.is_data() {
            return problem;
        }
        let told = error.to_string();
        let told = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what);
        let (code, detail) = match told.split_once(", expected ") {
            _ if told.starts_with("unknown field") => {
                ("field_unknown", "is no field of this request".to_owned())
            }
            _ if told.starts_with("missing field") => ("value_missing", told.to_owned()),
            Some((_, expected)) => ("value_invalid", format!("must be {expected}")),
            None => ("value_invalid", told.to_owned()),
        };
        let path = if path == "." { "$".to_owned() } else { format!("$.{path}") };
        Self { errors: vec![FieldError { path, code: code.to_owned(), detail }], ..problem }
    }

    pub(in crate::routes) fn body_too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            "Send less: a member takes a few kilobytes.",
        )
    }

    pub(in crate::routes) fn invalid_parameter(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-parameter", detail)
    }

    /// A foreign id and an unknown one look the same.
    pub(in crate::routes) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is nothing here for this caller.")
    }

    pub(in crate::routes) fn too_many_requests(wait: Duration) -> Self {
        let detail = "Too many calls: wait as long as Retry-After says, then go on more slowly.";
        Self {
            retry_after: Some(wait.as_secs().max(1)),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", detail)
        }
    }

    pub(in crate::routes) fn invalid_member(fields: Vec<FieldProblem>) -> Self {
        Self::invalid("invalid-member", fields)
    }

    /// 422 with every bad field of the body.
    pub(super) fn invalid(kind: &str, fields: Vec<FieldProblem>) -> Self {
        let detail = "Correct the fields below and send the request again; nothing was stored.";
        let errors = fields.into_iter().map(|field| FieldError {
            path: format!("$.{}", field.field),
            code: field.code.as_str().to_owned(),
            detail: field.detail.into_owned(),
        });
        Self { errors: errors.collect(), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, detail) }
    }
}

impl Problem {
    /// 422 with the one field of a small body.
    pub(super) fn bad_field(field: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        let problem =
            FieldProblem { field: field.into(), code: FieldCode::ValueInvalid, detail: detail.into() };
        Self::invalid("invalid-fields", vec![problem])
    }

    /// 403 with the fields that are not the caller's to write.
    pub(super) fn not_allowed(fields: &[&'static str]) -> Self {
        let error = |field: &&'static str| FieldError {
            path: format!("$.{field}"),
            code: "not_allowed".to_owned(),
            detail: "is not yours to change".to_owned(),
        };
        let detail =
            "Leave out the fields below: only the operator, or an administrator in person, changes them.";
        Self {
            errors: fields.iter().map(error).collect(),
            ..Self::new(StatusCode::FORBIDDEN, "authority-not-allowed", detail)
        }
    }

    /// 412: somebody else was faster.
    pub(super) fn changed() -> Self {
        let detail = "It was changed since you read it. Read it again and repeat the change.";
        Self::new(StatusCode::PRECONDITION_FAILED, "changed-meanwhile", detail)
    }
}

impl From<KeyReused> for Problem {
    fn from(KeyReused: KeyReused) -> Self {
        let detail = "This Idempotency-Key was used with another body. Use a new key for a new request.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", detail)
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        seen_outside(&fault).into()
    }
}

impl From<ErrorKind> for Problem {
    fn from(kind: ErrorKind) -> Self {
        let (name, detail) = match kind {
            ErrorKind::NotFound => return Self::not_found(),
            ErrorKind::TooLarge => return Self::body_too_large(),
            ErrorKind::MethodNotAllowed => {
                ("method-not-allowed", "Use a method that the description of the API names.")
            }
            ErrorKind::TooSlow => ("too-slow", "The body did not arrive in time. Send all of it at once."),
            ErrorKind::Busy { .. } | ErrorKind::TooManyRequests { .. } => {
                ("busy", "Try again in a few seconds.")
            }
            ErrorKind::Server => ("internal", "Nothing was stored. Try again in a minute."),
            ErrorKind::BadRequest
            | ErrorKind::UnknownClient
            | ErrorKind::BadRedirect
            | ErrorKind::BadRequestObject
            | ErrorKind::ClientChanged
            | ErrorKind::LogInOver
            | ErrorKind::StaleForm => {
                ("invalid-request", "Compare the request with the description of the API.")
            }
        };
        Self::new(kind.status_code(), name, detail)
    }
}

impl Problem {
    pub(super) fn operator_only() -> Self {
        Self::new(StatusCode::FORBIDDEN, "operator-only", "Only the operator of this server may do this.")
    }

    /// What is told of a token besides its challenges.
    pub(super) fn refused(error: &AccessError, credentials: &Credentials) -> Self {
        let (kind, detail) = match error {
            AccessError::Fault(fault) => return seen_outside(fault).into(),
            AccessError::NotOperator => return Self::operator_only(),
            AccessError::Missing => (
                "token-missing",
                "Send an access token as Authorization: Bearer; as Authorization: DPoP if it is bound to a key.".to_owned(),
            ),
            AccessError::InsufficientScope(scope) => {
                ("scope-missing", format!("Ask for the scope {} at the token endpoint.", scope.as_str()))
            }
            AccessError::NotFresh(_) => (
                "log-in-too-old",
                "The person must log in again (max_age) before anything is changed in their name.".to_owned(),
            ),
            AccessError::Ambiguous => {
                ("token-invalid", "Send one access token, in one Authorization header.".to_owned())
            }
            AccessError::Invalid => {
                ("token-invalid", "Get a new access token and send the request again.".to_owned())
            }
            AccessError::Misbound(_) => ("token-invalid", sentence(error)),
            AccessError::InvalidProof(_) => ("proof-invalid", sentence(error)),
            AccessError::NonceNeeded => (
                "proof-invalid",
                "Sign another DPoP proof, with the nonce of the header DPoP-Nonce, and send the request again.".to_owned(),
            ),
        };
        let (status, challenges) = credentials.challenge(error);
        Self { challenges, ..Self::new(status, kind, detail) }
    }
}

/// An error as a sentence.
fn sentence(error: &AccessError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

impl From<ProvisionError> for Problem {
    fn from(error: ProvisionError) -> Self {
        let told = |status, kind, what: &str| Self::new(status, kind, what);
        match error {
            ProvisionError::SharedEmail => told(
                StatusCode::CONFLICT,
                "shared-email-in-company",
                "Another person of this company already uses this e-mail address. Everybody needs their own.",
            ),
            ProvisionError::PersonHasIdentity => told(
                StatusCode::CONFLICT,
                "person-has-identity",
                "This person already has an identity with another user name in this company.",
            ),
            ProvisionError::AuthorityNotAllowed => told(
                StatusCode::FORBIDDEN,
                "authority-not-allowed",
                "The caller may not give this authority or security role, nor change somebody who has it.",
            ),
            ProvisionError::PersonRefTaken { field } => {
                let detail = "Another person of this company has this person_ref.";
                let error = FieldError {
                    path: format!("$.{field}"),
                    code: "person_ref_taken".to_owned(),
                    detail: "must be another than anybody else's".to_owned(),
                };
                Self { errors: vec![error], ..Self::new(StatusCode::CONFLICT, "person-ref-taken", detail) }
            }
            ProvisionError::UserNameTaken => {
                told(StatusCode::CONFLICT, "username-taken", "Another account has this e-mail address.")
            }
            ProvisionError::NotForYourself => told(
                StatusCode::FORBIDDEN,
                "not-for-yourself",
                "Nobody changes their own role, status or address here. Ask another administrator.",
            ),
            ProvisionError::LastAdministrator => told(
                StatusCode::CONFLICT,
                "last-administrator",
                "Nobody else could look after the people of this company. Make another member administrator first.",
            ),
            ProvisionError::NotFound => Self::not_found(),
            ProvisionError::WrongState(why) => told(StatusCode::CONFLICT, "wrong-state", why),
            ProvisionError::UndeliverableAddress => told(
                StatusCode::CONFLICT,
                "undeliverable-address",
                "Mails to this address come back. Correct the address first.",
            ),
            ProvisionError::TooMany { wait } => Self::too_many_requests(wait),
            ProvisionError::Precondition => told(
                StatusCode::PRECONDITION_FAILED,
                "changed-meanwhile",
                "The member was changed since it was read. Read it again and repeat the change.",
            ),
            ProvisionError::Invalid(fields) => Self::invalid_member(fields),
            ProvisionError::KeyReused(_) => told(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "This Idempotency-Key was used with another body. Use a new key for a new request.",
            ),
            ProvisionError::Fault(fault) => fault.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let challenges: Vec<_> =
            self.challenges.iter().filter_map(|text| HeaderValue::try_from(text).ok()).collect();
        let mut response = (status, [(header::CACHE_CONTROL, NO_STORE)], Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        for challenge in challenges {
            headers.append(header::WWW_AUTHENTICATE, challenge);
        }
        headers.extend(retry_after.map(|seconds| (header::RETRY_AFTER, seconds.into())));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.extend(BUSY.retry_after().map(|seconds| (header::RETRY_AFTER, seconds.into())));
        }
        response
    }
}
