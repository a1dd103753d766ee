//! Asking for a mail: with a way to a new password (R45, R83), or with one's company codes (R84). What is answered does not
//! depend on whether the address has an account (L6).

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use idp_service::authorize::OpenFlow;
use idp_service::endpoint::Endpoint;
use idp_service::recovery::{self, Asking, NotAsked};

use super::{Carried, Start, carried, carry, whole_seconds};
use crate::http::browser::{Bound, Browser};
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{CheckMail, Forgot, ForgotProblem, Wanted};
use crate::routes::log_in::remembered_user_name;

pub(in crate::routes) async fn show_password(
    State(state): State<AppState>,
    mut browser: Browser,
    Query(query): Query<Carried>,
) -> Result<Response, Failure> {
    let start = Start::of(&state, &mut browser, &query.flow).await?;
    let address = known_address(&browser, &start, query.login_hint);
    Ok(draw(&state, browser, &start, (Wanted::NewPassword, address), None))
}

pub(in crate::routes) async fn show_codes(
    State(state): State<AppState>,
    mut browser: Browser,
    Query(query): Query<Carried>,
) -> Result<Response, Failure> {
    let start = Start::of(&state, &mut browser, &query.flow).await?;
    if query.sent {
        let check = CheckMail {
            chrome: state.chrome(&browser.locale, start.company()),
            code: None,
            again_url: start.address_with(&state, Endpoint::CompanyCodes, &hint(&query.login_hint)),
            log_in_url: start.log_in(&state, &query.login_hint),
        };
        return Ok(page(&check, browser.into_jar(), FormTarget::Own));
    }
    let address = known_address(&browser, &start, query.login_hint);
    Ok(draw(&state, browser, &start, (Wanted::CompanyCodes, address), None))
}

/// As it was typed a moment ago, as the client said, or as the browser remembers it.
fn known_address(browser: &Browser, start: &Start, typed: String) -> String {
    if !typed.is_empty() {
        return typed;
    }
    let hinted = start.open().and_then(OpenFlow::login_hint).map(str::to_owned);
    hinted.or_else(|| remembered_user_name(browser)).unwrap_or_default()
}

pub(super) fn hint(user_name: &str) -> Vec<(&'static str, &str)> {
    if user_name.is_empty() { Vec::new() } else { vec![("login_hint", user_name)] }
}

const fn endpoint_of(wanted: Wanted) -> Endpoint {
    match wanted {
        Wanted::NewPassword => Endpoint::Forgot,
        Wanted::CompanyCodes => Endpoint::CompanyCodes,
    }
}

pub(super) fn draw(
    state: &AppState,
    browser: Browser,
    start: &Start,
    (wanted, address): (Wanted, String),
    problem: Option<ForgotProblem>,
) -> Response {
    let other = match wanted {
        Wanted::NewPassword => Wanted::CompanyCodes,
        Wanted::CompanyCodes => Wanted::NewPassword,
    };
    let forgot = Forgot {
        chrome: state.chrome(&browser.locale, start.company()),
        form: browser.form(start.address(state, endpoint_of(wanted)), None, Bound::Browser),
        wanted,
        other_url: start.address_with(state, endpoint_of(other), &hint(&address)),
        log_in_url: start.log_in(state, &address),
        address,
        problem,
    };
    let mut response = page(&forgot, browser.into_jar(), FormTarget::Own);
    if let Some(ForgotProblem::TooMany { seconds }) = problem {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

pub(in crate::routes) async fn ask_for_password(
    State(state): State<AppState>,
    Query(query): Query<Carried>,
    posted: Posted,
) -> Result<Response, Failure> {
    submit(&state, &query, posted, Wanted::NewPassword).await
}

pub(in crate::routes) async fn ask_for_codes(
    State(state): State<AppState>,
    Query(query): Query<Carried>,
    posted: Posted,
) -> Result<Response, Failure> {
    submit(&state, &query, posted, Wanted::CompanyCodes).await
}

async fn submit(
    state: &AppState,
    query: &Carried,
    posted: Posted,
    wanted: Wanted,
) -> Result<Response, Failure> {
    let (mut browser, form) = match posted.judge(Bound::Browser) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(mut browser, _) => {
            let start = Start::of(state, &mut browser, &query.flow).await?;
            let again = (wanted, String::new());
            return Ok(draw(state, browser, &start, again, Some(ForgotProblem::Stale)));
        }
    };
    let start = Start::of(state, &mut browser, &query.flow).await?;
    let typed = form.get("email").trim().to_owned();
    if typed.is_empty() {
        let missing = Some(ForgotProblem::AddressMissing);
        return Ok(draw(state, browser, &start, (wanted, typed), missing));
    }
    let earlier = carried(state, &browser);
    let devices = browser.devices();
    let asking = Asking {
        devices: &devices,
        company: start.company().map(|company| company.id),
        earlier: earlier.as_ref(),
        origin: &browser.origin,
    };
    let asked = match wanted {
        Wanted::NewPassword => recovery::ask(&state.env, &typed, &asking).await?.map(Some),
        Wanted::CompanyCodes => recovery::ask_for_codes(&state.env, &typed, &asking).await?.map(|()| None),
    };
    let mut then = hint(&typed);
    Ok(match asked {
        Ok(Some(recovery)) => {
            let to = start.address_with(state, Endpoint::ForgotCode, &then);
            redirect(&to, carry(state, browser, &recovery).into_jar())
        }
        Ok(None) => {
            then.push(("sent", "true"));
            redirect(&start.address_with(state, Endpoint::CompanyCodes, &then), browser.into_jar())
        }
        Err(refused) => draw(state, browser, &start, (wanted, typed), Some(problem(refused))),
    })
}

pub(super) fn problem(refused: NotAsked) -> ForgotProblem {
    match refused {
        NotAsked::NotAnAddress => ForgotProblem::NotAnAddress,
        NotAsked::TooMany { wait } => ForgotProblem::TooMany { seconds: whole_seconds(wait) },
    }
}
