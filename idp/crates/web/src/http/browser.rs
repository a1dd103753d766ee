//! The browser behind a request: its session, its language, and the token its forms must carry.

use axum::extract::{FromRequestParts, Query};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::ports::Purpose;
use idp_domain::{Digest, Secret, audit};
use idp_service::devices::KnownDevices;
use idp_service::session::{self, SignedIn};
use subtle::ConstantTimeEq;

use super::access_log::Told;
use super::cookies::CookieKind;
use super::failure::Failure;
use super::origin::{RequestOrigin, is_same_origin};
use super::state::AppState;
use crate::locale::Locale;
use crate::pages::Form;

/// Everything a page needs to know about who is looking at it.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) state: AppState,
    pub(crate) jar: CookieJar,
    pub(crate) signed_in: Option<SignedIn>,
    /// The same or, when it went idle, the one it was: signs nobody in any more, but is still there to be ended.
    pub(crate) previous: Option<SignedIn>,
    pub(crate) locale: Locale,
    pub(crate) origin: audit::Origin,
    pub(crate) told: Told,
    /// The page it looks at, or wants to come back to: path and query.
    pub(crate) page: Option<String>,
    /// Random, in a cookie; new browsers are given one with the first page.
    id: String,
    is_new: bool,
    /// Whether another site made it send this form. It sent none of our cookies with it (SameSite=Lax), so nothing is known
    /// of it, not even that it is new.
    pub(super) is_foreign: bool,
}

/// What a form's token is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Forms before a log-in: several tabs may stand open while one of them logs in.
    Browser,
    /// Forms that act for a person: on a shared PC the last person's open tab does not act for the next one.
    Session,
}

#[derive(Debug, Default, serde::Deserialize)]
struct Hints {
    ui_locales: Option<String>,
}

impl FromRequestParts<AppState> for Browser {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let env = &state.env;
        let jar = CookieJar::from_headers(&parts.headers);
        let origin =
            parts.extensions.get::<RequestOrigin>().map(|origin| origin.0.clone()).unwrap_or_default();
        let told = parts.extensions.get::<Told>().cloned().unwrap_or_default();
        let hints = Query::<Hints>::try_from_uri(&parts.uri).map(|hints| hints.0).unwrap_or_default();
        let accepts = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let locale = Locale::negotiate(hints.ui_locales.as_deref(), accepts);
        let cookie = CookieKind::Session.read(&env.issuer, &jar);
        let recognised = session::recognise(env, cookie.as_deref()).await?;
        let signed_in = recognised.as_ref().filter(|it| it.is_live).map(|it| it.signed_in.clone());
        let previous = recognised.map(|it| it.signed_in);
        let known = CookieKind::Browser.read(&env.issuer, &jar).filter(|id| is_browser_id(id));
        let is_new = known.is_none();
        let id = known.unwrap_or_else(|| URL_SAFE_NO_PAD.encode(env.entropy.bytes::<32>()));
        let is_foreign = !parts.method.is_safe() && !is_same_origin(&parts.headers, &env.issuer.origin());
        let page = parts.uri.path_and_query().filter(|_| parts.method.is_safe()).map(ToString::to_string);
        let state = state.clone();
        Ok(Self { state, jar, signed_in, previous, locale, origin, told, page, id, is_new, is_foreign })
    }
}

fn is_browser_id(text: &str) -> bool {
    text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok()
}

impl Browser {
    /// A form of this browser, which only this browser can send.
    pub(crate) fn form(&self, action: String, flow: Option<&str>, bound: Bound) -> Form {
        let csrf = self.state.env.sealer.derive(Purpose::Csrf, self.csrf_input(bound).as_bytes());
        Form {
            action,
            csrf: Secret::new(URL_SAFE_NO_PAD.encode(csrf)),
            flow: flow.map(|flow| Secret::new(flow.to_owned())),
        }
    }

    /// Whether a form was made for this browser.
    pub(crate) fn made(&self, csrf: &str, bound: Bound) -> bool {
        let valid = self.state.env.sealer.derive_all(Purpose::Csrf, self.csrf_input(bound).as_bytes());
        let matches =
            |token: &[u8; 32]| URL_SAFE_NO_PAD.encode(token).as_bytes().ct_eq(csrf.as_bytes()).into();
        !self.is_new && valid.iter().any(matches)
    }

    fn csrf_input(&self, bound: Bound) -> String {
        let session = self.previous.as_ref().map(|signed_in| signed_in.session.id.to_string());
        match bound {
            Bound::Browser => format!("browser|{}", self.id),
            Bound::Session => format!("session|{}|{}", self.id, session.unwrap_or_default()),
        }
    }

    /// What this browser is known as to those who logged in from it.
    pub(crate) fn devices(&self) -> KnownDevices {
        KnownDevices::open(&self.state.env, self.cookie(CookieKind::Device).as_deref())
    }

    /// What the browser is called where its cookie must not be.
    pub(crate) fn name(&self) -> String {
        URL_SAFE_NO_PAD.encode(Digest::of(self.id.as_bytes()).bytes())
    }

    pub(crate) fn cookie(&self, kind: CookieKind) -> Option<String> {
        kind.read(&self.state.env.issuer, &self.jar)
    }

    /// The jar to answer with: a new browser keeps its id. One that another site made send a form is given none, which would
    /// replace the one it has, and with it every page of ours that stands open in it.
    pub(crate) fn into_jar(self) -> CookieJar {
        if self.is_new && !self.is_foreign {
            let cookie = CookieKind::Browser.set(&self.state.env.issuer, self.id, None);
            self.jar.add(cookie)
        } else {
            self.jar
        }
    }
}
