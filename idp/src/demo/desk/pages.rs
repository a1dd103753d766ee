//! What all pages of the desk share.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use chrono::{DateTime, Utc};

use super::Desk;

/// The first page: where everything is.
#[derive(Debug, Template)]
#[template(path = "demo/overview.html")]
pub(super) struct Overview {
    pub(super) portal: String,
    pub(super) provider: String,
}

#[derive(Template)]
#[template(path = "demo/not_found.html")]
struct NotFound;

pub(super) async fn overview(State(desk): State<Arc<Desk>>) -> Response {
    page(StatusCode::OK, &desk.overview)
}

pub(super) async fn not_found() -> Response {
    page(StatusCode::NOT_FOUND, &NotFound)
}

pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the demo desk");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// `21 Nov 2026, 12:40 UTC`; what is no time is shown as it is.
pub(super) fn readable_time(rfc3339: &str) -> String {
    DateTime::parse_from_rfc3339(rfc3339).map_or_else(
        |_| rfc3339.to_owned(),
        |time| time.with_timezone(&Utc).format("%-d %b %Y, %H:%M UTC").to_string(),
    )
}
