//! `/account/recovery-code` (L8): the code is shown once, in the answer to the form that makes it, which nobody may store.

use axum::extract::State;
use axum::response::Response;
use idp_domain::recovery_code::RecoveryCode;
use idp_domain::{Secret, Timestamp};
use idp_service::account::{self, Made};
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;
use idp_service::session::SignedIn;

use super::super::account::{OwnForm, TOO_OLD, menu, note, own_form, person, report, visit};
use super::security::CODE_REMOVED;
use super::{acting, asks_questions};
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Verified};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{CodeNews, ErrorKind, RecoveryCodePage, RecoveryCodeShown};

const PAGE: OwnPage = OwnPage::RecoveryCode;
const ALREADY: &str = "recovery-code-already";

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    mut browser: Browser,
) -> Result<Response, Failure> {
    if !asks_questions(&state) {
        return Ok(redirect(&state.path(Endpoint::Security), browser.into_jar()));
    }
    let Some(signed_in) = person(&state, &browser, PAGE) else { return visit(&state, browser, PAGE) };
    let news = match browser.cookie(CookieKind::Notice).as_deref() {
        Some(ALREADY) => CodeNews::Already,
        Some(TOO_OLD) => CodeNews::TooOld,
        _ => CodeNews::Fresh,
    };
    if news != CodeNews::Fresh {
        browser.jar = browser.jar.add(CookieKind::Notice.clear(&state.env.issuer));
    }
    let made_at = account::recovery_code_made_at(&state.env, &signed_in).await?;
    let code = RecoveryCodePage {
        chrome: state.chrome(&browser.locale, None),
        menu: menu(&state, &browser, PAGE).await?,
        form: browser.form(state.path(Endpoint::OwnRecoveryCode), None, Bound::Session),
        made_at,
        replaces: made_at.map(|at| at.millis().to_string()).unwrap_or_default(),
        news,
    };
    Ok(page(&code, browser.into_jar(), FormTarget::Own))
}

/// Which code the page was drawn for.
fn replaces(form: &Verified) -> Result<Option<Timestamp>, Failure> {
    match form.get("replaces") {
        "" => Ok(None),
        millis => match millis.parse() {
            Ok(millis) => Ok(Some(Timestamp::from_millis(millis))),
            Err(_) => Err(ErrorKind::BadRequest.into()),
        },
    }
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let OwnForm { browser, form, signed_in } = match own_form(&state, posted, PAGE) {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let acting = acting(&browser, &signed_in, None);
    match form.get("answer") {
        "make" => match account::make_recovery_code(&state.env, &acting, replaces(&form)?).await? {
            Made::Code(code) => draw(&state, browser, &signed_in, &code).await,
            Made::Already => Ok(report(&state, browser, PAGE, ALREADY)),
            Made::Overtaken => visit(&state, note(&state, browser, TOO_OLD), PAGE),
        },
        "remove" => match account::remove_recovery_code(&state.env, &acting).await? {
            true => Ok(report(&state, browser, OwnPage::Security, CODE_REMOVED)),
            false => visit(&state, note(&state, browser, TOO_OLD), PAGE),
        },
        _ => Err(ErrorKind::BadRequest.into()),
    }
}

async fn draw(
    state: &AppState,
    browser: Browser,
    signed_in: &SignedIn,
    code: &RecoveryCode,
) -> Result<Response, Failure> {
    let shown = RecoveryCodeShown {
        chrome: state.chrome(&browser.locale, None),
        menu: menu(state, &browser, PAGE).await?,
        code: Secret::new(code.reveal()),
        username: signed_in.account.user_name.to_string(),
        done_url: state.path(Endpoint::Security),
    };
    Ok(page(&shown, browser.into_jar(), FormTarget::Own))
}
