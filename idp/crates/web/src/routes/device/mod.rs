//! Letting a computer in (RFC 8628 section 3.3): the code is typed, the person is asked, and told what to do next.

use axum::http::StatusCode;

pub(super) async fn show() -> StatusCode {
    StatusCode::NOT_FOUND
}
