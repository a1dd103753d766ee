//! `/account/companies`: the agencies a person belongs to, and leaving one.

use axum::extract::State;
use axum::response::Response;
use idp_domain::member::MembershipState;
use idp_service::account::{self, Belonging, Leaving};
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;

use super::said;
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::Posted;
use crate::http::present::{FormTarget, page};
use crate::http::state::AppState;
use crate::pages::{CompaniesNews, CompaniesPage, CompanyCard, ErrorKind};
use crate::routes::account::{OwnForm, TOO_OLD, menu, own_form, person, report, visit};

const LEFT: &str = "companies-left";
const ONLY_ADMINISTRATOR: &str = "companies-only-administrator";

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    mut browser: Browser,
) -> Result<Response, Failure> {
    let Some(signed_in) = person(&state, &browser, OwnPage::Companies) else {
        return visit(&state, browser, OwnPage::Companies);
    };
    let news = match browser.cookie(CookieKind::Notice).as_deref() {
        Some(LEFT) => CompaniesNews::Left,
        Some(ONLY_ADMINISTRATOR) => CompaniesNews::OnlyAdministrator,
        Some(TOO_OLD) => CompaniesNews::TooOld,
        _ => CompaniesNews::Fresh,
    };
    if news != CompaniesNews::Fresh {
        browser = said(browser);
    }
    account::begin_account(&state.env, &signed_in, &browser.origin).await?;
    let belongings = account::companies(&state.env, &signed_in).await?;
    let companies = CompaniesPage {
        chrome: state.chrome(&browser.locale, None),
        menu: menu(&state, &browser, OwnPage::Companies).await?,
        form: browser.form(state.path(Endpoint::OwnCompanies), None, Bound::Session),
        companies: belongings.into_iter().map(|it| card(&state, it)).collect(),
        news,
    };
    Ok(page(&companies, browser.into_jar(), FormTarget::Own))
}

fn card(state: &AppState, belonging: Belonging) -> CompanyCard {
    let Belonging { company, membership, is_only_administrator } = belonging;
    let since = match membership.state {
        MembershipState::Active { since } => Some(since),
        _ => None,
    };
    CompanyCard {
        id: company.id,
        agency: state.agency(&company),
        code: company.code.to_string(),
        portal_url: company.contact.portal_url.map(|url| url.to_string()),
        known_as: membership.particulars.full_name(),
        since,
        is_only_administrator,
    }
}

pub(in crate::routes) async fn leave(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let OwnForm { browser, form, signed_in } = match own_form(&state, posted, OwnPage::LeaveCompany) {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let company = form.get("company").parse().map_err(|_| ErrorKind::BadRequest)?;
    browser.told.actor(signed_in.account.id);
    let news = match account::leave_company(&state.env, &signed_in, company, &browser.origin).await? {
        Leaving::Done => LEFT,
        Leaving::OnlyAdministrator => ONLY_ADMINISTRATOR,
        Leaving::Overtaken => TOO_OLD,
    };
    Ok(report(&state, browser, OwnPage::Companies, news))
}
