//! The office pages: an agency looks after its own people without any other program (R14-R34).
//!
//! How a page is written: a GET calls [`desk`], a POST calls [`office_form`]; both hand out a [`Desk`] (browser, person and
//! proof of authority) or the answer to give instead. Whose agency it is not, gets the same 404 as for one that does not
//! exist. Who must log in first is back at the very page afterwards. Nothing is written before [`OfficeForm::prove`]: where
//! the log-in is not recent, it judges the field `password`, which `part/office_proof.html` draws for the [`Proof`] of the
//! page; a refused one is drawn again with everything that was typed, and so is one that came after the session ([`away`]). Most forms lead to "Are you Sure?" first
//! ([`SurePage`](crate::pages::office::SurePage) carries their fields), so that the password is asked there, once; its field
//! `once` ([`Desk::once`]) makes a second press of Yes get the answer of the first. After a POST that did something comes
//! [`Desk::report`]: a redirect with news said once.

pub(super) mod add;
pub(super) mod agencies;
mod away;
pub(super) mod batch;
pub(super) mod bulk;
pub(super) mod instructions;
pub(super) mod logo;
mod member;
pub(super) mod open_agency;
pub(super) mod people;
pub(super) mod person;
pub(super) mod resend;
mod save;

use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::company::Company;
use idp_domain::scope::Scope;
use idp_domain::{Digest, Secret};
use idp_service::access::AccessError;
use idp_service::account;
use idp_service::authority::{Caller, CompanyScope};
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;
use idp_service::once::{IdempotencyKey, Terms};
use idp_service::reauthenticate::{self, Refusal};
use idp_service::session::SignedIn;

use super::account::{TOO_OLD, come, coming, note, person, visit};
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent, Verified};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::office::{OfficeMenu, OfficeNews, OfficePlace, PasswordProblem, Proof, SurePage};
use crate::pages::{Chrome, ErrorKind, Form, Template};

/// A field that differs each time a form is drawn.
const ONCE: &str = "once";

/// What a handler goes on with, or the answer that is given instead.
pub(super) type Admitted<T> = Result<Box<T>, Box<Result<Response, Failure>>>;

/// Somebody at the pages of an agency that they look after.
pub(super) struct Desk {
    pub(super) browser: Browser,
    pub(super) signed_in: SignedIn,
    pub(super) scope: CompanyScope,
}

/// Admits whoever looks after the agency in the path: to see.
pub(super) async fn desk(state: &AppState, browser: Browser, company: &str) -> Admitted<Desk> {
    match admit(state, browser, company).await {
        Ok(Ok(desk)) => Ok(Box::new(desk)),
        Ok(Err(instead)) => Err(Box::new(Ok(instead))),
        Err(failure) => Err(Box::new(Err(failure))),
    }
}

async fn admit(state: &AppState, browser: Browser, company: &str) -> Result<Result<Desk, Response>, Failure> {
    let Some(signed_in) = person(state, &browser, OwnPage::Office) else {
        return visit(state, browser, OwnPage::Office).map(Err);
    };
    browser.told.actor(signed_in.account.id);
    if let Some(scope) = scope(state, &browser, &signed_in, (Scope::MembersRead, company)).await? {
        account::note_visit(&state.env, &signed_in, scope.id(), &browser.origin).await?;
        return Ok(Ok(Desk { browser, signed_in, scope }));
    }
    match account::logged_out_at(&state.env, &signed_in, company).await? {
        Some(ended) => {
            let to = coming(state, &browser, OwnPage::Office).after(ended);
            come(state, browser, to).map(Err)
        }
        None => Err(ErrorKind::NotFound.into()),
    }
}

async fn scope(
    state: &AppState,
    browser: &Browser,
    signed_in: &SignedIn,
    (needed, company): (Scope, &str),
) -> Result<Option<CompanyScope>, Failure> {
    let caller = Caller::of_session(signed_in, &browser.origin);
    caller.company(&state.env, needed, company).await.map_err(refused)
}

