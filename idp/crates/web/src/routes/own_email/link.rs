//! What both mailed links have in common (L4): the address with the secret is swapped for a short-lived cookie and a clean
//! address, looking changes nothing, and every POST leads back to the page, which says what has become of the link.

use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::Response;
use idp_service::email_change::{self, Landing, Side, Standing};
use idp_service::endpoint::Endpoint;
use serde::Deserialize;

use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent, Verified};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{EmailLink, EmailLinkState, PasswordProblem};

/// How long the clean address works after the link was opened; the link itself can be opened again.
const PAGE_KEPT: Duration = Duration::from_secs(1800);

#[derive(Debug, Default, Deserialize)]
pub(crate) struct TicketQuery {
    ticket: Option<String>,
}

const fn endpoint(side: Side) -> Endpoint {
    match side {
        Side::New => Endpoint::ConfirmEmail,
        Side::Old => Endpoint::UndoEmail,
    }
}

pub(super) async fn show(
    state: &AppState,
    browser: Browser,
    query: TicketQuery,
    side: Side,
) -> Result<Response, Failure> {
    let Some(mailed) = query.ticket else {
        let landing = landing(state, &browser, side).await?;
        return Ok(draw(state, browser, landing.as_ref(), (side, None)));
    };
    // A link that leads nowhere any more is swapped, too: its secret stands in no address either.
    if email_change::inspect(&state.env, &mailed, side).await?.is_none() {
        return Ok(draw(state, browser, None, (side, None)));
    }
    let sealed = email_change::seal(&state.env, &mailed);
    let cookie = CookieKind::EmailTicket.set(&state.env.issuer, sealed, Some(PAGE_KEPT));
    Ok(redirect(&state.path(endpoint(side)), browser.into_jar().add(cookie)))
}

/// What the ticket in the cookie stands for; `None` when there is no cookie of ours.
async fn landing(state: &AppState, browser: &Browser, side: Side) -> Result<Option<Landing>, Failure> {
    let cookie = browser.cookie(CookieKind::EmailTicket);
    match cookie.and_then(|cookie| email_change::open(&state.env, &cookie)) {
        Some(mailed) => Ok(email_change::inspect(&state.env, &mailed, side).await?),
        None => Ok(None),
    }
}

/// Each dead link says which it is to the right person and nothing to the wrong one.
fn draw(
    state: &AppState,
    browser: Browser,
    landing: Option<&Landing>,
    (side, problem): (Side, Option<PasswordProblem>),
) -> Response {
    let (old, company) = match (landing, side) {
        (None, _) => (String::new(), None),
        // The new address may be a stranger's, mistyped: enough for the right person to know it by. The agency that wrote it
        // down is no secret there.
        (Some(landing), Side::New) => (landing.change.old.masked(), landing.proposed_by.as_ref()),
        (Some(landing), Side::Old) => (landing.change.old.to_string(), landing.company.as_ref()),
    };
    let proposer = landing.and_then(|landing| landing.proposed_by.as_ref());
    let link = EmailLink {
        chrome: state.chrome(&browser.locale, company),
        old,
        new: landing.map(|landing| landing.change.new.to_string()).unwrap_or_default(),
        proposer: proposer.map(|company| company.name.to_string()),
        state: match landing {
            Some(landing) => standing(state, &browser, landing, (side, problem)),
            None => EmailLinkState::Invalid,
        },
    };
    page(&link, browser.into_jar(), FormTarget::Own)
}

/// The page again, with what is wrong with the password.
pub(super) fn refuse(
    state: &AppState,
    browser: Browser,
    landing: &Landing,
    problem: PasswordProblem,
) -> Response {
    let mut response = draw(state, browser, Some(landing), (Side::New, Some(problem)));
    if let PasswordProblem::TooManyTries { seconds } = problem {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn standing(
    state: &AppState,
    browser: &Browser,
    landing: &Landing,
    (side, problem): (Side, Option<PasswordProblem>),
) -> EmailLinkState {
    let form = || {
        let ticket = landing.ticket.id.to_string();
        browser.form(state.path(endpoint(side)), Some(&ticket), Bound::Browser)
    };
    let (own, forgot) = (state.path(Endpoint::OwnEmail), state.path(Endpoint::Forgot));
    let account = || state.path(Endpoint::Account);
    let is_proposed = landing.asks_password();
    match (landing.standing(), side) {
        (Standing::Open, Side::New) if is_proposed => {
            EmailLinkState::ConfirmProposed { form: form(), forgot_url: forgot, problem }
        }
        (Standing::Open, Side::New) => EmailLinkState::Confirm { form: form() },
        (Standing::Open, Side::Old) if landing.would_restore() => EmailLinkState::Restore { form: form() },
        (Standing::Open, Side::Old) if is_proposed => EmailLinkState::KeepFromAgency { form: form() },
        (Standing::Open, Side::Old) => EmailLinkState::Keep { form: form() },
        (Standing::Changed, _) => EmailLinkState::Changed { account_url: account() },
        (Standing::Kept, _) if is_proposed => EmailLinkState::KeptFromAgency { account_url: account() },
        (Standing::Kept, _) => EmailLinkState::Kept { forgot_url: forgot },
        (Standing::Restored, _) => EmailLinkState::Restored { forgot_url: forgot },
        (Standing::Taken, Side::New) => EmailLinkState::NewTaken { own_email_url: own },
        (Standing::Taken, Side::Old) => EmailLinkState::OldTaken,
        (Standing::Expired, Side::New) => EmailLinkState::NewExpired { own_email_url: own },
        (Standing::Expired, Side::Old) => EmailLinkState::OldExpired,
        (Standing::Over, Side::New) => EmailLinkState::NewOver { own_email_url: own },
        (Standing::Over, Side::Old) => EmailLinkState::OldOver { forgot_url: forgot },
    }
}

/// A press of the button: the browser, what it sent and the link it is about, or the page again. Another link that was opened in this
/// browser meanwhile is shown with the names it acts for (CVE-2023-26481).
pub(super) async fn pressed(
    state: &AppState,
    posted: Posted,
    side: Side,
) -> Result<Result<(Browser, Verified, Landing), Response>, Failure> {
    let (browser, form) = match posted.judge(Bound::Browser) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(browser, _) => return Ok(Err(back(state, browser, side))),
    };
    match landing(state, &browser, side).await? {
        Some(landing) if form.get("flow") == landing.ticket.id.to_string() => {
            browser.told.actor(landing.account.id);
            Ok(Ok((browser, form, landing)))
        }
        _ => Ok(Err(back(state, browser, side))),
    }
}

/// To the page, which says what has become of it; a reload does nothing again.
pub(super) fn back(state: &AppState, browser: Browser, side: Side) -> Response {
    redirect(&state.path(endpoint(side)), browser.into_jar())
}
