//! The dispatcher of one queue on one node: woken by its bell after a commit, by the clock otherwise; sends what is due,
//! never faster than its rate, and finishes what is under way when it is told to stop.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::delivery::Delivery;
use idp_domain::ports::{Deliveries, Postman};
use idp_service::dispatch::Dispatched;
use idp_service::env::{Bell, Queue};
use idp_service::mail::{Dispatcher, Typist};
use idp_service::{Env, Fault, backchannel};
use metrics::{counter, gauge};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// One bell for each queue, rung after a commit that put something into it.
#[derive(Debug, Default)]
pub struct Doorbell {
    mail: Notify,
    logout: Notify,
    jobs: Notify,
}

impl Doorbell {
    pub(super) fn of(&self, queue: Queue) -> &Notify {
        match queue {
            Queue::Mail => &self.mail,
            Queue::Logout => &self.logout,
            Queue::Jobs => &self.jobs,
        }
    }
}

impl Bell for Doorbell {
    fn ring(&self, queue: Queue) {
        self.of(queue).notify_one();
    }
}

/// What a queue holds.
pub(crate) struct Waiting {
    due: Option<Timestamp>,
    waiting: u64,
    dead: u64,
}

/// What one queue delivers, and how.
#[async_trait]
pub(crate) trait Rounds: Send + Sync {
    const QUEUE: Queue;
    /// Names the queue in metrics and in the log.
    const NAME: &'static str;

    async fn look(&self) -> Result<Waiting, Fault>;
    /// Delivers at most `limit`.
    async fn deliver(&self, limit: u64) -> Result<Dispatched, Fault>;
}

/// Mails, by the postman.
pub(crate) struct MailRounds {
    pub(crate) env: Env,
    pub(crate) typist: Arc<dyn Typist>,
    pub(crate) postman: Arc<dyn Postman>,
    /// Names this process among the nodes.
    pub(crate) owner: String,
}

#[async_trait]
impl Rounds for MailRounds {
    const QUEUE: Queue = Queue::Mail;
    const NAME: &'static str = "mail";

    async fn look(&self) -> Result<Waiting, Fault> {
        look(self.env.store.read().await?.outbox()).await
    }

    async fn deliver(&self, limit: u64) -> Result<Dispatched, Fault> {
        let Self { env, typist, postman, owner } = self;
        Dispatcher { env, typist: &**typist, postman: &**postman, owner }.dispatch(limit).await
    }
}

/// Logout tokens, to the clients' own addresses.
pub(crate) struct LogoutRounds {
    pub(crate) env: Env,
    /// Names this process among the nodes.
    pub(crate) owner: String,
}

#[async_trait]
impl Rounds for LogoutRounds {
    const QUEUE: Queue = Queue::Logout;
    const NAME: &'static str = "logout";

    async fn look(&self) -> Result<Waiting, Fault> {
        look(self.env.store.read().await?.logouts()).await
    }

    async fn deliver(&self, limit: u64) -> Result<Dispatched, Fault> {
        backchannel::dispatch(&self.env, &self.owner, limit).await
    }
}

async fn look<T: Delivery>(queue: &mut dyn Deliveries<T>) -> Result<Waiting, Fault> {
    let due = queue.next_due().await?;
    let (waiting, dead) = queue.depth().await?;
    Ok(Waiting { due, waiting, dead })
}

/// Keeps a queue moving.
pub(crate) struct QueueWorker<R> {
    pub(crate) rounds: R,
    pub(crate) env: Env,
    pub(crate) bell: Arc<Doorbell>,
    /// How often the queue is looked at when nobody rings.
    pub(crate) poll: Duration,
    pub(crate) rate_per_second: u32,
}

impl<R: Rounds> QueueWorker<R> {
    /// Delivers what is due until told to stop. What is under way then is finished first.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            // Registered before the look: a ring that comes while we look is not lost.
            let mut rung = pin!(self.bell.of(R::QUEUE).notified());
            rung.as_mut().enable();
            match self.round().await {
                Ok(Some(pause)) => self.pause(pause, &stop).await,
                Ok(None) => tokio::select! {
                    () = stop.cancelled() => {}
                    () = rung => {}
                    () = sleep(self.poll) => {}
                },
                Err(error) => {
                    tracing::error!(queue = R::NAME, %error, "the queue cannot be read; trying again");
                    self.pause(self.poll, &stop).await;
                }
            }
        }
    }

    /// Delivers one batch, and says how long to pause for the rate; `None` when nothing was due.
    async fn round(&self) -> Result<Option<Duration>, Fault> {
        let Waiting { due, waiting, dead } = self.rounds.look().await?;
        gauge!("idp_queue_waiting", "queue" => R::NAME).set(waiting as f64);
        gauge!("idp_queue_dead", "queue" => R::NAME).set(dead as f64);
        if due.is_none_or(|at| at > self.env.now()) {
            return Ok(None);
        }
        let begun = Instant::now();
        let dispatched = self.rounds.deliver(self.rate_per_second.into()).await?;
        if dispatched.is_idle() {
            // Due, but another node was faster.
            return Ok(None);
        }
        count(R::NAME, dispatched);
        let tried = dispatched.sent + dispatched.retried + dispatched.dead;
        let fair = Duration::from_secs(1) * tried / self.rate_per_second.max(1);
        Ok(Some(fair.saturating_sub(begun.elapsed())))
    }

    async fn pause(&self, pause: Duration, stop: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(pause) => {}
        }
    }
}

fn count(queue: &'static str, dispatched: Dispatched) {
    let Dispatched { sent, retried, dead, dropped } = dispatched;
    for (outcome, deliveries) in [("sent", sent), ("retried", retried), ("dead", dead), ("dropped", dropped)]
    {
        counter!("idp_deliveries_total", "queue" => queue, "outcome" => outcome).increment(deliveries.into());
    }
    if dead > 0 || retried > 0 {
        tracing::warn!(queue, sent, retried, dead, "some deliveries failed");
    } else {
        tracing::info!(queue, sent, dropped, "delivered");
    }
}