/// Everybody who may not is answered alike.
pub(super) fn refused(error: AccessError) -> Failure {
    match error {
        AccessError::Fault(fault) => fault.into(),
        _ => ErrorKind::NotFound.into(),
    }
}

/// The address of a page; `company` and `member` stand where its route leaves a gap.
pub(super) fn path_of(state: &AppState, endpoint: Endpoint, ids: &[(&str, &str)]) -> String {
    let fill = |path: String, (name, id): &(&str, &str)| {
        let segment: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        path.replace(&format!("{{{name}}}"), &segment)
    };
    ids.iter().fold(state.path(endpoint), fill)
}

/// The same page with these parameters; empty ones are left out.
pub(super) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let said: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
    if said.is_empty() {
        return path.to_owned();
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    said.into_iter().for_each(|(name, value)| {
        query.append_pair(name, value);
    });
    format!("{path}?{}", query.finish())
}

impl Desk {
    pub(super) fn company(&self) -> &Company {
        self.scope.company()
    }

    /// A page of this agency; `{member}` or `{job}` is still to be filled in.
    pub(super) fn path(&self, state: &AppState, endpoint: Endpoint) -> String {
        path_of(state, endpoint, &[("company", &self.scope.id().to_string())])
    }

    /// In the agency's name.
    pub(super) fn chrome(&self, state: &AppState) -> Chrome {
        state.chrome(&self.browser.locale, Some(self.company()))
    }

    pub(super) fn menu(&self, state: &AppState, here: OfficePlace) -> OfficeMenu {
        OfficeMenu::of_agency(here, |endpoint| self.path(state, endpoint))
    }

    /// A form that only this browser and this person can send.
    pub(super) fn form(&self, action: String) -> Form {
        self.browser.form(action, None, Bound::Session)
    }

    /// "Are you Sure?", of which these sentences tell what will happen.
    pub(super) fn sure(
        &self,
        state: &AppState,
        here: OfficePlace,
        action: String,
        sentences: Vec<String>,
    ) -> SurePage {
        SurePage {
            chrome: self.chrome(state),
            menu: self.menu(state, here),
            form: self.form(action),
            sentences,
            kept: Vec::new(),
            field: None,
            proof: Proof::None,
            news: None,
            problem: None,
        }
    }

    /// The field `once` of a page that asks "Are you Sure?": what it leads to is done once, however often it is sent.
    pub(super) fn once(&self, state: &AppState) -> (&'static str, String) {
        (ONCE, URL_SAFE_NO_PAD.encode(state.env.entropy().bytes::<16>()))
    }

    /// Whether the next page must ask for the password.
    pub(super) fn proof(&self, state: &AppState) -> Proof {
        if self.scope.caller().is_fresh(&state.env) { Proof::None } else { Proof::Asked }
    }

    /// What became of the last press of a button; said once, so it is forgotten now.
    pub(super) fn take_news(&mut self, state: &AppState) -> Option<OfficeNews> {
        take_news(state, &mut self.browser)
    }

    /// See Other, with news.
    pub(super) fn report(self, state: &AppState, path: &str, news: OfficeNews) -> Response {
        redirect(path, note(state, self.browser, &news.code()).into_jar())
    }

