//! "Log In" (R44-R47). A page that went stale is shown again with the same request; it is never a dead end.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum_extra::extract::cookie::Cookie;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::Secret;
use idp_domain::email::EmailAddress;
use idp_service::authorize::{self, OpenFlow, OwnPage, Visit};
use idp_service::endpoint::{Endpoint, Issuer};
use idp_service::sign_in::{self, Attempt, Coming, LogIn, NewSession};
use serde::Deserialize;

use super::account::TOO_OLD;
use super::authorize::{go_on, open};
use super::consent::card;
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{self, Again, LogInProblem, News, Notice, Sender};

/// How long a browser remembers a user name.
const USER_NAME_KEPT: Duration = Duration::from_secs(365 * 24 * 3600);

/// How long the banner waits for the log-in page.
const BANNER_KEPT: Duration = Duration::from_secs(10 * 60);

/// Where somebody logs in, in the address of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct LogInQuery {
    #[serde(default)]
    flow: String,
    /// The user name of somebody who has just chosen a password.
    #[serde(default)]
    login_hint: String,
    /// Sent by whoever is somebody else than the browser knows: no user name is filled in.
    #[serde(default)]
    other: String,
}

/// What the banner's cookie says; the person's own pages say other things in it.
const fn word(news: News) -> &'static str {
    match news {
        News::PasswordCreated => "password-created",
        News::PasswordReset => "password-reset",
        News::OperatorReady => "operator-ready",
    }
}

/// The banner of the next log-in page this browser sees.
pub(super) fn banner(state: &AppState, news: News) -> Cookie<'static> {
    CookieKind::Notice.set(&state.env.issuer, word(news).to_owned(), Some(BANNER_KEPT))
}

/// The log-in that leads to a page of one's own, with the user name filled in.
pub(super) fn log_in_for(state: &AppState, page: OwnPage, user_name: &str) -> Result<String, Failure> {
    let flow = authorize::visit(&state.env, Visit::to(page))?;
    Ok(state.path_with_all(Endpoint::LogIn, &[("flow", flow.as_str()), ("login_hint", user_name)]))
}

fn waiting_banner(browser: &Browser) -> Option<News> {
    let said = browser.cookie(CookieKind::Notice)?;
    News::VARIANTS.into_iter().find(|news| word(*news) == said)
}

/// Why somebody is to log in for a page of their own, if it is not plain.
fn again(browser: &Browser) -> Option<Again> {
    match (browser.cookie(CookieKind::Notice).as_deref(), &browser.signed_in) {
        (Some(TOO_OLD), _) => Some(Again::NothingSaved),
        (_, Some(_)) => Some(Again::ForSafety),
        (_, None) => None,
    }
}

/// What the page shows besides the request.
#[derive(Default)]
struct Typed {
    user_name: Option<String>,
    /// From the address of the page.
    hint: Option<String>,
    remember: bool,
    problem: Option<LogInProblem>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<LogInQuery>,
) -> Result<Response, Failure> {
    let hint = Some(query.login_hint).filter(|hint| !hint.is_empty());
    let user_name = (!query.other.is_empty()).then(String::new);
    draw(&state, browser, &query.flow, Typed { user_name, hint, ..Typed::default() }).await
}

