//! `/account/activity`: what was recorded of the person's own account. Nothing is changed here.

use axum::extract::State;
use axum::response::Response;
use idp_domain::audit::{Actor, Place};
use idp_domain::id::AccountId;
use idp_service::account::{self, Happening};
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;

use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::present::{FormTarget, page};
use crate::http::state::AppState;
use crate::pages::{ActivityPage, Happened};
use crate::routes::account::{menu, person, visit};

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    browser: Browser,
) -> Result<Response, Failure> {
    let Some(signed_in) = person(&state, &browser, OwnPage::Activity) else {
        return visit(&state, browser, OwnPage::Activity);
    };
    let happenings = account::activity(&state.env, &signed_in).await?;
    let activity = ActivityPage {
        chrome: state.chrome(&browser.locale, None),
        menu: menu(&state, &browser, OwnPage::Activity).await?,
        events: happenings.into_iter().filter_map(|told| happened(told, signed_in.account.id)).collect(),
        password_url: state.path(Endpoint::OwnPassword),
    };
    Ok(page(&activity, browser.into_jar(), FormTarget::Own))
}

fn happened(Happening { event, agency, client }: Happening, own: AccountId) -> Option<Happened> {
    // Where an agency's people and programs or our own workers are says nothing to the person.
    let is_somebody = match event.actor {
        Actor::Person { account } => account == own,
        Actor::Anonymous => true,
        Actor::Client { .. } | Actor::System => false,
    };
    let mut happened = Happened::new(event.action, event.at)?;
    happened.place = is_somebody.then(|| Place::from(&event.origin));
    (happened.agency, happened.client) = (agency, client);
    Some(happened)
}
