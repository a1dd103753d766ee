//! Sweeps rows whose time is over, in small batches; nothing depends on it being punctual (L3).

use std::time::Duration;

use idp_domain::idempotency;
use idp_domain::ports::TOMBSTONE;

use crate::env::Env;
use crate::fault::Fault;

/// Rows deleted of one table in one transaction.
const BATCH: u64 = 500;
/// Dead links keep their helpful page this long.
const TICKETS_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
const MAILS_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// One batch of every table; returns how many rows went.
///
/// # Errors
/// [`Fault`].
pub async fn sweep(env: &Env) -> Result<u64, Fault> {
    let now = env.now();
    let ended = now - TOMBSTONE;
    let mut tx = env.store.write().await?;
    let swept = tx.codes().sweep(ended, BATCH).await?
        + tx.refresh_tokens().sweep(ended, BATCH).await?
        + tx.grants().sweep(ended, BATCH).await?
        + tx.sessions().sweep(ended, BATCH).await?
        + tx.tickets().sweep(now - TICKETS_KEPT, BATCH).await?
        + tx.outbox().sweep(now - MAILS_KEPT, BATCH).await?
        + tx.idempotency().sweep(now - idempotency::LIFE, BATCH).await?;
    tx.commit().await?;
    Ok(swept)
}
