//! `/email/confirm`: where the mail to the new address leads. Nobody needs to be logged in, in whatever browser it is opened;
//! what an agency proposed is confirmed with the password.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::Secret;
use idp_service::email_change::{self, Confirmed, Consent, Side};
use idp_service::reauthenticate::Refusal;

use super::link::{self, TicketQuery, back, pressed, refuse};
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::form::Posted;
use crate::http::state::AppState;
use crate::pages::PasswordProblem;
use crate::routes::log_in::rename_remembered;

pub(crate) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<TicketQuery>,
) -> Result<Response, Failure> {
    link::show(&state, browser, query, Side::New).await
}

pub(crate) async fn submit(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let (mut browser, form, landing) = match pressed(&state, posted, Side::New).await? {
        Ok(pressed) => pressed,
        Err(page) => return Ok(page),
    };
    let consent = Consent {
        password: Secret::new(form.get("password").to_owned()),
        devices: &browser.devices(),
        origin: &browser.origin,
    };
    let problem = match email_change::confirm(&state.env, &landing, &consent).await? {
        Confirmed::Changed => {
            rename_remembered(&mut browser, &landing.account.user_name, &landing.change.new);
            None
        }
        Confirmed::Unchanged => None,
        Confirmed::PasswordMissing => Some(PasswordProblem::Missing),
        Confirmed::Password(Refusal::Wrong) => Some(PasswordProblem::Wrong),
        Confirmed::Password(Refusal::Wait(wait)) => {
            Some(PasswordProblem::TooManyTries { seconds: u32::try_from(wait.as_secs()).unwrap_or(u32::MAX) })
        }
        Confirmed::Password(Refusal::RecoverFirst) => Some(PasswordProblem::RecoverFirst),
    };
    Ok(match problem {
        Some(problem) => refuse(&state, browser, &landing, problem),
        None => back(&state, browser, Side::New),
    })
}
