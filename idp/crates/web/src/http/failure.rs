//! Requests that fail: what handlers return; the outermost layers give it the shape the caller can read.
//! Causes go to the log, never into an answer.

use std::any::Any;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use idp_service::Fault;
use idp_service::authorize::{AuthorizeError, Untrusted};

use crate::pages::ErrorKind;

/// How long a busy server asks to wait, seconds.
const BUSY_SECONDS: u32 = 5;
pub(crate) const BUSY: ErrorKind = ErrorKind::Busy { seconds: BUSY_SECONDS };

/// A request that ends here, and our own words about it for whoever builds the client.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) detail: Option<String>,
}

impl Failure {
    pub(crate) fn with_detail(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: Some(detail.into()) }
    }
}

impl From<ErrorKind> for Failure {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, detail: None }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        seen_outside(&fault).into()
    }
}

impl From<AuthorizeError> for Failure {
    fn from(error: AuthorizeError) -> Self {
        match error {
            AuthorizeError::Fault(fault) => fault.into(),
            AuthorizeError::Page(untrusted) => {
                let kind = match untrusted {
                    Untrusted::UnknownClient => ErrorKind::UnknownClient,
                    Untrusted::BadRedirect => ErrorKind::BadRedirect,
                    Untrusted::BadRequestObject | Untrusted::BadRequestUri => ErrorKind::BadRequestObject,
                    Untrusted::ClientChanged => ErrorKind::ClientChanged,
                    Untrusted::Over => ErrorKind::LogInOver,
                    Untrusted::Repeated | Untrusted::NotOurFlow => ErrorKind::BadRequest,
                };
                Self::with_detail(kind, untrusted.to_string())
            }
        }
    }
}

impl ErrorKind {
    pub(crate) fn status_code(self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// How long to wait before the next try, seconds (RFC 9110 section 10.2.3).
    pub(crate) fn retry_after(self) -> Option<u32> {
        match self {
            Self::Busy { seconds } | Self::TooManyRequests { seconds } => Some(seconds),
            _ => None,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.kind.status_code().into_response();
        if let Some(seconds) = self.kind.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Logs a fault; the outside sees only whether to try again.
pub(crate) fn seen_outside(fault: &Fault) -> ErrorKind {
    if fault.is_passing() {
        tracing::warn!(error = %fault, "busy");
        BUSY
    } else {
        tracing::error!(error = %fault, "internal fault");
        ErrorKind::Server
    }
}

/// The answer to a handler that panicked: a bare status, like the router's own refusals.
#[expect(clippy::needless_pass_by_value, reason = "the signature is tower-http's")]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(panic = words, "a handler panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// What the router, a layer or an extractor refused: a status without a body, or with their own words in plain text.
/// Without this, people would read "Failed to deserialize query string".
pub(crate) fn refused_on_the_way(response: &Response) -> Option<Failure> {
    let headers = response.headers();
    let is_bare = match headers.get(header::CONTENT_TYPE) {
        None => true,
        Some(content_type) => content_type.as_bytes().starts_with(b"text/plain"),
    };
    if !is_bare || headers.contains_key(header::WWW_AUTHENTICATE) {
        return None;
    }
    let kind = match response.status() {
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorKind::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::TooLarge,
        StatusCode::SERVICE_UNAVAILABLE => BUSY,
        status if status.is_server_error() => ErrorKind::Server,
        status if status.is_client_error() => ErrorKind::BadRequest,
        _ => return None,
    };
    Some(kind.into())
}

#[cfg(test)]
mod tests {
    use idp_domain::ports::HashError;

    use super::*;

    /// RFC 6749 section 4.1.2.1: each says what is wrong, and none is guessed from another's words.
    #[test]
    fn what_cannot_be_trusted_has_its_own_page() {
        for (untrusted, kind) in [
            (Untrusted::UnknownClient, ErrorKind::UnknownClient),
            (Untrusted::BadRedirect, ErrorKind::BadRedirect),
            (Untrusted::BadRequestObject, ErrorKind::BadRequestObject),
            (Untrusted::BadRequestUri, ErrorKind::BadRequestObject),
            (Untrusted::ClientChanged, ErrorKind::ClientChanged),
            (Untrusted::Over, ErrorKind::LogInOver),
            (Untrusted::Repeated, ErrorKind::BadRequest),
            (Untrusted::NotOurFlow, ErrorKind::BadRequest),
        ] {
            let failure = Failure::from(AuthorizeError::Page(untrusted));
            assert_eq!(failure.kind, kind, "{untrusted:?}");
            assert!(failure.detail.is_some_and(|detail| detail.is_ascii()), "{untrusted:?}");
        }
    }

    #[test]
    fn only_a_fault_that_passes_asks_to_come_back() {
        let busy = Failure::from(Fault::Hash(HashError::Busy)).into_response();
        assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(busy.headers().get(header::RETRY_AFTER), Some(&BUSY_SECONDS.into()));
        let broken = Failure::from(Fault::Broken("a test")).into_response();
        assert_eq!(broken.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(broken.headers().get(header::RETRY_AFTER), None);
    }

    #[test]
    fn finished_answers_are_left_alone() {
        let json = (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/json")], "{}");
        assert!(refused_on_the_way(&json.into_response()).is_none());
        let challenge = (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]);
        assert!(refused_on_the_way(&challenge.into_response()).is_none());
        assert!(refused_on_the_way(&(StatusCode::OK, "metrics").into_response()).is_none());
        let rejection = (StatusCode::BAD_REQUEST, "duplicate field `flow`").into_response();
        assert!(refused_on_the_way(&rejection).is_some_and(|it| it.kind == ErrorKind::BadRequest));
    }
}
