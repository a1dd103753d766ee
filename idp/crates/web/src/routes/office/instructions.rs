//! `/office/{company}/instructions`: one page to print for everybody.

use axum::extract::{Path, State};
use axum::response::Response;
use idp_service::endpoint::Endpoint;

use super::desk;
use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::state::AppState;
use crate::pages::office::{InstructionsPage, OfficePlace, Proof};

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    Path(company): Path<String>,
    browser: Browser,
) -> Result<Response, Failure> {
    let desk = match desk(&state, browser, &company).await {
        Ok(desk) => *desk,
        Err(answer) => return *answer,
    };
    let drawn = InstructionsPage {
        chrome: desk.chrome(&state),
        menu: desk.menu(&state, OfficePlace::Instructions),
        code: desk.company().code.to_string(),
        portal_url: desk.company().contact.portal_url.as_ref().map(ToString::to_string),
        account_url: state.env.issuer.address(Endpoint::Account),
    };
    Ok(desk.show(&drawn, Proof::None))
}
