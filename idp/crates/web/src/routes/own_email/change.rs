//! `/account/email`: asking for another address, behind a log-in of a moment ago and the current password. Whether somebody
//! else has the address is never told.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use idp_domain::Secret;
use idp_domain::email::EmailError;
use idp_service::account::Acting;
use idp_service::authorize::OwnPage;
use idp_service::email_change::{self, Asked, Wish};
use idp_service::endpoint::Endpoint;
use idp_service::reauthenticate::Refusal;
use idp_service::session::SignedIn;

use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::Posted;
use crate::http::present::{FormTarget, page};
use crate::http::state::AppState;
use crate::pages::{OwnEmailNews, OwnEmailPage, OwnEmailProblem, WaitingAddress};
use crate::routes::account::{OwnForm, TOO_OLD, menu, own_form, person, report, visit};

const SENT: &str = "email-sent";
const CANCELLED: &str = "email-cancelled";

pub(crate) async fn show(State(state): State<AppState>, browser: Browser) -> Result<Response, Failure> {
    let Some(signed_in) = person(&state, &browser, OwnPage::Email) else {
        return visit(&state, browser, OwnPage::Email);
    };
    let news = match browser.cookie(CookieKind::Notice).as_deref() {
        Some(SENT) => OwnEmailNews::Sent,
        Some(CANCELLED) => OwnEmailNews::Cancelled,
        Some(TOO_OLD) => OwnEmailNews::TooOld,
        _ => OwnEmailNews::Fresh,
    };
    draw(&state, browser, &signed_in, String::new(), news).await
}

async fn draw(
    state: &AppState,
    mut browser: Browser,
    signed_in: &SignedIn,
    typed: String,
    news: OwnEmailNews,
) -> Result<Response, Failure> {
    if news != OwnEmailNews::Fresh {
        browser.jar = browser.jar.add(CookieKind::Notice.clear(&state.env.issuer));
    }
    let own = OwnEmailPage {
        chrome: state.chrome(&browser.locale, None),
        menu: menu(state, &browser, OwnPage::Email).await?,
        form: browser.form(state.path(Endpoint::OwnEmail), None, Bound::Session),
        username: signed_in.account.user_name.to_string(),
        waiting: email_change::pending(&state.env, signed_in).await?.map(|waiting| WaitingAddress {
            address: waiting.change.new.to_string(),
            proposer: waiting.proposed_by.map(|company| company.name.to_string()),
        }),
        typed,
        news,
    };
    let wait = own.news.wait();
    let mut response = page(&own, browser.into_jar(), FormTarget::Own);
    if let Some(seconds) = wait {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

pub(crate) async fn save(State(state): State<AppState>, posted: Posted) -> Result<Response, Failure> {
    let OwnForm { browser, form, signed_in } = match own_form(&state, posted, OwnPage::Email) {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    browser.told.actor(signed_in.account.id);
    let wish = Wish {
        address: form.get("email").to_owned(),
        password: Secret::new(form.get("password").to_owned()),
    };
    let acting =
        Acting { signed_in: &signed_in, devices: browser.devices(), step: None, origin: &browser.origin };
    let asked = match form.get("action") {
        "cancel" => {
            let cancelled = email_change::cancel(&state.env, &acting).await?;
            let news = if cancelled { CANCELLED } else { TOO_OLD };
            return Ok(report(&state, browser, OwnPage::Email, news));
        }
        "again" => email_change::ask_again(&state.env, &acting).await?,
        _ => email_change::ask(&state.env, &acting, &wish).await?,
    };
    let problem = match asked {
        Asked::Proposed => return Ok(report(&state, browser, OwnPage::Email, SENT)),
        Asked::TooLate => return Ok(report(&state, browser, OwnPage::Email, TOO_OLD)),
        Asked::Address(EmailError::Missing) => OwnEmailProblem::AddressMissing,
        Asked::Address(EmailError::TooLong) => OwnEmailProblem::AddressTooLong,
        Asked::Address(EmailError::Invalid) => OwnEmailProblem::AddressInvalid,
        Asked::Same => OwnEmailProblem::AddressSame,
        Asked::PasswordMissing => OwnEmailProblem::PasswordMissing,
        Asked::Password(Refusal::Wrong) => OwnEmailProblem::PasswordWrong,
        Asked::Password(Refusal::Wait(wait)) => OwnEmailProblem::TooManyTries { seconds: seconds(wait) },
        Asked::Password(Refusal::RecoverFirst) => OwnEmailProblem::RecoverFirst,
        Asked::TooManyMails { wait } => OwnEmailProblem::TooManyMails { seconds: wait.map(seconds) },
    };
    draw(&state, browser, &signed_in, wish.address, OwnEmailNews::Refused(problem)).await
}

fn seconds(wait: std::time::Duration) -> u32 {
    u32::try_from(wait.as_secs()).unwrap_or(u32::MAX)
}
