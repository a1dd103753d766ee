//! One run on one database: the server is started, watched while the scenarios pass one after the other, and stopped.

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use futures::future::{join, try_join_all};
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use crate::cpu;
use crate::database::{Database, DatabaseKind, Services};
use crate::latency::Latencies;
use crate::load::{self, Load, Pace};
use crate::profile::Profile;
use crate::report::{CpuShares, Report, Row};
use crate::scenario::Scenario;
use crate::server::{Rig, Server};
use crate::worker::{ACCOUNTS_EACH, Worker};

/// Refreshes a second beside the flood: far below what the server can do, so that waiting has one cause.
const FLOOD_PACE: u32 = 200;
/// The middle one of so many starts is told.
const STARTS: usize = 5;
/// Time for what a start leaves to be done after it.
const SETTLE: Duration = Duration::from_secs(1);

/// What is to be measured.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) program: PathBuf,
    pub(crate) services: Services,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) seconds: u64,
    pub(crate) workers: usize,
    pub(crate) profiles: Option<PathBuf>,
    /// CPU time of one hash, if log-ins are measured.
    pub(crate) argon2: Option<Duration>,
}

impl Plan {
    /// # Errors
    /// When the server cannot be started or seeded. What fails later is in the report.
    pub(crate) async fn run(&self, kind: DatabaseKind) -> Result<Report> {
        let database = Database::create(kind, &self.services).await?;
        // The database goes in every case, the server with what is dropped here.
        let report = tokio::select! {
            biased;
            stopped = interrupted() => stopped.and_then(|()| bail!("interrupted")),
            report = self.run_on(kind, &database) => report,
        };
        let removed = database.remove().await;
        let report = report?;
        removed.context("removing the database")?;
        Ok(report)
    }

    async fn run_on(&self, kind: DatabaseKind, database: &Database) -> Result<Report> {
        let rig = Rig::new(&self.program, |folder| database.url(folder), database.ephemeral())?;
        rig.seed(self.workers * ACCOUNTS_EACH)?;
        // The first start makes the signing keys, which happens once in a provider's life.
        rig.start().await?.stop().await?;
        let mut starts = Vec::new();
        for _ in 1..STARTS {
            let server = rig.start().await?;
            starts.push(server.took);
            server.stop().await?;
        }
        let server = rig.start().await?;
        starts.push(server.took);
        sleep(SETTLE).await;
        let idle_bytes = cpu::resident_bytes(server.pid())?;
        let watch = Watch { plan: self, database, server: &server, address: rig.address };
        let mut rows = Vec::new();
        for &scenario in &self.scenarios {
            match watch.rows(scenario).await {
                Ok(measured) => rows.extend(measured),
                Err(error) => rows.push(Row::failed(scenario.name(), said(&error))),
            }
        }
        let gone = || format!("the server is gone, and said:\n{}", rig.complaints());
        let loaded_bytes = cpu::resident_bytes(server.pid()).with_context(gone)?;
        server.stop().await.with_context(gone)?;
        Ok(Report {
            database: kind,
            workers: self.workers,
            seconds: self.seconds,
            rows,
            start: Latencies::of(starts).percentile(50),
            idle_bytes,
            loaded_bytes,
            binary_bytes: std::fs::metadata(&self.program)?.len(),
            argon2: self.argon2,
            server_said: rig.complaints(),
        })
    }

    fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Runs before what is measured, and is not.
    fn warm_up(&self) -> Duration {
        (self.length() / 5).clamp(Duration::from_millis(300), Duration::from_secs(2))
    }
}

/// A running server under observation.
struct Watch<'a> {
    plan: &'a Plan,
    database: &'a Database,
    server: &'a Server,
    address: SocketAddr,
}

impl Watch<'_> {
    async fn rows(&self, scenario: Scenario) -> Result<Vec<Row>> {
        let mut workers = self.workers(scenario).await?;
        if scenario == Scenario::Flood {
            return self.flood(&mut workers).await;
        }
        let row = self.load(scenario.name(), &mut workers, Pace::Flat).await?;
        Ok(vec![Row { goal: scenario.goal(self.plan.argon2), ..row }])
    }

    /// The same refreshes without and with log-ins beside them.
    async fn flood(&self, refreshing: &mut [Worker]) -> Result<Vec<Row>> {
        let (name, pace) = (format!("refresh at {FLOOD_PACE}/s"), Pace::PerSecond(FLOOD_PACE));
        let alone = self.load(format!("{name}, alone"), refreshing, pace).await?;

        let mut crowd = self.workers(Scenario::LogIn).await?;
        let (stop, begun) = (Cell::new(false), Instant::now());
        let measured = async {
            let row = self.load(name.clone(), refreshing, pace).await;
            stop.set(true);
            row
        };
        let (row, (log_ins, errors)) = join(measured, load::run_until(&mut crowd, &stop)).await;
        let rate = f64::from(log_ins) / begun.elapsed().as_secs_f64();
        let mut flooded = row?;
        flooded.scenario = format!("{name}, {rate:.0} log-ins/s");
        // Nearly all of it is the log-ins'.
        flooded.cpu = None;
        flooded.errors.extend(errors.iter().map(said));
        Ok(vec![alone, flooded])
    }

    async fn workers(&self, scenario: Scenario) -> Result<Vec<Worker>> {
        let ready = (0..self.plan.workers).map(|number| Worker::ready(scenario, self.address, number));
        try_join_all(ready).await
    }

    /// One row: a warm-up, of which only errors count, then what is measured.
    async fn load(&self, scenario: String, workers: &mut [Worker], pace: Pace) -> Result<Row> {
        let profiles = self.plan.profiles.as_ref();
        let profile = profiles.map(|folder| Profile::start(folder, &scenario, self.server.pid()));
        let profile = profile.transpose()?;
        let warm_up = load::run(workers, self.plan.warm_up(), pace).await;
        let before = self.clocks()?;
        let Load { latencies, elapsed, errors } = load::run(workers, self.plan.length(), pace).await;
        let cpu = CpuShares::between(before, self.clocks()?, latencies.count());
        drop(profile);
        Ok(Row {
            scenario,
            count: latencies.count(),
            per_second: Some(latencies.per_second(elapsed)),
            p50: latencies.percentile(50),
            p99: latencies.percentile(99),
            cpu,
            goal: None,
            errors: warm_up.errors.iter().chain(&errors).map(said).collect(),
        })
    }

    /// The CPU clocks of everybody involved.
    fn clocks(&self) -> Result<CpuShares> {
        Ok(CpuShares {
            server: cpu::of_process(self.server.pid())?,
            database: self.database.cpu()?,
            generator: cpu::of_process(std::process::id())?,
        })
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn interrupted() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = ctrl_c() => Ok(pressed?),
        _ = terminate.recv() => Ok(()),
    }
}

/// An error with its causes.
fn said(error: &anyhow::Error) -> String {
    format!("{error:#}")
}
