//! DPoP (RFC 9449): whoever sends a request proves the key they hold, with a proof that is good for this request and once.
//! Never trusts `Host`: the address a proof must be for comes from configuration.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::Timestamp;
use idp_domain::ports::{EphemeralKey, Purpose};
use idp_domain::thumbprint::Thumbprint;
use serde_json::{Map, Value};
use sha2::Digest as _;
use url::Url;

use crate::client_jwt::{self, SKEW};
use crate::endpoint::{Endpoint, Issuer};
use crate::env::Env;
use crate::fault::Fault;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::params::Params;

/// Characters; RSA keys of 8192 bits have room.
const LONGEST_PROOF: usize = 8192;
const LONGEST_JTI: usize = 256;
/// How long a nonce is handed out; it is accepted for as long again.
const NONCE_LIFE: Duration = Duration::from_secs(300);

/// A proof and the request it came with.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// The `DPoP` header; the caller has seen that there is one only.
    pub proof: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// The absolute address that was called, as [`Issuer`] writes it.
    pub address: &'a str,
}

/// Why a proof proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum DpopError {
    /// `invalid_dpop_proof`: what the sender is told.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
    /// `use_dpop_nonce`: the answer carries the one to use, [`nonce`].
    #[error("the DPoP proof needs the nonce of this answer")]
    NonceNeeded,
    #[error(transparent)]
    Fault(Fault),
}

impl DpopError {
    pub fn invalid(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(why.into())
    }
}

impl<F: Into<Fault>> From<F> for DpopError {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// At the token endpoint (RFC 9449 sections 5 and 8).
impl From<DpopError> for Refusal {
    fn from(error: DpopError) -> Self {
        let code = match error {
            DpopError::Fault(fault) => return Self::Fault(fault),
            DpopError::Invalid(_) => OAuthCode::InvalidDpopProof,
            DpopError::NonceNeeded => OAuthCode::UseDpopNonce,
        };
        Self::OAuth(OAuthError::new(code, error.to_string()))
    }
}

/// The key that the sender of the request holds (section 4.3). At a resource `token` is the access token that was presented,
/// and the caller compares the key with that of the token.
///
/// # Errors
/// [`DpopError`].
pub async fn prove(env: &Env, sent: &Sent<'_>, token: Option<&str>) -> Result<Thumbprint, DpopError> {
    let now = env.now();
    if sent.proof.len() > LONGEST_PROOF {
        return Err(DpopError::invalid("the DPoP proof is too long"));
    }
    let proof = env.dpop_proofs.verify(sent.proof).map_err(|why| {
        tracing::info!(%why, "a DPoP proof is refused");
        DpopError::invalid("the DPoP proof is no JWT of type dpop+jwt that its own jwk verifies")
    })?;
    let claims = Claims::read(&proof.claims).map_err(DpopError::invalid)?;
    claims.are_for(env, sent, token).map_err(DpopError::invalid)?;
    claims.are_timely(env, now).map_err(DpopError::invalid)?;
    if env.policy.dpop_nonces && !is_nonce(env, claims.nonce, now) {
        return Err(DpopError::NonceNeeded);
    }
    // Section 11.1, across nodes: for as long as it could be accepted again.
    let id = client_jwt::remembered(claims.jti);
    let seen = EphemeralKey::ProofUsed { key: proof.key.to_string(), id };
    let life = (claims.issued_at + SKEW).since(now) + Duration::from_secs(1);
    match env.ephemeral.put_if_absent(&seen, life).await? {
        true => Ok(proof.key),
        false => Err(DpopError::invalid("the jti of the DPoP proof was used before")),
    }
}

/// The key of the proof, if any, that a client posted to an endpoint of ours which asks for no access token.
///
/// # Errors
/// [`DpopError`].
pub(crate) async fn proven_at(
    env: &Env,
    endpoint: Endpoint,
    proof: Option<&str>,
) -> Result<Option<Thumbprint>, DpopError> {
    let Some(proof) = proof else { return Ok(None) };
    let address = env.issuer.address(endpoint);
    prove(env, &Sent { proof, method: "POST", address: &address }, None).await.map(Some)
}

/// The key that an authorization request names (`dpop_jkt`, section 10).
///
/// # Errors
/// `invalid_request` for what is no thumbprint.
pub(crate) fn named_key(params: &Params) -> Result<Option<Thumbprint>, OAuthError> {
    let malformed = |_| OAuthError::request("dpop_jkt must be the base64url SHA-256 thumbprint of a key");
    params.get("dpop_jkt").map(Thumbprint::parse).transpose().map_err(malformed)
}

/// The one key that a pushed request names and that it was pushed with (section 10.1).
///
/// # Errors
/// `invalid_dpop_proof` when they are two.
pub(crate) fn agreed(
    named: Option<Thumbprint>,
    proven: Option<Thumbprint>,
) -> Result<Option<Thumbprint>, OAuthError> {
    ensure(named.is_none() || proven.is_none() || named == proven, || {
        OAuthError::new(OAuthCode::InvalidDpopProof, "dpop_jkt is not the key of the DPoP proof")
    })?;
    Ok(named.or(proven))
}

/// The nonce to sign from now on (section 8); `None` where none are asked for. Made of the time and a key, so that every node
/// knows it and none keeps it.
pub fn nonce(env: &Env) -> Option<String> {
    let made = || env.sealer.derive(Purpose::DpopNonce, &window(env.now()));
    env.policy.dpop_nonces.then(|| URL_SAFE_NO_PAD.encode(made()))
}

/// Whether it is that of the present window or of the last.
fn is_nonce(env: &Env, sent: Option<&str>, now: Timestamp) -> bool {
    let Some(sent) = sent else { return false };
    [now, now - NONCE_LIFE].into_iter().any(|at| {
        let made = env.sealer.derive_all(Purpose::DpopNonce, &window(at));
        made.iter().any(|one| URL_SAFE_NO_PAD.encode(one) == sent)
    })
}

/// What all nonces of one span of time are made of.
fn window(at: Timestamp) -> [u8; 8] {
    at.floor(NONCE_LIFE).millis().to_be_bytes()
}

/// The claims of section 4.2.
struct Claims<'a> {
    jti: &'a str,
    htm: &'a str,
    htu: &'a str,
    issued_at: Timestamp,
    ath: Option<&'a str>,
    nonce: Option<&'a str>,
}

