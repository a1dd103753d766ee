//! "Did you start this on this computer?": asks a person, and takes the answer from that person's own page only.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_service::device::{self, AnswerStep, DeviceAnswer, DeviceAsked, DeviceView};
use idp_service::endpoint::Endpoint;

use super::{done, visitor};
use crate::http::browser::{Bound, Browser};
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{
    AgencyRow, ComputerCard, DeviceApproval, DeviceElsewhere, DeviceOver, DeviceWrongPerson, Form, NoAccess,
    Permission,
};
use crate::routes::authorize::{FlowQuery, go_on};
use crate::routes::consent::change_person;

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<FlowQuery>,
) -> Result<Response, Failure> {
    draw(&state, browser, &query.flow, false).await
}

/// `stale`: the answer before this page was not taken.
async fn draw(state: &AppState, browser: Browser, flow: &str, stale: bool) -> Result<Response, Failure> {
    let view = device::view(&state.env, flow, visitor(&browser, &browser.name())).await?;
    // Nobody signed in, too long ago, or a step is left: the flow knows where to go.
    let Some(view) = view else { return Ok(go_on(state, browser, flow)) };
    let chrome = state.chrome(&browser.locale, None);
    let form = |endpoint| browser.form(state.path(endpoint), Some(flow), Bound::Session);
    Ok(match view {
        DeviceView::Ask(asked) => {
            let approval = approval(state, &browser, *asked, (form(Endpoint::DeviceApproval), stale));
            page(&approval, browser.into_jar(), FormTarget::Own)
        }
        DeviceView::Elsewhere(asked) => {
            let here = browser.origin.address.map(|address| address.to_string());
            let (form, computer) = (form(Endpoint::DeviceApproval), card(state, &browser, &asked));
            let elsewhere = DeviceElsewhere { chrome, form, computer, here, stale };
            page(&elsewhere, browser.into_jar(), FormTarget::Own)
        }
        DeviceView::WrongPerson => {
            let form = form(Endpoint::DeviceApproval);
            let wrong = DeviceWrongPerson { chrome, form, username: user_name(&browser), stale };
            page(&wrong, browser.into_jar(), FormTarget::Own)
        }
        DeviceView::NoAccess { is_any } => {
            let no_access = NoAccess { chrome, sign_out: form(Endpoint::NoAccess), is_any, way: None };
            page(&no_access, browser.into_jar(), FormTarget::Own)
        }
        DeviceView::Over => {
            let over = DeviceOver { chrome, code_url: state.path(Endpoint::Device) };
            page(&over, browser.into_jar(), FormTarget::Own)
        }
        DeviceView::Answered(answered) => redirect(&done::address(state, answered), browser.into_jar()),
        DeviceView::TypeTheCode => redirect(&state.path(Endpoint::Device), browser.into_jar()),
        DeviceView::LogInAgain => {
            redirect(&state.path_with(Endpoint::LogIn, "flow", flow), browser.into_jar())
        }
    })
}

fn approval(
    state: &AppState,
    browser: &Browser,
    asked: DeviceAsked,
    (form, stale): (Form, bool),
) -> DeviceApproval {
    // Several are to be chosen from; the page speaks for none of them.
    let only = asked.companies.first().filter(|_| asked.companies.len() == 1);
    DeviceApproval {
        chrome: state.chrome(&browser.locale, only),
        form,
        computer: card(state, browser, &asked),
        agencies: asked.companies.iter().map(AgencyRow::new).collect(),
        username: user_name(browser),
        asked: asked.permits.map(|permits| Permission::list(&permits, &Default::default())),
        stale,
    }
}

fn card(state: &AppState, browser: &Browser, asked: &DeviceAsked) -> ComputerCard {
    let address = asked.asked.place.address;
    ComputerCard {
        program: asked.client.name.to_string(),
        name: asked.asked.device_name.as_ref().map(ToString::to_string),
        network: address.map(|address| address.to_string()),
        is_here: address == browser.origin.address,
        asked_at: asked.asked_at,
        shown_at: state.env.now(),
    }
}

fn user_name(browser: &Browser) -> String {
    browser.signed_in.as_ref().map(|it| it.account.user_name.to_string()).unwrap_or_default()
}

pub(in crate::routes) async fn answer(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (browser, form) = match posted.judge(Bound::Session) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(browser, flow) => return draw(&state, browser, &flow, true).await,
    };
    let flow = form.get("flow");
    let answer = match form.get("answer") {
        "allow" => DeviceAnswer::Allow(form.get("company").parse().ok()),
        "deny" => DeviceAnswer::Deny,
        "it-is-mine" => DeviceAnswer::IsTheirs,
        "other-account" => DeviceAnswer::SomebodyElse,
        _ => return draw(&state, browser, flow, true).await,
    };
    let step = device::answer(&state.env, flow, answer, visitor(&browser, &browser.name())).await?;
    match step {
        AnswerStep::Done(answered) => Ok(redirect(&done::address(&state, answered), browser.into_jar())),
        AnswerStep::GoOn(flow) if answer == DeviceAnswer::SomebodyElse => {
            change_person(&state, browser, flow.as_str()).await
        }
        AnswerStep::GoOn(flow) => Ok(go_on(&state, browser, flow.as_str())),
    }
}
