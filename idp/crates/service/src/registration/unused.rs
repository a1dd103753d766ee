//! Clients that registered themselves and are used no more (`registration.unused`): noted cheaply, taken away by the sweep.

use std::time::Duration;

use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::client::{Client, RegisteredBy};
use idp_domain::ports::EphemeralKey;

use crate::clients::{remove_in, told};
use crate::env::Env;
use crate::fault::Fault;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Notes that a client proved who it is: one write a day, however often it comes.
pub(crate) async fn note_use(env: &Env, client: &Client) -> Result<(), Fault> {
    if client.registered_by == RegisteredBy::Operator {
        return Ok(());
    }
    let now = env.now();
    let today = now.floor(DAY);
    let key = EphemeralKey::ClientUsed { client: client.id.to_string(), day: today.seconds() };
    if !env.ephemeral.put_if_absent(&key, DAY).await? {
        return Ok(());
    }
    let mut tx = env.store.write().await?;
    tx.registrations().note_use(&client.id, now, today).await?;
    Ok(tx.commit().await?)
}

/// Takes at most `limit` unused clients away; returns how many.
pub(crate) async fn sweep(env: &Env, limit: u64) -> Result<u64, Fault> {
    let end = env.now() - env.policy.registration.unused_life;
    let mut tx = env.store.write().await?;
    let unused = tx.registrations().list_unused(end, limit).await?;
    for id in &unused {
        let event = AuditEvent::new(AuditAction::ClientRemoved, Actor::System, env.now(), env.entropy());
        let client = tx.clients().find(id).await?;
        remove_in(env, &mut *tx, id).await?;
        let company = client.as_ref().and_then(|client| client.company);
        let event = AuditEvent { company, ..event.subject(id) };
        tx.audit().record(&told(event, client.as_ref(), None)).await?;
    }
    tx.commit().await?;
    Ok(u64::try_from(unused.len()).unwrap_or(u64::MAX))
}
