//! How a server ends: signals, the order in which its parts stop, and how long that may take.
//!
//! First no new connection is accepted and running requests finish, then the workers stop; both within one grace. A
//! second signal ends all of it at once. SIGHUP ends nothing: it asks for a look at the files. Every task of the server is started here, so that none outlives it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// The tasks of a process, and what ends them.
pub(crate) struct Lifecycle {
    signals: Signals,
    hangup: Signal,
    /// Who looks at files when asked to.
    looker: Option<Arc<Notify>>,
    parts: Parts,
}

struct Parts {
    /// Told to stop first: they accept nothing more and finish what runs.
    servers: Tasks,
    /// Told to stop when no request runs any more.
    workers: Tasks,
}

/// Tasks that stop together.
#[derive(Default)]
struct Tasks {
    stop: CancellationToken,
    running: JoinSet<&'static str>,
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

/// A part of the server that should run until the end did not.
#[derive(Debug, thiserror::Error)]
#[error("{0} stopped by itself; the log says why")]
pub struct StoppedEarly(&'static str);

impl Lifecycle {
    /// # Errors
    /// When signals cannot be listened to.
    pub(crate) fn until_signal() -> io::Result<Self> {
        let signals = Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        };
        let hangup = signal(SignalKind::hangup())?;
        let parts = Parts { servers: Tasks::default(), workers: Tasks::default() };
        Ok(Self { signals, hangup, looker: None, parts })
    }

    /// Tells this one of every SIGHUP; without it, SIGHUP does nothing.
    pub(crate) fn on_hangup(&mut self, looker: Arc<Notify>) {
        self.looker = Some(looker);
    }

    /// Starts something that takes requests; it is told to stop first.
    pub(crate) fn serve<F>(&mut self, name: &'static str, server: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.parts.servers.start(name, server);
    }

    /// Starts something that works in the background; it is told to stop last.
    pub(crate) fn work<F>(&mut self, name: &'static str, worker: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.parts.workers.start(name, worker);
    }

    /// Waits for a signal, then ends everything within `grace`; what does not end is cut off and said so.
    ///
    /// # Errors
    /// [`StoppedEarly`] when a part ended, or broke, before any signal; the rest is then ended all the same.
    pub(crate) async fn run(self, grace: Duration) -> Result<(), StoppedEarly> {
        let Self { mut signals, mut hangup, looker, mut parts } = self;
        let hung_up = async {
            while hangup.recv().await.is_some() {
                heed(looker.as_deref());
            }
            std::future::pending().await
        };
        let early = tokio::select! {
            () = hung_up => None,
            signal = signals.next() => {
                tracing::info!(signal, grace = ?grace, "stopping");
                None
            }
            Some(ended) = parts.servers.running.join_next() => Some(ended.unwrap_or("a server")),
            Some(ended) = parts.workers.running.join_next() => Some(ended.unwrap_or("a worker")),
        };
        parts.end(grace, signals.next()).await;
        early.map_or(Ok(()), |name| Err(StoppedEarly(name)))
    }
}

/// SIGHUP, by which many servers are told to read their certificate again; it ends others.
fn heed(looker: Option<&Notify>) {
    match looker {
        Some(looker) => {
            tracing::info!("SIGHUP: looking at the certificate and key of server.tls now");
            looker.notify_one();
        }
        None => tracing::info!(
            "SIGHUP is ignored: without server.tls there is nothing to read again; settings take a restart"
        ),
    }
}

impl Parts {
    /// Ends everything: in order and within `grace`, or at once when there is a second signal.
    async fn end(mut self, grace: Duration, second_signal: impl Future<Output = &'static str>) {
        let end = Instant::now() + grace;
        let in_order = async {
            // The last quarter is the workers': a client that never finishes must not cost a mail under way.
            self.servers.wind_down(end - grace / 4, "requests").await;
            self.workers.wind_down(end, "workers").await;
        };
        tokio::select! {
            () = in_order => {}
            signal = second_signal => tracing::warn!(signal, "stopping at once"),
        }
        self.servers.running.shutdown().await;
        self.workers.running.shutdown().await;
    }
}

impl Tasks {
    fn start<F>(&mut self, name: &'static str, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let task = task(self.stop.clone());
        self.running.spawn(async move {
            task.await;
            name
        });
    }

    /// Tells them to stop and waits for them until `end`.
    async fn wind_down(&mut self, end: Instant, what: &str) {
        self.stop.cancel();
        let all = async { while self.running.join_next().await.is_some() {} };
        if timeout_at(end, all).await.is_err() {
            tracing::warn!("{what} did not finish in time and were cut off");
            self.running.shutdown().await;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::future::{pending, ready};
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Longer than any of these tests may take.
    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn when_a_part_stops_by_itself_requests_end_first_and_workers_last() {
        let ended = Arc::new(Mutex::new(Vec::new()));
        let note = |name: &'static str| {
            let ended = Arc::clone(&ended);
            move |stop: CancellationToken| async move {
                stop.cancelled().await;
                ended.lock().unwrap().push(name);
            }
        };
        let mut lifecycle = Lifecycle::until_signal().unwrap();
        lifecycle.work("worker", note("worker"));
        lifecycle.serve("server", note("server"));
        lifecycle.work("broken", |_| async {});
        let early = lifecycle.run(LONG).await.unwrap_err();
        assert_eq!(early.to_string(), "broken stopped by itself; the log says why");
        assert_eq!(*ended.lock().unwrap(), ["server", "worker"]);
    }

    #[tokio::test]
    async fn what_does_not_end_within_the_grace_is_cut_off() {
        let mut lifecycle = Lifecycle::until_signal().unwrap();
        lifecycle.serve("stuck", |_| pending());
        lifecycle.serve("broken", |_| async {});
        assert!(lifecycle.run(Duration::ZERO).await.is_err());
    }

    fn stuck() -> Parts {
        let mut parts = Parts { servers: Tasks::default(), workers: Tasks::default() };
        parts.servers.start("stuck server", |_| pending());
        parts.workers.start("stuck worker", |_| pending());
        parts
    }

    #[tokio::test]
    async fn requests_and_workers_share_one_grace() {
        let (grace, begun) = (Duration::from_secs(1), Instant::now());
        stuck().end(grace, pending()).await;
        let lasted = begun.elapsed();
        assert!(lasted >= grace && lasted < grace * 2, "{lasted:?}");
    }

    #[tokio::test]
    async fn a_mail_under_way_is_finished_even_when_a_request_never_is() {
        let finished = Arc::new(Mutex::new(false));
        let mut parts = stuck();
        let mail = Arc::clone(&finished);
        parts.workers.start("mail", |stop| async move {
            stop.cancelled().await;
            tokio::task::yield_now().await;
            *mail.lock().unwrap() = true;
        });
        parts.end(Duration::from_millis(400), pending()).await;
        assert!(*finished.lock().unwrap());
    }

    #[tokio::test]
    async fn a_second_signal_ends_requests_and_workers_at_once() {
        let begun = Instant::now();
        stuck().end(LONG, ready("SIGTERM")).await;
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
}
