//! A forgotten password (R45, R53, R81-R84; rules L4-L8, Q1-Q8): asking for a mail, proving the mailbox, the answers, the new
//! password. Any step that is taken out of turn leads to the one that comes next, and changes nothing (attack 1).
//!
//! How far a browser has come is sealed in a cookie. The log-in page to go back to is carried in the addresses, and the
//! forms carry the ticket they were drawn for: two people in one browser never finish each other's way (attack 7).

mod answers;
mod ask;
mod code;
mod link;
mod password;

pub(super) use answers::{send_answers, send_saved_code, show_questions, show_saved_code};
pub(super) use ask::{ask_for_codes, ask_for_password, show_codes, show_password};
pub(super) use code::{show as show_code, submit as type_code};
pub(super) use link::{land, resend};
pub(super) use password::{show as show_new_password, submit as choose_password};

use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::Response;
use idp_domain::company::Company;
use idp_domain::ticket::TicketProblem;
use idp_service::authorize::{AuthorizeError, OpenFlow};
use idp_service::endpoint::Endpoint;
use idp_service::recovery::{self, Dead, Recovering, Recovery, Stage};
use serde::Deserialize;

use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::Verified;
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{RecoveryStop, Stop};

/// What travels in the addresses of these pages.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Carried {
    #[serde(default)]
    flow: String,
    /// The user name where it is known or was typed.
    #[serde(default)]
    login_hint: String,
    /// Which answers are typed: `former`, or else the present ones.
    #[serde(default)]
    set: String,
    /// Whether company codes were asked for a moment ago.
    #[serde(default)]
    sent: bool,
}

/// Where the person came from, and goes back to.
struct Start {
    /// `None` when they came from nowhere, or that place is gone.
    from: Option<(String, OpenFlow)>,
}

impl Start {
    /// From here on the browser is spoken to in the language its client asked for.
    async fn of(state: &AppState, browser: &mut Browser, flow: &str) -> Result<Self, Failure> {
        if flow.is_empty() {
            return Ok(Self { from: None });
        }
        match idp_service::authorize::open(&state.env, flow).await {
            Ok(open) => {
                browser.locale = browser.locale.or_rather(open.ui_locales());
                Ok(Self { from: Some((flow.to_owned(), open)) })
            }
            // A link to here from a page that is years old still helps.
            Err(AuthorizeError::Page(_)) => Ok(Self { from: None }),
            Err(AuthorizeError::Fault(fault)) => Err(fault.into()),
        }
    }

    fn open(&self) -> Option<&OpenFlow> {
        self.from.as_ref().map(|(_, open)| open)
    }

    /// The agency whose own client the person came from.
    fn company(&self) -> Option<&Company> {
        self.open().and_then(OpenFlow::company)
    }

    /// One of these pages, for somebody who came from here.
    fn address(&self, state: &AppState, endpoint: Endpoint) -> String {
        self.address_with(state, endpoint, &[])
    }

    fn address_with(&self, state: &AppState, endpoint: Endpoint, more: &[(&str, &str)]) -> String {
        let flow = self.from.iter().map(|(flow, _)| ("flow", flow.as_str()));
        let pairs: Vec<_> = flow.chain(more.iter().copied()).collect();
        state.path_with_all(endpoint, &pairs)
    }

    /// Back to the log-in page, with a user name filled in.
    fn log_in(&self, state: &AppState, user_name: &str) -> Option<String> {
        self.from.as_ref()?;
        let hint = [("login_hint", user_name)];
        Some(self.address_with(state, Endpoint::LogIn, if user_name.is_empty() { &[] } else { &hint }))
    }
}

/// How far this browser has come.
fn carried(state: &AppState, browser: &Browser) -> Option<Recovery> {
    Recovery::open(&state.env, &browser.cookie(CookieKind::Recovery)?)
}

fn carry(state: &AppState, mut browser: Browser, recovery: &Recovery) -> Browser {
    let life = Some(state.env.policy.reset_life);
    let cookie = CookieKind::Recovery.set(&state.env.issuer, recovery.seal(&state.env), life);
    browser.jar = browser.jar.add(cookie);
    browser
}

