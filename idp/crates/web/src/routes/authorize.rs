//! `/authorize` and what follows it: the browser is sent to the page that comes next, or back to the client.

use axum::extract::{Query, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::cookie::CookieJar;
use idp_domain::Secret;
use idp_domain::account::RequiredAction;
use idp_domain::client::Place;
use idp_service::authorize::{
    self, AuthorizationResponse, Carried, Flow, NoAccess as Refused, OpenFlow, ResponseMode, Return, Step,
};
use idp_service::device::Answered;
use idp_service::endpoint::Endpoint;
use idp_service::{logout, params::Params};
use serde::Deserialize;

use super::device;
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent, read_form};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::locale::Locale;
use crate::pages::{Back, Chrome, FormPost, NoAccess, Stopped, Way};

/// A sealed request in the address of one of our pages.
#[derive(Debug, Default, Deserialize)]
pub(super) struct FlowQuery {
    #[serde(default)]
    pub(super) flow: String,
}

/// Opens a flow; from here on the browser is spoken to in the language its client asked for.
pub(super) async fn open(state: &AppState, browser: &mut Browser, flow: &str) -> Result<OpenFlow, Failure> {
    let open = authorize::open(&state.env, flow).await?;
    browser.locale = browser.locale.or_rather(open.ui_locales());
    Ok(open)
}

/// Leaves it to the flow where to go.
pub(super) fn go_on(state: &AppState, browser: Browser, flow: &str) -> Response {
    redirect(&state.path_with(Endpoint::Continue, "flow", flow), browser.into_jar())
}

pub(super) async fn begin(
    State(state): State<AppState>,
    browser: Browser,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let step = authorize::begin(&state.env, &params, browser.signed_in.as_ref(), &browser.origin).await?;
    Ok(follow(&state, step, browser))
}

/// A POST from a client's page carries no cookie of ours (SameSite=Lax) and no CSRF token: it is sealed and continued
/// by a GET of our own.
pub(super) async fn carry(State(state): State<AppState>, request: Request) -> Result<Response, Failure> {
    let params = read_form(request, &state).await?;
    Ok(match authorize::carry(&state.env, &params).await? {
        Carried::Flow(flow) => {
            redirect(&state.path_with(Endpoint::Continue, "flow", flow.as_str()), CookieJar::new())
        }
        Carried::Respond(response) => respond(&state, response, &Locale::default(), CookieJar::new()),
    })
}

pub(super) async fn resume(
    State(state): State<AppState>,
    mut browser: Browser,
    Query(query): Query<FlowQuery>,
) -> Result<Response, Failure> {
    open(&state, &mut browser, &query.flow).await?;
    let step =
        authorize::resume(&state.env, &query.flow, browser.signed_in.as_ref(), &browser.origin).await?;
    Ok(follow(&state, step, browser))
}

pub(super) fn follow(state: &AppState, step: Step, browser: Browser) -> Response {
    let locale = browser.locale.clone();
    let jar = browser.into_jar();
    let (endpoint, flow) = match step {
        Step::LogIn(flow) => (Endpoint::LogIn, flow),
        Step::Act(action, flow) => (act_at(action), flow),
        Step::Consent(flow) => (Endpoint::Consent, flow),
        Step::Choose(flow) => (Endpoint::Choose, flow),
        Step::Device(flow) => (Endpoint::DeviceApproval, flow),
        Step::NoAccess(flow) => (Endpoint::NoAccess, flow),
        Step::Show(own) => return redirect(&own.address(&state.env.issuer), jar),
        Step::Respond(response) => return respond(state, response, &locale, jar),
    };
    redirect(&state.path_with(endpoint, "flow", flow.as_str()), jar)
}

/// Where a required action is done.
const fn act_at(action: RequiredAction) -> Endpoint {
    match action {
        RequiredAction::VerifyEmail => Endpoint::VerifyEmail,
        RequiredAction::ChangePassword => Endpoint::ChangePassword,
        RequiredAction::EnrolQuestions => Endpoint::Questions,
    }
}

/// Back to the client, by redirect or by a form that posts itself; or by hand.
fn respond(state: &AppState, response: AuthorizationResponse, locale: &Locale, jar: CookieJar) -> Response {
    if let Return::ByHand { client } = &response.by {
        let client = client.clone();
        return stop(state.chrome(locale, None), client, response, jar);
    }
    match response.mode {
        ResponseMode::Query => redirect(&response.location(), jar),
        ResponseMode::FormPost => {
            let AuthorizationResponse { redirect_uri, params, .. } = response;
            let fields = hidden(params);
            let chrome = state.chrome(locale, None);
            let form = FormPost { chrome, action: redirect_uri, fields };
            page(&form, jar, FormTarget::Address(&form.action))
        }
    }
}

