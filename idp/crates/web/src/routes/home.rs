//! The start page, the embedded assets, and what a load balancer and a monitor ask.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use idp_service::endpoint::Endpoint;
use serde_json::json;

use crate::assets::Asset;
use crate::http::browser::Browser;
use crate::http::present::{FormTarget, NO_STORE, page};
use crate::http::state::AppState;
use crate::pages::{Visitor, Welcome};

pub(super) async fn show(State(state): State<AppState>, browser: Browser) -> Response {
    let visitor = browser.signed_in.as_ref().map(|signed_in| Visitor {
        username: signed_in.account.user_name.to_string(),
        account_url: state.path(Endpoint::Account),
        log_out_url: state.path(Endpoint::EndSession),
    });
    let welcome = Welcome { chrome: state.chrome(&browser.locale, None), visitor };
    page(&welcome, browser.into_jar(), FormTarget::Own)
}

/// Named by the hash of its content: kept for ever.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    match Asset::find(&name) {
        Some(asset) => {
            let served = asset.served();
            let headers = [
                (header::CONTENT_TYPE, served.content_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, served.bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The process runs.
pub(super) async fn live() -> Response {
    ([(header::CACHE_CONTROL, NO_STORE)], Json(json!({"status": "ok"}))).into_response()
}

/// The process can do its work: database and ephemeral store answer.
pub(super) async fn ready(State(state): State<AppState>) -> Response {
    let database = state.env.store.ping().await;
    let ephemeral = state.env.ephemeral.ping().await;
    for error in
        [database.as_ref().err().map(ToString::to_string), ephemeral.as_ref().err().map(ToString::to_string)]
            .into_iter()
            .flatten()
    {
        tracing::warn!(error, "not ready");
    }
    let word = |fine: bool| if fine { "ok" } else { "unavailable" };
    let ready = database.is_ok() && ephemeral.is_ok();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({"status": word(ready), "database": word(database.is_ok()), "ephemeral": word(ephemeral.is_ok())});
    (status, [(header::CACHE_CONTROL, NO_STORE)], Json(body)).into_response()
}

pub(super) async fn metrics(State(state): State<AppState>) -> Response {
    match &state.options.metrics {
        Some(render) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], render()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
