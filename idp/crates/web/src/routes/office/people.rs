//! `/office/{company}`: the people of an agency, by name.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use idp_domain::member::MemberType;
use idp_domain::member_list::{MemberCounts, MemberFilter, MemberOrder, MemberQuery, SearchWords};
use idp_service::endpoint::Endpoint;
use idp_service::provision::{self, MemberPage, MemberState};
use serde::Deserialize;

use super::member::{address_of, name_of, standing_of, type_of};
use super::{Desk, desk, path_of, with_query};
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::state::AppState;
use crate::locale::Key;
use crate::pages::office::{FilterLink, OfficePlace, PeoplePage, PeopleSearch, PersonRow, Proof};

/// People of one page.
const PAGE: u64 = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::routes) struct Asked {
    state: String,
    q: String,
    #[serde(rename = "type")]
    member_type: String,
    cursor: String,
}

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    Path(company): Path<String>,
    Query(asked): Query<Asked>,
    browser: Browser,
) -> Result<Response, Failure> {
    let mut desk = match desk(&state, browser, &company).await {
        Ok(desk) => *desk,
        Err(answer) => return *answer,
    };
    let words = SearchWords::parse(&asked.q);
    let query = MemberQuery {
        state: MemberFilter::parse(&asked.state),
        words: words.clone().unwrap_or_default(),
        member_type: MemberType::VARIANTS.into_iter().find(|kind| kind.as_str() == asked.member_type),
        order: MemberOrder::Name,
        ..MemberQuery::default()
    };
    let page = match words {
        Ok(_) => list(&state, &desk, &query, &asked.cursor).await?,
        Err(_) => MemberPage { members: Vec::new(), next: None },
    };
    let counts = provision::counts(&state.env, &desk.scope).await?;
    let news = desk.take_news(&state);
    let path = desk.path(&state, Endpoint::OfficePeople);
    let here = |cursor: &str| {
        let pairs =
            [("state", &*asked.state), ("q", &asked.q), ("type", &asked.member_type), ("cursor", cursor)];
        with_query(&path, &pairs)
    };
    let drawn = PeoplePage {
        chrome: desk.chrome(&state),
        menu: desk.menu(&state, OfficePlace::People),
        news,
        filters: filters(&path, &counts, query.state),
        next_url: page.next.as_deref().map(here),
        first_url: (!asked.cursor.is_empty()).then(|| here("")),
        people: page.members.iter().map(|member| row(&state, &desk, member)).collect(),
        add_url: desk.path(&state, Endpoint::OfficeAdd),
        bulk_url: desk.path(&state, Endpoint::OfficeBulk),
        instructions_url: desk.path(&state, Endpoint::OfficeInstructions),
        resend_url: (counts.not_activated > 0).then(|| desk.path(&state, Endpoint::OfficeResend)),
        search: PeopleSearch {
            action: path.clone(),
            is_wrong: SearchWords::parse(&asked.q).is_err(),
            q: asked.q.clone(),
            member_type: asked.member_type.clone(),
            state: query.state.map(MemberFilter::as_str).unwrap_or_default().to_owned(),
        },
    };
    Ok(desk.show(&drawn, Proof::None))
}

/// A cursor of another list begins this one.
async fn list(
    state: &AppState,
    desk: &Desk,
    query: &MemberQuery,
    cursor: &str,
) -> Result<MemberPage, Failure> {
    let page = |cursor| provision::list(&state.env, &desk.scope, query, (cursor, PAGE));
    let cursor = Some(cursor).filter(|cursor| !cursor.is_empty());
    let found = match page(cursor).await? {
        None => page(None).await?,
        found => found,
    };
    Ok(found.unwrap_or(MemberPage { members: Vec::new(), next: None }))
}

fn filters(path: &str, counts: &MemberCounts, current: Option<MemberFilter>) -> Vec<FilterLink> {
    use MemberFilter as F;
    [
        (None, Key("office-filter-all"), counts.all),
        (Some(F::NotActivated), Key("office-filter-not-activated"), counts.not_activated),
        (Some(F::Expired), Key("office-filter-expired"), counts.expired),
        (Some(F::Undeliverable), Key("office-filter-undeliverable"), counts.undeliverable),
        (Some(F::Locked), Key("office-filter-locked"), counts.locked),
        (Some(F::Inactive), Key("office-filter-inactive"), counts.inactive),
    ]
    .into_iter()
    .map(|(filter, label, count)| FilterLink {
        label,
        count,
        url: with_query(path, &[("state", filter.map(F::as_str).unwrap_or_default())]),
        is_current: filter == current,
    })
    .collect()
}

fn row(state: &AppState, desk: &Desk, member: &MemberState) -> PersonRow {
    let ids = [("company", &*desk.scope.id().to_string()), ("member", &member.membership.id.to_string())];
    PersonRow {
        url: path_of(state, Endpoint::OfficePerson, &ids),
        name: name_of(&member.membership),
        member_type: type_of(&member.membership),
        user_name: address_of(member),
        standing: standing_of(member),
        last_log_in: member.membership.last_sign_in,
    }
}
