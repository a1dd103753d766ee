//! Bearer tokens (RFC 6750): the one a request presents (section 2.1), and why it is refused (section 3).
//! Never says a token again.

use axum::http::{HeaderMap, StatusCode, header};
use idp_service::access::AccessError;
use idp_service::client_auth::strip_scheme;

use super::failure;

/// The `Authorization` header, whatever its scheme.
pub(crate) fn authorization(headers: &HeaderMap) -> Option<String> {
    headers.get(header::AUTHORIZATION).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<String, AccessError> {
    let header = authorization(headers).ok_or(AccessError::Missing)?;
    strip_scheme(&header, "bearer").map(str::to_owned).ok_or(AccessError::Missing)
}

/// Status and `WWW-Authenticate` of a refused access token.
pub(crate) fn challenge(error: &AccessError) -> (StatusCode, Option<String>) {
    let told = |code: &str| Some(format!("Bearer error=\"{code}\", error_description=\"{error}\""));
    match error {
        AccessError::Missing => (StatusCode::UNAUTHORIZED, Some("Bearer realm=\"idp\"".to_owned())),
        AccessError::Ambiguous => (StatusCode::BAD_REQUEST, told("invalid_request")),
        AccessError::Invalid => (StatusCode::UNAUTHORIZED, told("invalid_token")),
        AccessError::InsufficientScope(scope) => {
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", scope.as_str());
            (StatusCode::FORBIDDEN, Some(challenge))
        }
        AccessError::NotFresh(max_age) => {
            let max_age = max_age.as_secs();
            let code = "insufficient_user_authentication";
            let challenge =
                format!("Bearer error=\"{code}\", error_description=\"{error}\", max_age=\"{max_age}\"");
            (StatusCode::UNAUTHORIZED, Some(challenge))
        }
        AccessError::NotOperator => (StatusCode::FORBIDDEN, None),
        AccessError::Fault(fault) => (failure::seen_outside(fault).status_code(), None),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]
    use super::*;

    /// RFC 6750 section 2.1, RFC 9110 section 11.1.
    #[test]
    fn the_scheme_is_read_in_any_case_and_another_scheme_presents_nothing() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().expect("a value"));
            bearer(&headers).ok()
        };
        assert_eq!(with("bEARER  abc ").as_deref(), Some("abc"));
        for other in ["Basic abc", "Bearer", "abc", ""] {
            assert_eq!(with(other), None, "{other}");
        }
        assert!(matches!(bearer(&HeaderMap::new()), Err(AccessError::Missing)));
    }
}
