//! `/email/confirm`: where the mail to the new address leads. Nobody needs to be logged in, in whatever browser it is opened.

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
    link::show(&state, browser, query, Side::New).await
}

pub(crate) async fn submit(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let (mut browser, landing) = match pressed(&state, posted, Side::New).await? {
        Ok(pressed) => pressed,
        Err(page) => return Ok(page),
    };
    if email_change::confirm(&state.env, &landing, &browser.origin).await? {
        rename_remembered(&mut browser, &landing.account.user_name, &landing.change.new);
    }
    Ok(back(&state, browser, Side::New))
}
