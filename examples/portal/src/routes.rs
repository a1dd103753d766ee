//! The portal's addresses, and the way in. Handlers say in which order things happen; the rules are in the modules they
//! call. The ways out are in [`leaving`].

mod leaving;

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Form, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use axum_extra::extract::cookie::CookieJar;
use openidconnect::{CsrfToken, LoginHint};
use serde::Deserialize;
use url::Url;

use crate::brand::Colour;
use crate::cli::Settings;
use crate::cookies::{Cookies, Purpose};
use crate::flow::Flows;
use crate::headers;
use crate::oidc::{OidcError, Person, RelyingParty};
use crate::pages::{Home, Problem, Site, page};
use crate::session::{Session, Sessions};

/// The longest `login_hint` passed on, in bytes: an e-mail address is not longer (RFC 5321).
const LONGEST_HINT: usize = 254;
/// In bytes; a logout token and a form are far smaller.
const LARGEST_BODY: usize = 64 * 1024;
const STYLE: &str = include_str!("../assets/portal.css");
const SCRIPT: &str = include_str!("../assets/portal.js");
const ICON: &str = include_str!("../assets/icon.svg");

struct Portal {
    cookies: Cookies,
    flows: Flows,
    sessions: Sessions,
    relying_party: RelyingParty,
    settings: Settings,
    site: Site,
}

impl Portal {
    fn session(&self, jar: &CookieJar) -> Option<(String, Arc<Session>)> {
        let id = self.cookies.read(jar, Purpose::Session)?;
        Some((id.to_owned(), self.sessions.find(id, Instant::now())?))
    }

    /// Whose session this is, by the provider's word of this moment. Ends it when the provider does not stand by it.
    async fn person(self: &Arc<Self>, id: &str, session: &Arc<Session>) -> Result<Person, OidcError> {
        let (portal, id, session) = (Arc::clone(self), id.to_owned(), Arc::clone(session));
        // A browser that goes away must not take a rotated refresh token with it.
        let asked = tokio::spawn(async move {
            let mut tokens = session.tokens.lock().await;
            let person = match portal.relying_party.current_person(&mut tokens, Instant::now()).await {
                Err(error @ OidcError::Refused(_)) => {
                    tracing::info!(error = &error as &dyn std::error::Error, "the session is over");
                    portal.sessions.end(&id);
                    return Err(error);
                }
                outcome => outcome?,
            };
            // A log-out may have been faster than the provider's answer.
            portal.sessions.find(&id, Instant::now()).map(|_| person).ok_or_else(OidcError::ended_meanwhile)
        });
        asked.await.unwrap_or_else(|panic| Err(OidcError::Unusable(panic.into())))
    }

    fn problem(&self, problem: Problem) -> Response {
        problem.page(&self.site)
    }

    fn failure(&self, error: &OidcError) -> Response {
        tracing::warn!(error = error as &dyn std::error::Error, "the provider did not help");
        self.problem(Problem::from(error))
    }
}

/// All routes, below the path of the public URL.
pub(crate) fn router(settings: Settings) -> anyhow::Result<Router> {
    let root = settings.public_url.path().to_owned();
    let at = |name: &str| format!("{root}{name}");
    let is_https = settings.is_https();
    let portal = Portal {
        cookies: Cookies::new(&settings.client_id, is_https),
        flows: Flows::default(),
        sessions: Sessions::default(),
        relying_party: RelyingParty::new(&settings).context("the relying party")?,
        site: Site {
            agency: settings.company_name.clone(),
            root: root.clone(),
            has_logo: settings.logo.is_some(),
        },
        settings,
    };
    let mut router = Router::new()
        .route(&at(""), get(home))
        .route(&at("login"), get(log_in).post(log_in))
        .route(&at("callback"), get(callback))
        .route(&at("logout"), post(leaving::log_out))
        .route(&at("signed-out"), get(leaving::signed_out))
        .route(&at("backchannel-logout"), post(leaving::told_by_provider))
        .route(&at("session"), get(leaving::still_there))
        .route(&at("ended"), get(leaving::ended))
        .route(&at("portal.css"), get(style))
        .route(&at("portal.js"), get(|| asset("text/javascript; charset=utf-8", SCRIPT)))
        .route(&at("icon.svg"), get(|| asset("image/svg+xml", ICON)))
        .route(&at("logo"), get(logo))
        .route("/healthz", get(|| async { "ok" }));
    // A bookmark without the last slash (R62).
    if let Some(bare) = root.strip_suffix('/').filter(|bare| !bare.is_empty()) {
        router =
            router.route(bare, get(|State(portal): Shared| async move { go_to(&portal.settings.link("")) }));
    }
    let router = router
        .fallback(|State(portal): Shared| async move { portal.problem(Problem::NotFound) })
        .method_not_allowed_fallback(
            |State(portal): Shared| async move { portal.problem(Problem::WrongMethod) },
        );
    Ok(router
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(is_https, headers::secure))
        .with_state(Arc::new(portal)))
}

