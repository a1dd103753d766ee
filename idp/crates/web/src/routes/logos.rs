//! `/logos/{name}`: the logo of an agency or of a client that registered itself, drawn by us from what its office sent, or lay
//! at its `logo_uri`. Everybody may see it; its name changes with the picture and an agency's is guessed by nobody, so that no
//! list of agencies can be made by asking.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use idp_domain::logo::{Logo, LogoName};
use idp_service::endpoint::Endpoint;
use idp_service::logos;

use crate::http::failure::Failure;
use crate::http::state::AppState;
use crate::pages::LogoImage;

/// What follows the name of a logo in its address.
const ENDING: &str = ".png";

/// The logo as pages of this host show it.
pub(crate) fn image(state: &AppState, logo: Logo) -> LogoImage {
    let Logo { name, width, height } = logo;
    LogoImage { url: filled(&state.path(Endpoint::Logo), name), width, height }
}

/// The route with the name of a logo in it.
pub(crate) fn filled(route: &str, name: LogoName) -> String {
    route.replace("{name}", &format!("{name}{ENDING}"))
}

/// Only what is shown now. It is named by its content: kept for ever.
pub(super) async fn show(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let name = name.strip_suffix(ENDING).and_then(LogoName::parse);
    let picture = match name {
        Some(name) => logos::picture(&state.env, name).await?,
        None => None,
    };
    let Some(picture) = picture else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        // Whatever it holds, opened by itself it is a picture and does nothing.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    Ok((headers, picture.png).into_response())
}
