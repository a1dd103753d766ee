//! "Which agency do you want to work for?" (`company.md` section 3): asks the person, and takes the answer from that person's
//! own page only.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::Secret;
use idp_service::authorize::{self, ChoiceAsked, Chosen};
use idp_service::company_claims::CompanyContext;
use idp_service::endpoint::Endpoint;
use serde::Deserialize;

use super::authorize::{follow, go_on};
use crate::http::browser::{Bound, Browser};
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, page};
use crate::http::state::AppState;
use crate::pages::{AgencyList, AgencySearch, ChoosePage, ChooseProblem, OfferedAgency};

/// A sealed request, and what is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    flow: String,
    q: String,
}

pub(super) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    draw(&state, browser, asked, None).await
}

async fn draw(
    state: &AppState,
    mut browser: Browser,
    Asked { flow, q }: Asked,
    problem: Option<ChooseProblem>,
) -> Result<Response, Failure> {
    let asked = authorize::choice_asked(&state.env, &flow, browser.signed_in.as_ref()).await?;
    // Nobody signed in, answered in another tab, or nothing left to choose: the flow knows where to go.
    let (Some((open, ChoiceAsked { companies, asks_account })), Some(signed_in)) =
        (asked, &browser.signed_in)
    else {
        return Ok(go_on(state, browser, &flow));
    };
    browser.locale = browser.locale.or_rather(open.request.ui_locales.as_deref());
    let own_name = signed_in.account.profile.full_name();
    // As the agency used last writes it.
    let written = companies.first().map(|it| it.membership.particulars.full_name());
    let choose = ChoosePage {
        chrome: state.chrome(&browser.locale, open.company.as_ref()),
        form: browser.form(state.path(Endpoint::Choose), Some(&flow), Bound::Session),
        name: own_name.or(written),
        username: signed_in.account.user_name.to_string(),
        client: open.client.name.to_string(),
        agencies: agencies(state, &companies, &flow, q),
        asks_account,
        other_url: state.path_with_all(Endpoint::LogIn, &[("flow", &flow), ("other", "true")]),
        problem,
    };
    Ok(page(&choose, browser.into_jar(), FormTarget::Client))
}

/// Agencies to choose from, with a search that comes back to this page.
fn agencies(state: &AppState, companies: &[CompanyContext], flow: &str, q: String) -> AgencyList {
    let offered = companies.iter().map(|it| OfferedAgency::new(&it.company)).collect();
    let search = AgencySearch {
        action: state.path(Endpoint::Choose),
        flow: Secret::new(flow.to_owned()),
        q,
        all_url: state.path_with(Endpoint::Choose, "flow", flow),
    };
    AgencyList::new(offered, search)
}

pub(super) async fn answer(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let again = |flow: &str| Asked { flow: flow.to_owned(), q: String::new() };
    let (browser, form) = match posted.judge(Bound::Session) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(browser, flow) => {
            let unsaid = match &browser.signed_in {
                Some(signed_in) => authorize::unsaid(&state.env, &flow, signed_in).await?,
                None => None,
            };
            let flow = unsaid.as_ref().map_or(&*flow, |unsaid| unsaid.as_str());
            return draw(&state, browser, again(flow), Some(ChooseProblem::Stale)).await;
        }
    };
    let (flow, company, signed_in) = (form.get("flow"), form.get("company"), browser.signed_in.as_ref());
    match authorize::answer_choice(&state.env, flow, company, signed_in, &browser.origin).await? {
        Chosen::GoOn(step) => Ok(follow(&state, step, browser)),
        Chosen::NotOffered(flow) => {
            draw(&state, browser, again(flow.as_str()), Some(ChooseProblem::NotOffered)).await
        }
    }
}
