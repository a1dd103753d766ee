//! `/bootstrap`, where the link of `idp bootstrap` leads (R13; rules L3, L4): looking changes nothing, one POST makes the
//! operator. There is no sign-in as a result; the mailbox is proven at the first log-in.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::ticket::TicketProblem;
use idp_domain::{Secret, passphrase};
use idp_service::authorize::OwnPage;
use idp_service::bootstrap::{self, Bootstrapped, Landing, OperatorForm, Refusal};
use idp_service::companies::{AddressDraft, CompanyDraft};
use idp_service::endpoint::Endpoint;
use idp_service::new_password::NewPassword;
use serde::Deserialize;

use super::log_in::{banner, log_in_for};
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent, Verified};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{BootstrapLink, BootstrapLinkState, BootstrapPage, News, OperatorTyped};

/// How long the clean address works after the link was opened; the link itself can be opened again.
const FORM_KEPT: Duration = Duration::from_secs(2 * 3600);

#[derive(Debug, Default, Deserialize)]
pub(super) struct TicketQuery {
    ticket: Option<String>,
}

/// With a ticket, swaps it for a short-lived cookie and the clean address (L4); without one, shows the form.
pub(super) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<TicketQuery>,
) -> Result<Response, Failure> {
    let Some(printed) = query.ticket else {
        let landing = landing(&state, &browser).await?;
        return Ok(draw(&state, browser, landing.as_ref()));
    };
    // A link that opens nothing any more is swapped, too: its secret stands in no address either.
    if bootstrap::inspect(&state.env, &printed).await?.is_none() {
        return Ok(draw(&state, browser, None));
    }
    let sealed = bootstrap::seal(&state.env, &printed);
    let cookie = CookieKind::Bootstrap.set(&state.env.issuer, sealed, Some(FORM_KEPT));
    Ok(redirect(&state.path(Endpoint::Bootstrap), browser.into_jar().add(cookie)))
}

/// The link in the cookie; `None` when there is no cookie of ours.
async fn landing(state: &AppState, browser: &Browser) -> Result<Option<Landing>, Failure> {
    let cookie = browser.cookie(CookieKind::Bootstrap);
    match cookie.and_then(|cookie| bootstrap::open(&state.env, &cookie)) {
        Some(printed) => Ok(bootstrap::inspect(&state.env, &printed).await?),
        None => Ok(None),
    }
}

/// The form, or what has become of the link: told to whoever holds it, and nothing to anybody else.
fn draw(state: &AppState, browser: Browser, landing: Option<&Landing>) -> Response {
    match landing.map(|landing| (landing, landing.verdict)) {
        Some((landing, Ok(()))) => form(state, browser, landing, OperatorTyped::default(), Vec::new()),
        Some((_, Err(problem))) => dead(state, browser, standing(state, problem)),
        None => dead(state, browser, BootstrapLinkState::Invalid),
    }
}

fn standing(state: &AppState, problem: TicketProblem) -> BootstrapLinkState {
    match problem {
        TicketProblem::Expired => BootstrapLinkState::Expired,
        TicketProblem::Used => BootstrapLinkState::Used { log_in_url: state.path(Endpoint::Office) },
        TicketProblem::Superseded | TicketProblem::Burned => BootstrapLinkState::Late,
    }
}

fn dead(state: &AppState, browser: Browser, link: BootstrapLinkState) -> Response {
    let chrome = state.chrome(&browser.locale, None);
    page(&BootstrapLink { chrome, state: link }, browser.into_jar(), FormTarget::Own)
}

fn form(
    state: &AppState,
    browser: Browser,
    landing: &Landing,
    typed: OperatorTyped,
    refusals: Vec<Refusal>,
) -> Response {
    let min = state.env.policy.password.min;
    let ticket = landing.ticket.id.to_string();
    let shown = BootstrapPage {
        chrome: state.chrome(&browser.locale, None),
        form: browser.form(state.path(Endpoint::Bootstrap), Some(&ticket), Bound::Browser),
        typed,
        wants_agency: landing.wants_agency,
        min,
        suggestion: Secret::new(passphrase::suggest(min, &*state.env.entropy)),
        refusals,
    };
    page(&shown, browser.into_jar(), FormTarget::Own)
}

pub(super) async fn submit(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let (browser, sent) = match posted.judge(Bound::Browser) {
        Sent::Genuine(browser, sent) => (browser, sent),
        // Nothing was changed; the form is shown again with a fresh token.
        Sent::Foreign(browser, _) => return Ok(back(&state, browser)),
    };
    let Some(landing) = landing(&state, &browser).await? else { return Ok(draw(&state, browser, None)) };
    // Another link was opened in this browser meanwhile (CVE-2023-26481).
    if sent.get("flow") != landing.ticket.id.to_string() {
        return Ok(back(&state, browser));
    }
    let operator = operator(&sent);
    match bootstrap::become_operator(&state.env, &landing, &operator, &browser.origin).await? {
        Bootstrapped::Done(user_name) => finish(&state, browser, user_name.as_str()),
        Bootstrapped::Refused(refusals) => {
            let OperatorForm { given_name, family_name, email, agency, .. } = operator;
            let typed = OperatorTyped { given_name, family_name, email, agency };
            Ok(form(&state, browser, &landing, typed, refusals))
        }
        Bootstrapped::Dead(problem) => Ok(dead(&state, browser, standing(&state, problem))),
    }
}

/// To the page, which says what has become of the link.
fn back(state: &AppState, browser: Browser) -> Response {
    redirect(&state.path(Endpoint::Bootstrap), browser.into_jar())
}

fn operator(sent: &Verified) -> OperatorForm {
    let text = |name| sent.get(name).to_owned();
    let optional = |name| Some(text(name));
    OperatorForm {
        given_name: text("given_name"),
        family_name: text("family_name"),
        email: text("email"),
        password: NewPassword {
            password: Secret::new(text("password")),
            confirm: Secret::new(text("confirm")),
        },
        agency: CompanyDraft {
            name: text("agency_name"),
            code: optional("agency_code"),
            address: AddressDraft {
                street_address: optional("street_address"),
                locality: optional("locality"),
                region: optional("region"),
                postal_code: optional("postal_code"),
                country: optional("country"),
            },
            phone: optional("phone"),
            email: optional("agency_email"),
            portal_url: optional("portal_url"),
            ..CompanyDraft::default()
        },
    }
}

/// To the log-in, with the user name filled in; from there to the agencies.
fn finish(state: &AppState, browser: Browser, user_name: &str) -> Result<Response, Failure> {
    let to = log_in_for(state, OwnPage::Office, user_name)?;
    let jar = browser.into_jar().add(CookieKind::Bootstrap.clear(&state.env.issuer));
    Ok(redirect(&to, jar.add(banner(state, News::OperatorReady))))
}
