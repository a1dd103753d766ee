//! Turning the key ring: what the calendar asks for is made, announced, and dropped; no restart, any number of nodes.

use idp_domain::Timestamp;
use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::ports::StoreError;
use idp_domain::signing_key::{KeyChange, SigningAlg, SigningKey};

use crate::env::Env;
use crate::fault::Fault;

/// Applies what is due and puts the present keys into the ring. Returns how many changes were made.
///
/// # Errors
/// [`Fault`]; `KeyError::Sealed` when a stored key was sealed under a master key that is not configured.
pub async fn turn(env: &Env) -> Result<usize, Fault> {
    let now = env.now();
    let keys = env.store.read().await?.signing_keys().list().await?;
    let due = env.policy.keys.due(&keys, now);
    let stale =
        keys.iter().filter_map(|key| env.keyring.reseal(key).transpose()).collect::<Result<Vec<_>, _>>()?;
    if due.is_empty() && stale.is_empty() {
        env.keyring.adopt(&keys)?;
        return Ok(0);
    }
    let changes = due.len() + stale.len();
    match apply(env, &due, &stale, now).await {
        Ok(()) => {}
        // Another node turned the ring at the same moment; its keys are as good as ours.
        Err(Fault::Store(StoreError::Conflict(_))) => {}
        Err(other) => return Err(other),
    }
    let keys = env.store.read().await?.signing_keys().list().await?;
    env.keyring.adopt(&keys)?;
    Ok(changes)
}

/// Makes a successor of every algorithm ahead of the calendar, announced now and signing after the announcement.
///
/// # Errors
/// [`Fault`].
pub async fn rotate(env: &Env) -> Result<Vec<SigningKey>, Fault> {
    let now = env.now();
    let due: Vec<KeyChange> = SigningAlg::VARIANTS
        .into_iter()
        .map(|alg| KeyChange::Make { alg, active_from: env.policy.keys.earliest(now) })
        .collect();
    match apply(env, &due, &[], now).await {
        // Asked for twice within the hour: they are announced already.
        Ok(()) | Err(Fault::Store(StoreError::Conflict(_))) => list(env).await,
        Err(other) => Err(other),
    }
}

/// The stored keys, oldest first.
///
/// # Errors
/// [`Fault`].
pub async fn list(env: &Env) -> Result<Vec<SigningKey>, Fault> {
    let mut keys = env.store.read().await?.signing_keys().list().await?;
    keys.sort_by_key(|key| (key.alg.as_str(), key.active_from));
    Ok(keys)
}

async fn apply(env: &Env, due: &[KeyChange], stale: &[SigningKey], now: Timestamp) -> Result<(), Fault> {
    // Keys are made before the transaction begins: RSA takes its time, and there is one writer.
    let mut made = Vec::new();
    for change in due {
        if let KeyChange::Make { alg, active_from } = change {
            made.push(env.keyring.make(*alg, *active_from, now)?);
        }
    }
    let mut tx = env.store.write().await?;
    for key in &made {
        tx.signing_keys().insert(key).await?;
        let event =
            AuditEvent::new(AuditAction::SigningKeyMade, Actor::System, now, env.entropy()).subject(&key.kid);
        tx.audit().record(&event).await?;
    }
    for change in due {
        if let KeyChange::Drop { kid } = change {
            tx.signing_keys().delete(kid).await?;
            let event = AuditEvent::new(AuditAction::SigningKeyDropped, Actor::System, now, env.entropy())
                .subject(kid);
            tx.audit().record(&event).await?;
        }
    }
    for key in stale {
        tx.signing_keys().reseal(key).await?;
    }
    Ok(tx.commit().await?)
}
