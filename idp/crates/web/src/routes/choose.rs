//! Which agency, and as whom (`company.md` section 3).

use axum::http::StatusCode;

pub(super) async fn show() -> StatusCode {
    StatusCode::NOT_FOUND
}
