//! `/office/{company}/logo`: the agency's logo, another one, and none (`company.md` section 3, "Branding"). A file cannot be
//! carried through "Are you Sure?", and shows at once what became of it; removing it asks first.

use axum::extract::{Multipart, Path, State};
use axum::response::Response;
use idp_domain::logo::MOST_BYTES;
use idp_domain::ports::PictureError;
use idp_service::Fault;
use idp_service::authorize::OwnPage;
use idp_service::companies::{self, CompanyError, CompanyView, Edit};
use idp_service::endpoint::Endpoint;
use idp_service::once::Terms;

use super::super::account::{TOO_OLD, note, person, visit};
use super::{Desk, desk, office_form, path_of};
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::form::{Posted, PostedFile};
use crate::http::present::redirect;
use crate::http::state::AppState;
use crate::locale::Key;
use crate::pages::office::{LogoPage, OfficeNews, OfficePlace, Proof, SurePage};
use crate::pages::{ErrorKind, Problem};

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    Path(company): Path<String>,
    browser: Browser,
) -> Result<Response, Failure> {
    match desk(&state, browser, &company).await {
        Ok(desk) => {
            let proof = desk.proof(&state);
            Ok(draw(&state, *desk, proof, None))
        }
        Err(answer) => *answer,
    }
}

fn draw(state: &AppState, mut desk: Desk, proof: Proof, wrong: Option<Key>) -> Response {
    let news = desk.take_news(state);
    let chrome = desk.chrome(state);
    let problem = wrong.map(|key| Problem { field: Some("file"), text: chrome.texts().of(key) });
    let drawn = LogoPage {
        menu: desk.menu(state, OfficePlace::Logo),
        news,
        form: desk.form(desk.path(state, Endpoint::OfficeLogo)),
        remove_url: desk.path(state, Endpoint::OfficeRemoveLogo),
        proof,
        problem,
        chrome,
    };
    desk.show(&drawn, proof)
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    Path(company): Path<String>,
    browser: Browser,
    multipart: Multipart,
) -> Result<Response, Failure> {
    // Nobody makes us hold a file who is not logged in.
    if person(&state, &browser, OwnPage::Office).is_none() {
        return visit(&state, note(&state, browser, TOO_OLD), OwnPage::Office);
    }
    let PostedFile { posted, file, too_large } = PostedFile::read(browser, multipart, MOST_BYTES).await?;
    let back = path_of(&state, Endpoint::OfficeLogo, &[("company", &company)]);
    let mut sent = match office_form(&state, posted, &company, &back).await {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let unread = match (too_large, file.is_empty()) {
        (Some(_), _) => Some(Key("office-logo-too-large")),
        (None, true) => Some(Key("office-logo-nothing-sent")),
        (None, false) => None,
    };
    if let Err(proof) = sent.prove(&state).await? {
        return Ok(draw(&state, sent.desk, proof, unread));
    }
    if unread.is_some() {
        return Ok(draw(&state, sent.desk, Proof::None, unread));
    }
    let saved = companies::set_logo(&state.env, &sent.desk.scope, file, &Terms::default(), &unsaid).await;
    match saved {
        Ok(_) => {
            let page = sent.desk.path(&state, Endpoint::OfficeLogo);
            Ok(sent.desk.report(&state, &page, OfficeNews::LogoSaved))
        }
        Err(CompanyError::Picture(error)) => Ok(draw(&state, sent.desk, Proof::None, Some(words(error)))),
        Err(error) => Err(failed(error)),
    }
}

/// The page after it is drawn from what is stored.
fn unsaid(_: &CompanyView) -> Result<String, Fault> {
    Ok(String::new())
}

const fn words(error: PictureError) -> Key {
    match error {
        PictureError::TooManyBytes => Key("office-logo-too-large"),
        PictureError::NotAPicture => Key("office-logo-not-a-picture"),
        PictureError::TooManyPixels => Key("office-logo-too-many-pixels"),
        PictureError::Damaged => Key("office-logo-damaged"),
    }
}

/// What no page of ours sends.
fn failed(error: CompanyError) -> Failure {
    match error {
        CompanyError::Fault(fault) => fault.into(),
        _ => ErrorKind::BadRequest.into(),
    }
}

pub(in crate::routes) async fn ask_removal(
    State(state): State<AppState>,
    Path(company): Path<String>,
    browser: Browser,
) -> Result<Response, Failure> {
    let desk = match desk(&state, browser, &company).await {
        Ok(desk) => *desk,
        Err(answer) => return *answer,
    };
    let proof = desk.proof(&state);
    Ok(ask(&state, desk, proof))
}

fn ask(state: &AppState, mut desk: Desk, proof: Proof) -> Response {
    if desk.company().logo.is_none() {
        return redirect(&desk.path(state, Endpoint::OfficeLogo), desk.browser.into_jar());
    }
    let news = desk.take_news(state);
    let action = desk.path(state, Endpoint::OfficeRemoveLogo);
    let will = vec![desk.chrome(state).t("office-logo-will-remove")];
    let drawn = SurePage { proof, news, ..desk.sure(state, OfficePlace::Logo, action, will) };
    desk.show(&drawn, proof)
}

pub(in crate::routes) async fn remove(
    State(state): State<AppState>,
    Path(company): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let back = path_of(&state, Endpoint::OfficeRemoveLogo, &[("company", &company)]);
    let mut sent = match office_form(&state, posted, &company, &back).await {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let page = sent.desk.path(&state, Endpoint::OfficeLogo);
    match sent.is_sure() {
        Some(true) => {}
        Some(false) => return Ok(redirect(&page, sent.desk.browser.into_jar())),
        None => {
            let proof = sent.desk.proof(&state);
            return Ok(ask(&state, sent.desk, proof));
        }
    }
    if let Err(proof) = sent.prove(&state).await? {
        return Ok(ask(&state, sent.desk, proof));
    }
    let terms = Terms::default();
    let removed = companies::change(&state.env, &sent.desk.scope, &Edit::RemoveLogo, &terms, &unsaid);
    removed.await.map_err(failed)?;
    Ok(sent.desk.report(&state, &page, OfficeNews::LogoRemoved))
}
