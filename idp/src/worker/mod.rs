//! What runs beside the requests: the dispatchers of queues, the jobs, the key ring's calendar, the audit log's chains, the
//! file of locations, the certificate, the sweeper.
//!
//! Each waits, looks, works and waits again until it is told to stop; a failure is logged and tried again at the next
//! look. None of them ever ends by itself.

mod certificate;
mod jobs;
mod queue;

use std::sync::Arc;
use std::time::Duration;

use idp_service::Env;
use idp_service::audit_log::{self, Chained};
use metrics::counter;
use tokio::sync::Notify;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

pub(crate) use certificate::watch_certificate;
pub(crate) use jobs::run_jobs;
pub(crate) use queue::{Doorbell, LogoutRounds, MailRounds, QueueWorker};

use crate::adapter::LocationFile;
use crate::telemetry::Metrics;

pub(crate) const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// An event has its place within a second (`provisioning.md` section 6).
const CHAIN_EVERY: Duration = Duration::from_millis(500);
const WATCH_EVERY: Duration = Duration::from_secs(30);

/// Makes, announces and drops signing keys as the calendar asks, and adopts what other nodes made.
pub(crate) async fn turn_keys(env: Env, poll: Duration, stop: CancellationToken) {
    let mut looks = Looks::every(poll, stop);
    while looks.next().await {
        match idp_service::keys::turn(&env).await {
            Ok(0) => {}
            Ok(changes) => {
                counter!("idp_signing_key_changes_total").increment(changes as u64);
                tracing::info!(changes, "the key ring turned");
            }
            Err(error) => tracing::error!(%error, "the key ring cannot be turned; trying again"),
        }
    }
}

/// Reads the file of locations again when the operator put another one in its place.
pub(crate) async fn watch_locations(file: Arc<LocationFile>, stop: CancellationToken) {
    let mut told = None;
    let mut looks = Looks::every(WATCH_EVERY, stop);
    while looks.next().await {
        let looked_at = Arc::clone(&file);
        let refreshed = match tokio::task::spawn_blocking(move || looked_at.refresh()).await {
            Ok(refreshed) => refreshed.map_err(|error| error.to_string()),
            Err(broken) => Err(broken.to_string()),
        };
        match refreshed {
            Ok(false) => {}
            Ok(true) => {
                tracing::info!(kind = file.kind(), "the file of locations was read again");
                told = None;
            }
            Err(error) if told.as_ref() == Some(&error) => {}
            Err(error) => {
                tracing::error!(error, "server.mmdb cannot be used; going on with what was read before");
                told = Some(error);
            }
        }
    }
}

/// Ties recorded events into their chains; of several nodes, one does.
pub(crate) async fn chain_audit(env: Env, owner: String, stop: CancellationToken) {
    if let Err(error) = audit_log::seal_anew(&env).await {
        tracing::error!(%error, "audit chains cannot be sealed under the present master key");
    }
    let mut told = Vec::new();
    let mut looks = Looks::every(CHAIN_EVERY, stop.clone());
    while looks.next().await {
        let mut more = true;
        while more && !stop.is_cancelled() {
            more = match audit_log::chain(&env, &owner).await {
                Ok(Chained { events, foreign }) => {
                    counter!("idp_audit_events_chained_total").increment(events);
                    if !foreign.is_empty() && foreign != told {
                        let chains = foreign.len();
                        tracing::error!(chains, "audit chains do not bear our seal; run `idp audit verify`");
                        told = foreign;
                    }
                    events > 0
                }
                Err(error) => {
                    tracing::error!(%error, "audit events cannot be chained; trying again");
                    false
                }
            };
        }
    }
}

/// Deletes rows whose time is over, in batches, until none is left.
pub(crate) async fn sweep(env: Env, metrics: Metrics, stop: CancellationToken) {
    let mut looks = Looks::every(SWEEP_EVERY, stop.clone());
    while looks.next().await {
        metrics.keep_up();
        let mut more = true;
        while more && !stop.is_cancelled() {
            more = match idp_service::sweep::sweep(&env).await {
                Ok(swept) => {
                    counter!("idp_swept_rows_total").increment(swept.rows);
                    swept.more
                }
                Err(error) => {
                    tracing::error!(%error, "expired rows cannot be swept; trying again");
                    false
                }
            };
        }
    }
}

/// Why to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextLook {
    Due,
    Asked,
}

/// A look in every period until told to stop; the first comes after one period, because the start has just looked.
struct Looks {
    clock: Interval,
    stop: CancellationToken,
}

impl Looks {
    fn every(period: Duration, stop: CancellationToken) -> Self {
        let mut clock = interval_at(Instant::now() + period, period);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { clock, stop }
    }

    /// `false` when it is time to stop.
    async fn next(&mut self) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            _ = self.clock.tick() => true,
        }
    }

    /// The same, or sooner when somebody asks; `None` when it is time to stop.
    async fn next_or(&mut self, asked: &Notify) -> Option<NextLook> {
        tokio::select! {
            () = asked.notified() => Some(NextLook::Asked),
            goes_on = self.next() => goes_on.then_some(NextLook::Due),
        }
    }
}