type Shared = State<Arc<Portal>>;

#[derive(Deserialize)]
struct Opened {
    /// The agency's id of the hat to wear.
    person: Option<String>,
}

/// The portal itself. Whoever is not logged in is led to log-in (R62).
async fn home(
    State(portal): Shared,
    jar: CookieJar,
    query: Result<Query<Opened>, QueryRejection>,
) -> Response {
    let now = Instant::now();
    let id = portal.cookies.read(&jar, Purpose::Session).unwrap_or_default().to_owned();
    let Some(session) = portal.sessions.visit(&id, now) else {
        return go_to(&portal.settings.link("login"));
    };
    let person = match portal.person(&id, &session).await {
        Ok(person) => person,
        Err(OidcError::Refused(_)) => {
            let jar = portal.cookies.forget(jar, Purpose::Session);
            return (jar, go_to(&portal.settings.link("login"))).into_response();
        }
        Err(error) => return portal.failure(&error),
    };
    let asked_for = query.ok().and_then(|Query(opened)| opened.person);
    let hat = person.wearing(asked_for.as_deref());
    let home = Home { site: &portal.site, person: &person, hat, csrf: session.csrf() };
    let mut response = page(StatusCode::OK, &home);
    let origin = portal.relying_party.log_out_origin();
    headers::allow_forms_to(response.headers_mut(), origin.as_deref());
    response
}

/// OIDC Core section 4. `target_link_uri` is not obeyed: the portal has one first page.
#[derive(Deserialize)]
struct LogIn {
    iss: Option<String>,
    login_hint: Option<String>,
}

/// The portal's `initiate_login_uri`, by GET and POST. Always asks the provider, even when somebody is logged
/// in: the person may be another one, fresh from their activation.
async fn log_in(State(portal): Shared, jar: CookieJar, form: Result<Form<LogIn>, FormRejection>) -> Response {
    let Ok(Form(LogIn { iss, login_hint })) = form else {
        return portal.problem(Problem::Stranger);
    };
    if iss.is_some_and(|iss| iss != portal.settings.issuer.as_str()) {
        return portal.problem(Problem::Stranger);
    }
    let now = Instant::now();
    let departure = match portal.relying_party.depart(login_hint.and_then(acceptable_hint), now).await {
        Ok(departure) => departure,
        Err(error) => return portal.failure(&error),
    };
    // Whatever no flow belongs to may be planted.
    let browser =
        portal.cookies.read(&jar, Purpose::Browser).filter(|browser| portal.flows.know(browser, now));
    let browser = browser.map_or_else(|| CsrfToken::new_random_len(32).into_secret(), str::to_owned);
    portal.flows.begin(&departure.state, &browser, departure.secrets, now);
    (portal.cookies.write(jar, Purpose::Browser, &browser), go_to(&departure.url)).into_response()
}

