//! "Check your mail", and the code for those who read their mail on another device.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_service::endpoint::Endpoint;
use idp_service::recovery::{self, Proven, Stage};

use super::ask::hint;
use super::{Carried, Start, carried, carry, stop};
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{CheckMail, CodeForm, CodeProblem, Stop};

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    mut browser: Browser,
    Query(query): Query<Carried>,
) -> Result<Response, Failure> {
    let start = Start::of(&state, &mut browser, &query.flow).await?;
    let elsewhere = match carried(&state, &browser) {
        None => Endpoint::Forgot,
        Some(recovery) if recovery.stage >= Stage::Mailbox => Endpoint::ResetQuestions,
        Some(_) => return Ok(draw(&state, browser, &start, &query, None)),
    };
    Ok(redirect(&start.address(&state, elsewhere), browser.into_jar()))
}

fn draw(
    state: &AppState,
    browser: Browser,
    start: &Start,
    query: &Carried,
    problem: Option<CodeProblem>,
) -> Response {
    let action = start.address_with(state, Endpoint::ForgotCode, &hint(&query.login_hint));
    let check = CheckMail {
        chrome: state.chrome(&browser.locale, start.company()),
        code: Some(CodeForm {
            form: browser.form(action, None, Bound::Browser),
            minutes: state.env.policy.reset_life.as_secs() / 60,
            problem,
        }),
        again_url: start.address_with(state, Endpoint::Forgot, &hint(&query.login_hint)),
        log_in_url: start.log_in(state, &query.login_hint),
    };
    page(&check, browser.into_jar(), FormTarget::Own)
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    Query(query): Query<Carried>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (mut browser, form) = match posted.judge(Bound::Browser) {
        Sent::Genuine(browser, form) => (browser, form),
        // Nothing was counted; the page is shown again with a fresh token.
        Sent::Foreign(mut browser, _) => {
            let start = Start::of(&state, &mut browser, &query.flow).await?;
            let again = start.address_with(&state, Endpoint::ForgotCode, &hint(&query.login_hint));
            return Ok(redirect(&again, browser.into_jar()));
        }
    };
    let start = Start::of(&state, &mut browser, &query.flow).await?;
    let typed = form.get("code");
    if typed.trim().is_empty() {
        return Ok(draw(&state, browser, &start, &query, Some(CodeProblem::Missing)));
    }
    let proven = match carried(&state, &browser) {
        Some(recovery) => recovery::type_code(&state.env, &recovery, typed, &browser.origin).await?,
        None => Proven::NoMore,
    };
    Ok(match proven {
        Proven::Mailbox(recovery) => {
            let next = start.address(&state, Endpoint::ResetQuestions);
            redirect(&next, carry(&state, browser, &recovery).into_jar())
        }
        Proven::Wrong => draw(&state, browser, &start, &query, Some(CodeProblem::Wrong)),
        Proven::NoMore => {
            let ask_url = start.address_with(&state, Endpoint::Forgot, &hint(&query.login_hint));
            browser.jar = browser.jar.add(CookieKind::Recovery.clear(&state.env.issuer));
            stop(&state, browser, start.company(), Stop::CodeDead { ask_url })
        }
    })
}
