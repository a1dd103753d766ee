//! `/account/apps`: the clients a person allowed something, and taking it back.

use axum::extract::State;
use axum::response::Response;
use idp_domain::client::{ClientId, Place, RegisteredBy};
use idp_domain::consent::Permitted;
use idp_service::account::{self, App};
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;

use super::account::{OwnForm, TOO_OLD, menu, own_form, person, report, visit};
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::Posted;
use crate::http::present::{FormTarget, page};
use crate::http::state::AppState;
use crate::pages::{AppCard, AppsNews, AppsPage, ErrorKind, Permission};

const WITHDRAWN: &str = "apps-withdrawn";

pub(super) async fn show(State(state): State<AppState>, mut browser: Browser) -> Result<Response, Failure> {
    let Some(signed_in) = person(&state, &browser, OwnPage::Apps) else {
        return visit(&state, browser, OwnPage::Apps);
    };
    let news = match browser.cookie(CookieKind::Notice).as_deref() {
        Some(WITHDRAWN) => AppsNews::Withdrawn,
        Some(TOO_OLD) => AppsNews::TooOld,
        _ => AppsNews::Fresh,
    };
    if news != AppsNews::Fresh {
        browser.jar = browser.jar.add(CookieKind::Notice.clear(&state.env.issuer));
    }
    let apps = AppsPage {
        chrome: state.chrome(&browser.locale, None),
        menu: menu(&state, &browser, OwnPage::Apps).await?,
        form: browser.form(state.path(Endpoint::Apps), None, Bound::Session),
        apps: account::apps(&state.env, &signed_in).await?.into_iter().map(card).collect(),
        news,
    };
    Ok(page(&apps, browser.into_jar(), FormTarget::Own))
}

fn card(App { client, consent }: App) -> AppCard {
    let places = || client.redirect_uris.iter().map(|uri| Place::of(uri)).collect();
    AppCard {
        stranger: (client.registered_by == RegisteredBy::Itself).then(places),
        id: client.id,
        name: client.name.to_string(),
        allowed: Permission::list(&consent.permitted, &Permitted::default()),
        since: consent.granted_at,
    }
}

pub(super) async fn withdraw(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let OwnForm { browser, form, signed_in } = match own_form(&state, posted, OwnPage::Apps) {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let client = ClientId::parse(form.get("client")).map_err(|_| ErrorKind::BadRequest)?;
    browser.told.actor(signed_in.account.id);
    account::withdraw_consent(&state.env, &signed_in, &client, &browser.origin).await?;
    Ok(report(&state, browser, OwnPage::Apps, WITHDRAWN))
}
