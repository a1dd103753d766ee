//! What answers look like: pages with their headers, redirects, and failures that say what to do.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::cookie::CookieJar;
use idp_domain::ports::HashError;
use idp_service::Fault;
use idp_service::authorize::AuthorizeError;
use idp_service::endpoint::Endpoint;

use super::origin::RequestOrigin;
use super::state::AppState;
use crate::locale::Locale;
use crate::pages::{ErrorKind, ErrorPage, Template, Way};

/// Where the forms of a page may go (CSP `form-action`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormTarget {
    /// Only to us.
    Own,
    /// The POST may end at a client: browsers apply `form-action` to the whole redirect chain, so it is left out.
    Client,
}

/// Renders a page with its headers and the browser's cookies.
pub(crate) fn page(page: &impl Template, jar: CookieJar, target: FormTarget) -> Response {
    match page.render() {
        Ok(html) => (page_headers(target), jar, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page does not render");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// See Other: the next request is a GET, whatever this one was.
pub(crate) fn redirect(location: &str, jar: CookieJar) -> Response {
    match HeaderValue::try_from(location) {
        Ok(location) => {
            let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, NO_STORE)];
            (StatusCode::SEE_OTHER, jar, headers).into_response()
        }
        Err(_) => ErrorKind::BadRequest.into_failure().into_response(),
    }
}

pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

fn page_headers(target: FormTarget) -> HeaderMap {
    let policy = match target {
        FormTarget::Own => {
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; \
             frame-ancestors 'none'; form-action 'self'"
        }
        FormTarget::Client => {
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        }
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Not `no-referrer`: our own POSTs would then say `Origin: null` (rules section 5).
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers
}

/// Headers of every answer, pages or not.
pub(crate) fn common_headers(headers: &mut HeaderMap, is_https: bool) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_https {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
}

/// A request that ends in an error page. Handlers return it; [`error_pages`] draws it, in the browser's language.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    kind: ErrorKind,
    /// Our own words for whoever builds the client.
    detail: Option<String>,
}

impl From<ErrorKind> for Failure {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, detail: None }
    }
}

impl ErrorKind {
    fn into_failure(self) -> Failure {
        self.into()
    }
}

/// How long a busy server asks people to wait, seconds.
const BUSY_SECONDS: u32 = 5;

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Hash(HashError::Busy) => ErrorKind::Busy { seconds: BUSY_SECONDS }.into(),
            fault => {
                tracing::error!(error = %fault, "internal fault");
                ErrorKind::Server.into()
            }
        }
    }
}

impl From<AuthorizeError> for Failure {
    fn from(error: AuthorizeError) -> Self {
        match error {
            AuthorizeError::Fault(fault) => fault.into(),
            AuthorizeError::Page(error) => {
                let description = error.description.into_owned();
                let kind = match () {
                    () if description.starts_with("client_id") => ErrorKind::UnknownClient,
                    () if description.contains("redirect_uri") => ErrorKind::BadRedirect,
                    () => ErrorKind::BadRequest,
                };
                Self { kind, detail: Some(description) }
            }
        }
    }
}

impl Failure {
    pub(crate) fn with_detail(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: Some(detail.into()) }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        if let ErrorKind::Busy { seconds } | ErrorKind::TooManyRequests { seconds } = self.kind {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Draws the error page of a [`Failure`], and of what the router itself refused.
pub(crate) async fn error_pages(
    axum::extract::State(state): axum::extract::State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let accepts = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let locale = Locale::negotiate(None, accepts);
    let request_id = request.extensions().get::<RequestOrigin>().map(|o| o.request_id().to_owned());
    let response = next.run(request).await;
    let failure = response.extensions().get::<Failure>().cloned().or_else(|| unfinished(&response));
    let Some(Failure { kind, detail }) = failure else { return response };
    let chrome = state.chrome(&locale, None);
    let way = matches!(kind, ErrorKind::NotFound | ErrorKind::StaleForm)
        .then(|| Way { url: state.path(Endpoint::Home), text: chrome.t("way-home") });
    let drawn = ErrorPage { chrome, kind, request_id: request_id.unwrap_or_default(), detail, way };
    let (parts, _) = response.into_parts();
    let mut drawn = page(&drawn, CookieJar::new(), FormTarget::Own);
    *drawn.status_mut() = parts.status;
    for kept in [header::RETRY_AFTER, header::ALLOW, header::SET_COOKIE] {
        for value in parts.headers.get_all(&kept) {
            drawn.headers_mut().append(kept.clone(), value.clone());
        }
    }
    drawn
}

/// The router's own refusals have a status and no content type.
fn unfinished(response: &Response) -> Option<Failure> {
    if response.headers().contains_key(header::CONTENT_TYPE) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(ErrorKind::NotFound.into()),
        StatusCode::METHOD_NOT_ALLOWED => Some(ErrorKind::MethodNotAllowed.into()),
        // The time-out and the catcher of panics.
        StatusCode::SERVICE_UNAVAILABLE => Some(ErrorKind::Busy { seconds: BUSY_SECONDS }.into()),
        StatusCode::INTERNAL_SERVER_ERROR => Some(ErrorKind::Server.into()),
        _ => None,
    }
}
