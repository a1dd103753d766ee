//! `/account/password`: another password by the person's own choice (P10), and what both pages that change one share.

use axum::extract::State;
use axum::response::Response;
use idp_domain::{Secret, passphrase};
use idp_service::account::{self, ChangeProblem, Changed, PasswordChange, RotatedSession};
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;
use idp_service::new_password::NewPassword;
use idp_service::session::SignedIn;

use super::super::account::{TOO_OLD, menu, own_form, person, report, visit};
use super::security::{PASSWORD_CHANGED, PASSWORD_CHANGED_ALONE};
use super::{acting, slowed};
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::{Posted, Verified};
use crate::http::present::{FormTarget, page};
use crate::http::state::AppState;
use crate::pages::{ChangePassword, PasswordNews, PasswordPlace};

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    mut browser: Browser,
) -> Result<Response, Failure> {
    let Some(signed_in) = person(&state, &browser, OwnPage::Password) else {
        return visit(&state, browser, OwnPage::Password);
    };
    let mut news = PasswordNews::Fresh;
    if browser.cookie(CookieKind::Notice).as_deref() == Some(TOO_OLD) {
        browser.jar = browser.jar.add(CookieKind::Notice.clear(&state.env.issuer));
        news = PasswordNews::TooOld;
    }
    draw(&state, browser, &signed_in, (true, news)).await
}

async fn draw(
    state: &AppState,
    browser: Browser,
    signed_in: &SignedIn,
    (end_others, news): (bool, PasswordNews),
) -> Result<Response, Failure> {
    let path = state.path(Endpoint::OwnPassword);
    let own = ChangePassword {
        chrome: state.chrome(&browser.locale, None),
        place: PasswordPlace::Own(menu(state, &browser, OwnPage::Password).await?),
        form: browser.form(path.clone(), None, Bound::Session),
        username: signed_in.account.user_name.to_string(),
        min: state.env.policy.password.min,
        suggestion: suggestion(state),
        suggest_url: path,
        end_others,
        news,
    };
    Ok(respond(&own, browser, FormTarget::Own))
}

pub(super) fn suggestion(state: &AppState) -> Secret<String> {
    Secret::new(passphrase::suggest(state.env.policy.password.min, &*state.env.entropy))
}

/// The page, as an answer that says how long to wait where it does.
pub(super) fn respond(drawn: &ChangePassword, browser: Browser, target: FormTarget<'_>) -> Response {
    let held = match drawn.news {
        PasswordNews::Refused(ChangeProblem::Held(held)) => Some(held),
        _ => None,
    };
    slowed(page(drawn, browser.into_jar(), target), held)
}

/// What the form says.
pub(super) fn typed(form: &Verified) -> PasswordChange {
    let secret = |name| Secret::new(form.get(name).to_owned());
    PasswordChange {
        current: secret("current"),
        new: NewPassword { password: secret("password"), confirm: secret("confirm") },
        end_others: !form.get("end_others").is_empty(),
    }
}

/// Hands the browser the new secret of its session.
pub(super) fn carry_on(state: &AppState, mut browser: Browser, session: &RotatedSession) -> Browser {
    let cookie = CookieKind::Session.set(&state.env.issuer, session.token.reveal(), session.remembered);
    browser.jar = browser.jar.add(cookie).add(CookieKind::known_device(&state.env, &session.devices));
    browser
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let sent = match own_form(&state, posted, OwnPage::Password) {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let (browser, signed_in, change) = (sent.browser, sent.signed_in, typed(&sent.form));
    let changed = account::change_password(&state.env, &acting(&browser, &signed_in, None), &change).await?;
    Ok(match changed {
        Changed::Done(session) => {
            let news = if change.end_others { PASSWORD_CHANGED_ALONE } else { PASSWORD_CHANGED };
            report(&state, carry_on(&state, browser, &session), OwnPage::Security, news)
        }
        Changed::Refused(problem) => {
            draw(&state, browser, &signed_in, (change.end_others, PasswordNews::Refused(problem))).await?
        }
        Changed::Overtaken => report(&state, browser, OwnPage::Password, TOO_OLD),
    })
}
