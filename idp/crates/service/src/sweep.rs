//! Sweeps rows whose time is over, in small batches; nothing depends on it being punctual (L3).

use std::time::Duration;

use idp_domain::bulk::{JOB_KEPT, PROPOSAL_LIFE};
use idp_domain::ports::TOMBSTONE;

use crate::audit_log;
use crate::env::Env;
use crate::fault::Fault;
use crate::registration;

/// Rows deleted of one table in one transaction.
const BATCH: u64 = 500;
/// Dead links keep their helpful page this long.
const TICKETS_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// Failures are consecutive, however far apart: they are forgotten only after a long silence (rules section 4).
const FAILURES_KEPT: Duration = Duration::from_secs(365 * 24 * 3600);
/// A page that was opened in time may stand open over lunch; after a day its log-in is over.
const PUSHED_KEPT: Duration = Duration::from_secs(24 * 3600);
const DELIVERIES_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// What one batch of every table came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// How many rows went, of all tables together.
    pub rows: u64,
    /// Whether a table may have more of them: another sweep is worth it now.
    pub more: bool,
}

/// One batch of every table.
///
/// # Errors
/// [`Fault`].
pub async fn sweep(env: &Env) -> Result<Swept, Fault> {
    let now = env.now();
    let ended = now - TOMBSTONE;
    let mut tx = env.store.write().await?;
    let swept = [
        tx.codes().sweep(ended, BATCH).await?,
        tx.device_grants().sweep(ended, BATCH).await?,
        tx.pushed_requests().sweep(now - PUSHED_KEPT, BATCH).await?,
        tx.refresh_tokens().sweep(ended, BATCH).await?,
        tx.sessions().sweep(ended, BATCH).await?,
        // After the sessions, whose clients they name.
        tx.grants().sweep(ended, BATCH).await?,
        tx.tickets().sweep(now - TICKETS_KEPT, BATCH).await?,
        tx.account_tickets().sweep(now - TICKETS_KEPT, BATCH).await?,
        tx.answers().sweep_former(now - former_answers_kept(env), BATCH).await?,
        tx.throttles().sweep(now - FAILURES_KEPT, BATCH).await?,
        tx.outbox().sweep(now - DELIVERIES_KEPT, BATCH).await?,
        tx.logouts().sweep(now - DELIVERIES_KEPT, BATCH).await?,
        tx.revoked_tokens().sweep(now, BATCH).await?,
        tx.idempotency().sweep(now, BATCH).await?,
        tx.initial_tokens().sweep(now - TICKETS_KEPT, BATCH).await?,
        tx.batches().sweep(now - PROPOSAL_LIFE, now - JOB_KEPT, BATCH).await?,
    ];
    tx.commit().await?;
    let later = [audit_log::sweep(env, BATCH).await?, registration::sweep(env, BATCH).await?];
    let swept = [&swept[..], &later].concat();
    Ok(Swept { rows: swept.iter().sum(), more: swept.contains(&BATCH) })
}

/// Somebody who answered them in time may still be choosing a password.
fn former_answers_kept(env: &Env) -> Duration {
    env.policy.email_undo_life + env.policy.reset_life.max(env.policy.agency_reset_life)
}
