//! What can go wrong, and the words people read about it: what happened, and what to do now. The provider's own error
//! texts are for the log; people never see them.

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{RequestTokenError, StandardErrorResponse, UserInfoError};

use crate::provider::HttpError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// No answer, or none of the provider's own. Trying again later may help.
    #[error("the provider cannot be reached")]
    Unreachable(#[source] anyhow::Error),
    /// `access_denied`: somebody said no, or may not.
    #[error("the log-in was denied")]
    Denied,
    /// `expired_token`: nobody answered in time.
    #[error("the log-in took too long")]
    TooLate,
    /// `invalid_grant`: the provider no longer stands by what it gave out.
    #[error("the provider refused the grant")]
    Refused(#[source] anyhow::Error),
    /// `invalid_request` where a person's words were in the request.
    #[error("the provider cannot read the request")]
    Illegible(#[source] anyhow::Error),
    /// It answered, but not in a way that may be believed. Nothing the person does helps.
    #[error("the provider's answer cannot be used")]
    Unusable(#[source] anyhow::Error),
}

impl Problem {
    pub(crate) fn unreachable(cause: impl Into<anyhow::Error>) -> Self {
        Self::Unreachable(cause.into())
    }

    pub(crate) fn unusable(cause: impl Into<anyhow::Error>) -> Self {
        Self::Unusable(cause.into())
    }

    /// For people, after a log-in that came to nothing.
    pub(crate) fn words(&self) -> Words {
        let (what, advice) = match self {
            Self::Unreachable(_) => (
                "We cannot reach the log-in service",
                "Check that this computer is online, then press Log In again.",
            ),
            Self::Denied => (
                "You are not logged in",
                "The log-in was denied, or this user name has no access to this customer. Check both fields and \
                 try again, or call your office.",
            ),
            Self::TooLate => {
                ("The code is too old", "Nobody answered for ten minutes. Press Log In for a new code.")
            }
            Self::Refused(_) => ("The code was already used", "Press Log In to start again."),
            Self::Illegible(_) => {
                ("We cannot read this", "Check Customer and Username for typing mistakes, then press Log In.")
            }
            Self::Unusable(_) => (
                "Log-in did not work",
                "This is not your fault. Try once more; if it happens again, call your office.",
            ),
        };
        Words { what: what.to_owned(), advice: advice.to_owned() }
    }
}

/// What happened, and what to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) what: String,
    pub(crate) advice: String,
}

/// RFC 6749 section 5.2.
impl From<RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>> for Problem {
    fn from(error: RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>) -> Self {
        match &error {
            RequestTokenError::ServerResponse(refusal) => match refusal.error() {
                CoreErrorResponseType::InvalidGrant => Self::Refused(error.into()),
                CoreErrorResponseType::InvalidRequest => Self::Illegible(error.into()),
                CoreErrorResponseType::Extension(word) if word == "access_denied" => Self::Denied,
                _ => Self::unusable(error),
            },
            // What is no JSON comes from something in between.
            RequestTokenError::Request(_) | RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                Self::unreachable(error)
            }
        }
    }
}

/// RFC 6750 section 3.1: 401 says that the access token is no longer good. What says nothing of the kind may come from
/// something in between, and logs nobody out.
impl From<UserInfoError<HttpError>> for Problem {
    fn from(error: UserInfoError<HttpError>) -> Self {
        match &error {
            UserInfoError::Response(status, ..) if status.as_u16() == 401 => Self::Refused(error.into()),
            UserInfoError::ClaimsVerification(_) => Self::unusable(error),
            _ => Self::unreachable(error),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use openidconnect::http::StatusCode;
    use openidconnect::{ClaimsVerificationError, HttpClientError};

    use super::*;

    fn answered(status: u16) -> Problem {
        let status = StatusCode::from_u16(status).unwrap();
        Problem::from(UserInfoError::Response(status, Vec::new(), String::new()))
    }

    /// docs/clients.md, "Deactivation closes your program within a minute".
    #[test]
    fn only_401_and_an_answer_about_somebody_else_end_a_session() {
        assert!(matches!(answered(401), Problem::Refused(_)));
        for status in [403, 404, 429, 302, 500] {
            assert!(matches!(answered(status), Problem::Unreachable(_)), "{status}");
        }
        let lost = UserInfoError::Request(HttpClientError::Other("no network".into()));
        assert!(matches!(Problem::from(lost), Problem::Unreachable(_)));
        let other = ClaimsVerificationError::InvalidSubject("somebody else".into());
        assert!(matches!(Problem::from(UserInfoError::ClaimsVerification(other)), Problem::Unusable(_)));
    }

    #[test]
    fn nobody_reads_a_word_of_the_protocol() {
        let cause = || anyhow::anyhow!("invalid_grant: the device code is not known");
        let problems = [
            Problem::unreachable(cause()),
            Problem::Denied,
            Problem::TooLate,
            Problem::Refused(cause()),
            Problem::Illegible(cause()),
            Problem::unusable(cause()),
        ];
        for Words { what, advice } in problems.map(|problem| problem.words()) {
            let read = format!("{what} {advice}").to_lowercase();
            for word in ["token", "grant", "invalid", "error", "authenticat", "credential", "provider", "_"] {
                assert!(!read.contains(word), "{word} in {read}");
            }
        }
    }
}
