//! `/office/{company}/resend`: a new mail to everybody who has not activated, each in a transaction of their own, a page of
//! people at a time.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use idp_domain::member_list::{MemberFilter, MemberOrder, MemberQuery};
use idp_service::endpoint::Endpoint;
use idp_service::provision::{
    self, InvitationProgress, MAX_PAGE, MemberAction, MemberPage, MemberState, ProvisionError,
};
use serde::Deserialize;

use super::member::present;
use super::{Desk, OfficeForm, desk, office_form, path_of, with_query};
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::form::Posted;
use crate::http::present::redirect;
use crate::http::state::AppState;
use crate::pages::office::{OfficeNews, OfficePlace, Proof, Resent, SurePage};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::routes) struct Asked {
    /// Where to go on.
    cursor: String,
}

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    Path(company): Path<String>,
    Query(asked): Query<Asked>,
    browser: Browser,
) -> Result<Response, Failure> {
    let desk = match desk(&state, browser, &company).await {
        Ok(desk) => *desk,
        Err(answer) => return *answer,
    };
    let proof = desk.proof(&state);
    ask(&state, desk, &asked.cursor, proof).await
}

/// Everybody who has not activated, by the order in which they were added: it does not change under our hands.
async fn waiting(state: &AppState, desk: &Desk, cursor: &str) -> Result<MemberPage, Failure> {
    let order = MemberOrder::Added;
    let query = MemberQuery { state: Some(MemberFilter::NotActivated), order, ..MemberQuery::default() };
    let cursor = Some(cursor).filter(|cursor| !cursor.is_empty());
    let page = provision::list(&state.env, &desk.scope, &query, (cursor, MAX_PAGE)).await?;
    Ok(page.unwrap_or(MemberPage { members: Vec::new(), next: None }))
}

async fn ask(state: &AppState, mut desk: Desk, cursor: &str, proof: Proof) -> Result<Response, Failure> {
    let page = waiting(state, &desk, cursor).await?;
    if page.members.is_empty() {
        return Ok(redirect(&desk.path(state, Endpoint::OfficePeople), desk.browser.into_jar()));
    }
    let news = desk.take_news(state);
    let chrome = desk.chrome(state);
    let is_unreachable =
        |member: &&MemberState| matches!(member.invitation, InvitationProgress::Undeliverable(..));
    let unreachable = page.members.iter().filter(is_unreachable).count();
    let reachable = page.members.len() - unreachable;
    let mut sentences = vec![chrome.texts().t_with("office-will-resend-all", "count", reachable)];
    if unreachable > 0 {
        sentences.push(chrome.texts().t_with("office-will-resend-not", "count", unreachable));
    }
    if page.next.is_some() {
        let all = provision::counts(&state.env, &desk.scope).await?.not_activated;
        sentences.push(chrome.texts().t_with("office-will-resend-part", "count", all));
    }
    let action = desk.path(state, Endpoint::OfficeResend);
    let kept = vec![("cursor", cursor.to_owned()), desk.once(state)];
    let drawn = SurePage { kept, proof, news, ..desk.sure(state, OfficePlace::People, action, sentences) };
    Ok(desk.show(&drawn, proof))
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    Path(company): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let back = path_of(&state, Endpoint::OfficeResend, &[("company", &company)]);
    let mut sent = match office_form(&state, posted, &company, &back).await {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let cursor = sent.form.get("cursor").to_owned();
    let people = sent.desk.path(&state, Endpoint::OfficePeople);
    match sent.is_sure() {
        Some(true) => {}
        Some(false) => return Ok(redirect(&people, sent.desk.browser.into_jar())),
        None => {
            let proof = sent.desk.proof(&state);
            return ask(&state, sent.desk, &cursor, proof).await;
        }
    }
    if let Err(proof) = sent.prove(&state).await? {
        return ask(&state, sent.desk, &cursor, proof).await;
    }
    let page = waiting(&state, &sent.desk, &cursor).await?;
    let news = OfficeNews::ResentToAll(resend(&state, &sent, &page).await?);
    let on = match page.next {
        Some(next) => with_query(&sent.desk.path(&state, Endpoint::OfficeResend), &[("cursor", &next)]),
        None => people,
    };
    Ok(sent.desk.report(&state, &on, news))
}

async fn resend(state: &AppState, sent: &OfficeForm, page: &MemberPage) -> Result<Resent, Failure> {
    let mut resent = Resent::default();
    for member in &page.members {
        let id = member.membership.id;
        let terms = sent.terms_of_one("resend", &id.to_string());
        let what = (id, &MemberAction::ResendInTurn);
        match provision::change(&state.env, &sent.desk.scope, what, &terms, &present).await {
            Ok(_) => resent.sent += 1,
            Err(ProvisionError::UndeliverableAddress) => resent.undeliverable += 1,
            Err(ProvisionError::TooMany { .. }) => resent.too_many += 1,
            Err(ProvisionError::Fault(fault)) => return Err(fault.into()),
            Err(_) => resent.passed_over += 1,
        }
    }
    Ok(resent)
}
