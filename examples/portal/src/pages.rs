//! The portal's pages as types, and the words for what can go wrong. Every page has a way on. What came from
//! outside is escaped by the templates; texts of the provider's errors are never shown.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::oidc::{Hat, MemberType, OidcError, Person};

/// What every page shows or links to.
pub(crate) struct Site {
    pub(crate) agency: String,
    /// Path all pages lie below, with a slash at both ends.
    pub(crate) root: String,
    pub(crate) has_logo: bool,
}

impl Site {
    /// Stands where a logo would: the first letters of the agency's first two words.
    fn initials(&self) -> String {
        self.agency.split_whitespace().take(2).filter_map(|word| word.chars().next()).collect()
    }
}

/// The portal of a logged-in person; what the day looks like depends on the member type (R62).
#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct Home<'a> {
    pub(crate) site: &'a Site,
    pub(crate) person: &'a Person,
    /// Which of several hats the person wears on this page.
    pub(crate) hat: Option<&'a Hat>,
    pub(crate) csrf: &'a str,
}

impl Home<'_> {
    fn member_type(&self) -> MemberType {
        self.hat.map_or(self.person.member_type, |hat| hat.member_type)
    }

    fn wears(&self, hat: &Hat) -> bool {
        self.hat == Some(hat)
    }
}

/// After logging out.
#[derive(Template)]
#[template(path = "signed_out.html")]
pub(crate) struct SignedOut<'a> {
    pub(crate) site: &'a Site,
    /// Whether the provider confirmed that it ended its session as well.
    pub(crate) everywhere: bool,
}

/// After the session ended without the person's own log-out. Why is not said: a logout token does not tell whether
/// somebody logged out elsewhere or has no access any more.
#[derive(Template)]
#[template(path = "ended.html")]
pub(crate) struct Ended<'a> {
    pub(crate) site: &'a Site,
}

/// Something went wrong.
#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    site: &'a Site,
    problem: Problem,
}

/// What can go wrong, in the words people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// `access_denied`: cancelled, or no access to this agency.
    Denied,
    /// The provider wanted to ask something and could not.
    LogInNeeded,
    /// The provider is down or busy.
    Unavailable,
    /// Provider and portal do not understand each other.
    Misunderstanding,
    /// An answer to a log-in that this browser did not begin, or began too long ago.
    Stale,
    /// The same, and the browser brought no cookie at all.
    NoCookies,
    /// An answer, or an invitation to log in, from another issuer.
    Stranger,
    /// A form that did not come from the portal's own page.
    ForeignForm,
    NotFound,
    /// A link to what is done by a button, or the other way round.
    WrongMethod,
}

impl Problem {
    /// Reads the `error` of an authorization response (RFC 6749 section 4.1.2.1, OIDC Core section 3.1.2.6).
    pub(crate) fn from_answer(error: &str) -> Self {
        match error {
            "access_denied" => Self::Denied,
            "login_required" | "interaction_required" | "account_selection_required" | "consent_required" => {
                Self::LogInNeeded
            }
            "temporarily_unavailable" | "server_error" => Self::Unavailable,
            _ => Self::Misunderstanding,
        }
    }

    pub(crate) fn page(self, site: &Site) -> Response {
        page(self.status(), &ProblemPage { site, problem: self })
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Denied | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::LogInNeeded => StatusCode::UNAUTHORIZED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Misunderstanding => StatusCode::BAD_GATEWAY,
            Self::Stale | Self::NoCookies | Self::Stranger => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Denied => "You are not logged in",
            Self::LogInNeeded => "Please log in",
            Self::Unavailable => "We cannot log you in right now",
            Self::Misunderstanding => "Log-in did not work",
            Self::Stale => "That took too long",
            Self::NoCookies => "Cookies may be off",
            Self::Stranger => "This link is not for this portal",
            Self::ForeignForm => "You are still logged in",
            Self::NotFound => "This page does not exist",
            Self::WrongMethod => "This did nothing",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Denied => {
                "You cancelled, or your account has no access to this agency. Try again, or call the office \
                 if you should have access."
            }
            Self::LogInNeeded => "Log in with your user name and password to go on.",
            Self::Unavailable => "The log-in service does not answer. Wait a minute, then try again.",
            Self::Misunderstanding => {
                "This is not your fault. Try once more; if it happens again, call the office."
            }
            Self::Stale => "This log-in was started too long ago or in another browser. Please start again.",
            Self::NoCookies => {
                "Your browser brought nothing back of this log-in. Allow cookies for this site, then start again. If \
                 they are on, it was started too long ago or in another browser."
            }
            Self::Stranger => "It belongs to another log-in service. Use the button below instead.",
            Self::ForeignForm => {
                "We could not tell that it was you. Open the portal and press Log out there."
            }
            Self::NotFound | Self::WrongMethod => "Open the portal's first page and go on from there.",
        }
    }

    /// Id, address and words of the one way on.
    fn way_on(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::ForeignForm | Self::NotFound | Self::WrongMethod => ("portal-home", "", "Open the portal"),
            Self::Unavailable | Self::Misunderstanding => ("portal-login", "login", "Try again"),
            Self::Denied | Self::LogInNeeded | Self::Stale | Self::NoCookies | Self::Stranger => {
                ("portal-login", "login", "Log in")
            }
        }
    }
}

impl From<&OidcError> for Problem {
    fn from(error: &OidcError) -> Self {
        match error {
            OidcError::Unavailable(_) => Self::Unavailable,
            OidcError::Refused(_) => Self::LogInNeeded,
            OidcError::Unusable(_) => Self::Misunderstanding,
        }
    }
}

/// Renders a page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