/// A hint comes from anybody who can make a link. One that cannot be a user name is dropped, not an error.
fn acceptable_hint(hint: String) -> Option<LoginHint> {
    let hint = hint.trim();
    let is_acceptable = !hint.is_empty() && hint.len() <= LONGEST_HINT && !hint.chars().any(char::is_control);
    is_acceptable.then(|| LoginHint::new(hint.to_owned()))
}

/// The authorization response (OIDC Core section 3.1.2.5).
#[derive(Deserialize)]
struct Answer {
    state: Option<String>,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// The redirect URI.
async fn callback(
    State(portal): Shared,
    jar: CookieJar,
    query: Result<Query<Answer>, QueryRejection>,
) -> Response {
    let Ok(Query(answer)) = query else {
        return portal.problem(Problem::Misunderstanding);
    };
    let now = Instant::now();
    let browser = portal.cookies.read(&jar, Purpose::Browser);
    let flow = answer.state.zip(browser).and_then(|(state, browser)| portal.flows.take(&state, browser, now));
    let Some(flow) = flow else {
        // A reload or the back button after a log-in that worked is no problem.
        return match portal.session(&jar) {
            Some(_) => go_to(&portal.settings.link("")),
            None if jar.iter().next().is_none() => portal.problem(Problem::NoCookies),
            None => portal.problem(Problem::Stale),
        };
    };
    // RFC 9207 section 2.4: before anything in the answer is believed, errors included.
    match portal.relying_party.is_answer_of_our_provider(answer.iss.as_deref(), now).await {
        Ok(true) => {}
        Ok(false) => return portal.problem(Problem::Stranger),
        Err(error) => return portal.failure(&error),
    }
    if let Some(error) = answer.error {
        tracing::info!(error = %error.escape_debug().take(64).collect::<String>(), "log-in ended with an error");
        return portal.problem(Problem::from_answer(&error));
    }
    let Some(code) = answer.code else {
        return portal.problem(Problem::Misunderstanding);
    };
    let left = flow.started;
    match portal.relying_party.redeem(code, flow, now).await {
        Ok(tokens) => match portal.sessions.start(tokens, left, now) {
            Some(id) => welcome(&portal, jar, &id),
            None => go_to(&portal.settings.link("ended")),
        },
        Err(error) => portal.failure(&error),
    }
}

/// A new session in place of the one this browser may have had.
fn welcome(portal: &Portal, jar: CookieJar, id: &str) -> Response {
    if let Some(former) = portal.cookies.read(&jar, Purpose::Session) {
        portal.sessions.end(former);
    }
    (portal.cookies.write(jar, Purpose::Session, id), go_to(&portal.settings.link(""))).into_response()
}

/// 303, right after GET and POST alike. Absolute, so that people end up on the host whose cookies count.
fn go_to(url: &Url) -> Response {
    Redirect::to(url.as_str()).into_response()
}

/// The stylesheet, and after it the agency's own colour.
async fn style(State(portal): Shared) -> impl IntoResponse {
    let own = portal.settings.accent.map(Colour::style).unwrap_or_default();
    asset("text/css; charset=utf-8", format!("{STYLE}{own}")).await
}

async fn logo(State(portal): Shared) -> Response {
    match &portal.settings.logo {
        Some(logo) => asset(logo.content_type, logo.picture.clone()).await.into_response(),
        None => portal.problem(Problem::NotFound),
    }
}

async fn asset(content_type: &'static str, content: impl IntoResponse) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "public, max-age=300")], content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_that_may_be_a_user_name_is_passed_on_trimmed() {
        assert_eq!(
            acceptable_hint(" ana@example.com ".into()).map(|hint| hint.secret().to_owned()),
            Some("ana@example.com".into())
        );
        assert!(
            acceptable_hint("ana+<b>&x=y@example.com".into()).is_some(),
            "escaping is the URL's business"
        );
    }

    #[test]
    fn a_hostile_hint_is_dropped() {
        for hint in ["", "   ", "a\r\nSet-Cookie: x=y", "a\0b", &"a".repeat(LONGEST_HINT + 1)] {
            assert!(acceptable_hint(hint.to_owned()).is_none(), "{hint:?}");
        }
    }
}
