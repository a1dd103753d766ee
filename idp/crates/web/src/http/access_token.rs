//! The access token of a request: for whoever bears it (RFC 6750 section 2), or with a proof of the key it is bound to (RFC 9449
//! section 7.1); and why it is refused (section 3 there, section 7.1 here). Never says a token again.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use idp_domain::client::AssertionAlg;
use idp_domain::ports::PROOF_ALGS;
use idp_service::access::AccessError;
use idp_service::client_auth::strip_scheme;
use idp_service::dpop::Sent;
use idp_service::endpoint::Issuer;
use idp_service::presented::Presented;

use super::failure;
use super::state::AppState;

/// The header of a proof.
pub(crate) const PROOF: &str = "dpop";

/// The one `Authorization` header, whatever its scheme, if there is any.
///
/// # Errors
/// [`Ambiguous`] for two: what stands before us may have looked at the other one (RFC 9110 section 5.3).
pub(crate) fn authorization(headers: &HeaderMap) -> Result<Option<String>, Ambiguous> {
    let mut sent = texts(headers, header::AUTHORIZATION.as_str());
    let last = sent.pop();
    if sent.is_empty() { Ok(last) } else { Err(Ambiguous) }
}

/// More than one `Authorization` header was sent.
#[derive(Debug)]
pub(crate) struct Ambiguous;

impl Ambiguous {
    pub(crate) const TOLD: &'static str = "send one Authorization header";
}

/// Every header of this name.
fn texts(headers: &HeaderMap, name: &str) -> Vec<String> {
    headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

/// What the headers of a request present, and what a proof among them must be for.
pub(crate) struct Credentials {
    authorizations: Vec<String>,
    proofs: Vec<String>,
    method: Method,
    /// As configured, whatever the request says of its host.
    address: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("address", &self.address).finish_non_exhaustive()
    }
}

impl FromRequestParts<AppState> for Credentials {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self::of(parts, &state.env.issuer))
    }
}

impl Credentials {
    pub(crate) fn of(parts: &Parts, issuer: &Issuer) -> Self {
        Self {
            authorizations: texts(&parts.headers, header::AUTHORIZATION.as_str()),
            proofs: texts(&parts.headers, PROOF),
            method: parts.method.clone(),
            address: format!("{}{}", issuer.origin(), parts.uri.path()),
        }
    }

    /// The token, if there is one under a scheme of ours.
    pub(crate) fn presented(&self) -> Result<Presented<'_>, AccessError> {
        let authorization = match &self.authorizations[..] {
            [] => return Err(AccessError::Missing),
            [one] => one,
            _ => return Err(AccessError::Ambiguous),
        };
        if let Some(token) = strip_scheme(authorization, "bearer") {
            return Ok(Presented::bearer(token));
        }
        let token = strip_scheme(authorization, "dpop").ok_or(AccessError::Missing)?;
        // RFC 9449 section 4.3, item 1.
        let [proof] = &self.proofs[..] else {
            return Err(AccessError::InvalidProof("send exactly one DPoP header".into()));
        };
        let sent = Sent { proof, method: self.method.as_str(), address: &self.address };
        Ok(Presented::with_proof(token, sent))
    }

    /// Status and `WWW-Authenticate` of a refusal. Whoever used `DPoP` is told under that scheme and no other: libraries look for
    /// a nonce in the only challenge there is.
    pub(crate) fn challenge(&self, error: &AccessError) -> (StatusCode, Vec<String>) {
        let status = status(error);
        let algs = format!("algs=\"{}\"", PROOF_ALGS.map(AssertionAlg::as_str).join(" "));
        let ways = format!("DPoP {algs}");
        let uses_dpop = self.authorizations.iter().any(|sent| strip_scheme(sent, "dpop").is_some());
        let challenges = match reason(error) {
            _ if matches!(error, AccessError::Missing) => vec!["Bearer realm=\"idp\"".to_owned(), ways],
            None => vec![],
            Some(reason) if uses_dpop => vec![format!("DPoP {reason}, {algs}")],
            Some(reason) if status == StatusCode::UNAUTHORIZED => vec![format!("Bearer {reason}"), ways],
            Some(reason) => vec![format!("Bearer {reason}")],
        };
        (status, challenges)
    }
}