    /// The page; a password that must wait is a 429 (RFC 6585 section 4).
    pub(super) fn show(self, drawn: &impl Template, proof: Proof) -> Response {
        let mut response = page(drawn, self.browser.into_jar(), FormTarget::Own);
        if let Some(seconds) = proof.wait() {
            *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

pub(super) fn take_news(state: &AppState, browser: &mut Browser) -> Option<OfficeNews> {
    let kept = browser.cookie(CookieKind::Notice)?;
    let news = if kept == TOO_OLD { Some(OfficeNews::TooOld) } else { OfficeNews::read(&kept) };
    if news.is_some() {
        browser.jar = browser.jar.clone().add(CookieKind::Notice.clear(&state.env.issuer));
    }
    news
}

/// A form of an agency's pages, and who sent it.
pub(super) struct OfficeForm {
    pub(super) desk: Desk,
    pub(super) form: Verified,
}

/// The form, or the answer to one that came from elsewhere, is too old, or is of an agency that is not this person's:
/// nothing was changed. `back` is the page the form stands on.
pub(super) async fn office_form(
    state: &AppState,
    posted: Posted,
    company: &str,
    back: &str,
) -> Admitted<OfficeForm> {
    let (mut browser, form) = match posted.judge(Bound::Session) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(browser, _) => {
            return Err(Box::new(Ok(redirect(back, note(state, browser, TOO_OLD).into_jar()))));
        }
    };
    if person(state, &browser, OwnPage::Office).is_none() {
        return Err(Box::new(away::hold(state, browser, &form, back)));
    }
    browser.page = Some(back.to_owned());
    let desk = desk(state, browser, company).await?;
    Ok(Box::new(OfficeForm { desk: *desk, form }))
}

impl OfficeForm {
    /// Makes sure that it is still the person who sits there; then their scope may write. Otherwise what the page has to
    /// say beside its field `password`.
    pub(super) async fn prove(&mut self, state: &AppState) -> Result<Result<(), Proof>, Failure> {
        let Desk { browser, signed_in, scope: known } = &mut self.desk;
        if let Err(problem) = confirm(state, browser, signed_in, &self.form).await? {
            return Ok(Err(Proof::Refused(problem)));
        }
        let company = known.id().to_string();
        let scope = scope(state, browser, signed_in, (Scope::MembersWrite, &company)).await?;
        *known = scope.ok_or(ErrorKind::NotFound)?;
        Ok(Ok(()))
    }

    /// A second press of the same Yes gets the answer of the first (R25). `deed` says what is done to whom, with everything
    /// that was typed.
    pub(super) fn terms(&self, deed: &str) -> Terms {
        self.terms_of_one(deed, "")
    }

    /// The same where one Yes is for many: each of them is done once.
    pub(super) fn terms_of_one(&self, deed: &str, one: &str) -> Terms {
        let key: String = self.form.get(ONCE).chars().take(64).collect();
        let once = IdempotencyKey {
            caller: format!("{}|office {} {one}", self.desk.signed_in.account.id, self.desk.scope.id()),
            request: Digest::of(deed.as_bytes()),
            key,
        };
        Terms { once: Some(once).filter(|once| !once.key.is_empty()), if_match: None }
    }

    /// Whether the form is the answer Yes to "Are you Sure?"; nothing happens before it (R23).
    pub(super) fn is_sure(&self) -> Option<bool> {
        match self.form.get("sure") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    }
}

/// Judges the field `password` unless the log-in is recent; then it counts as a log-in of this moment.
pub(super) async fn confirm(
    state: &AppState,
    browser: &Browser,
    signed_in: &mut SignedIn,
    form: &Verified,
) -> Result<Result<(), PasswordProblem>, Failure> {
    if Caller::of_session(signed_in, &browser.origin).is_fresh(&state.env) {
        return Ok(Ok(()));
    }
    let typed = Secret::new(form.get("password").to_owned());
    if typed.expose().is_empty() {
        return Ok(Err(PasswordProblem::Missing));
    }
    let devices = browser.devices();
    match reauthenticate::confirm(&state.env, signed_in, (&typed, &devices), &browser.origin).await? {
        Ok(renewed) => *signed_in = renewed,
        Err(refusal) => return Ok(Err(problem(refusal))),
    }
    Ok(Ok(()))
}

fn problem(refusal: Refusal) -> PasswordProblem {
    let seconds = |wait: Duration| u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
    match refusal {
        Refusal::Wrong => PasswordProblem::Wrong,
        Refusal::Wait(wait) => PasswordProblem::TooManyTries { seconds: seconds(wait) },
        Refusal::RecoverFirst => PasswordProblem::RecoverFirst,
    }
}
