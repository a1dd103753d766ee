//! Keeps workers busy for a while and times every turn.
//!
//! Honest by three rules: turns that were begun are finished and counted however long they take; a paced turn that
//! starts late because the one before it was slow is counted from when it was due; a worker whose turn fails stops, and
//! says why.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures::future::join_all;

use crate::latency::Latencies;
use crate::worker::Worker;

/// How fast turns follow each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// At once.
    Flat,
    /// This many in a second, of all workers together.
    PerSecond(u32),
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) latencies: Latencies,
    /// From the first turn's beginning to the last one's end.
    pub(crate) elapsed: Duration,
    pub(crate) errors: Vec<anyhow::Error>,
}

/// Turns of all workers at the same time for `length`.
pub(crate) async fn run(workers: &mut [Worker], length: Duration, pace: Pace) -> Load {
    let begun = Instant::now();
    let count = u32::try_from(workers.len()).unwrap_or(u32::MAX);
    let shifts = workers.iter_mut().zip(0..).map(|(worker, number)| {
        let plan = match pace {
            Pace::Flat => Plan { due: begun, interval: Duration::ZERO },
            Pace::PerSecond(rate) => {
                let between = Duration::from_secs(1) / rate;
                Plan { due: begun + between * number, interval: between * count }
            }
        };
        shift(worker, plan, begun + length)
    });
    let (samples, errors): (Vec<_>, Vec<_>) = join_all(shifts).await.into_iter().unzip();
    Load {
        latencies: Latencies::of(samples.concat()),
        elapsed: begun.elapsed(),
        errors: errors.into_iter().flatten().collect(),
    }
}

/// Turns of all workers until told to stop: how many there were, and what went wrong.
pub(crate) async fn run_until(workers: &mut [Worker], stop: &Cell<bool>) -> (u32, Vec<anyhow::Error>) {
    let shifts = workers.iter_mut().map(async |worker| {
        let mut turns = 0;
        while !stop.get() {
            match worker.turn().await {
                Ok(()) => turns += 1,
                Err(error) => return (turns, Some(error)),
            }
        }
        (turns, None)
    });
    let (turns, errors): (Vec<u32>, Vec<_>) = join_all(shifts).await.into_iter().unzip();
    (turns.iter().sum(), errors.into_iter().flatten().collect())
}

/// When one worker's turns are due.
struct Plan {
    due: Instant,
    /// Zero: as soon as the turn before it has ended.
    interval: Duration,
}

/// What a worker that is free does next.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// Its turn, timed from here.
    Turn(Instant),
    Wait(Instant),
}

impl Plan {
    fn next(&mut self, now: Instant) -> Next {
        if self.interval.is_zero() {
            return Next::Turn(now);
        }
        let due = self.due;
        self.due += self.interval;
        if due <= now { Next::Turn(due) } else { Next::Wait(due) }
    }
}

async fn shift(worker: &mut Worker, mut plan: Plan, end: Instant) -> (Vec<Duration>, Option<anyhow::Error>) {
    let mut samples = Vec::new();
    loop {
        let begun = match plan.next(Instant::now()) {
            Next::Turn(begun) | Next::Wait(begun) if begun >= end => return (samples, None),
            Next::Turn(begun) => begun,
            Next::Wait(due) => {
                tokio::time::sleep_until(due.into()).await;
                // Waking up late is the generator's fault, not the server's.
                Instant::now()
            }
        };
        match worker.turn().await {
            Ok(()) => samples.push(begun.elapsed()),
            Err(error) => return (samples, Some(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENTH: Duration = Duration::from_millis(100);

    #[test]
    fn a_turn_that_is_late_because_of_the_one_before_is_timed_from_when_it_was_due() {
        let start = Instant::now();
        let mut plan = Plan { due: start, interval: TENTH };
        assert_eq!(plan.next(start), Next::Turn(start));
        assert_eq!(plan.next(start + TENTH * 5 / 2), Next::Turn(start + TENTH));
        assert_eq!(plan.next(start + TENTH * 5 / 2), Next::Turn(start + TENTH * 2));
        assert_eq!(plan.next(start + TENTH * 5 / 2), Next::Wait(start + TENTH * 3));
    }

    #[test]
    fn without_a_pace_the_next_turn_begins_now() {
        let start = Instant::now();
        let mut plan = Plan { due: start, interval: Duration::ZERO };
        assert_eq!(plan.next(start + TENTH), Next::Turn(start + TENTH));
    }
}
