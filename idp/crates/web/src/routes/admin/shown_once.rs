//! Answers that create something, or show a secret: that answer is no representation of what is there afterwards, so it has
//! no ETag (RFC 9110 section 8.8.3); a 201 says where to find it (section 15.3.2).

use axum::http::{HeaderValue, header};
use axum::response::Response;
use idp_service::once::Answer;
use serde_json::Value;

use super::call::{Call, answered};

/// 201 with the address of what was created, which `id` names in the body.
pub(super) fn created(call: &Call, answer: Answer, id: &str) -> Response {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let id = body.get(id).and_then(Value::as_str).unwrap_or_default();
    let location = format!("{}/{id}", call.path());
    let mut response = shown_once(answer);
    response.headers_mut().extend(HeaderValue::try_from(location).ok().map(|at| (header::LOCATION, at)));
    response
}

/// An answer with something in it that nobody reads again.
pub(super) fn shown_once(answer: Answer) -> Response {
    let mut response = answered(answer);
    response.headers_mut().remove(header::ETAG);
    response
}
