//! `/account/data`: what is stored about a person, and a file with all of it. The file is an attachment that no cache keeps.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use idp_service::account;
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;

use super::said;
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, NO_STORE, page};
use crate::http::state::AppState;
use crate::pages::ExportPage;
use crate::routes::account::{TOO_OLD, menu, note, person, report, visit};

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    mut browser: Browser,
) -> Result<Response, Failure> {
    if person(&state, &browser, OwnPage::Data).is_none() {
        return visit(&state, browser, OwnPage::Data);
    }
    let is_too_old = browser.cookie(CookieKind::Notice).as_deref() == Some(TOO_OLD);
    if is_too_old {
        browser = said(browser);
    }
    let export = ExportPage {
        chrome: state.chrome(&browser.locale, None),
        menu: menu(&state, &browser, OwnPage::Data).await?,
        form: browser.form(state.path(Endpoint::DownloadData), None, Bound::Session),
        close_url: state.path(Endpoint::CloseAccount),
        is_too_old,
    };
    Ok(page(&export, browser.into_jar(), FormTarget::Own))
}

pub(in crate::routes) async fn download(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let browser = match posted.judge(Bound::Session) {
        Sent::Genuine(browser, _) => browser,
        Sent::Foreign(browser, _) => return Ok(report(&state, browser, OwnPage::Data, TOO_OLD)),
    };
    let Some(signed_in) = person(&state, &browser, OwnPage::Data) else {
        return visit(&state, note(&state, browser, TOO_OLD), OwnPage::Data);
    };
    browser.told.actor(signed_in.account.id);
    let Some(file) = account::export(&state.env, &signed_in, &browser.origin).await? else {
        return visit(&state, note(&state, browser, TOO_OLD), OwnPage::Data);
    };
    let attachment = HeaderValue::from_static("attachment; filename=\"my-data.json\"");
    let json = HeaderValue::from_static("application/json");
    let headers = [
        (header::CONTENT_TYPE, json),
        (header::CONTENT_DISPOSITION, attachment),
        (header::CACHE_CONTROL, NO_STORE),
    ];
    Ok((headers, browser.into_jar(), file).into_response())
}
