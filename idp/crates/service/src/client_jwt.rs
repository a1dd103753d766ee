//! JWTs that a client signs, whatever they are for: verified with the keys it registered, and judged by what every JWT may say
//! (RFC 7519 section 4.1, RFC 8725 section 3).

use std::time::Duration;

use idp_domain::client::{Client, ClientKeys};
use idp_domain::ports::{ClientJwt, JwtRefused};
use idp_domain::{Digest, Timestamp};
use serde_json::{Map, Value};

use crate::client_keys::{self, Want};
use crate::env::Env;

/// How far clocks may differ.
pub(crate) const SKEW: Duration = Duration::from_secs(60);

/// Verifies the signature; keys that the client publishes are fetched again where none of the known ones fits.
pub(crate) async fn verify(env: &Env, client: &Client, token: &str) -> Result<ClientJwt, JwtRefused> {
    let registered = client.keys.as_ref().ok_or(JwtRefused::UnknownKey)?;
    let keys = client_keys::find(env, registered, Want::Known).await.ok_or(JwtRefused::UnknownKey)?;
    match env.client_jwts.verify(&keys, token) {
        // A new key, with a name of its own or without one.
        Err(JwtRefused::UnknownKey | JwtRefused::WrongSignature)
            if matches!(registered, ClientKeys::Remote(_)) =>
        {
            let newer =
                client_keys::find(env, registered, Want::Newer).await.ok_or(JwtRefused::UnknownKey)?;
            env.client_jwts.verify(&newer, token)
        }
        verdict => verdict,
    }
}

/// Whether it is not something else the client signed with the same key (RFC 8725 section 3.11): its `typ` is one of these, or
/// says nothing. `application/` before it may be left out (RFC 7515 section 4.1.9).
pub(crate) fn is_of_type(jwt: &ClientJwt, types: &[&str]) -> bool {
    let is_own = |typ: &str| types.iter().any(|own| typ.eq_ignore_ascii_case(own));
    jwt.typ.as_deref().is_none_or(|typ| match typ.split_once('/') {
        Some((before, typ)) => before.eq_ignore_ascii_case("application") && is_own(typ),
        None => is_own(typ),
    })
}

/// From when and until when it counts, as far as it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) issued: Option<Timestamp>,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) expires: Option<Timestamp>,
}

impl Span {
    /// The span of a JWT that counts at `now`, give or take [`SKEW`]; the reason where it does not.
    pub(crate) fn of(claims: &Map<String, Value>, now: Timestamp) -> Result<Self, &'static str> {
        let expires = time(claims, "exp").map_err(|()| "exp is no number")?;
        if expires.is_some_and(|at| at + SKEW <= now) {
            return Err("it has expired");
        }
        let begun = |name| match time(claims, name) {
            Ok(at) if at.is_none_or(|at| at <= now + SKEW) => Ok(at),
            _ => Err("nbf or iat lies ahead"),
        };
        Ok(Self { issued: begun("iat")?, not_before: begun("nbf")?, expires })
    }
}

/// What a `jti` is remembered by: of one length, however long its client made it.
pub(crate) fn remembered(jti: &str) -> String {
    Digest::of(jti.as_bytes()).bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether something single-use of that time may have been used before `start`, at a process whose memory is gone. Whole seconds:
/// one of the very second of the start may be of either process. One of a clock ahead of ours is refused in the minute after a
/// start, and one of that minute for a minute: whoever waits in between has what a wrong clock gave away.
pub(crate) fn may_be_forgotten(start: Timestamp, begun: Timestamp, now: Timestamp) -> bool {
    let is_ahead = begun.seconds() > now.seconds();
    begun.seconds() <= start.seconds()
        || (is_ahead && now < start + SKEW)
        || (begun <= start + SKEW && begun + SKEW < now)
}

/// A NumericDate, which may have a fraction (RFC 7519 section 2).
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, ()> {
    let read =
        |value: &Value| value.as_f64().map(|seconds| Timestamp::from_seconds(seconds as i64)).ok_or(());
    claims.get(name).map(read).transpose()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn span(claims: &Value) -> Result<Span, &'static str> {
        Span::of(claims.as_object().unwrap(), Timestamp::from_seconds(NOW))
    }

    /// RFC 7519 sections 4.1.4 to 4.1.6: to the second, beside a minute for clocks.
    #[test]
    fn a_token_counts_from_its_beginning_to_its_end() {
        for good in [
            json!({}),
            json!({"exp": NOW - 59, "nbf": NOW + 60, "iat": NOW + 60}),
            json!({"exp": NOW as f64 + 0.5}),
            json!({"exp": u64::MAX, "nbf": i64::MIN, "iat": 0}),
        ] {
            assert!(span(&good).is_ok(), "{good}");
        }
        for bad in [
            json!({"exp": NOW - 60}),
            json!({"exp": "soon"}),
            json!({"exp": null}),
            json!({"exp": [NOW + 60]}),
            json!({"nbf": NOW + 61}),
            json!({"iat": NOW + 61}),
            json!({"nbf": true}),
            json!({"iat": 1e300}),
        ] {
            assert!(span(&bad).is_err(), "{bad}");
        }
        let at = Timestamp::from_seconds;
        let all = span(&json!({"iat": NOW - 6, "nbf": NOW - 5, "exp": NOW + 5})).unwrap();
        assert_eq!(
            (all.issued, all.not_before, all.expires),
            (Some(at(NOW - 6)), Some(at(NOW - 5)), Some(at(NOW + 5)))
        );
    }
}
