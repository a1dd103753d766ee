//! `/verify-email`: the step before a code for somebody whose address is not proven (R48): a mailed code, typed here.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::account::RequiredAction;
use idp_service::authorize;
use idp_service::endpoint::Endpoint;
use idp_service::session::SignedIn;
use idp_service::verify_email::{self, Mailed, Verified};

use super::super::account::{TOO_OLD, note};
use super::super::authorize::{FlowQuery, go_on, open};
use super::{acting, waiting};
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{CodeMail, VerifyEmail};

const STEP: RequiredAction = RequiredAction::VerifyEmail;
const SENT: &str = "verify-email-sent";
const TOO_MANY: &str = "verify-email-too-many";

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    mut browser: Browser,
    Query(query): Query<FlowQuery>,
) -> Result<Response, Failure> {
    // Nobody signed in, or nothing to do here: the flow knows where to go.
    let Some(signed_in) = waiting(&state, &browser, STEP) else {
        return Ok(go_on(&state, browser, &query.flow));
    };
    let told = match browser.cookie(CookieKind::Notice).as_deref() {
        Some(SENT) => Some(CodeMail::SentAgain),
        Some(TOO_MANY) => Some(CodeMail::TooMany),
        Some(TOO_OLD) => Some(CodeMail::TooOld),
        _ => None,
    };
    if told.is_some() {
        browser.jar = browser.jar.add(CookieKind::Notice.clear(&state.env.issuer));
    }
    let mailed = send(&state, &browser, (&signed_in, &query.flow), false).await?;
    let news = match mailed {
        Mailed::TooMany => CodeMail::TooMany,
        Mailed::Now | Mailed::Before | Mailed::NotAsked => told.unwrap_or(CodeMail::Fresh),
    };
    draw(&state, browser, (&signed_in, &query.flow), news).await
}

/// Mails a code in the name of the agency the flow belongs to.
async fn send(
    state: &AppState,
    browser: &Browser,
    (signed_in, flow): (&SignedIn, &str),
    again: bool,
) -> Result<Mailed, Failure> {
    let company = authorize::company_of(&state.env, flow).await?;
    let acting = acting(browser, signed_in, Some(STEP));
    Ok(verify_email::send_code(&state.env, &acting, company, again).await?)
}

async fn draw(
    state: &AppState,
    mut browser: Browser,
    (signed_in, flow): (&SignedIn, &str),
    news: CodeMail,
) -> Result<Response, Failure> {
    let open = open(state, &mut browser, flow).await?;
    let form = |endpoint| browser.form(state.path(endpoint), Some(flow), Bound::Session);
    let verify = VerifyEmail {
        chrome: state.chrome(&browser.locale, open.company()),
        form: form(Endpoint::VerifyEmail),
        resend: form(Endpoint::ResendVerification),
        cancel: form(Endpoint::NoAccess),
        address: signed_in.account.user_name.to_string(),
        news,
    };
    Ok(page(&verify, browser.into_jar(), FormTarget::Client))
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (browser, form) = match posted.judge(Bound::Session) {
        Sent::Genuine(browser, form) => (browser, form),
        // The session ended or changed hands while the page was open: the flow knows where to go.
        Sent::Foreign(browser, flow) => return Ok(go_on(&state, browser, &flow)),
    };
    let flow = form.get("flow");
    let Some(signed_in) = waiting(&state, &browser, STEP) else { return Ok(go_on(&state, browser, flow)) };
    let asked = (&signed_in, flow);
    let typed = form.get("code");
    if typed.trim().is_empty() {
        return draw(&state, browser, asked, CodeMail::CodeMissing).await;
    }
    let verified =
        verify_email::type_code(&state.env, &acting(&browser, &signed_in, Some(STEP)), typed).await?;
    let news = match verified {
        Verified::Done | Verified::NotAsked => return Ok(go_on(&state, browser, flow)),
        Verified::Wrong { left } => CodeMail::CodeWrong { left },
        Verified::NoMore => {
            let mailed = send(&state, &browser, asked, true).await?;
            CodeMail::NoMore { renewed: mailed == Mailed::Now }
        }
    };
    draw(&state, browser, asked, news).await
}

/// "Send a new code": the page says what became of it, and a reload sends no other.
pub(in crate::routes) async fn resend(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (browser, form) = match posted.judge(Bound::Session) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(browser, flow) => return Ok(go_on(&state, note(&state, browser, TOO_OLD), &flow)),
    };
    let flow = form.get("flow");
    let Some(signed_in) = waiting(&state, &browser, STEP) else { return Ok(go_on(&state, browser, flow)) };
    let news = match send(&state, &browser, (&signed_in, flow), true).await? {
        Mailed::TooMany => TOO_MANY,
        Mailed::Now | Mailed::Before => SENT,
        Mailed::NotAsked => return Ok(go_on(&state, browser, flow)),
    };
    let browser = note(&state, browser, news);
    Ok(redirect(&state.path_with(Endpoint::VerifyEmail, "flow", flow), browser.into_jar()))
}
