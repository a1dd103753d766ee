//! `/email/undo`: where the notice to the old address leads, for whoever did not want the change.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_service::email_change::{self, Side};

use super::link::{self, TicketQuery, back, pressed};
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::form::Posted;
use crate::http::state::AppState;
use crate::routes::log_in::rename_remembered;

pub(crate) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<TicketQuery>,
) -> Result<Response, Failure> {
    link::show(&state, browser, query, Side::Old).await
}

pub(crate) async fn submit(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let (mut browser, _, landing) = match pressed(&state, posted, Side::Old).await? {
        Ok(pressed) => pressed,
        Err(page) => return Ok(page),
    };
    if email_change::undo(&state.env, &landing, &browser.origin).await? {
        rename_remembered(&mut browser, &landing.account.user_name, &landing.change.old);
    }
    Ok(back(&state, browser, Side::Old))
}