impl<'a> Claims<'a> {
    fn read(claims: &'a Map<String, Value>) -> Result<Self, &'static str> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let jti = text("jti").filter(|jti| !jti.is_empty() && jti.len() <= LONGEST_JTI);
        // NumericDate may have a fraction (RFC 7519 section 2).
        let issued_at = claims.get("iat").and_then(Value::as_f64).map(|s| Timestamp::from_seconds(s as i64));
        Ok(Self {
            jti: jti.ok_or("the DPoP proof needs a jti of at most 256 characters")?,
            htm: text("htm").ok_or("the DPoP proof needs htm")?,
            htu: text("htu").ok_or("the DPoP proof needs htu")?,
            issued_at: issued_at.ok_or("the DPoP proof needs iat")?,
            ath: text("ath"),
            nonce: text("nonce"),
        })
    }

    /// Section 4.3, items 8, 9 and 12.
    fn are_for(&self, env: &Env, sent: &Sent<'_>, token: Option<&str>) -> Result<(), Cow<'static, str>> {
        if self.htm != sent.method {
            return Err("the htm of the DPoP proof is not the method of this request".into());
        }
        let called = normal(sent.address);
        if called.is_none() || claimed(self.htu) != called {
            return Err(wanted(&env.issuer, sent.address).into());
        }
        let hash = |token: &str| URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(token));
        if token.is_some_and(|token| self.ath != Some(&*hash(token))) {
            return Err("the ath of the DPoP proof is not the hash of the access token".into());
        }
        Ok(())
    }

    /// Section 4.3, item 11, and not used before a start that forgot it (Redis forgets nothing).
    fn are_timely(&self, env: &Env, now: Timestamp) -> Result<(), &'static str> {
        if self.issued_at + SKEW < now || self.issued_at > now + SKEW {
            return Err("the iat of the DPoP proof is more than 60 seconds from now");
        }
        let is_ahead = self.issued_at.seconds() > now.seconds();
        let may_be_forgotten = |start| client_jwt::may_be_forgotten(start, self.issued_at, now);
        match env.ephemeral.remembers_since().is_some_and(may_be_forgotten) {
            true if is_ahead => Err(
                "the iat of the DPoP proof is ahead, and this server was started a moment ago: wait a minute",
            ),
            true => Err("the DPoP proof is older than this server: sign a new one"),
            false => Ok(()),
        }
    }
}

