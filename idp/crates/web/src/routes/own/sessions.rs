//! `/account/sessions`: where the person is logged in, and logging out of one place or of all. What is unknown, over or
//! somebody else's is answered alike (attack 84).

use axum::extract::State;
use axum::response::Response;
use idp_service::account::{self, Device, SignOut, StayingApp};
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;

use super::said;
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Verified};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{DeviceCard, SessionsNews, SessionsPage, StayingCard};
use crate::routes::account::{OwnForm, TOO_OLD, menu, own_form, person, report, visit};

const LOGGED_OUT: &str = "sessions-logged-out";
const LOGGED_OUT_EVERYWHERE: &str = "sessions-logged-out-everywhere";

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    mut browser: Browser,
) -> Result<Response, Failure> {
    let Some(signed_in) = person(&state, &browser, OwnPage::Sessions) else {
        return visit(&state, browser, OwnPage::Sessions);
    };
    let news = match browser.cookie(CookieKind::Notice).as_deref() {
        Some(LOGGED_OUT) => SessionsNews::LoggedOut,
        Some(LOGGED_OUT_EVERYWHERE) => SessionsNews::LoggedOutEverywhere,
        Some(TOO_OLD) => SessionsNews::TooOld,
        _ => SessionsNews::Fresh,
    };
    if news != SessionsNews::Fresh {
        browser = said(browser);
    }
    let all = account::devices(&state.env, &signed_in).await?;
    let sessions = SessionsPage {
        chrome: state.chrome(&browser.locale, None),
        menu: menu(&state, &browser, OwnPage::Sessions).await?,
        form: browser.form(state.path(Endpoint::Sessions), None, Bound::Session),
        everywhere_url: state.path(Endpoint::SignOutEverywhere),
        devices: all.devices.into_iter().map(device_card).collect(),
        staying: all.staying.into_iter().map(staying_card).collect(),
        news,
    };
    Ok(page(&sessions, browser.into_jar(), FormTarget::Own))
}

fn device_card(Device { session, is_this, apps }: Device) -> DeviceCard {
    DeviceCard {
        id: session.id,
        is_this,
        place: session.place,
        logged_in: session.auth_time,
        last_used: session.last_seen,
        apps: apps.into_iter().collect(),
    }
}

fn staying_card(StayingApp { of, client, agencies, computer, since }: StayingApp) -> StayingCard {
    StayingCard { of, name: client, agencies: agencies.into_iter().collect(), computer, since }
}

pub(in crate::routes) async fn log_out(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let OwnForm { browser, form, signed_in } = match own_form(&state, posted, OwnPage::Sessions) {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    browser.told.actor(signed_in.account.id);
    if let Some(of) = pressed(&form) {
        account::sign_out(&state.env, &signed_in, of, &browser.origin).await?;
    }
    Ok(report(&state, browser, OwnPage::Sessions, LOGGED_OUT))
}

fn pressed(form: &Verified) -> Option<SignOut> {
    let device = form.get("session").parse().map(SignOut::Device);
    let app = form.get("app").parse().map(SignOut::App);
    device.or(app).or_else(|_| form.get("computer").parse().map(SignOut::Computer)).ok()
}

pub(in crate::routes) async fn log_out_everywhere(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let OwnForm { browser, form, signed_in } = match own_form(&state, posted, OwnPage::Sessions) {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    browser.told.actor(signed_in.account.id);
    let keep_this = form.get("here") != "too";
    account::sign_out_everywhere(&state.env, &signed_in, keep_this, &browser.origin).await?;
    if keep_this {
        return Ok(report(&state, browser, OwnPage::Sessions, LOGGED_OUT_EVERYWHERE));
    }
    let jar = browser.into_jar().add(CookieKind::Session.clear(&state.env.issuer));
    Ok(redirect(&state.path(Endpoint::SignedOut), jar))
}
