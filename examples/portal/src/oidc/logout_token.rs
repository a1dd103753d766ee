//! Logout tokens (OpenID Connect Back-Channel Logout 1.0 sections 2.4 and 2.6): the provider says that a session is over.
//!
//! The crate's verifier is for ID tokens: it wants a `sub` and does not insist on `typ`. A logout token may name a `sid`
//! alone, and no JWT of another kind may pass for one. So the crate's keys verify the signature, and the rest is judged
//! here, in the order of section 2.6. Nothing of a token is believed before its signature holds.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey, JsonWebKeyId, JsonWebTokenType};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::provider::{Provider, SIGNING_ALGORITHMS};

const TYPE: &str = "application/logout+jwt";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// A token is for now, not for later.
const OLDEST: Duration = Duration::from_secs(10 * 60);
/// Two clocks may differ by so much.
const LEEWAY: Duration = Duration::from_secs(60);
/// For so long a token may come again and still look good; its `jti` has to be remembered.
pub(crate) const REPLAYABLE: Duration = Duration::from_secs(OLDEST.as_secs() + 2 * LEEWAY.as_secs());

/// What a logout token says: whose sessions, or which one, are over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogOutNotice {
    /// No two tokens have the same.
    pub(crate) jti: String,
    pub(crate) sub: Option<String>,
    pub(crate) sid: Option<String>,
}

impl LogOutNotice {
    /// Section 2.7: whatever it names has to fit, so that without a `sid` all sessions of the person end.
    pub(crate) fn is_about(&self, sub: &str, sid: Option<&str>) -> bool {
        self.sub.as_deref().is_none_or(|named| named == sub)
            && self.sid.as_deref().is_none_or(|named| Some(named) == sid)
    }
}

/// Why a logout token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the logout token is no signed JWT with the claims of one")]
    Malformed,
    #[error("typ is not logout+jwt")]
    Type,
    #[error("the logout token is signed with an algorithm that is not accepted")]
    Algorithm,
    #[error("the signing key is not known")]
    UnknownKey,
    #[error("the signature does not hold")]
    Signature,
    #[error("iss is another issuer")]
    Issuer,
    #[error("aud is another client")]
    Audience,
    #[error("the logout token has expired, or is too old, or is for later")]
    Time,
    #[error("events does not name a back-channel logout")]
    Event,
    #[error("the logout token has a nonce")]
    Nonce,
    #[error("the logout token has neither sub nor sid")]
    Nobody,
    /// Judged by [`crate::session::Sessions`], which remember.
    #[error("a logout token with this jti was taken before")]
    Replayed,
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<JsonWebKeyId>,
    typ: Option<JsonWebTokenType>,
    /// RFC 7515 section 4.1.11: extensions that must be understood; none is.
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: u64,
    exp: u64,
    jti: String,
    events: HashMap<String, Map<String, Value>>,
    sub: Option<String>,
    sid: Option<String>,
    nonce: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn is(&self, client_id: &str) -> bool {
        match self {
            Self::One(one) => one == client_id,
            Self::Several(several) => several.iter().any(|one| one == client_id),
        }
    }
}

/// Verifies a logout token against what is known of the provider.
///
/// # Errors
/// [`Refusal::UnknownKey`] may pass once the provider's keys are fetched again; every other refusal is final.
pub(super) fn verify(provider: &Provider, token: &str, now: SystemTime) -> Result<LogOutNotice, Refusal> {
    let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(Refusal::Malformed)?;
    let header: Header = decoded(header)?;
    ensure(header.typ.is_some_and(|typ| typ.normalize().is_ok_and(|typ| *typ == TYPE)), Refusal::Type)?;
    ensure(header.crit.is_none(), Refusal::Malformed)?;
    ensure(SIGNING_ALGORITHMS.contains(&header.alg), Refusal::Algorithm)?;

    let mut keys = provider.keys().iter().filter(|key| is_named(key, header.kid.as_ref())).peekable();
    ensure(keys.peek().is_some(), Refusal::UnknownKey)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refusal::Malformed)?;
    let holds =
        |key: &CoreJsonWebKey| key.verify_signature(&header.alg, signed.as_bytes(), &signature).is_ok();
    ensure(keys.any(holds), Refusal::Signature)?;

    judge(provider, decoded(payload)?, now)
}

/// Section 2.6, steps 3 to 8.
fn judge(provider: &Provider, claims: Claims, now: SystemTime) -> Result<LogOutNotice, Refusal> {
    ensure(claims.iss == provider.metadata.issuer().as_str(), Refusal::Issuer)?;
    ensure(claims.aud.is(provider.client.client_id()), Refusal::Audience)?;
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (iat, exp) = (Duration::from_secs(claims.iat), Duration::from_secs(claims.exp));
    let is_of_now = iat <= now + LEEWAY && now <= iat.saturating_add(OLDEST + LEEWAY);
    ensure(is_of_now && now < exp.saturating_add(LEEWAY), Refusal::Time)?;
    ensure(claims.sub.is_some() || claims.sid.is_some(), Refusal::Nobody)?;
    ensure(claims.events.contains_key(EVENT), Refusal::Event)?;
    ensure(claims.nonce.is_none(), Refusal::Nonce)?;
    Ok(LogOutNotice { jti: claims.jti, sub: claims.sub, sid: claims.sid })
}

fn ensure(holds: bool, refusal: Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(refusal) }
}

fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, Refusal> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| Refusal::Malformed)
}

/// Without a `kid` any key may be it.
fn is_named(key: &CoreJsonWebKey, kid: Option<&JsonWebKeyId>) -> bool {
    kid.is_none_or(|kid| key.key_id() == Some(kid))
}
