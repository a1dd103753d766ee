//! How a server ends: signals, the order in which its parts stop, and how long that may take.
//!
//! First no new connection is accepted and running requests finish, then the workers stop. A second signal ends it at
//! once. Every task of the server is started here, so that none outlives it.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The stop switch of a process and the tasks that listen to it.
pub(crate) struct Lifecycle {
    signals: Signals,
    /// Cancelled first: servers stop accepting and finish what runs.
    serving: CancellationToken,
    /// Cancelled when no request runs any more.
    working: CancellationToken,
    servers: JoinSet<&'static str>,
    workers: JoinSet<&'static str>,
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
        Ok(Self {
            signals,
            serving: CancellationToken::new(),
            working: CancellationToken::new(),
            servers: JoinSet::new(),
            workers: JoinSet::new(),
        })
    }

    /// Starts something that takes requests; it is told to stop first.
    pub(crate) fn serve<F>(&mut self, name: &'static str, server: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let server = server(self.serving.clone());
        self.servers.spawn(async move {
            server.await;
            name
        });
    }

    /// Starts something that works in the background; it is told to stop last.
    pub(crate) fn work<F>(&mut self, name: &'static str, worker: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let worker = worker(self.working.clone());
        self.workers.spawn(async move {
            worker.await;
            name
        });
    }

    /// Waits for a signal, then ends everything within `grace`; what does not end is cut off and said so.
    ///
    /// # Errors
    /// [`StoppedEarly`] when a part ended, or broke, before any signal; the rest is then ended all the same.
    pub(crate) async fn run(mut self, grace: Duration) -> Result<(), StoppedEarly> {
        let early = tokio::select! {
            signal = self.signals.next() => {
                tracing::info!(signal, grace = ?grace, "stopping");
                None
            }
            Some(ended) = self.servers.join_next() => Some(ended.unwrap_or("a server")),
            Some(ended) = self.workers.join_next() => Some(ended.unwrap_or("a worker")),
        };
        tokio::select! {
            () = wind_down(&self.serving, &mut self.servers, grace, "requests") => {}
            signal = self.signals.next() => tracing::warn!(signal, "stopping at once"),
        }
        tokio::select! {
            () = wind_down(&self.working, &mut self.workers, grace, "workers") => {}
            signal = self.signals.next() => tracing::warn!(signal, "stopping at once"),
        }
        early.map_or(Ok(()), |name| Err(StoppedEarly(name)))
    }
}

async fn wind_down(stop: &CancellationToken, tasks: &mut JoinSet<&'static str>, grace: Duration, what: &str) {
    stop.cancel();
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(grace, all).await.is_err() {
        tracing::warn!(grace = ?grace, "{what} did not finish in time and were cut off");
        tasks.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::sync::{Arc, Mutex};

    use super::*;

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
        let early = lifecycle.run(Duration::from_secs(10)).await.unwrap_err();
        assert_eq!(early.to_string(), "broken stopped by itself; the log says why");
        assert_eq!(*ended.lock().unwrap(), ["server", "worker"]);
    }

    #[tokio::test]
    async fn what_does_not_end_within_the_grace_is_cut_off() {
        let mut lifecycle = Lifecycle::until_signal().unwrap();
        lifecycle.serve("stuck", |_| std::future::pending());
        lifecycle.serve("broken", |_| async {});
        assert!(lifecycle.run(Duration::ZERO).await.is_err());
    }
}
