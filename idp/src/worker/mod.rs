//! What runs beside the requests: the mail dispatcher, the key ring's calendar, the sweeper.
//!
//! Each waits, looks, works and waits again until it is told to stop; a failure is logged and tried again at the next
//! look. None of them ever ends by itself.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use idp_domain::ports::Postman;
use idp_service::env::Bell;
use idp_service::mail::{Dispatched, Dispatcher, Typist};
use idp_service::{Env, Fault};
use metrics::{counter, gauge};
use tokio::sync::Notify;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep};
use tokio_util::sync::CancellationToken;

use crate::telemetry::Metrics;

pub(crate) const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Rung after a commit that queued a mail; wakes the dispatcher of this process.
#[derive(Debug, Default)]
pub struct Doorbell(Notify);

impl Bell for Doorbell {
    fn ring(&self) {
        self.0.notify_one();
    }
}

/// The mail dispatcher of one node.
pub(crate) struct MailWorker {
    pub(crate) env: Env,
    pub(crate) typist: Arc<dyn Typist>,
    pub(crate) postman: Arc<dyn Postman>,
    pub(crate) bell: Arc<Doorbell>,
    /// Names this process among the nodes.
    pub(crate) owner: String,
    /// How often the queue is looked at when nobody rings.
    pub(crate) poll: Duration,
    pub(crate) rate_per_second: u32,
}

impl MailWorker {
    /// Sends what is due until told to stop. A mail that is under way then is finished first.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            // Registered before the look: a ring that comes while we look is not lost.
            let mut rung = pin!(self.bell.0.notified());
            rung.as_mut().enable();
            match self.look().await {
                Ok(Some(pause)) => self.pause(pause, &stop).await,
                Ok(None) => tokio::select! {
                    () = stop.cancelled() => {}
                    () = rung => {}
                    () = sleep(self.poll) => {}
                },
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read; trying again");
                    self.pause(self.poll, &stop).await;
                }
            }
        }
    }

    /// Sends one batch, and says how long to pause for the rate; `None` when nothing was due.
    async fn look(&self) -> Result<Option<Duration>, Fault> {
        let mut tx = self.env.store.read().await?;
        let due = tx.outbox().next_due().await?;
        let (waiting, dead) = tx.outbox().depth().await?;
        drop(tx);
        gauge!("idp_outbox_waiting").set(waiting as f64);
        gauge!("idp_outbox_dead").set(dead as f64);
        if due.is_none_or(|at| at > self.env.now()) {
            return Ok(None);
        }
        let begun = Instant::now();
        let Self { env, typist, postman, owner, .. } = self;
        let dispatcher = Dispatcher { env, typist: &**typist, postman: &**postman, owner };
        let dispatched = dispatcher.dispatch(self.rate_per_second.into()).await?;
        if dispatched.is_idle() {
            // Due, but another node was faster.
            return Ok(None);
        }
        count(dispatched);
        let sent = dispatched.sent + dispatched.retried + dispatched.dead;
        let fair = Duration::from_secs(1) * sent / self.rate_per_second.max(1);
        Ok(Some(fair.saturating_sub(begun.elapsed())))
    }

    async fn pause(&self, pause: Duration, stop: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(pause) => {}
        }
    }
}

fn count(dispatched: Dispatched) {
    let Dispatched { sent, retried, dead, dropped } = dispatched;
    for (outcome, mails) in [("sent", sent), ("retried", retried), ("dead", dead), ("dropped", dropped)] {
        counter!("idp_mails_total", "outcome" => outcome).increment(mails.into());
    }
    if dead > 0 || retried > 0 {
        tracing::warn!(sent, retried, dead, "some mails did not leave");
    } else {
        tracing::info!(sent, dropped, "mails");
    }
}

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
}
