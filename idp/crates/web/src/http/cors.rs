//! Requests from pages of other origins (Fetch standard, section "CORS protocol"): the public documents are open to every
//! page, the endpoints of browser clients to the origins of registered redirect URIs. Never the authorization endpoint or
//! introspection, and never with the browser's cookies.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use idp_service::clients;
use idp_service::endpoint::{Endpoint, Issuer};

use super::failure::seen_outside;
use super::state::AppState;

/// How long a browser may remember the answer to a preflight, seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("3600");

/// Whose pages may call an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    Everybody,
    Registered { methods: &'static str },
}

impl Opening {
    /// By path, not by route: a page must be able to read why it was refused, whoever refused it.
    fn of(issuer: &Issuer, path: &str) -> Option<Self> {
        let below = path.strip_prefix(issuer.base()).unwrap_or(path);
        let is = |endpoint: Endpoint| endpoint.path() == below;
        let of_forms = [Endpoint::Token, Endpoint::PushedAuthorizationRequest, Endpoint::Revocation];
        if is(Endpoint::Jwks) || [path, below].iter().any(|path| path.starts_with("/.well-known/")) {
            Some(Self::Everybody)
        } else if of_forms.into_iter().any(is) {
            Some(Self::Registered { methods: "POST" })
        } else if is(Endpoint::Userinfo) {
            Some(Self::Registered { methods: "GET, POST" })
        } else {
            None
        }
    }

    /// The origin that may read the answer. Without knowing, nobody may.
    async fn admits(self, state: &AppState, headers: &HeaderMap) -> Option<HeaderValue> {
        if self == Self::Everybody {
            return Some(HeaderValue::from_static("*"));
        }
        let origin = headers.get(header::ORIGIN)?;
        match clients::is_origin_known(&state.env, origin.to_str().ok()?).await {
            Ok(known) => known.then(|| origin.clone()),
            Err(fault) => {
                seen_outside(&fault);
                None
            }
        }
    }

    /// What a browser may send after its preflight. A Bearer token makes a page no credential of the browser's.
    const fn methods_and_headers(self) -> (&'static str, &'static str) {
        match self {
            Self::Everybody => ("GET", "*"),
            Self::Registered { methods } => (methods, "Authorization, Content-Type, DPoP"),
        }
    }
}

/// Answers preflights, and lets the pages that may read the other answers.
pub(crate) async fn admit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(opening) = Opening::of(&state.env.issuer, request.uri().path()) else {
        return next.run(request).await;
    };
    let admitted = opening.admits(&state, request.headers()).await;
    let is_preflight = is_preflight(&request);
    let mut response = match is_preflight {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    if opening != Opening::Everybody {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    let Some(origin) = admitted else { return response };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if is_preflight {
        let (methods, allowed) = opening.methods_and_headers();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(allowed));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    } else if opening != Opening::Everybody {
        let readable = HeaderValue::from_static("DPoP-Nonce, WWW-Authenticate");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
    }
    response
}

/// A browser asking whether it may ask.
fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ORIGIN)
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]
    use super::*;

    /// `protocol.md`, "Discovery": open, open to registered origins, and never open.
    #[test]
    fn each_address_is_open_to_those_who_need_it() {
        const POST: Option<Opening> = Some(Opening::Registered { methods: "POST" });
        for base in ["", "/auth"] {
            let issuer = Issuer::new(format!("https://id.example{base}")).expect("a URL");
            let opening = |path: &str| Opening::of(&issuer, &format!("{base}{path}"));
            assert_eq!(opening("/jwks"), Some(Opening::Everybody));
            assert_eq!([opening("/token"), opening("/par"), opening("/revoke")], [POST; 3]);
            assert_eq!(opening("/userinfo"), Some(Opening::Registered { methods: "GET, POST" }));
            for path in issuer.well_known_paths() {
                assert_eq!(Opening::of(&issuer, &path), Some(Opening::Everybody), "{path}");
            }
            let closed = Endpoint::VARIANTS.iter().filter(|endpoint| opening(endpoint.path()).is_none());
            assert_eq!(closed.count(), Endpoint::VARIANTS.len() - 5, "everything else is closed");
        }
    }
}
