//! A form of the office that came when its session was idle: what was typed waits on a page until the same person has logged
//! in again in another tab. The page repeats the token as it came and never makes one: a form that another site sent, or that
//! was the last person's, opens no more than before (CVE-2023-34927).

use axum::response::Response;
use idp_service::authorize::OwnPage;

use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::form::Verified;
use crate::http::present::{FormTarget, page};
use crate::http::state::AppState;
use crate::pages::office::AwayPage;
use crate::routes::account::{TOO_OLD, note, visit};

/// The answer to a genuine form of somebody who may not open the office now; `back` is the page the form stands on. One that
/// cannot be sent again leads to the log-in, which says that nothing was saved.
pub(super) fn hold(
    state: &AppState,
    mut browser: Browser,
    form: &Verified,
    back: &str,
) -> Result<Response, Failure> {
    match form.sent_to() {
        Some(action) if browser.signed_in.is_none() => {
            let drawn = AwayPage {
                chrome: state.chrome(&browser.locale, None),
                action: action.to_owned(),
                kept: form.to_send_again(),
                log_in_url: back.to_owned(),
            };
            Ok(page(&drawn, browser.into_jar(), FormTarget::Own))
        }
        _ => {
            browser.page = Some(back.to_owned());
            visit(state, note(state, browser, TOO_OLD), OwnPage::Office)
        }
    }
}
