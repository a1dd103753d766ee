//! "Allow ...?" (OpenID Connect Core section 3.1.2.4): asks a person, and takes the answer from that person's own page only.

use axum::extract::{Query, State};
use axum::response::Response;
use idp_domain::client::{Client, RegisteredBy};
use idp_service::authorize::{self, Answer, ConsentAsked};
use idp_service::endpoint::Endpoint;
use idp_service::logout;
use url::Url;

use super::authorize::{FlowQuery, follow, go_on, open};
use super::logos;
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{ClientCard, ConsentPage, Permission};

pub(super) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<FlowQuery>,
) -> Result<Response, Failure> {
    draw(&state, browser, &query.flow, false).await
}

async fn draw(state: &AppState, mut browser: Browser, flow: &str, stale: bool) -> Result<Response, Failure> {
    let asked = authorize::consent_asked(&state.env, flow, browser.signed_in.as_ref()).await?;
    // Nobody signed in, or answered in another tab: the flow knows where to go.
    let (Some((open, asked)), Some(signed_in)) = (asked, &browser.signed_in) else {
        return Ok(go_on(state, browser, flow));
    };
    let ConsentAsked { company, asked, known } = asked;
    browser.locale = browser.locale.or_rather(open.request.ui_locales.as_deref());
    let stranger = (open.client.registered_by == RegisteredBy::Itself).then(|| open.place());
    let consent = ConsentPage {
        chrome: state.chrome(&browser.locale, company.as_ref().filter(|_| stranger.is_none())),
        form: browser.form(state.path(Endpoint::Consent), Some(flow), Bound::Session),
        client: card(state, &open.client),
        stranger,
        agency: company.map(|company| company.name.to_string()),
        username: signed_in.account.user_name.to_string(),
        asked: Permission::list(&asked, &known),
        stale,
    };
    Ok(page(&consent, browser.into_jar(), FormTarget::Client))
}

/// Only https: the person is about to trust what is written there.
pub(super) fn card(state: &AppState, client: &Client) -> ClientCard {
    let secure = |url: &Option<Url>| url.as_ref().filter(|url| url.scheme() == "https").map(Url::to_string);
    ClientCard {
        name: client.name.to_string(),
        site_url: secure(&client.about.client_uri),
        policy_url: secure(&client.about.policy_uri),
        terms_url: secure(&client.about.tos_uri),
        logo: client.about.logo.map(|logo| logos::image(state, logo)),
    }
}

pub(super) async fn answer(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let (mut browser, form) = match posted.judge(Bound::Session) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(browser, flow) => return draw(&state, browser, &flow, true).await,
    };
    let flow = form.get("flow");
    let answer = match form.get("answer") {
        "allow" => Answer::Allow,
        "deny" => Answer::Deny,
        "other-account" => return change_person(&state, browser, flow).await,
        _ => return draw(&state, browser, flow, true).await,
    };
    open(&state, &mut browser, flow).await?;
    let signed_in = browser.signed_in.as_ref();
    let step = authorize::answer_consent(&state.env, flow, answer, signed_in, &browser.origin).await?;
    Ok(follow(&state, step, browser))
}

/// Ends the session, not the flow: whoever logs in next is asked.
pub(super) async fn change_person(
    state: &AppState,
    browser: Browser,
    flow: &str,
) -> Result<Response, Failure> {
    if let Some(previous) = &browser.previous {
        logout::end(&state.env, previous, &browser.origin).await?;
    }
    let jar = browser.into_jar().add(CookieKind::Session.clear(&state.env.issuer));
    Ok(redirect(&state.path_with(Endpoint::Continue, "flow", flow), jar))
}
