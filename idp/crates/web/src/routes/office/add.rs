//! `/office/{company}/add`: one person more (R14-R25). Asks "Are you Sure?", keeps what was typed, and adds once however
//! often Yes is pressed.

use axum::extract::{Path, State};
use axum::response::Response;
use idp_domain::member::Status;
use idp_service::endpoint::Endpoint;
use idp_service::provision::{self, MemberState, NewMember};

use super::member::{problems_of, typed_in};
use super::{Desk, OfficeForm, desk, office_form, path_of};
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::form::Posted;
use crate::http::state::AppState;
use crate::pages::Problem;
use crate::pages::office::{AddPage, MemberTyped, OfficeNews, OfficePlace, Proof, SurePage};

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    Path(company): Path<String>,
    browser: Browser,
) -> Result<Response, Failure> {
    match desk(&state, browser, &company).await {
        Ok(desk) => Ok(draw(&state, *desk, MemberTyped::empty(), Vec::new())),
        Err(answer) => *answer,
    }
}

fn draw(state: &AppState, mut desk: Desk, typed: MemberTyped, problems: Vec<Problem>) -> Response {
    let news = desk.take_news(state);
    let drawn = AddPage {
        chrome: desk.chrome(state),
        menu: desk.menu(state, OfficePlace::Add),
        news,
        form: desk.form(desk.path(state, Endpoint::OfficeAdd)),
        typed,
        problems,
    };
    desk.show(&drawn, Proof::None)
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    Path(company): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let back = path_of(&state, Endpoint::OfficeAdd, &[("company", &company)]);
    let mut sent = match office_form(&state, posted, &company, &back).await {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let typed = typed_in(&sent.form);
    if sent.is_sure() == Some(false) {
        return Ok(draw(&state, sent.desk, typed, Vec::new()));
    }
    let member = match typed.draft().check_at_office() {
        Ok(member) => member,
        Err(found) => {
            let problems = typed.problems(&found, &sent.desk.chrome(&state));
            return Ok(draw(&state, sent.desk, typed, problems));
        }
    };
    let proof = match sent.is_sure() {
        Some(_) => sent.prove(&state).await?,
        None => Err(sent.desk.proof(&state)),
    };
    match proof {
        Ok(()) => create(&state, sent, (typed, member)).await,
        Err(proof) => Ok(ask(&state, sent.desk, (&typed, &member), proof)),
    }
}

fn ask(state: &AppState, desk: Desk, (typed, member): (&MemberTyped, &NewMember), proof: Proof) -> Response {
    let chrome = desk.chrome(state);
    let texts = chrome.texts().with("person", member.particulars.full_name());
    let will = match member.status {
        Status::Active => texts.t_with("office-will-add", "address", member.user_name.to_string()),
        Status::Inactive => texts.t_with("office-will-add-inactive", "address", member.user_name.to_string()),
    };
    let action = desk.path(state, Endpoint::OfficeAdd);
    let kept = [typed.kept(), vec![desk.once(state)]].concat();
    let drawn = SurePage { kept, proof, ..desk.sure(state, OfficePlace::Add, action, vec![will]) };
    desk.show(&drawn, proof)
}

async fn create(
    state: &AppState,
    sent: OfficeForm,
    (typed, member): (MemberTyped, NewMember),
) -> Result<Response, Failure> {
    let terms = sent.terms(&format!("add {typed:?}"));
    let desk = sent.desk;
    let named = |member: &MemberState| Ok(member.membership.id.to_string());
    match provision::create(&state.env, &desk.scope, &member, &terms, &named).await {
        Ok(answer) => {
            let ids = [("company", &*desk.scope.id().to_string()), ("member", &answer.body)];
            let news = match (answer.status, member.status) {
                (201, Status::Active) => OfficeNews::Added,
                (201, Status::Inactive) => OfficeNews::AddedInactive,
                _ => OfficeNews::AddedBefore,
            };
            Ok(desk.report(state, &path_of(state, Endpoint::OfficePerson, &ids), news))
        }
        Err(error) => {
            let problems = problems_of(error, &typed, &desk.chrome(state))?;
            Ok(draw(state, desk, typed, problems))
        }
    }
}
