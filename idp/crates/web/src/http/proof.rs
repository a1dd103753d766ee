//! The DPoP proof that a client posts a request with (RFC 9449 section 4.1): exactly one header, or none.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use idp_service::dpop::DpopError;
use idp_service::oauth_error::Refusal;

use super::access_token::PROOF;
use super::client_request::ClientRefusal;
use super::state::AppState;

/// Nothing in it is proven yet.
pub(crate) struct Proof(Option<String>);

impl Proof {
    pub(crate) fn as_deref(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Proof").field(&self.0.is_some()).finish()
    }
}

impl FromRequestParts<AppState> for Proof {
    type Rejection = ClientRefusal;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ClientRefusal> {
        let mut sent = parts.headers.get_all(PROOF).iter();
        let first = sent.next().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        match sent.next() {
            None => Ok(Self(first)),
            Some(_) => Err(Refusal::from(DpopError::invalid("send exactly one DPoP header")).into()),
        }
    }
}
