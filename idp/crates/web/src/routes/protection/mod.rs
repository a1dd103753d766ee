//! How an account is protected: the person's own pages (R3, R55; P10, L8), and the steps that may stand between a log-in and
//! a code (R48). No step is skipped: each page looks at what is due, and the service looks again under the account's lock.

pub(super) mod change_password;
pub(super) mod password;
pub(super) mod questions;
pub(super) mod recovery_code;
pub(super) mod security;
pub(super) mod verify_email;

use axum::http::{StatusCode, header};
use axum::response::Response;
use idp_domain::account::{QuestionPolicy, RequiredAction};
use idp_service::account::{Acting, Held};
use idp_service::session::SignedIn;

use crate::http::browser::Browser;
use crate::http::state::AppState;

/// The person whose next step this is.
pub(super) fn waiting(state: &AppState, browser: &Browser, step: RequiredAction) -> Option<SignedIn> {
    let is_due = |it: &SignedIn| it.account.required_action(state.env.policy.questions) == Some(step);
    browser.signed_in.clone().filter(is_due)
}

/// The person with the browser they act from.
pub(super) fn acting<'a>(
    browser: &'a Browser,
    signed_in: &'a SignedIn,
    step: Option<RequiredAction>,
) -> Acting<'a> {
    browser.told.actor(signed_in.account.id);
    Acting { signed_in, devices: browser.devices(), step, origin: &browser.origin }
}

/// Whether answers and saved codes are asked for at all (Q10).
fn asks_questions(state: &AppState) -> bool {
    state.env.policy.questions == QuestionPolicy::Required
}

/// Nothing was looked at: 429, and how long to wait (RFC 6585 section 4).
pub(super) fn slowed(mut response: Response, held: Option<Held>) -> Response {
    if let Some(Held::Wait(wait)) = held {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
    }
    response
}
