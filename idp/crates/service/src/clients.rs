//! Looking after registered clients: secrets that rotate with overlap, switching off and on (RFC 9700 section 2.5).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::client::{AuthMethod, Client, ClientId, ClientSecret};
use idp_domain::grant::RevocationReason;
use idp_domain::{Digest, Secret};

use crate::env::Env;
use crate::fault::Fault;

/// Why a client cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("there is no client {0}")]
    Unknown(ClientId),
    #[error("the client {0} does not authenticate with a secret")]
    NoSecret(ClientId),
    #[error(transparent)]
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for ClientError {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// Every client, in order of their ids.
///
/// # Errors
/// [`Fault`].
pub async fn list(env: &Env) -> Result<Vec<Client>, Fault> {
    Ok(env.store.read().await?.clients().list().await?)
}

/// Whether an enabled client's pages live at this origin (`https://host:port`, as browsers write it): they may read what
/// we answer (CORS).
///
/// # Errors
/// [`Fault`].
pub async fn is_origin_known(env: &Env, origin: &str) -> Result<bool, Fault> {
    Ok(env.store.read().await?.clients().is_origin_known(origin).await?)
}

/// Gives the client a new secret, 256 bits, shown to nobody again; the ones it has stay good for `overlap` at most.
///
/// # Errors
/// [`ClientError`].
pub async fn rotate_secret(
    env: &Env,
    id: &ClientId,
    overlap: Duration,
) -> Result<Secret<String>, ClientError> {
    let now = env.now();
    let secret = URL_SAFE_NO_PAD.encode(env.entropy().bytes::<32>());
    let mut tx = env.store.write().await?;
    let mut client = tx.clients().find(id).await?.ok_or_else(|| ClientError::Unknown(id.clone()))?;
    if !matches!(client.auth_method, AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost) {
        return Err(ClientError::NoSecret(id.clone()));
    }
    let end = now + overlap;
    client.secrets.retain(|known| known.expires_at.is_none_or(|at| now < at));
    for known in &mut client.secrets {
        known.expires_at = Some(known.expires_at.map_or(end, |at| at.min(end)));
    }
    client.secrets.push(ClientSecret { digest: Digest::of(secret.as_bytes()), expires_at: None });
    tx.clients().put(&client, now).await?;
    let event =
        AuditEvent::new(AuditAction::ClientSecretRotated, Actor::System, now, env.entropy()).subject(id);
    tx.audit().record(&event).await?;
    tx.commit().await?;
    Ok(Secret::new(secret))
}

/// Switches the client on or off. Off, nothing of it is accepted any more, and what it holds is revoked for good (attack
/// 49).
///
/// # Errors
/// [`ClientError`].
pub async fn set_enabled(env: &Env, id: &ClientId, enabled: bool) -> Result<(), ClientError> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    let client = tx.clients().find(id).await?.ok_or_else(|| ClientError::Unknown(id.clone()))?;
    if client.enabled == enabled {
        return Ok(());
    }
    tx.clients().put(&Client { enabled, ..client }, now).await?;
    if !enabled {
        // Not only refused while it is off: what was stolen does not come back to life with it.
        tx.grants().revoke_all_of_client(id, RevocationReason::ClientDisabled, now).await?;
    }
    let action = if enabled { AuditAction::ClientEnabled } else { AuditAction::ClientDisabled };
    let event = AuditEvent::new(action, Actor::System, now, env.entropy()).subject(id);
    tx.audit().record(&event).await?;
    Ok(tx.commit().await?)
}
