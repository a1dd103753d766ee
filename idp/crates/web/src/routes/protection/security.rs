//! `/account/security`: what protects the account, and the ways to change it.

use axum::extract::State;
use axum::response::Response;
use idp_service::account;
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;

use super::super::account::{TOO_OLD, menu, person, visit};
use super::asks_questions;
use crate::http::browser::Browser;
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::present::{FormTarget, page};
use crate::http::state::AppState;
use crate::pages::{RecoveryWays, SecurityNews, SecurityPage};

pub(super) const PASSWORD_CHANGED: &str = "security-password-changed";
pub(super) const PASSWORD_CHANGED_ALONE: &str = "security-password-changed-alone";
pub(super) const QUESTIONS_CHANGED: &str = "security-questions-changed";
pub(super) const CODE_REMOVED: &str = "security-code-removed";

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    mut browser: Browser,
) -> Result<Response, Failure> {
    let Some(signed_in) = person(&state, &browser, OwnPage::Security) else {
        return visit(&state, browser, OwnPage::Security);
    };
    let news = match browser.cookie(CookieKind::Notice).as_deref() {
        Some(PASSWORD_CHANGED) => SecurityNews::PasswordChanged,
        Some(PASSWORD_CHANGED_ALONE) => SecurityNews::PasswordChangedAlone,
        Some(QUESTIONS_CHANGED) => SecurityNews::QuestionsChanged,
        Some(CODE_REMOVED) => SecurityNews::CodeRemoved,
        Some(TOO_OLD) => SecurityNews::TooOld,
        _ => SecurityNews::Fresh,
    };
    if news != SecurityNews::Fresh {
        browser.jar = browser.jar.add(CookieKind::Notice.clear(&state.env.issuer));
    }
    let recovery = match asks_questions(&state) {
        true => Some(RecoveryWays {
            questions_url: state.path(Endpoint::OwnQuestions),
            code_url: state.path(Endpoint::OwnRecoveryCode),
            code_made_at: account::recovery_code_made_at(&state.env, &signed_in).await?,
        }),
        false => None,
    };
    let security = SecurityPage {
        chrome: state.chrome(&browser.locale, None),
        menu: menu(&state, &browser, OwnPage::Security).await?,
        username: signed_in.account.user_name.to_string(),
        password_url: state.path(Endpoint::OwnPassword),
        email_url: state.path(Endpoint::OwnEmail),
        recovery,
        news,
    };
    Ok(page(&security, browser.into_jar(), FormTarget::Own))
}
