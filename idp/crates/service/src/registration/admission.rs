//! Who may register (RFC 7591 section 3): nobody, whoever has an initial access token, or anybody, and how often.

use std::time::Duration;

use idp_domain::audit::Origin;
use idp_domain::id::InitialTokenId;
use idp_domain::ports::{EphemeralKey, Tx};
use idp_domain::registration::InitialToken;
use idp_domain::secret::Token;

use super::RegistrationError;
use crate::client_auth::strip_scheme;
use crate::env::Env;
use crate::fault::Fault;
use crate::throttle::{self, MINUTE};

/// Who may register clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admits {
    Nobody,
    /// Whoever has an initial access token.
    Invited,
    Anybody,
}

/// The numbers of dynamic registration, from configuration.
#[derive(Debug, Clone)]
pub struct RegistrationPolicy {
    pub admits: Admits,
    /// Requests from one network, or with one initial access token, in a minute.
    pub requests_per_minute: u64,
    /// A client that was not used for so long is taken away.
    pub unused_life: Duration,
}

/// Counts a request of this network.
pub(super) async fn count_network(env: &Env, origin: &Origin) -> Result<(), RegistrationError> {
    let limit = (MINUTE, env.policy.registration.requests_per_minute);
    within(throttle::one_more_of_network(env, origin, limit, counted).await?)
}

fn counted(by: String, bucket: i64) -> EphemeralKey {
    EphemeralKey::Registrations { by, bucket }
}

fn within(wait: Option<Duration>) -> Result<(), RegistrationError> {
    wait.map_or(Ok(()), |wait| Err(RegistrationError::TooMany(wait)))
}

/// The token that a client registers with; `None` where none is needed. One that is sent must be good, needed or not.
pub(super) async fn admit(
    env: &Env,
    authorization: Option<&str>,
) -> Result<Option<InitialToken>, RegistrationError> {
    let sent = bearer(authorization);
    match (env.policy.registration.admits, sent) {
        (Admits::Nobody, _) | (Admits::Invited, None) => Err(RegistrationError::TokenMissing),
        (Admits::Anybody, None) => Ok(None),
        (Admits::Invited | Admits::Anybody, Some(sent)) => {
            let token = find(env, sent).await?.ok_or(RegistrationError::TokenInvalid)?;
            let key = |bucket| counted(token.id.to_string(), bucket);
            let limit = env.policy.registration.requests_per_minute;
            within(throttle::one_more(env, MINUTE, limit, key).await?)?;
            Ok(Some(token))
        }
    }
}

pub(super) fn bearer(authorization: Option<&str>) -> Option<&str> {
    authorization.and_then(|header| strip_scheme(header, "bearer"))
}

async fn find(env: &Env, sent: &str) -> Result<Option<InitialToken>, Fault> {
    let Some(sent) = Token::<InitialTokenId>::parse(sent) else { return Ok(None) };
    let known = env.store.read().await?.initial_tokens().find(sent.id).await?;
    Ok(known.filter(|known| sent.proves(&known.digest) && known.is_good(env.now())))
}

/// Uses the token once, in the transaction of what it is used for.
///
/// # Errors
/// `TokenInvalid` when others used it up meanwhile, or its agency is suspended.
pub(super) async fn take(env: &Env, tx: &mut dyn Tx, token: &InitialToken) -> Result<(), RegistrationError> {
    if !tx.initial_tokens().take(token.id, env.now()).await? {
        return Err(RegistrationError::TokenInvalid);
    }
    let Some(company) = token.company else { return Ok(()) };
    let company = tx.companies().find(company).await?;
    if company.is_some_and(|company| company.is_active()) {
        Ok(())
    } else {
        Err(RegistrationError::TokenInvalid)
    }
}
