//! Where the mailed link leads, in any browser. Looking changes nothing, however often a mail scanner does it (R70).

use axum::extract::{Query, State};
use axum::response::Response;
use idp_service::endpoint::Endpoint;
use idp_service::recovery::{self, Asking};

use super::{Carried, Start, ask, carried, carry, dead_link, stop};
use crate::http::browser::{Bound, Browser};
use crate::http::failure::Failure;
use crate::http::form::Posted;
use crate::http::present::redirect;
use crate::http::state::AppState;
use crate::pages::{Stop, Wanted};
use crate::routes::activate::TicketQuery;

/// Swaps the secret for a short-lived cookie and a clean address (L4).
pub(in crate::routes) async fn land(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<TicketQuery>,
) -> Result<Response, Failure> {
    let start = Start { from: None };
    Ok(match recovery::open_link(&state.env, &query.ticket).await? {
        Some(Ok(recovering)) => {
            // Opened once more where more was proven meanwhile: that is not thrown away.
            let is_further = |here: &recovery::Recovery| {
                here.ticket == recovering.recovery.ticket && here.stage > recovering.recovery.stage
            };
            let browser = match carried(&state, &browser).filter(is_further) {
                Some(_) => browser,
                None => carry(&state, browser, &recovering.recovery),
            };
            redirect(&state.path(Endpoint::ResetQuestions), browser.into_jar())
        }
        Some(Err(dead)) => dead_link(&state, browser, &start, &dead),
        None => stop(&state, browser, None, Stop::Invalid { ask_url: state.path(Endpoint::Forgot) }),
    })
}

/// "Send a new link to the address on file": the same answer whatever becomes of it (R68).
pub(in crate::routes) async fn resend(
    State(state): State<AppState>,
    Query(query): Query<Carried>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (mut browser, form) = posted.verified(Bound::Browser)?;
    let start = Start::of(&state, &mut browser, &query.flow).await?;
    // Of the person whose page it was, not of one whose link was opened in this browser since.
    let shown = |recovery: &recovery::Recovery| form.get("flow") == recovery.ticket.to_string();
    let earlier = carried(&state, &browser).filter(shown);
    let devices = browser.devices();
    let asking = Asking {
        devices: &devices,
        company: start.company().map(|company| company.id),
        earlier: earlier.as_ref(),
        origin: &browser.origin,
    };
    Ok(match recovery::resend(&state.env, &asking).await? {
        Ok(recovery) => {
            let to = start.address(&state, Endpoint::ForgotCode);
            redirect(&to, carry(&state, browser, &recovery).into_jar())
        }
        Err(refused) => {
            let again = (Wanted::NewPassword, String::new());
            ask::draw(&state, browser, &start, again, Some(ask::problem(refused)))
        }
    })
}
