//! The description of the API to read: the OpenAPI document as a page. Public, as the document is.

use axum::response::Response;
use idp_service::endpoint::Endpoint;

use crate::http::browser::Browser;
use crate::http::failure::Failure;
use crate::http::present::{FormTarget, page};
use crate::pages::{ApiPage, ErrorKind};

pub(in crate::routes) async fn show(browser: Browser) -> Result<Response, Failure> {
    let state = &browser.state;
    let document = super::openapi(&state.env.issuer).map_err(|_| ErrorKind::Server)?;
    let chrome = state.chrome(&browser.locale, None);
    let shown = ApiPage::of(chrome, &document, state.path(Endpoint::OpenApi));
    Ok(page(&shown, browser.into_jar(), FormTarget::Own))
}
