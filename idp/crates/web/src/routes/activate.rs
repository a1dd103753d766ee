//! From the mailed link to "Create Password" (R40-R43; rules L3, L4). Looking changes nothing.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::Secret;
use idp_domain::passphrase;
use idp_domain::password::PasswordProblem;
use idp_service::activate::{self, Activation, DeadLink, Done, Landing};
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;
use idp_service::new_password::{FormProblem, NewPassword};
use serde::Deserialize;

use super::log_in::{banner, log_in_for};
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::locale::Key;
use crate::pages::{CreatePassword, LinkProblem, LinkSent, LinkState, News, PasswordCreated};

/// How long the clean address works after the link was opened; the link itself can be opened again.
const FORM_KEPT: Duration = Duration::from_secs(2 * 3600);

/// How long a browser can still prove which link it has used up: a second click, Back, a reload and the other tab are told what
/// became of it. The link opens nothing any more, and on a shared PC the proof is soon gone.
pub(super) const USED_KEPT: Duration = Duration::from_secs(10 * 60);

#[derive(Debug, Default, Deserialize)]
pub(super) struct TicketQuery {
    #[serde(default)]
    pub(super) ticket: String,
}

/// The mailed address: read-only; swaps the secret for a short-lived cookie and a clean address (L4).
pub(super) async fn land(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<TicketQuery>,
) -> Result<Response, Failure> {
    let landing = activate::inspect(&state.env, &query.ticket).await?;
    match landing {
        Some(landing) if landing.verdict.is_ok() => {
            let sealed = activate::seal(&state.env, &query.ticket);
            let cookie = CookieKind::Activation.set(&state.env.issuer, sealed, Some(FORM_KEPT));
            Ok(redirect(&state.path(Endpoint::CreatePassword), browser.into_jar().add(cookie)))
        }
        landing => link_problem(&state, browser, landing.as_ref(), &query.ticket).await,
    }
}

/// The ticket in the cookie and where it leads; `None` when there is no cookie of ours.
async fn landing(state: &AppState, browser: &Browser) -> Result<Option<(String, Landing)>, Failure> {
    let cookie = browser.cookie(CookieKind::Activation);
    let Some(mailed) = cookie.and_then(|cookie| activate::open(&state.env, &cookie)) else {
        return Ok(None);
    };
    Ok(activate::inspect(&state.env, &mailed).await?.map(|landing| (mailed, landing)))
}

pub(super) async fn show(State(state): State<AppState>, browser: Browser) -> Result<Response, Failure> {
    match landing(&state, &browser).await? {
        Some((_, landing)) if landing.verdict.is_ok() => Ok(draw(&state, browser, &landing, None)),
        Some((mailed, landing)) => link_problem(&state, browser, Some(&landing), &mailed).await,
        None => link_problem(&state, browser, None, "").await,
    }
}

fn draw(state: &AppState, browser: Browser, landing: &Landing, problem: Option<FormProblem>) -> Response {
    let min = state.env.policy.password.min;
    let path = state.path(Endpoint::CreatePassword);
    let form = CreatePassword {
        chrome: state.chrome(&browser.locale, Some(&landing.company)),
        title: Key("create-password-title"),
        form: browser.form(path.clone(), Some(&landing.ticket.id.to_string()), Bound::Browser),
        username: landing.account.user_name.to_string(),
        min,
        suggestion: Secret::new(passphrase::suggest(min, &*state.env.entropy)),
        suggest_url: path,
        problem: refused(problem),
        mismatch: problem == Some(FormProblem::Mismatch),
    };
    page(&form, browser.into_jar(), FormTarget::Client)
}

pub(super) fn refused(problem: Option<FormProblem>) -> Option<PasswordProblem> {
    match problem {
        Some(FormProblem::Password(problem)) => Some(problem),
        Some(FormProblem::Mismatch) | None => None,
    }
}

