//! One canonical log line a request: route template, status, milliseconds, request id, and who asked.
//! Never a query, never a secret, never an address of mail.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use idp_domain::client::ClientId;
use idp_domain::id::AccountId;
use tracing::Instrument as _;
use tracing::field::display;

use super::origin::RequestOrigin;
use super::present::common_headers;
use super::state::AppState;

/// Who a request turned out to come from, once a handler has proof of it. Lies in every request; the first word counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told(Arc<Proven>);

#[derive(Debug, Default)]
struct Proven {
    client: OnceLock<ClientId>,
    actor: OnceLock<AccountId>,
}

impl Told {
    /// The client that authenticated, or that the token was issued to.
    pub(crate) fn client(&self, id: &ClientId) {
        self.0.client.get_or_init(|| id.clone());
    }

    /// The person that acts.
    pub(crate) fn actor(&self, id: AccountId) {
        self.0.actor.get_or_init(|| id);
    }
}

/// The outermost layer: names the request, times it, logs it. Every line of the log inside carries the same name.
pub(crate) async fn record(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let origin = RequestOrigin::of(&state, &request);
    let request_id = origin.request_id().to_owned();
    let address = origin.0.address;
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let told = Told::default();
    request.extensions_mut().insert(origin);
    request.extensions_mut().insert(told.clone());

    // Of the level of the gravest line inside, or an operator who asks for errors only would get them without the id.
    let span = tracing::error_span!("request", %request_id);
    let mut response = next.run(request).instrument(span).await;

    common_headers(response.headers_mut(), state.env.issuer.is_https());
    if let Ok(id) = HeaderValue::try_from(&request_id) {
        response.headers_mut().insert("x-request-id", id);
    }
    let status = response.status().as_u16();
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let route = route.as_deref().unwrap_or("unmatched");
    let address = address.map(|address| address.to_string()).unwrap_or_default();
    let (client, actor) = (told.0.client.get().map(display), told.0.actor.get().map(display));
    tracing::info!(target: "request", %method, route, status, elapsed_ms, %request_id, address, client, actor);
    response
}
