//! What became of it, and what to do now. Its address holds no secret: a reload, or somebody else who opens it, changes nothing.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_service::device::Answered;
use idp_service::endpoint::Endpoint;
use serde::Deserialize;

use crate::http::browser::Browser;
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::DeviceDone;

#[derive(Debug, Default, Deserialize)]
pub(in crate::routes) struct DoneQuery {
    #[serde(default)]
    answer: String,
}

const ALLOWED: &str = "allowed";
const DENIED: &str = "denied";

/// Where the person is told.
pub(in crate::routes) fn address(state: &AppState, answered: Answered) -> String {
    let word = match answered {
        Answered::Allowed => ALLOWED,
        Answered::Denied => DENIED,
    };
    state.path_with(Endpoint::DeviceDone, "answer", word)
}

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<DoneQuery>,
) -> Response {
    let answered = match query.answer.as_str() {
        ALLOWED => Answered::Allowed,
        DENIED => Answered::Denied,
        _ => return redirect(&state.path(Endpoint::Device), browser.into_jar()),
    };
    let done = DeviceDone {
        chrome: state.chrome(&browser.locale, None),
        answered,
        sessions_url: state.path(Endpoint::Sessions),
    };
    page(&done, browser.into_jar(), FormTarget::Own)
}
