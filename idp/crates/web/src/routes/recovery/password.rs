//! The last step: a new password. There is no sign-in as a result (L7); the person goes back to the log-in page they came
//! from, where the banner waits.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::{Secret, passphrase};
use idp_service::endpoint::Endpoint;
use idp_service::new_password::{FormProblem, NewPassword};
use idp_service::recovery::{self, Done, Next, Recovering, Recovery, Reset, Stage};

use super::{Carried, Start, carry, dead_link, is_of, proven, step_form, step_missing};
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::locale::Key;
use crate::pages::{CreatePassword, News};
use crate::routes::activate::{USED_KEPT, refused};
use crate::routes::log_in::{banner, log_in_for};

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    mut browser: Browser,
    Query(query): Query<Carried>,
) -> Result<Response, Failure> {
    let start = Start::of(&state, &mut browser, &query.flow).await?;
    let (browser, recovering) = match proven(&state, browser, &start, false).await? {
        Ok(found) => found,
        Err(answer) => return Ok(answer),
    };
    Ok(match recovery::next(&state.env, &recovering).await? {
        Next::NewPassword => draw(&state, browser, &start, &recovering, None),
        Next::Questions { .. } | Next::Help => {
            redirect(&start.address(&state, Endpoint::ResetQuestions), browser.into_jar())
        }
    })
}

fn draw(
    state: &AppState,
    browser: Browser,
    start: &Start,
    recovering: &Recovering,
    problem: Option<FormProblem>,
) -> Response {
    let min = state.env.policy.password.min;
    let form = CreatePassword {
        chrome: state.chrome(&browser.locale, start.company().or(recovering.company())),
        title: Key("reset-password-title"),
        form: step_form(&browser, start.address(state, Endpoint::ResetPassword), recovering),
        username: recovering.account.user_name.to_string(),
        min,
        suggestion: Secret::new(passphrase::suggest(min, &*state.env.entropy)),
        suggest_url: start.address(state, Endpoint::ResetPassword),
        problem: refused(problem),
        mismatch: problem == Some(FormProblem::Mismatch),
    };
    page(&form, browser.into_jar(), FormTarget::Client)
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    Query(query): Query<Carried>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (mut browser, form) = match posted.judge(Bound::Browser) {
        Sent::Genuine(browser, form) => (browser, form),
        // Nothing was changed; the form is shown again with a fresh token.
        Sent::Foreign(mut browser, _) => {
            let start = Start::of(&state, &mut browser, &query.flow).await?;
            return Ok(redirect(&start.address(&state, Endpoint::ResetPassword), browser.into_jar()));
        }
    };
    let start = Start::of(&state, &mut browser, &query.flow).await?;
    let (mut browser, recovering) = match proven(&state, browser, &start, true).await? {
        Ok(found) => found,
        Err(answer) => return Ok(answer),
    };
    // The page is shown again, with the name it acts for.
    if !is_of(&form, &recovering) {
        return Ok(redirect(&start.address(&state, Endpoint::ResetPassword), browser.into_jar()));
    }
    let password = NewPassword {
        password: Secret::new(form.get("password").to_owned()),
        confirm: Secret::new(form.get("confirm").to_owned()),
    };
    match recovery::choose_password(&state.env, &recovering, &password, &browser.origin).await? {
        Reset::Done(done) => {
            browser.told.actor(recovering.account.id);
            let devices = browser.devices().following(&recovering.account, done.credential_version);
            let known = CookieKind::known_device(&state.env, &devices);
            browser.jar = browser.jar.add(known);
            finish(&state, browser, (&start, &recovering), &done)
        }
        Reset::FormProblem(problem) => Ok(draw(&state, browser, &start, &recovering, Some(problem))),
        Reset::Dead(dead) => Ok(dead_link(&state, browser, &start, &dead)),
        Reset::NotYet => {
            let back = Recovery { ticket: recovering.ticket.id, stage: Stage::Mailbox };
            let browser = carry(&state, browser, &back);
            Ok(step_missing(&state, browser, &start, Endpoint::ResetQuestions))
        }
    }
}

/// To the log-in page the person came from; else to their agency's portal, to log in there; else to ours, and
/// from there to where they begin.
fn finish(
    state: &AppState,
    browser: Browser,
    (start, recovering): (&Start, &Recovering),
    done: &Done,
) -> Result<Response, Failure> {
    let to = match (start.log_in(state, &done.user_name), &done.log_in_at) {
        (Some(log_in), _) => log_in,
        (None, Some(portal)) => portal.clone(),
        (None, None) => log_in_for(state, done.home, &done.user_name)?,
    };
    let used =
        CookieKind::Recovery.set(&state.env.issuer, recovering.recovery.seal(&state.env), Some(USED_KEPT));
    let jar = browser.into_jar().add(used).add(banner(state, News::PasswordReset));
    Ok(redirect(&to, jar))
}
