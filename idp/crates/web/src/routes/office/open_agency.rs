//! `/office/companies/new`: a new agency, for operators. The same form opens one agency, however often it is sent; the
//! secret of its portal's client stands in the first answer only.

use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::scope::Scope;
use idp_domain::{Digest, Secret};
use idp_service::Fault;
use idp_service::authority::Caller;
use idp_service::authorize::OwnPage;
use idp_service::companies::{self, CompanyError, Created};
use idp_service::endpoint::Endpoint;
use idp_service::once::{IdempotencyKey, Terms};
use idp_service::session::SignedIn;
use serde::{Deserialize, Serialize};

use super::{away, confirm, path_of, refused};
use crate::http::browser::{Bound, Browser};
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent, Verified};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::office::{
    AgencyField, AgencyOpened, AgencyTyped, OfficeMenu, OpenAgencyPage, Proof, agency_problems,
};
use crate::pages::{Chrome, ErrorKind, Problem};
use crate::routes::account::{TOO_OLD, note, person, visit};

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    browser: Browser,
) -> Result<Response, Failure> {
    let Some(signed_in) = person(&state, &browser, OwnPage::Office) else {
        return visit(&state, browser, OwnPage::Office);
    };
    let caller = operator(&state, &browser, &signed_in)?;
    let proof = if caller.is_fresh(&state.env) { Proof::None } else { Proof::Asked };
    Ok(draw(&state, browser, Form { proof, ..Form::default() }))
}

/// An operator, or the same answer as at an address that does not exist.
fn operator(state: &AppState, browser: &Browser, signed_in: &SignedIn) -> Result<Caller, Failure> {
    browser.told.actor(signed_in.account.id);
    let caller = Caller::of_session(signed_in, &browser.origin);
    caller.operator(&state.env, Scope::CompaniesRead).map_err(refused)?;
    Ok(caller)
}

/// What the form shows.
#[derive(Default)]
struct Form {
    /// Empty: a new one.
    once: String,
    typed: AgencyTyped,
    problems: Vec<Problem>,
    proof: Proof,
}

fn draw(state: &AppState, browser: Browser, form: Form) -> Response {
    let Form { once, typed, problems, proof } = form;
    let new = || URL_SAFE_NO_PAD.encode(state.env.entropy().bytes::<16>());
    let drawn = OpenAgencyPage {
        chrome: state.chrome(&browser.locale, None),
        menu: OfficeMenu::of_everybody(|endpoint| state.path(endpoint)),
        form: browser.form(state.path(Endpoint::OfficeNewCompany), None, Bound::Session),
        once: if once.is_empty() { new() } else { once },
        typed,
        problems,
        proof,
    };
    page(&drawn, browser.into_jar(), FormTarget::Own)
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (browser, sent) = match posted.judge(Bound::Session) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(browser, _) => {
            let jar = note(&state, browser, TOO_OLD).into_jar();
            return Ok(redirect(&state.path(Endpoint::Office), jar));
        }
    };
    let Some(mut signed_in) = person(&state, &browser, OwnPage::Office) else {
        return away::hold(&state, browser, &sent, &state.path(Endpoint::OfficeNewCompany));
    };
    operator(&state, &browser, &signed_in)?;
    let chrome = state.chrome(&browser.locale, None);
    let typed = AgencyTyped::of(|field| sent.get(field.name()).trim().to_owned());
    let once = sent.get("once").to_owned();
    let new = match typed.draft().check() {
        Ok(new) => new,
        Err(found) => {
            let problems = agency_problems(&found, &chrome);
            let caller = Caller::of_session(&signed_in, &browser.origin);
            let proof = if caller.is_fresh(&state.env) { Proof::None } else { Proof::Asked };
            return Ok(draw(&state, browser, Form { once, typed, problems, proof }));
        }
    };
    if let Err(problem) = confirm(&state, &browser, &mut signed_in, &sent).await? {
        let form = Form { once, typed, proof: Proof::Refused(problem), ..Form::default() };
        return Ok(draw(&state, browser, form));
    }
    let caller = Caller::of_session(&signed_in, &browser.origin);
    let scope = caller.operator(&state.env, Scope::CompaniesWrite).map_err(refused)?;
    let terms = Terms { once: Some(key(&signed_in, &sent, &once)), if_match: None };
    match companies::create(&state.env, &scope, &new, &terms, &present).await {
        Ok(answer) => opened(&state, browser, chrome, &answer.body),
        Err(error) => {
            let once = if matches!(error, CompanyError::KeyReused(_)) { String::new() } else { once };
            let problems = problems_of(error, &chrome)?;
            Ok(draw(&state, browser, Form { once, typed, problems, proof: Proof::None }))
        }
    }
}

