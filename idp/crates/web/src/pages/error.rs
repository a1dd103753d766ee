//! The page for everything that stops a request: what happened, what to do now, and a request id for support.
//! Never a cause, a stack or a value that was sent.

use askama::Template;

use super::{Chrome, Way, wait_text};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub chrome: Chrome,
    pub kind: ErrorKind,
    /// What support and the log find the request by.
    pub request_id: String,
    /// One of our own error codes or sentences, for whoever builds the client; never what was sent.
    pub detail: Option<String>,
    pub way: Option<Way>,
}

/// What stopped the request; each kind knows its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    BadRequest,
    UnknownClient,
    BadRedirect,
    /// A signed request that cannot be taken.
    BadRequestObject,
    /// The client of a log-in in progress is no longer what it was.
    ClientChanged,
    /// A pushed request that expired or was answered.
    LogInOver,
    /// The form was too old, came from elsewhere, or cookies are off.
    StaleForm,
    NotFound,
    MethodNotAllowed,
    TooLarge,
    /// The request itself did not arrive in time.
    TooSlow,
    TooManyRequests {
        seconds: u32,
    },
    Server,
    Busy {
        seconds: u32,
    },
}

impl ErrorKind {
    /// The HTTP status (RFC 9110 section 15).
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest
            | Self::UnknownClient
            | Self::BadRedirect
            | Self::BadRequestObject
            | Self::ClientChanged
            | Self::LogInOver => 400,
            Self::StaleForm => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TooSlow => 408,
            Self::TooLarge => 413,
            Self::TooManyRequests { .. } => 429,
            Self::Server => 500,
            Self::Busy { .. } => 503,
        }
    }

    fn heading(self) -> Key {
        match self {
            Self::BadRequest
            | Self::UnknownClient
            | Self::BadRedirect
            | Self::BadRequestObject
            | Self::ClientChanged => Key("error-bad-request"),
            Self::LogInOver => Key("error-over"),
            Self::StaleForm => Key("error-stale-form"),
            Self::NotFound => Key("error-not-found"),
            Self::MethodNotAllowed => Key("error-method"),
            Self::TooLarge => Key("error-too-large"),
            Self::TooSlow => Key("error-too-slow"),
            Self::TooManyRequests { .. } => Key("error-too-many"),
            Self::Server => Key("error-server"),
            Self::Busy { .. } => Key("error-busy"),
        }
    }

    fn sentence(self) -> Key {
        match self {
            Self::BadRequest => Key("error-bad-request-next"),
            Self::UnknownClient => Key("error-unknown-client-next"),
            Self::BadRedirect => Key("error-bad-redirect-next"),
            Self::BadRequestObject => Key("error-bad-request-object-next"),
            Self::ClientChanged => Key("error-client-changed-next"),
            Self::LogInOver => Key("error-over-next"),
            Self::StaleForm => Key("error-stale-form-next"),
            Self::NotFound => Key("error-not-found-next"),
            Self::MethodNotAllowed => Key("error-method-next"),
            Self::TooLarge => Key("error-too-large-next"),
            Self::TooSlow => Key("error-too-slow-next"),
            Self::TooManyRequests { .. } | Self::Busy { .. } => Key("error-wait-next"),
            Self::Server => Key("error-server-next"),
        }
    }
}

impl ErrorPage {
    fn sentence(&self) -> String {
        let texts = &self.chrome.texts;
        let Key(key) = self.kind.sentence();
        match self.kind {
            ErrorKind::TooManyRequests { seconds } | ErrorKind::Busy { seconds } => {
                texts.t_with(key, "wait", wait_text(texts, seconds))
            }
            _ => texts.t(key),
        }
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for ErrorPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use ErrorKind as K;
        let page = |name, kind| {
            let chrome = chrome.clone();
            (name, Self { chrome, kind, request_id: "0190-5f3a-7c21".into(), detail: None, way: None })
        };
        let way = Some(Way { url: "/log-in?flow=abc".into(), text: "Start again".into() });
        let detail = Some("redirect_uri is not registered for this client".into());
        vec![
            page("bad-request", K::BadRequest),
            page("unknown-client", K::UnknownClient),
            ("bad-redirect", Self { detail, ..page("", K::BadRedirect).1 }),
            page("bad-request-object", K::BadRequestObject),
            page("client-changed", K::ClientChanged),
            page("log-in-over", K::LogInOver),
            ("stale-form", Self { way, ..page("", K::StaleForm).1 }),
            page("not-found", K::NotFound),
            page("method-not-allowed", K::MethodNotAllowed),
            page("too-large", K::TooLarge),
            page("too-slow", K::TooSlow),
            page("too-many-requests", K::TooManyRequests { seconds: 1 }),
            page("server", K::Server),
            page("busy", K::Busy { seconds: 120 }),
        ]
    }
}
