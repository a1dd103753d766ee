//! `/logout` (OpenID Connect RP-Initiated Logout 1.0). Without proof, a GET never logs anybody out.

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use axum_extra::extract::cookie::CookieJar;
use idp_service::endpoint::Endpoint;
use idp_service::logout::{self, LogOut};
use idp_service::params::Params;

use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, read_form};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{ConfirmLogout, ErrorKind, SignedOut};

pub(super) async fn request(
    State(state): State<AppState>,
    browser: Browser,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    log_out(&state, browser, &query.unwrap_or_default(), false).await
}

/// A client's POST carries no cookie of ours: continued by a GET of our own with the same parameters.
pub(super) async fn carry(State(state): State<AppState>, request: Request) -> Result<Response, Failure> {
    let params = read_form(request, &state).await?;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in
        ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "logout_hint"]
    {
        if params.is_repeated(name) {
            return Err(ErrorKind::BadRequest.into());
        }
        if let Some(value) = params.get(name) {
            query.append_pair(name, value);
        }
    }
    Ok(redirect(&format!("{}?{}", state.path(Endpoint::EndSession), query.finish()), CookieJar::new()))
}

/// The person's answer to "Log out?"; the original request travels in `flow`.
pub(super) async fn confirm(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let (browser, form) = posted.verified(Bound::Session)?;
    if form.get("confirm") != "yes" {
        return Ok(redirect(&state.path(Endpoint::Home), browser.into_jar()));
    }
    log_out(&state, browser, form.get("flow"), true).await
}

async fn log_out(
    state: &AppState,
    browser: Browser,
    query: &str,
    confirmed: bool,
) -> Result<Response, Failure> {
    let params = Params::parse(query.as_bytes());
    let outcome =
        logout::request(&state.env, &params, browser.previous.as_ref(), confirmed, &browser.origin).await?;
    match outcome {
        LogOut::Refused(error) => Err(Failure::with_detail(ErrorKind::BadRequest, error.description)),
        LogOut::Confirm => {
            let form = browser.form(state.path(Endpoint::ConfirmLogout), Some(query), Bound::Session);
            let chrome = state.chrome(&browser.locale, None);
            Ok(page(&ConfirmLogout { chrome, form }, browser.into_jar(), FormTarget::Client))
        }
        LogOut::Done { redirect: to } => {
            let to = to.unwrap_or_else(|| state.path(Endpoint::SignedOut));
            Ok(redirect(&to, browser.into_jar().add(CookieKind::Session.clear(&state.env.issuer))))
        }
    }
}

pub(super) async fn signed_out(State(state): State<AppState>, browser: Browser) -> Response {
    let chrome = state.chrome(&browser.locale, None);
    page(&SignedOut { chrome }, browser.into_jar(), FormTarget::Own)
}