fn status(error: &AccessError) -> StatusCode {
    match error {
        AccessError::Missing
        | AccessError::Invalid
        | AccessError::Misbound(_)
        | AccessError::InvalidProof(_)
        | AccessError::NonceNeeded
        | AccessError::NotFresh(_) => StatusCode::UNAUTHORIZED,
        AccessError::Ambiguous => StatusCode::BAD_REQUEST,
        AccessError::InsufficientScope(_) | AccessError::NotOperator => StatusCode::FORBIDDEN,
        AccessError::Fault(fault) => failure::seen_outside(fault).status_code(),
    }
}

/// The parameters of a challenge that tell what is wrong; `None` when it is not about the token.
fn reason(error: &AccessError) -> Option<String> {
    let told = |code: &str| format!("error=\"{code}\", error_description=\"{error}\"");
    Some(match error {
        AccessError::Ambiguous => told("invalid_request"),
        AccessError::Invalid | AccessError::Misbound(_) => told("invalid_token"),
        AccessError::InvalidProof(_) => told("invalid_dpop_proof"),
        AccessError::NonceNeeded => told("use_dpop_nonce"),
        AccessError::InsufficientScope(scope) => {
            format!("error=\"insufficient_scope\", scope=\"{}\"", scope.as_str())
        }
        AccessError::NotFresh(max_age) => {
            format!("{}, max_age=\"{}\"", told("insufficient_user_authentication"), max_age.as_secs())
        }
        AccessError::Missing | AccessError::NotOperator | AccessError::Fault(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]
    use axum::extract::Request;
    use idp_domain::scope::Scope;

    use super::*;

    fn with(headers: &[(&str, &str)]) -> Credentials {
        let mut request = Request::get("/auth/userinfo?a=b").header("host", "evil.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        Credentials::of(&parts, &Issuer::new("https://id.example/auth".to_owned()).expect("a URL"))
    }

    /// RFC 6750 section 2.1, RFC 9110 section 11.1.
    #[test]
    fn schemes_are_read_in_any_case_and_another_scheme_presents_nothing() {
        let read =
            |value: &str| format!("{:?}", with(&[("authorization", value), ("dpop", "x")]).presented());
        for (value, is_proven) in [("bEARER  abc ", false), ("dPoP abc", true)] {
            assert_eq!(read(value), format!("Ok(Presented {{ proof: {is_proven}, .. }})"), "{value}");
        }
        for other in ["Basic abc", "Bearer", "DPoP", "abc", ""] {
            assert_eq!(read(other), "Err(Missing)", "{other}");
        }
        assert!(matches!(with(&[]).presented(), Err(AccessError::Missing)));
    }

    /// RFC 9449 section 4.3, item 9.
    #[test]
    fn the_address_of_a_proof_is_that_of_the_configuration() {
        assert_eq!(with(&[]).address, "https://id.example/auth/userinfo");
    }

    /// RFC 9449 section 7.1.
    #[test]
    fn a_challenge_is_under_the_scheme_that_was_used() {
        let told = |headers: &[(&str, &str)], error: &AccessError| with(headers).challenge(error).1;
        let ways = "DPoP algs=\"ES256 PS256 Ed25519 EdDSA\"";
        let (bearer, dpop) = ([("authorization", "Bearer a")], [("authorization", "DPoP a")]);
        let scope = AccessError::InsufficientScope(Scope::Openid);
        assert_eq!(told(&[], &AccessError::Missing), ["Bearer realm=\"idp\"", ways]);
        assert_eq!(told(&bearer, &AccessError::Invalid).get(1).map(String::as_str), Some(ways));
        assert_eq!(told(&bearer, &scope), ["Bearer error=\"insufficient_scope\", scope=\"openid\""]);
        let [challenge] = &told(&dpop, &AccessError::NonceNeeded)[..] else { panic!("one challenge") };
        assert!(challenge.starts_with("DPoP error=\"use_dpop_nonce\", "), "{challenge}");
        assert!(told(&dpop, &AccessError::NotOperator).is_empty());
    }
}