/// What `htu` must be, for whoever is behind a proxy under another name. Said as it is configured, and never as the request has
/// it: of an address with parts that a caller fills in, only the host is.
fn wanted(issuer: &Issuer, address: &str) -> String {
    let mut own = Endpoint::VARIANTS.iter().map(|endpoint| issuer.address(*endpoint));
    // Normalised, as a URL it has none of what `error_description` must not have (RFC 6749 section 5.2).
    match own.find(|own| own == address).and_then(|own| normal(&own)) {
        Some(own) => format!("the htu of the DPoP proof must be {own}"),
        None => {
            format!("the htu of the DPoP proof must be the address of this request at {}", issuer.origin())
        }
    }
}

/// [`normal`], of what a sender wrote: nothing that is an address only after a browser's repairs (RFC 3986 section 3).
pub(crate) fn claimed(htu: &str) -> Option<String> {
    let (_, rest) = htu.split_once("://")?;
    let is_written = |c: char| c != '\\' && !c.is_whitespace() && !c.is_control();
    (!rest.starts_with('/') && htu.chars().all(is_written)).then(|| normal(htu)).flatten()
}

/// An address without query and fragment, normalised by syntax and scheme (RFC 3986 sections 6.2.2 and 6.2.3); `None` for what
/// is no address of a web resource.
fn normal(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !is_plain {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    normal_escapes(url.as_str())
}

/// `%7e` is `~` and `%2f` is `%2F` (RFC 3986 sections 6.2.2.1 and 6.2.2.2). A `%` that begins no escape stands in no address
/// (section 2.1): beside what is unescaped here it could begin one.
fn normal_escapes(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut normal = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let hex = part.get(..2).filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        match u8::from_str_radix(hex, 16).ok()? {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => normal.push(char::from(byte)),
            byte => normal.push_str(&format!("%{byte:02X}")),
        }
        normal.push_str(&part[2..]);
    }
    Some(normal)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]
    use super::*;

    /// RFC 6749 section 5.2, whatever the issuer is called; RFC 9449 section 4.3, item 9.
    #[test]
    fn the_address_that_is_told_is_the_configured_one_in_plain_characters() {
        let issuer = Issuer::new("https://id.example/\u{e9} \"a\\b".to_owned()).expect("a URL");
        let told = |address: &str| wanted(&issuer, address);
        assert_eq!(
            told(&issuer.address(Endpoint::Token)),
            "the htu of the DPoP proof must be https://id.example/%C3%A9%20%22a/b/token"
        );
        for filled_in in ["https://id.example/admin/v1/companies/\"x", "https://evil.example/token", ""] {
            assert_eq!(
                told(filled_in),
                "the htu of the DPoP proof must be the address of this request at https://id.example"
            );
        }
    }

    /// RFC 9449 section 4.3: compared after normalisation by syntax and scheme; query and fragment do not count.
    #[test]
    fn an_address_may_be_written_in_every_way_that_means_the_same() {
        let written = Some("https://id.example.com/auth/~t%2Foken".to_owned());
        for same in [
            "https://id.example.com/auth/~t%2Foken",
            "HTTPS://ID.example.COM:443/auth/~t%2foken",
            "https://id.example.com/x/../auth/./%7Et%2foken",
            "https://id.example.com/%61uth/%7et%2Foken?a=b#c",
        ] {
            assert_eq!((normal(same), claimed(same)), (written.clone(), written.clone()), "{same}");
        }
        for other in [
            "http://id.example.com/auth/~t%2Foken",
            "https://id.example.com:8443/auth/~t%2Foken",
            "https://id.example.com/auth/~t/oken",
            "https://id.example.com/auth/~t%2Foken/",
            "https://id.example.com/auth/~T%2Foken",
            "https://id.example.com.evil.example/auth/~t%2Foken",
            "https://me@id.example.com/auth/~t%2Foken",
            "/auth/~t%2Foken",
            "",
        ] {
            assert_ne!(normal(other), written, "{other}");
        }
        for repaired in [
            "https:\\\\id.example.com\\auth\\~t%2Foken",
            "https:/id.example.com/auth/~t%2Foken",
            "https:id.example.com/auth/~t%2Foken",
            "https:///id.example.com/auth/~t%2Foken",
            "https://id.example.com\\auth/~t%2Foken",
            " https://id.example.com/auth/~t%2Foken",
            "https://id.example.com/auth/~t%2Foken\n",
            "https://id.exam\tple.com/auth/~t%2Foken",
        ] {
            assert_eq!((normal(repaired), claimed(repaired)), (written.clone(), None), "{repaired:?}");
        }
        for no_escape in ["a%zz", "a%4", "a%", "a%+f", "a%é%", "%%34%31"] {
            assert_eq!(normal_escapes(no_escape), None, "{no_escape}");
        }
    }
}