async fn draw(state: &AppState, mut browser: Browser, flow: &str, typed: Typed) -> Result<Response, Failure> {
    let open = open(state, &mut browser, flow).await?;
    if open.is_over() {
        return Ok(go_on(state, browser, flow));
    }
    let remembered = remembered_user_name(&browser);
    let asked_for = open.login_hint().map(str::to_owned);
    // What the next page could not know by itself.
    let told = typed.user_name.or(typed.hint);
    let mut carried = vec![("flow", flow)];
    carried.extend(told.as_deref().filter(|name| !name.is_empty()).map(|name| ("login_hint", name)));
    let at = |endpoint| state.path_with_all(endpoint, &carried);
    let notice = waiting_banner(&browser).filter(|_| typed.problem.is_none());
    let notice = notice.map(|news| Notice { news, dismiss_url: at(Endpoint::DismissNotice) });
    let forgot_url = at(Endpoint::Forgot);
    // A page of one's own, or the answer to a computer: no client says who it is to be.
    let is_own = matches!(open, OpenFlow::Visit(_) | OpenFlow::Device(_));
    let again = again(&browser).filter(|_| is_own && typed.problem.is_none());
    // Only of a session that is live: an idle one's person may have left the PC to somebody else.
    let own = browser.signed_in.as_ref().filter(|_| is_own).map(|own| own.account.user_name.to_string());
    let known = told.or(asked_for).or(own).or(remembered.clone()).unwrap_or_default();
    let log_in = pages::LogIn {
        chrome: state.chrome(&browser.locale, open.company()),
        form: browser.form(state.path(Endpoint::LogIn), Some(flow), Bound::Browser),
        notice,
        username: known,
        remember: typed.remember || remembered.is_some(),
        problem: typed.problem,
        forgot_url,
        again,
        client: sender(state, &open),
    };
    let mut response = page(&log_in, browser.into_jar(), FormTarget::Client);
    if let Some(LogInProblem::TooManyTries { seconds }) = typed.problem {
        // A refused log-in stays 200, as browsers and password managers expect; this one was not looked at.
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

/// Who sent the person here, if there is anything to be said about it.
fn sender(state: &AppState, open: &OpenFlow) -> Option<Sender> {
    let OpenFlow::Answer(open) = open else { return None };
    let (card, is_stranger) = (card(state, &open.client), !open.client.first_party);
    (is_stranger || card.has_links()).then_some(Sender { card, is_stranger })
}

pub(super) async fn submit(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let (browser, form) = match posted.judge(Bound::Browser) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(browser, flow) => {
            let typed = Typed { problem: Some(LogInProblem::Stale), ..Typed::default() };
            return draw(&state, browser, &flow, typed).await;
        }
    };
    // Nobody's password is taken for what is over.
    if authorize::open(&state.env, form.get("flow")).await?.is_over() {
        return Ok(go_on(&state, browser, form.get("flow")));
    }
    // Before the log-in, so that it answers what the page was drawn for, however long ago.
    let renewed = authorize::renew(&state.env, form.get("flow")).await?;
    let flow = renewed.as_str();
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
                Attempt::SignedIn(session) => {
                    let flow = authorize::logged_in(&state.env, renewed, &session.signed_in).await?;
                    return Ok(enter(&state, browser, flow.as_str(), &log_in, *session));
                }
                Attempt::Refused => LogInProblem::WrongCredentials,
                Attempt::RecoverFirst => LogInProblem::RecoverFirst,
                Attempt::TooMany { wait } => {
                    LogInProblem::TooManyTries { seconds: u32::try_from(wait.as_secs()).unwrap_or(u32::MAX) }
                }
            }
        }
    };
    let user_name = Some(log_in.user_name);
    let typed = Typed { user_name, hint: None, remember: log_in.remember, problem: Some(problem) };
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
        remember_user_name(issuer, &session.signed_in.account.user_name)
    } else {
        CookieKind::UserName.clear(issuer)
    };
    let device = CookieKind::known_device(&state.env, &session.devices);
    // What this page said is not said again; other news wait for their own page.
    let is_said = waiting_banner(&browser).is_some() || again(&browser) == Some(Again::NothingSaved);
    let mut jar = browser.into_jar().add(cookie).add(user_name).add(device);
    if is_said {
        jar = jar.add(CookieKind::Notice.clear(issuer));
    }
    redirect(&state.path_with(Endpoint::Continue, "flow", flow), jar)
}

pub(super) fn remembered_user_name(browser: &Browser) -> Option<String> {
    let encoded = browser.cookie(CookieKind::UserName)?;
    String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

/// A browser that remembers the one address remembers the other from now on: the user name was changed.
pub(super) fn rename_remembered(browser: &mut Browser, from: &EmailAddress, to: &EmailAddress) {
    let remembered = remembered_user_name(browser).and_then(|name| EmailAddress::parse(&name).ok());
    if remembered.as_ref() == Some(from) {
        let cookie = remember_user_name(&browser.state.env.issuer, to);
        browser.jar = browser.jar.clone().add(cookie);
    }
}

fn remember_user_name(issuer: &Issuer, user_name: &EmailAddress) -> Cookie<'static> {
    let name = URL_SAFE_NO_PAD.encode(user_name.as_str());
    CookieKind::UserName.set(issuer, name, Some(USER_NAME_KEPT))
}

/// Takes the banner away without JavaScript; nothing but its own cookie changes.
pub(super) async fn dismiss_notice(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<LogInQuery>,
) -> Response {
    let jar = browser.into_jar().add(CookieKind::Notice.clear(&state.env.issuer));
    let mut carried = vec![("flow", query.flow.as_str())];
    if !query.login_hint.is_empty() {
        carried.push(("login_hint", &query.login_hint));
    }
    redirect(&state.path_with_all(Endpoint::LogIn, &carried), jar)
}
