//! `/account/close`: the end of an account, with the password and a check mark; after it, this address says so once.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use idp_domain::Secret;
use idp_service::account::{self, Closed, Closing};
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;
use idp_service::reauthenticate::Refusal;
use idp_service::session::SignedIn;

use super::said;
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Verified};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{AccountClosed, CloseAccount, CloseProblem};
use crate::routes::account::{OwnForm, TOO_OLD, menu, note, own_form, person, visit};

const CLOSED: &str = "account-closed";

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    mut browser: Browser,
) -> Result<Response, Failure> {
    let news = browser.cookie(CookieKind::Notice);
    if news.as_deref() == Some(CLOSED) && browser.signed_in.is_none() {
        let closed = AccountClosed { chrome: state.chrome(&browser.locale, None) };
        return Ok(page(&closed, said(browser).into_jar(), FormTarget::Own));
    }
    let Some(signed_in) = person(&state, &browser, OwnPage::Close) else {
        return visit(&state, browser, OwnPage::Close);
    };
    let mut problems = Vec::new();
    if news.as_deref() == Some(TOO_OLD) {
        browser = said(browser);
        problems.push(CloseProblem::TooOld);
    }
    draw(&state, browser, &signed_in, (problems, false)).await
}

async fn draw(
    state: &AppState,
    browser: Browser,
    signed_in: &SignedIn,
    (problems, understood): (Vec<CloseProblem>, bool),
) -> Result<Response, Failure> {
    let belongings = account::companies(&state.env, signed_in).await?;
    let held = belongings.into_iter().filter(|it| it.is_only_administrator);
    let wait = problems.iter().find_map(|problem| match problem {
        CloseProblem::TooManyTries { seconds } => Some(*seconds),
        _ => None,
    });
    let close = CloseAccount {
        chrome: state.chrome(&browser.locale, None),
        menu: menu(state, &browser, OwnPage::Close).await?,
        form: browser.form(state.path(Endpoint::CloseAccount), None, Bound::Session),
        username: signed_in.account.user_name.to_string(),
        held: held.map(|it| it.company.name.to_string()).collect(),
        keep_url: state.path(Endpoint::OwnData),
        understood,
        problems,
    };
    let mut response = page(&close, browser.into_jar(), FormTarget::Own);
    if let Some(seconds) = wait {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

pub(in crate::routes) async fn close(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let OwnForm { browser, form, signed_in } = match own_form(&state, posted, OwnPage::Close) {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    browser.told.actor(signed_in.account.id);
    let missing = missing(&form);
    let understood = !form.get("understood").is_empty();
    if !missing.is_empty() {
        return draw(&state, browser, &signed_in, (missing, understood)).await;
    }
    let typed = Secret::new(form.get("password").to_owned());
    let closing = Closing { signed_in: &signed_in, devices: browser.devices(), origin: &browser.origin };
    let problems = match account::close(&state.env, &closing, &typed).await? {
        Closed::Done => return Ok(farewell(&state, browser)),
        Closed::Overtaken => return visit(&state, note(&state, browser, TOO_OLD), OwnPage::Close),
        // The page says which agencies they are.
        Closed::OnlyAdministrator => Vec::new(),
        Closed::AddressChanged { until } => vec![CloseProblem::AddressChanged { until }],
        Closed::Refused(refusal) => vec![problem(refusal)],
    };
    draw(&state, browser, &signed_in, (problems, understood)).await
}

fn missing(form: &Verified) -> Vec<CloseProblem> {
    let mut missing = Vec::new();
    if form.get("password").is_empty() {
        missing.push(CloseProblem::PasswordMissing);
    }
    if form.get("understood").is_empty() {
        missing.push(CloseProblem::NotUnderstood);
    }
    missing
}

fn problem(refusal: Refusal) -> CloseProblem {
    let seconds = |wait: Duration| u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
    match refusal {
        Refusal::Wrong => CloseProblem::PasswordWrong,
        Refusal::Wait(wait) => CloseProblem::TooManyTries { seconds: seconds(wait) },
        Refusal::RecoverFirst => CloseProblem::RecoverFirst,
    }
}

/// The browser forgets who it was.
fn farewell(state: &AppState, browser: Browser) -> Response {
    let issuer = &state.env.issuer;
    let jar = note(state, browser, CLOSED).into_jar();
    let jar = jar.add(CookieKind::Session.clear(issuer)).add(CookieKind::UserName.clear(issuer));
    redirect(&state.path(Endpoint::CloseAccount), jar)
}
