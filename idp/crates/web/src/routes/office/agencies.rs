//! `/office`: where people who look after agencies begin. Whoever has one only is there at once; operators see all of them.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::company::Company;
use idp_service::authority::Caller;
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;
use idp_service::session::SignedIn;
use idp_service::{account, companies};
use serde::Deserialize;

use super::{path_of, refused, take_news, with_query};
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::Way;
use crate::pages::office::{AgenciesPage, AgencyRow, AllAgencies, NobodyPage, OfficeMenu};
use crate::routes::account::{come, coming, person, visit};

/// Agencies of one page.
const PAGE: u64 = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::routes) struct Asked {
    q: String,
    after: String,
}

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
    mut browser: Browser,
) -> Result<Response, Failure> {
    let Some(signed_in) = person(&state, &browser, OwnPage::Office) else {
        return visit(&state, browser, OwnPage::Office);
    };
    browser.told.actor(signed_in.account.id);
    if let Some(ended) = account::begin_office(&state.env, &signed_in, &browser.origin).await? {
        let to = coming(&state, &browser, OwnPage::Office).after(ended);
        return come(&state, browser, to);
    }
    let (agencies, all) = match signed_in.account.is_operator {
        true => every_agency(&state, &browser, &signed_in, asked).await?,
        false => (administered(&state, &signed_in).await?, None),
    };
    let menu = OfficeMenu::of_everybody(|endpoint| state.path(endpoint));
    let chrome = state.chrome(&browser.locale, None);
    match (&agencies[..], &all) {
        ([], None) => {
            let way = Way { url: state.path(Endpoint::Account), text: chrome.t("welcome-account") };
            Ok(page(&NobodyPage { chrome, menu, way }, browser.into_jar(), FormTarget::Own))
        }
        // News wait for the page that says them.
        ([only], None) => Ok(redirect(&people_url(&state, only), browser.into_jar())),
        _ => {
            let news = take_news(&state, &mut browser);
            let agencies = agencies.iter().map(|company| row(&state, company)).collect();
            let drawn = AgenciesPage { chrome, menu, news, agencies, all };
            Ok(page(&drawn, browser.into_jar(), FormTarget::Own))
        }
    }
}

/// The agencies that the person may look after now.
pub(in crate::routes) async fn administered(
    state: &AppState,
    signed_in: &SignedIn,
) -> Result<Vec<Company>, Failure> {
    let belongings = account::companies(&state.env, signed_in).await?;
    let own = belongings.into_iter().filter(|it| it.membership.is_administrator() && it.company.is_active());
    Ok(own.map(|it| it.company).collect())
}

async fn every_agency(
    state: &AppState,
    browser: &Browser,
    signed_in: &SignedIn,
    asked: Asked,
) -> Result<(Vec<Company>, Option<AllAgencies>), Failure> {
    let caller = Caller::of_session(signed_in, &browser.origin);
    let after = asked.after.parse().ok();
    let listed = companies::list(&state.env, &caller, &asked.q, after, PAGE).await.map_err(refused)?;
    let path = state.path(Endpoint::Office);
    let next = listed.next.map(|next| next.to_string()).unwrap_or_default();
    let all = AllAgencies {
        next_url: (!next.is_empty()).then(|| with_query(&path, &[("q", &asked.q), ("after", &next)])),
        first_url: after.map(|_| with_query(&path, &[("q", &asked.q)])),
        action: path,
        open_url: state.path(Endpoint::OfficeNewCompany),
        q: asked.q,
    };
    Ok((listed.companies.into_iter().map(|view| view.company).collect(), Some(all)))
}

fn row(state: &AppState, company: &Company) -> AgencyRow {
    AgencyRow {
        url: people_url(state, company),
        name: company.name.to_string(),
        code: company.code.to_string(),
        is_suspended: !company.is_active(),
    }
}

fn people_url(state: &AppState, company: &Company) -> String {
    path_of(state, Endpoint::OfficePeople, &[("company", &company.id.to_string())])
}
