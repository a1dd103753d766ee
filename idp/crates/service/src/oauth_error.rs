//! OAuth errors: one table from code to wire (RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect Core
//! section 3.1.2.6, RFC 8628 section 3.5, OpenID Connect Core Error Code unmet_authentication_requirements, RFC 8707 section 2,
//! RFC 7591 section 3.2.2, RFC 9449 sections 5 and 8).

use std::borrow::Cow;
use std::time::Duration;

use crate::fault::Fault;

macro_rules! codes {
    ($($variant:ident = $text:literal, $status:literal);+ $(;)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum OAuthCode { $($variant),+ }
        impl OAuthCode {
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),+ } }
            /// The status at the token endpoint: 401 for `invalid_client`, 400 for every other protocol error.
            pub const fn status(self) -> u16 { match self { $(Self::$variant => $status),+ } }
            pub fn parse(text: &str) -> Option<Self> {
                Self::VARIANTS.iter().copied().find(|code| code.as_str() == text)
            }
        }
    };
}

codes! {
    InvalidRequest = "invalid_request", 400;
    InvalidClient = "invalid_client", 401;
    InvalidGrant = "invalid_grant", 400;
    UnauthorizedClient = "unauthorized_client", 400;
    UnsupportedGrantType = "unsupported_grant_type", 400;
    UnsupportedResponseType = "unsupported_response_type", 400;
    InvalidScope = "invalid_scope", 400;
    AccessDenied = "access_denied", 400;
    LoginRequired = "login_required", 400;
    InteractionRequired = "interaction_required", 400;
    ConsentRequired = "consent_required", 400;
    AccountSelectionRequired = "account_selection_required", 400;
    AuthorizationPending = "authorization_pending", 400;
    SlowDown = "slow_down", 400;
    ExpiredToken = "expired_token", 400;
    UnmetAuthenticationRequirements = "unmet_authentication_requirements", 400;
    InvalidTarget = "invalid_target", 400;
    UnsupportedTokenType = "unsupported_token_type", 400;
    InvalidDpopProof = "invalid_dpop_proof", 400;
    UseDpopNonce = "use_dpop_nonce", 400;
    InvalidClientMetadata = "invalid_client_metadata", 400;
    InvalidRequestObject = "invalid_request_object", 400;
    RequestNotSupported = "request_not_supported", 400;
    InvalidRequestUri = "invalid_request_uri", 400;
    RequestUriNotSupported = "request_uri_not_supported", 400;
    RegistrationNotSupported = "registration_not_supported", 400;
    ServerError = "server_error", 500;
    TemporarilyUnavailable = "temporarily_unavailable", 503;
}

/// What a client did wrong. The description is ASCII without quotes or backslash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", .code.as_str())]
pub struct OAuthError {
    pub code: OAuthCode,
    pub description: Cow<'static, str>,
}

impl OAuthError {
    pub fn new(code: OAuthCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: description.into() }
    }

    pub fn request(description: &'static str) -> Self {
        Self::new(OAuthCode::InvalidRequest, description)
    }

    /// Whether a request object is what cannot be taken, whatever it asks for (RFC 9101 section 7).
    pub(crate) fn is_about_a_request_object(&self) -> bool {
        matches!(self.code, OAuthCode::InvalidRequestObject | OAuthCode::RequestNotSupported)
    }

    pub fn grant(description: &'static str) -> Self {
        Self::new(OAuthCode::InvalidGrant, description)
    }
}

/// A use case ends in a protocol error for the caller or a fault for the log.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    /// 429, with how long to wait (RFC 6585 section 4, RFC 9126 section 2.3).
    #[error("too many requests")]
    TooMany { wait: Duration },
    #[error(transparent)]
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for Refusal {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

impl Refusal {
    /// What the caller is told: a fault becomes `server_error` or `temporarily_unavailable`.
    pub fn to_oauth(&self) -> OAuthError {
        match self {
            Self::OAuth(error) => error.clone(),
            Self::TooMany { wait } => OAuthError::new(
                OAuthCode::TemporarilyUnavailable,
                format!("too many requests from this network; wait {} s", wait.as_secs()),
            ),
            Self::Fault(fault) if fault.is_passing() => {
                OAuthError::new(OAuthCode::TemporarilyUnavailable, "busy, try again in a moment")
            }
            Self::Fault(_) => OAuthError::new(OAuthCode::ServerError, "internal error"),
        }
    }
}

/// `Err` unless `condition` holds: guard clauses in the order of the RFC, one line each.
pub(crate) fn ensure(condition: bool, error: impl FnOnce() -> OAuthError) -> Result<(), OAuthError> {
    if condition { Ok(()) } else { Err(error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `protocol.md`, "Token endpoint": only `invalid_client` is 401, everything else a caller did is 400.
    #[test]
    fn every_code_has_the_status_of_its_specification() {
        for code in OAuthCode::VARIANTS {
            let expected = match code {
                OAuthCode::InvalidClient => 401,
                OAuthCode::ServerError => 500,
                OAuthCode::TemporarilyUnavailable => 503,
                _ => 400,
            };
            assert_eq!(code.status(), expected, "{code:?}");
            assert_eq!(OAuthCode::parse(code.as_str()), Some(*code));
        }
    }
}
