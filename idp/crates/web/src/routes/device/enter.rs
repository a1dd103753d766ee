//! "Log in on your computer": the code is typed, or stands there already and is compared (RFC 8628 sections 3.3 and 3.3.1). Looking
//! at the page changes nothing, whoever or whatever looks.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use idp_domain::typed_code::TypedCode;
use idp_service::device::{self, Entered};
use idp_service::endpoint::Endpoint;
use serde::Deserialize;

use super::visitor;
use crate::http::browser::{Bound, Browser};
use crate::http::failure::Failure;
use crate::http::form::{Posted, Sent};
use crate::http::present::{FormTarget, page};
use crate::http::state::AppState;
use crate::pages::{DeviceCode, DeviceCodeProblem};
use crate::routes::authorize::go_on;

/// The `verification_uri_complete`.
#[derive(Debug, Default, Deserialize)]
pub(in crate::routes) struct CodeQuery {
    #[serde(default)]
    user_code: String,
}

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    browser: Browser,
    Query(query): Query<CodeQuery>,
) -> Response {
    // What cannot be a code is not repeated.
    let code = TypedCode::typed(&query.user_code).map(|code| code.reveal());
    draw(&state, browser, code.unwrap_or_default(), None)
}

fn draw(state: &AppState, browser: Browser, code: String, problem: Option<DeviceCodeProblem>) -> Response {
    let code_page = DeviceCode {
        chrome: state.chrome(&browser.locale, None),
        form: browser.form(state.path(Endpoint::Device), None, Bound::Browser),
        code,
        problem,
    };
    let mut response = page(&code_page, browser.into_jar(), FormTarget::Own);
    if let Some(DeviceCodeProblem::TooMany { seconds }) = problem {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

pub(in crate::routes) async fn submit(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (browser, form) = match posted.judge(Bound::Browser) {
        Sent::Genuine(browser, form) => (browser, form),
        Sent::Foreign(browser, _) => {
            return Ok(draw(&state, browser, String::new(), Some(DeviceCodeProblem::Stale)));
        }
    };
    let typed = form.get("user_code").trim();
    if typed.is_empty() {
        return Ok(draw(&state, browser, String::new(), Some(DeviceCodeProblem::Missing)));
    }
    let entered = device::enter(&state.env, typed, visitor(&browser, &browser.name())).await?;
    let problem = match entered {
        Entered::Found(flow) => return Ok(go_on(&state, browser, flow.as_str())),
        Entered::Unknown => DeviceCodeProblem::Unknown,
        Entered::TooMany { wait } => DeviceCodeProblem::TooMany { seconds: whole_seconds(wait) },
    };
    Ok(draw(&state, browser, typed.to_owned(), Some(problem)))
}

fn whole_seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_secs()).unwrap_or(u32::MAX)
}
