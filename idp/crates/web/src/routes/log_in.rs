//! "Log In" (R44-R47). A page that went stale is shown again with the same request; it is never a dead end.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::Secret;
use idp_service::authorize;
use idp_service::endpoint::Endpoint;
use idp_service::sign_in::{self, Attempt, Coming, LogIn, NewSession};

use super::authorize::{FlowQuery, open};
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{self, LogInProblem, Notice};

/// How long a browser remembers a user name.
const USER_NAME_KEPT: Duration = Duration::from_secs(365 * 24 * 3600);

/// What the banner's cookie says after an activation; the person's own pages say other things in it.
const CREATED: &str = "password-created";

/// What the page shows besides the request.
#[derive(Default)]
struct Typed {
    user_name: Option<String>,
    remember: bool,
    problem: Option<LogInProblem>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<FlowQuery>,
) -> Result<Response, Failure> {
    draw(&state, browser, &query.flow, Typed::default()).await
}

async fn draw(state: &AppState, mut browser: Browser, flow: &str, typed: Typed) -> Result<Response, Failure> {
    let open = open(state, &mut browser, flow).await?;
    let remembered = remembered_user_name(&browser);
    let hint = open.login_hint().map(str::to_owned);
    let known = typed.user_name.or(hint).or(remembered.clone()).unwrap_or_default();
    let notice = browser.cookie(CookieKind::Notice).filter(|it| it == CREATED && typed.problem.is_none());
    let log_in = pages::LogIn {
        chrome: state.chrome(&browser.locale, open.company()),
        form: browser.form(state.path(Endpoint::LogIn), Some(flow), Bound::Browser),
        notice: notice.map(|_| Notice::PasswordReset {
            dismiss_url: state.path_with(Endpoint::DismissNotice, "flow", flow),
        }),
        username: known,
        remember: typed.remember || remembered.is_some(),
        problem: typed.problem,
    };
    let mut response = page(&log_in, browser.into_jar(), FormTarget::Client);
    if let Some(LogInProblem::TooManyTries { seconds }) = typed.problem {
        // A refused log-in stays 200, as browsers and password managers expect; this one was not looked at.
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

pub(super) async fn submit(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let (browser, form) = match posted.judge(Bound::Browser) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(browser, flow) => {
            let typed = Typed { problem: Some(LogInProblem::Stale), ..Typed::default() };
            return draw(&state, browser, &flow, typed).await;
        }
    };
    // Before the log-in, so that it answers what the page was drawn for, however long ago.
    let flow = authorize::renew(&state.env, form.get("flow")).await?;
    let flow = flow.as_str();
    let log_in = LogIn {
        user_name: form.get("username").to_owned(),
        password: Secret::new(form.get("password").to_owned()),
        remember: !form.get("remember").is_empty(),
    };
    let problem = match missing(&log_in) {
        Some(problem) => problem,
        None => {
            let coming = Coming {
                previous: browser.previous.as_ref(),
                devices: browser.devices(),
                company: authorize::company_of(&state.env, flow).await?,
                origin: &browser.origin,
            };
            match sign_in::attempt(&state.env, &log_in, coming).await? {
                Attempt::SignedIn(session) => return Ok(enter(&state, browser, flow, &log_in, *session)),
                Attempt::Refused => LogInProblem::WrongCredentials,
                Attempt::RecoverFirst => LogInProblem::RecoverFirst,
                Attempt::TooMany { wait } => {
                    LogInProblem::TooManyTries { seconds: u32::try_from(wait.as_secs()).unwrap_or(u32::MAX) }
                }
            }
        }
    };
    let typed =
        Typed { user_name: Some(log_in.user_name), remember: log_in.remember, problem: Some(problem) };
    draw(&state, browser, flow, typed).await
}

fn missing(log_in: &LogIn) -> Option<LogInProblem> {
    if log_in.user_name.trim().is_empty() {
        Some(LogInProblem::UserNameMissing)
    } else if log_in.password.expose().is_empty() {
        Some(LogInProblem::PasswordMissing)
    } else {
        None
    }
}

/// Hands the browser its session and goes on with the request by a GET, so that a reload sends no password again.
fn enter(state: &AppState, browser: Browser, flow: &str, log_in: &LogIn, session: NewSession) -> Response {
    let issuer = &state.env.issuer;
    browser.told.actor(session.signed_in.account.id);
    let cookie = CookieKind::Session.set(issuer, session.token.reveal(), session.remembered);
    let user_name = if log_in.remember {
        let name = URL_SAFE_NO_PAD.encode(session.signed_in.account.user_name.as_str());
        CookieKind::UserName.set(issuer, name, Some(USER_NAME_KEPT))
    } else {
        CookieKind::UserName.clear(issuer)
    };
    let known = session.devices.seal(&state.env);
    let device = CookieKind::Device.set(issuer, known, Some(state.env.policy.known_device));
    // The banner has been read; other news wait for their own page.
    let banner = browser.cookie(CookieKind::Notice).filter(|news| news == CREATED);
    let mut jar = browser.into_jar().add(cookie).add(user_name).add(device);
    if banner.is_some() {
        jar = jar.add(CookieKind::Notice.clear(issuer));
    }
    redirect(&state.path_with(Endpoint::Continue, "flow", flow), jar)
}

fn remembered_user_name(browser: &Browser) -> Option<String> {
    let encoded = browser.cookie(CookieKind::UserName)?;
    String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

/// Takes the banner away without JavaScript; nothing but its own cookie changes.
pub(super) async fn dismiss_notice(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<FlowQuery>,
) -> Response {
    let jar = browser.into_jar().add(CookieKind::Notice.clear(&state.env.issuer));
    redirect(&state.path_with(Endpoint::LogIn, "flow", &query.flow), jar)
}
