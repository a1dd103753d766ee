//! `/account`: the facts a person owns (R3). Every answer to a POST but a refused one is a redirect, so that a reload saves
//! nothing twice; what became of it waits in a cookie and is said once.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use idp_domain::account::Account;
use idp_service::account::{self, ProfileForm, Saved};
use idp_service::authorize::{self, OwnPage, Visit};
use idp_service::endpoint::Endpoint;
use idp_service::session::SignedIn;

use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent, Verified};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{AccountNews, AccountPage, ErrorKind, OwnMenu};

/// Long enough to log in first.
const NEWS_KEPT: Duration = Duration::from_secs(600);
const SAVED: &str = "account-saved";
const CHANGED_ELSEWHERE: &str = "account-changed-elsewhere";
pub(super) const TOO_OLD: &str = "account-too-old";

/// The person who may see this page of their own: signed in, recently enough for it, with no step left to take.
pub(super) fn person(state: &AppState, browser: &Browser, page: OwnPage) -> Option<SignedIn> {
    browser.signed_in.clone().filter(|it| it.may_open(page, &state.env))
}

/// To the log-in, or the step that is left, and then to the page.
pub(super) fn visit(state: &AppState, browser: Browser, page: OwnPage) -> Result<Response, Failure> {
    let to = coming(state, &browser, page);
    come(state, browser, to)
}

/// What the browser came for.
pub(super) fn coming(state: &AppState, browser: &Browser, page: OwnPage) -> Visit {
    browser.page.iter().fold(Visit::to(page), |to, asked| to.at(&state.env.issuer, asked))
}

pub(super) fn come(state: &AppState, browser: Browser, to: Visit) -> Result<Response, Failure> {
    let flow = authorize::visit(&state.env, to)?;
    Ok(super::authorize::go_on(state, browser, flow.as_str()))
}

/// With the way to the office pages for who looks after an agency.
pub(super) async fn menu(state: &AppState, browser: &Browser, here: OwnPage) -> Result<OwnMenu, Failure> {
    let menu = OwnMenu::new(here, |endpoint| state.path(endpoint));
    let Some(signed_in) = &browser.signed_in else { return Ok(menu) };
    let has_office = signed_in.account.is_operator
        || !super::office::agencies::administered(state, signed_in).await?.is_empty();
    Ok(if has_office { menu.with_office(state.path(Endpoint::Office)) } else { menu })
}

/// Back to the page, which says what became of it.
pub(super) fn report(state: &AppState, browser: Browser, page: OwnPage, news: &str) -> Response {
    redirect(&state.path(page.endpoint()), note(state, browser, news).into_jar())
}

/// News that wait until a page says them.
pub(super) fn note(state: &AppState, mut browser: Browser, news: &str) -> Browser {
    let cookie = CookieKind::Notice.set(&state.env.issuer, news.to_owned(), Some(NEWS_KEPT));
    browser.jar = browser.jar.add(cookie);
    browser
}

/// A form of a page of one's own, and who sent it.
pub(super) struct OwnForm {
    pub(super) browser: Browser,
    pub(super) form: Verified,
    pub(super) signed_in: SignedIn,
}

/// The form, or the answer to one that came from elsewhere, is too old, or is not this person's: nothing was changed.
pub(super) fn own_form(
    state: &AppState,
    posted: Posted,
    page: OwnPage,
) -> Result<Box<OwnForm>, Box<Result<Response, Failure>>> {
    let (browser, form) = match posted.judge(Bound::Session) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(browser, _) => return Err(Box::new(Ok(report(state, browser, page, TOO_OLD)))),
    };
    match person(state, &browser, page) {
        Some(signed_in) => Ok(Box::new(OwnForm { browser, form, signed_in })),
        None => Err(Box::new(visit(state, note(state, browser, TOO_OLD), page))),
    }
}

pub(super) async fn show(State(state): State<AppState>, browser: Browser) -> Result<Response, Failure> {
    let Some(signed_in) = person(&state, &browser, OwnPage::Account) else {
        return visit(&state, browser, OwnPage::Account);
    };
    account::begin_account(&state.env, &signed_in, &browser.origin).await?;
    let news = match browser.cookie(CookieKind::Notice).as_deref() {
        Some(SAVED) => AccountNews::Saved,
        Some(CHANGED_ELSEWHERE) => AccountNews::ChangedElsewhere,
        Some(TOO_OLD) => AccountNews::TooOld,
        _ => AccountNews::Fresh,
    };
    let stored = ProfileForm::of(&signed_in.account);
    draw(&state, browser, &signed_in.account, stored, news).await
}

async fn draw(
    state: &AppState,
    mut browser: Browser,
    account: &Account,
    profile: ProfileForm,
    news: AccountNews,
) -> Result<Response, Failure> {
    if news != AccountNews::Fresh {
        browser.jar = browser.jar.add(CookieKind::Notice.clear(&state.env.issuer));
    }
    let own = AccountPage {
        chrome: state.chrome(&browser.locale, None),
        menu: menu(state, &browser, OwnPage::Account).await?,
        form: browser.form(state.path(Endpoint::Account), None, Bound::Session),
        username: account.user_name.to_string(),
        profile,
        seen: seen(account),
        news,
    };
    Ok(page(&own, browser.into_jar(), FormTarget::Own))
}

/// Which state of the account a page shows: a page that was open while another one saved must not undo that.
fn seen(account: &Account) -> String {
    account.version.to_string()
}

pub(super) async fn save(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let OwnForm { browser, form, signed_in } = match own_form(&state, posted, OwnPage::Account) {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    browser.told.actor(signed_in.account.id);
    if form.get("seen") != seen(&signed_in.account) {
        return Ok(report(&state, browser, OwnPage::Account, CHANGED_ELSEWHERE));
    }
    let typed = typed(&form).ok_or(ErrorKind::BadRequest)?;
    Ok(match account::save_profile(&state.env, &signed_in, &typed, &browser.origin).await? {
        Saved::Done => report(&state, browser, OwnPage::Account, SAVED),
        Saved::Stale => report(&state, browser, OwnPage::Account, CHANGED_ELSEWHERE),
        Saved::Refused(problems) => {
            draw(&state, browser, &signed_in.account, typed, AccountNews::Refused(problems)).await?
        }
    })
}

/// Every field, or nothing: one that was not sent says nothing, and is no wish to forget it.
fn typed(form: &Verified) -> Option<ProfileForm> {
    let field = |name| form.has(name).then(|| form.get(name).to_owned());
    Some(ProfileForm {
        given_name: field("given_name")?,
        family_name: field("family_name")?,
        middle_name: field("middle_name")?,
        nickname: field("nickname")?,
        preferred_username: field("preferred_username")?,
        profile: field("profile")?,
        picture: field("picture")?,
        website: field("website")?,
        gender: field("gender")?,
        birthdate: field("birthdate")?,
        zoneinfo: field("zoneinfo")?,
        locale: field("locale")?,
        phone_number: field("phone_number")?,
        street_address: field("street_address")?,
        locality: field("locality")?,
        region: field("region")?,
        postal_code: field("postal_code")?,
        country: field("country")?,
    })
}