pub(super) async fn submit(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let (browser, form) = match posted.judge(Bound::Browser) {
        Sent::Genuine(browser, form) => (browser, form),
        // Nothing was changed; the form is shown again with a fresh token.
        Sent::Foreign(browser, _) => {
            return Ok(redirect(&state.path(Endpoint::CreatePassword), browser.into_jar()));
        }
    };
    let Some((mailed, landing)) = landing(&state, &browser).await? else {
        return link_problem(&state, browser, None, "").await;
    };
    // Another person's link was opened in this browser meanwhile: the page is shown again, with the name it acts for
    // (CVE-2023-26481).
    if form.get("flow") != landing.ticket.id.to_string() {
        return Ok(redirect(&state.path(Endpoint::CreatePassword), browser.into_jar()));
    }
    let new_password = NewPassword {
        password: Secret::new(form.get("password").to_owned()),
        confirm: Secret::new(form.get("confirm").to_owned()),
    };
    match activate::choose_password(&state.env, &landing, &new_password, &browser.origin).await? {
        Activation::Done(done) => finish(&state, browser, (&landing, &mailed), *done),
        Activation::FormProblem(problem) => Ok(draw(&state, browser, &landing, Some(problem))),
        Activation::LinkProblem(problem) => {
            let landing = Landing { verdict: Err(problem), ..landing };
            link_problem(&state, browser, Some(&landing), &mailed).await
        }
    }
}

/// R41: no sign-in as a result; the person is sent to the agency's portal to log in, where the banner waits. Where there is
/// none, to our own log-in, and from there to the office or their account.
fn finish(
    state: &AppState,
    browser: Browser,
    (landing, mailed): (&Landing, &str),
    done: Done,
) -> Result<Response, Failure> {
    let home = landing.home();
    let sealed = activate::seal(&state.env, mailed);
    let used = CookieKind::Activation.set(&state.env.issuer, sealed, Some(USED_KEPT));
    let notice = banner(state, News::PasswordCreated);
    let chrome = state.chrome(&browser.locale, Some(&done.company));
    let jar = browser.into_jar().add(used).add(notice);
    let portal_url = done.company.contact.portal_url.filter(|_| home == OwnPage::Account);
    Ok(match (done.log_in_at, portal_url) {
        (Some(portal), _) => redirect(&portal, jar),
        (None, Some(url)) => {
            let portal_url = url.to_string();
            page(&PasswordCreated { chrome, portal_url }, jar, FormTarget::Own)
        }
        (None, None) => redirect(&log_in_for(state, home, landing.account.user_name.as_str())?, jar),
    })
}

/// Each dead link says which it is to the right person and nothing to the wrong one (R43, R67-R69).
async fn link_problem(
    state: &AppState,
    browser: Browser,
    landing: Option<&Landing>,
    mailed: &str,
) -> Result<Response, Failure> {
    let company = landing.map(|landing| &landing.company);
    let link = match landing {
        None => LinkState::Invalid,
        Some(landing) => match landing.verdict {
            Err(DeadLink::Used) => {
                let log_in = activate::log_in_address(&state.env, landing).await?;
                let own = || state.path(landing.home().endpoint());
                LinkState::Used { log_in_url: log_in.unwrap_or_else(own) }
            }
            Err(DeadLink::Withdrawn) => LinkState::Withdrawn,
            Err(DeadLink::Superseded) => LinkState::Superseded,
            Err(DeadLink::Expired) | Ok(()) => LinkState::Expired {
                renew: browser.form(state.path(Endpoint::ResendActivation), Some(mailed), Bound::Browser),
            },
        },
    };
    let chrome = state.chrome(&browser.locale, company);
    // What a browser proves it goes on proving: a reload says the same.
    let jar = match landing {
        Some(_) => browser.into_jar(),
        None => browser.into_jar().add(CookieKind::Activation.clear(&state.env.issuer)),
    };
    Ok(page(&LinkProblem { chrome, state: link }, jar, FormTarget::Own))
}

/// The same answer whatever the state (R68).
pub(super) async fn resend(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let (browser, form) = posted.verified(Bound::Browser)?;
    activate::resend(&state.env, form.get("flow"), &browser.origin).await?;
    let chrome = state.chrome(&browser.locale, None);
    Ok(page(&LinkSent { chrome }, browser.into_jar(), FormTarget::Own))
}