fn key(signed_in: &SignedIn, sent: &Verified, once: &str) -> IdempotencyKey {
    let fields: Vec<&str> = AgencyField::VARIANTS.iter().map(|field| sent.get(field.name())).collect();
    IdempotencyKey {
        caller: format!("{}|office new agency", signed_in.account.id),
        key: once.chars().take(64).collect(),
        request: Digest::of(fields.join("\n").as_bytes()),
    }
}

/// What the page after it needs; stored without the secret.
#[derive(Serialize, Deserialize)]
struct Opened {
    id: String,
    name: String,
    code: String,
    client_id: Option<String>,
    has_secret: bool,
    secret: Option<String>,
}

fn present(created: &Created) -> Result<String, Fault> {
    let company = created.company();
    let portal = created.portal.as_ref();
    let opened = Opened {
        id: company.id.to_string(),
        name: company.name.to_string(),
        code: company.code.to_string(),
        client_id: portal.map(|portal| portal.id.to_string()),
        has_secret: portal.is_some_and(|portal| portal.has_secret),
        secret: portal.and_then(|portal| portal.secret.as_ref()).map(|secret| secret.expose().clone()),
    };
    serde_json::to_string(&opened).map_err(|_| Fault::Broken("a new company does not serialise"))
}

fn opened(state: &AppState, browser: Browser, chrome: Chrome, body: &str) -> Result<Response, Failure> {
    let opened: Opened = serde_json::from_str(body).map_err(|_| ErrorKind::Server)?;
    let drawn = AgencyOpened {
        chrome,
        menu: OfficeMenu::of_everybody(|endpoint| state.path(endpoint)),
        name: opened.name,
        code: opened.code,
        people_url: path_of(state, Endpoint::OfficePeople, &[("company", &opened.id)]),
        client_id: opened.client_id,
        was_shown: opened.has_secret && opened.secret.is_none(),
        secret: opened.secret.map(Secret::new),
    };
    Ok(page(&drawn, browser.into_jar(), FormTarget::Own))
}

fn problems_of(error: CompanyError, chrome: &Chrome) -> Result<Vec<Problem>, Failure> {
    let (field, text) = match error {
        CompanyError::Invalid(found) => return Ok(agency_problems(&found, chrome)),
        CompanyError::CodeTaken => (Some(AgencyField::Code), chrome.t("office-wrong-code-taken")),
        CompanyError::SlugTaken => (Some(AgencyField::Slug), chrome.t("office-wrong-slug-taken")),
        CompanyError::ClientTaken => (Some(AgencyField::Code), chrome.t("office-wrong-client-taken")),
        CompanyError::KeyReused(_) => (None, chrome.t("own-too-old")),
        CompanyError::Fault(fault) => return Err(fault.into()),
        CompanyError::NotOperator => return Err(ErrorKind::NotFound.into()),
        CompanyError::NotAllowed { .. }
        | CompanyError::UnknownAlias
        | CompanyError::Picture(_)
        | CompanyError::Changed => {
            return Err(ErrorKind::BadRequest.into());
        }
    };
    Ok(vec![Problem { field: field.map(AgencyField::name), text }])
}