/// A browser in which the mailbox is proven, or the answer to one in which it is not.
type Proven = Result<(Browser, Box<Recovering>), Response>;

/// What every step after the mailbox begins with. A page that was looked at too early leads back to the beginning; a form
/// that was sent too early is refused.
async fn proven(state: &AppState, browser: Browser, start: &Start, is_post: bool) -> Result<Proven, Failure> {
    let looked = match carried(state, &browser) {
        Some(recovery) => recovery::look(&state.env, &recovery).await?,
        None => None,
    };
    Ok(match looked {
        Some(Ok(recovering)) => Ok((browser, Box::new(recovering))),
        Some(Err(dead)) => Err(dead_link(state, browser, start, &dead)),
        None if is_post => Err(step_missing(state, browser, start, Endpoint::Forgot)),
        None => Err(redirect(&start.address(state, Endpoint::Forgot), browser.into_jar())),
    })
}

/// Whether a form was drawn for the person whose recovery the browser carries now (attack 7, CVE-2023-26481).
fn is_of(form: &Verified, recovering: &Recovering) -> bool {
    form.get("flow") == recovering.ticket.id.to_string()
}

/// A form of a step: it carries its ticket, and its address the log-in page to go back to.
fn step_form(browser: &Browser, address: String, recovering: &Recovering) -> crate::pages::Form {
    let ticket = recovering.ticket.id.to_string();
    browser.form(address, Some(&ticket), Bound::Browser)
}

fn stop(state: &AppState, browser: Browser, company: Option<&Company>, stop: Stop) -> Response {
    let chrome = state.chrome(&browser.locale, company);
    let minutes = state.env.policy.reset_life.as_secs() / 60;
    let (status, wait) = match stop {
        Stop::Paused { seconds } => (StatusCode::TOO_MANY_REQUESTS, Some(seconds)),
        Stop::StepMissing { .. } => (StatusCode::FORBIDDEN, None),
        _ => (StatusCode::OK, None),
    };
    let mut response = page(&RecoveryStop { chrome, stop, minutes }, browser.into_jar(), FormTarget::Own);
    *response.status_mut() = status;
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// Each dead link says which it is to the person who proved it (R43). The browser goes on carrying it, so that a new one can
/// be asked for without its secret ever standing in a page; after one that has done its work there is none to ask for.
fn dead_link(state: &AppState, browser: Browser, start: &Start, dead: &Dead) -> Response {
    if dead.problem == TicketProblem::Used {
        return dead_page(state, browser, start, dead);
    }
    let recovery = Recovery { ticket: dead.ticket, stage: Stage::Mailbox };
    dead_page(state, carry(state, browser, &recovery), start, dead)
}

/// The same in a browser that carries it already.
fn dead_page(state: &AppState, browser: Browser, start: &Start, dead: &Dead) -> Response {
    let ticket = dead.ticket.to_string();
    let renew = || browser.form(start.address(state, Endpoint::ResendReset), Some(&ticket), Bound::Browser);
    let end = match dead.problem {
        TicketProblem::Expired => Stop::Expired { renew: renew() },
        TicketProblem::Superseded => Stop::Superseded { renew: renew() },
        TicketProblem::Burned => Stop::Burned { renew: renew() },
        TicketProblem::Used => Stop::Used {
            log_in_url: start
                .log_in(state, "")
                .or_else(|| dead.log_in_at.clone())
                .unwrap_or_else(|| state.path(Endpoint::Account)),
        },
    };
    stop(state, browser, start.company().or(dead.company.as_deref()), end)
}

/// To a form that was sent before its turn: nothing was changed (attack 1, CVE-2026-18963).
fn step_missing(state: &AppState, browser: Browser, start: &Start, next: Endpoint) -> Response {
    let go_on_url = start.address(state, next);
    stop(state, browser, start.company(), Stop::StepMissing { go_on_url })
}

fn whole_seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_secs()).unwrap_or(u32::MAX)
}
