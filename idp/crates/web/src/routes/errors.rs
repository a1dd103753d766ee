//! What a failure looks like: a page for people, a problem at the provisioning API (RFC 9457), an OAuth error where
//! programs talk to us. Draws every [`Failure`], and what the router, a layer or an extractor refused.

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::cookie::CookieJar;
use idp_service::endpoint::{Endpoint, Issuer};
use idp_service::oauth_error::{OAuthCode, OAuthError};

use super::admin::problem::Problem;
use crate::http::failure::{Failure, refused_on_the_way};
use crate::http::origin::RequestOrigin;
use crate::http::present::{FormTarget, oauth_error, page};
use crate::http::state::AppState;
use crate::locale::Locale;
use crate::pages::{ErrorKind, ErrorPage, Way};

/// Who reads what an address answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Person,
    /// A program that provisions.
    Office,
    /// Any other program.
    Client,
}

impl Reader {
    /// By path, not by route: where there is no route, somebody reads the 404 as well.
    fn of(issuer: &Issuer, path: &str) -> Self {
        use Endpoint as E;
        let below = path.strip_prefix(issuer.base()).unwrap_or(path);
        let of_clients = [
            E::Token,
            E::PushedAuthorizationRequest,
            E::DeviceAuthorization,
            E::Introspection,
            E::Revocation,
            E::Registration,
            E::Userinfo,
            E::Jwks,
            E::Live,
            E::Ready,
            E::Metrics,
        ];
        let is_well_known = [path, below].iter().any(|path| path.starts_with("/.well-known/"));
        if below.starts_with("/admin/") {
            Self::Office
        } else if is_well_known
            || below.starts_with("/register/")
            || of_clients.iter().any(|endpoint| endpoint.path() == below)
        {
            Self::Client
        } else {
            Self::Person
        }
    }
}

pub(super) async fn draw(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let reader = Reader::of(&state.env.issuer, request.uri().path());
    let accepts = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let locale = Locale::negotiate(None, accepts);
    let request_id = request.extensions().get::<RequestOrigin>().map(|o| o.request_id().to_owned());
    let response = next.run(request).await;
    let failure = response.extensions().get::<Failure>().cloned().or_else(|| refused_on_the_way(&response));
    let Some(failure) = failure else { return response };
    let kind = failure.kind;
    let mut drawn = match reader {
        Reader::Person => error_page(&state, &locale, request_id.unwrap_or_default(), failure),
        Reader::Office => Problem::from(kind).into_response(),
        Reader::Client => oauth_error(&oauth(failure)),
    };
    *drawn.status_mut() = kind.status_code();
    if let Some(seconds) = kind.retry_after() {
        drawn.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    for kept in [header::ALLOW, header::CONNECTION, header::SET_COOKIE] {
        for value in response.headers().get_all(&kept) {
            drawn.headers_mut().append(kept.clone(), value.clone());
        }
    }
    drawn
}

fn error_page(state: &AppState, locale: &Locale, request_id: String, failure: Failure) -> Response {
    let Failure { kind, detail } = failure;
    let chrome = state.chrome(locale, None);
    let way = matches!(kind, ErrorKind::NotFound | ErrorKind::StaleForm)
        .then(|| Way { url: state.path(Endpoint::Home), text: chrome.t("way-home") });
    page(&ErrorPage { chrome, kind, request_id, detail, way }, CookieJar::new(), FormTarget::Own)
}

fn oauth(Failure { kind, detail }: Failure) -> OAuthError {
    let (code, why) = match kind {
        ErrorKind::NotFound => (OAuthCode::InvalidRequest, "there is nothing at this address"),
        ErrorKind::MethodNotAllowed => (OAuthCode::InvalidRequest, "this method is not allowed here"),
        ErrorKind::TooLarge => (OAuthCode::InvalidRequest, "the body is too large"),
        ErrorKind::Server => (OAuthCode::ServerError, "internal error"),
        ErrorKind::TooSlow => {
            (OAuthCode::InvalidRequest, "the request did not arrive in time; send its whole body at once")
        }
        ErrorKind::Busy { .. } => (OAuthCode::TemporarilyUnavailable, "busy, try again in a moment"),
        ErrorKind::TooManyRequests { .. } => {
            (OAuthCode::TemporarilyUnavailable, "too many requests; wait as long as Retry-After says")
        }
        ErrorKind::BadRequest
        | ErrorKind::UnknownClient
        | ErrorKind::BadRedirect
        | ErrorKind::BadRequestObject
        | ErrorKind::ClientChanged
        | ErrorKind::LogInOver
        | ErrorKind::StaleForm => (OAuthCode::InvalidRequest, "the request is malformed"),
    };
    detail.map_or_else(|| OAuthError::new(code, why), |detail| OAuthError::new(code, detail))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_path_says_who_reads_the_answer() {
        for base in ["", "/auth"] {
            let issuer = Issuer::new(format!("https://id.example{base}")).expect("a URL");
            let reader = |path: &str| Reader::of(&issuer, &format!("{base}{path}"));
            let of_clients = [
                "/token",
                "/par",
                "/device_authorization",
                "/introspect",
                "/revoke",
                "/register",
                "/register/c-1",
                "/userinfo",
                "/jwks",
                "/.well-known/openid-configuration",
                "/health/ready",
            ];
            for path in of_clients {
                assert_eq!(reader(path), Reader::Client, "{path}");
            }
            for path in ["/admin/v1/companies/99999/members", "/admin/v1/nowhere", "/admin/v2"] {
                assert_eq!(reader(path), Reader::Office, "{path}");
            }
            for path in ["/", "/authorize", "/login", "/nowhere", "/tokens", "/administrators"] {
                assert_eq!(reader(path), Reader::Person, "{path}");
            }
            let outside = format!("/.well-known/openid-configuration{base}");
            assert_eq!(Reader::of(&issuer, &outside), Reader::Client);
        }
    }
}
