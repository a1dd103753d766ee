//! How sessions end: the person logs out, the provider says so (OpenID Connect Back-Channel Logout 1.0), or an open page
//! asks and learns that it is over. Never says more of the reason than the portal knows.

use std::time::Instant;

use axum::Json;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::CookieJar;
use openidconnect::CsrfToken;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{Shared, go_to};
use crate::cookies::Purpose;
use crate::oidc::{NoticeError, OidcError, Refusal};
use crate::pages::{Ended, Problem, SignedOut, page};

/// By which a page says whose it is: the cookie may be somebody else's by now.
const PAGE: HeaderName = HeaderName::from_static("x-csrf-token");

#[derive(Deserialize)]
pub(super) struct LogOut {
    csrf: String,
}

/// Ends the portal's session, then leads to the provider's log-out (RP-Initiated Logout section 2); also where the
/// session is over already, or one press on "Log in" would bring it back.
pub(super) async fn log_out(
    State(portal): Shared,
    jar: CookieJar,
    form: Result<Form<LogOut>, FormRejection>,
) -> Response {
    let signed_out = portal.settings.link("signed-out");
    let found = portal.session(&jar);
    if let Some((id, session)) = &found {
        if !form.is_ok_and(|Form(form)| session.wrote(&form.csrf)) {
            return portal.problem(Problem::ForeignForm);
        }
        portal.sessions.end(id);
    }
    let jar = portal.cookies.forget(jar, Purpose::Session);
    let state = CsrfToken::new_random();
    let tokens = match &found {
        Some((_, session)) => Some(session.tokens.lock().await),
        None => None,
    };
    let (back, now) = (signed_out.clone(), Instant::now());
    match portal.relying_party.log_out_url(tokens.as_deref(), back, state.clone(), now).await {
        Some(url) => {
            (portal.cookies.write(jar, Purpose::LogOut, state.secret()), go_to(&url)).into_response()
        }
        None => (jar, go_to(&signed_out)).into_response(),
    }
}

#[derive(Deserialize)]
pub(super) struct LoggedOut {
    state: Option<String>,
}

/// The `post_logout_redirect_uri`. Says "everywhere" only when the provider sent back our `state`.
pub(super) async fn signed_out(
    State(portal): Shared,
    jar: CookieJar,
    query: Result<Query<LoggedOut>, QueryRejection>,
) -> Response {
    if portal.session(&jar).is_some() {
        return go_to(&portal.settings.link(""));
    }
    let returned = query.ok().and_then(|Query(query)| query.state);
    let expected = portal.cookies.read(&jar, Purpose::LogOut);
    let everywhere = returned.zip(expected).is_some_and(|(a, b)| a.as_bytes().ct_eq(b.as_bytes()).into());
    page(StatusCode::OK, &SignedOut { site: &portal.site, everywhere })
}

/// What the provider posts (section 2.5).
#[derive(Deserialize)]
pub(super) struct Told {
    logout_token: String,
}

/// Section 2.8; the words of RFC 6749 section 5.2.
#[derive(Serialize)]
struct NotTaken {
    error: &'static str,
    error_description: String,
}

/// Our `backchannel_logout_uri`. 204, or 400 for a token that will never be good. 503 asks the provider to come again.
pub(super) async fn told_by_provider(
    State(portal): Shared,
    form: Result<Form<Told>, FormRejection>,
) -> Response {
    let not_taken = |why: String| {
        tracing::warn!(why, "a logout token was not taken");
        let body = NotTaken { error: "invalid_request", error_description: why };
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    };
    let token = match form {
        Ok(Form(told)) => told.logout_token,
        Err(rejection) => return not_taken(rejection.body_text()),
    };
    let now = Instant::now();
    match portal.relying_party.read_notice(&token, now).await {
        Ok(notice) => match portal.sessions.end_as_told(notice, now) {
            Some(ended) => {
                tracing::info!(ended, "the provider ended sessions");
                StatusCode::NO_CONTENT.into_response()
            }
            None => not_taken(Refusal::Replayed.to_string()),
        },
        Err(NoticeError::Refused(refusal)) => not_taken(refusal.to_string()),
        Err(NoticeError::Provider(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a logout token cannot be judged");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// What an open page asks every 30 seconds: 204 while its session stands, 401 when it is over. It is no visit, and the
/// provider is asked as well, so that the page closes even where no logout token comes through.
pub(super) async fn still_there(State(portal): Shared, jar: CookieJar, headers: HeaderMap) -> StatusCode {
    let Some((id, session)) = portal.session(&jar) else {
        return StatusCode::UNAUTHORIZED;
    };
    let page = headers.get(PAGE).and_then(|value| value.to_str().ok());
    if page.is_some_and(|csrf| !session.wrote(csrf)) {
        return StatusCode::UNAUTHORIZED;
    }
    match portal.person(&id, &session).await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(OidcError::Refused(_)) => StatusCode::UNAUTHORIZED,
        Err(OidcError::Unavailable(_) | OidcError::Unusable(_)) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Where a page goes whose session is over.
pub(super) async fn ended(State(portal): Shared, jar: CookieJar) -> Response {
    if portal.session(&jar).is_some() {
        return go_to(&portal.settings.link(""));
    }
    let jar = portal.cookies.forget(jar, Purpose::Session);
    (jar, page(StatusCode::OK, &Ended { site: &portal.site })).into_response()
}