/// A page of ours instead of an answer: a stranger's client made a mistake, and nobody has logged in here.
fn stop(chrome: Chrome, client: String, response: AuthorizationResponse, jar: CookieJar) -> Response {
    let (place, detail) = (Place::of(&response.redirect_uri), response.told().map(str::to_owned));
    let (back, action) = match response.mode {
        ResponseMode::Query => (Back::Link(response.location()), None),
        ResponseMode::FormPost => {
            let action = response.redirect_uri.clone();
            (Back::Form { action: action.clone(), fields: hidden(response.params) }, Some(action))
        }
    };
    let stopped = Stopped { chrome, client, place, detail, back };
    let target = action.as_deref().map_or(FormTarget::Own, FormTarget::Address);
    let mut answer = page(&stopped, jar, target);
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    answer
}

fn hidden(params: Vec<(&'static str, String)>) -> Vec<(&'static str, Secret<String>)> {
    params.into_iter().map(|(name, value)| (name, Secret::new(value))).collect()
}

/// The same page for every reason (`company.md` section 3), for as long as there is one: looked at anew, because a page that
/// is opened again, or by somebody else, must not say what is no longer so.
pub(super) async fn no_access(
    State(state): State<AppState>,
    mut browser: Browser,
    Query(query): Query<FlowQuery>,
) -> Result<Response, Failure> {
    let open = open(&state, &mut browser, &query.flow).await?;
    let step =
        authorize::resume(&state.env, &query.flow, browser.signed_in.as_ref(), &browser.origin).await?;
    let (Step::NoAccess(flow), Some(signed_in)) = (&step, &browser.signed_in) else {
        return Ok(follow(&state, step, browser));
    };
    let chrome = state.chrome(&browser.locale, open.company());
    let at = |flow: &Flow| state.path_with(Endpoint::Continue, "flow", flow.as_str());
    let (is_any, way) = match authorize::no_access(&state.env, flow.as_str(), signed_in).await? {
        Refused::Bound => (false, None),
        Refused::Named { another } => (false, Some((at(&another), chrome.t("no-access-another")))),
        Refused::Any => (true, Some((state.path(Endpoint::Account), chrome.t("no-access-account")))),
    };
    let other = [("flow", flow.as_str()), ("other", "true")];
    let refused = NoAccess {
        sign_out: browser.form(state.path(Endpoint::NoAccess), Some(flow.as_str()), Bound::Session),
        name: signed_in.account.profile.full_name(),
        username: signed_in.account.user_name.to_string(),
        other_url: Some(state.path_with_all(Endpoint::LogIn, &other)),
        is_any,
        way: way.map(|(url, text)| Way { url, text }),
        chrome,
    };
    Ok(page(&refused, browser.into_jar(), FormTarget::Client))
}

/// Signs out and tells the client that access was denied. A page of before another log-in, or of before a log-out, does neither:
/// the flow knows what is to be done for whoever is here now.
pub(super) async fn leave(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    match posted.judge(Bound::Session) {
        Sent::Genuine(browser, form) => deny(&state, browser, form.get("flow")).await,
        Sent::Foreign(browser, flow) => Ok(go_on(&state, browser, &flow)),
    }
}

/// Ends the session and the flow: `access_denied` to the client (R51). Where none waits in this browser, to the page that says
/// what became of a computer, or to the start page.
pub(super) async fn deny(state: &AppState, mut browser: Browser, flow: &str) -> Result<Response, Failure> {
    let open = open(state, &mut browser, flow).await?;
    let response = authorize::deny(&state.env, flow, browser.previous.as_ref(), &browser.origin).await?;
    if let Some(previous) = &browser.previous {
        logout::end(&state.env, previous, &browser.origin).await?;
    }
    let locale = browser.locale.clone();
    let jar = browser.into_jar().add(CookieKind::Session.clear(&state.env.issuer));
    Ok(match response {
        Some(response) => respond(state, response, &locale, jar),
        None if matches!(open, OpenFlow::Device(_)) => {
            redirect(&device::done::address(state, Answered::Denied), jar)
        }
        None => redirect(&state.path(Endpoint::Home), jar),
    })
}
