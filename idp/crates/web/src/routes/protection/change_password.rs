//! `/change-password`: the step before a code for somebody whose password is as good as known (P4, R48).

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::account::RequiredAction;
use idp_service::account::{self, Changed};
use idp_service::endpoint::Endpoint;
use idp_service::session::SignedIn;

use super::super::authorize::{FlowQuery, go_on, open};
use super::password::{carry_on, respond, suggestion, typed};
use super::{acting, waiting};
use crate::http::browser::{Bound, Browser};
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::FormTarget;
use crate::http::state::AppState;
use crate::pages::{ChangePassword, PasswordNews, PasswordPlace};

const STEP: RequiredAction = RequiredAction::ChangePassword;

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<FlowQuery>,
) -> Result<Response, Failure> {
    // Nobody signed in, or nothing to do here: the flow knows where to go.
    match waiting(&state, &browser, STEP) {
        Some(signed_in) => {
            draw(&state, browser, (&signed_in, &query.flow), (true, PasswordNews::Fresh)).await
        }
        None => Ok(go_on(&state, browser, &query.flow)),
    }
}

async fn draw(
    state: &AppState,
    mut browser: Browser,
    (signed_in, flow): (&SignedIn, &str),
    (end_others, news): (bool, PasswordNews),
) -> Result<Response, Failure> {
    let open = open(state, &mut browser, flow).await?;
    let cancel = browser.form(state.path(Endpoint::NoAccess), Some(flow), Bound::Session);
    let step = ChangePassword {
        chrome: state.chrome(&browser.locale, open.company()),
        place: PasswordPlace::Required { cancel },
        form: browser.form(state.path(Endpoint::ChangePassword), Some(flow), Bound::Session),
        username: signed_in.account.user_name.to_string(),
        min: state.env.policy.password.min,
        suggestion: suggestion(state),
        suggest_url: state.path_with(Endpoint::ChangePassword, "flow", flow),
        end_others,
        news,
    };
    Ok(respond(&step, browser, FormTarget::Client))
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (browser, form) = match posted.judge(Bound::Session) {
        Sent::Genuine(browser, form) => (browser, form),
        // The session ended or changed hands while the page was open: the flow knows where to go.
        Sent::Foreign(browser, flow) => return Ok(go_on(&state, browser, &flow)),
    };
    let flow = form.get("flow").to_owned();
    let Some(signed_in) = waiting(&state, &browser, STEP) else { return Ok(go_on(&state, browser, &flow)) };
    let change = typed(&form);
    let changed =
        account::change_password(&state.env, &acting(&browser, &signed_in, Some(STEP)), &change).await?;
    match changed {
        Changed::Done(session) => Ok(go_on(&state, carry_on(&state, browser, &session), &flow)),
        Changed::Overtaken => Ok(go_on(&state, browser, &flow)),
        Changed::Refused(problem) => {
            let news = PasswordNews::Refused(problem);
            draw(&state, browser, (&signed_in, &flow), (change.end_others, news)).await
        }
    }
}
