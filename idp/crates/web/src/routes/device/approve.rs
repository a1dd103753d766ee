//! "Did you start this on this computer?": asks a person, and takes the answer from that person's own page only.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::Secret;
use idp_service::device::{self, AnswerStep, DeviceAnswer, DeviceAsked, DeviceView};
use idp_service::endpoint::Endpoint;
use serde::Deserialize;

use super::{done, visitor};
use crate::http::browser::{Bound, Browser};
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{
    AgencyList, AgencySearch, AskedAgain, ComputerCard, DeviceAbroad, DeviceApproval, DeviceElsewhere,
    DeviceNoAccess, DeviceOver, DeviceWrongPerson, Form, OfferedAgency, Permission,
};
use crate::routes::authorize::go_on;
use crate::routes::consent::change_person;

/// A sealed errand, and which agency is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::routes) struct Asked {
    flow: String,
    q: String,
}

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    draw(&state, browser, asked, None).await
}

/// The page for an answer that was not taken.
async fn draw_again(
    state: &AppState,
    browser: Browser,
    flow: &str,
    why: AskedAgain,
) -> Result<Response, Failure> {
    draw(state, browser, Asked { flow: flow.to_owned(), q: String::new() }, Some(why)).await
}

async fn draw(
    state: &AppState,
    browser: Browser,
    Asked { flow, q }: Asked,
    again: Option<AskedAgain>,
) -> Result<Response, Failure> {
    let (flow, stale) = (flow.as_str(), again.is_some());
    let view = device::view(&state.env, flow, visitor(&browser, &browser.name())).await?;
    // Nobody signed in, too long ago, or a step is left: the flow knows where to go.
    let Some(view) = view else { return Ok(go_on(state, browser, flow)) };
    let chrome = state.chrome(&browser.locale, None);
    let form = |endpoint| browser.form(state.path(endpoint), Some(flow), Bound::Session);
    Ok(match view {
        DeviceView::Ask(asked) => {
            let agencies = agencies(state, &asked, flow, q);
            let approval =
                approval(state, &browser, (*asked, agencies), (form(Endpoint::DeviceApproval), again));
            page(&approval, browser.into_jar(), FormTarget::Own)
        }
        DeviceView::Elsewhere(asked) => {
            let (here, here_location) = here(&browser, &asked);
            let (form, computer) = (form(Endpoint::DeviceApproval), card(state, &browser, &asked));
            let elsewhere = DeviceElsewhere { chrome, form, computer, here, here_location, stale };
            page(&elsewhere, browser.into_jar(), FormTarget::Own)
        }
        DeviceView::Abroad(asked) => {
            let (here, here_location) = here(&browser, &asked);
            let abroad = DeviceAbroad {
                chrome,
                form: form(Endpoint::DeviceApproval),
                computer: card(state, &browser, &asked),
                here,
                here_location,
                again_url: state.path_with(Endpoint::DeviceApproval, "flow", flow),
                stale,
            };
            page(&abroad, browser.into_jar(), FormTarget::Own)
        }
        DeviceView::WrongPerson { asked_for } => {
            let (form, code_url) = (form(Endpoint::DeviceApproval), state.path(Endpoint::Device));
            let username = user_name(&browser);
            let wrong = DeviceWrongPerson { chrome, form, username, asked_for, code_url, stale };
            page(&wrong, browser.into_jar(), FormTarget::Own)
        }
        DeviceView::NoAccess { is_any } => {
            let (form, username) = (form(Endpoint::DeviceApproval), user_name(&browser));
            let no_access = DeviceNoAccess { chrome, form, username, is_any, stale };
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
    (asked, agencies): (DeviceAsked, AgencyList),
    (form, again): (Form, Option<AskedAgain>),
) -> DeviceApproval {
    // Several are to be chosen from; the page speaks for none of them.
    let only = asked.companies.first().filter(|_| asked.companies.len() == 1);
    DeviceApproval {
        chrome: state.chrome(&browser.locale, only),
        form,
        computer: card(state, browser, &asked),
        agencies,
        username: user_name(browser),
        asked: asked.permits.map(|permits| Permission::list(&permits, &Default::default())),
        again,
    }
}

/// What the computer can be let in for, with a search that comes back to this page.
fn agencies(state: &AppState, asked: &DeviceAsked, flow: &str, q: String) -> AgencyList {
    let search = AgencySearch {
        action: state.path(Endpoint::DeviceApproval),
        flow: Secret::new(flow.to_owned()),
        q,
        all_url: state.path_with(Endpoint::DeviceApproval, "flow", flow),
    };
    AgencyList::new(asked.companies.iter().map(OfferedAgency::new).collect(), search)
}

/// Network address and place of whoever looks at the page.
fn here(browser: &Browser, asked: &DeviceAsked) -> (Option<String>, Option<String>) {
    let location = asked.whereabouts.person.as_ref();
    (browser.origin.address.map(|address| address.to_string()), location.map(ToString::to_string))
}

fn card(state: &AppState, browser: &Browser, asked: &DeviceAsked) -> ComputerCard {
    let address = asked.asked.place.address;
    ComputerCard {
        program: asked.client.name.to_string(),
        name: asked.asked.device_name.as_ref().map(ToString::to_string),
        network: address.map(|address| address.to_string()),
        location: asked.whereabouts.computer.as_ref().map(ToString::to_string),
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
        Sent::Foreign(browser, flow) => {
            return draw_again(&state, browser, &flow, AskedAgain::Stale).await;
        }
    };
    let flow = form.get("flow");
    let answer = match form.get("answer") {
        _ if form.is_ambiguous() => return draw_again(&state, browser, flow, AskedAgain::Stale).await,
        "allow" => DeviceAnswer::Allow(form.get("company").parse().ok()),
        "deny" => DeviceAnswer::Deny,
        "it-is-mine" => DeviceAnswer::IsTheirs,
        "other-account" => DeviceAnswer::SomebodyElse,
        _ => return draw_again(&state, browser, flow, AskedAgain::Stale).await,
    };
    let step = device::answer(&state.env, flow, answer, visitor(&browser, &browser.name())).await?;
    match step {
        AnswerStep::Done(answered) => Ok(redirect(&done::address(&state, answered), browser.into_jar())),
        AnswerStep::GoOn(flow) if answer == DeviceAnswer::SomebodyElse => {
            change_person(&state, browser, flow.as_str()).await
        }
        AnswerStep::AnotherAgency(flow) => {
            let is_named = !form.get("company").is_empty();
            let why = if is_named { AskedAgain::AgencyGone } else { AskedAgain::NoAgency };
            draw_again(&state, browser, flow.as_str(), why).await
        }
        AnswerStep::GoOn(flow) => Ok(go_on(&state, browser, flow.as_str())),
    }
}
