//! `idp-bench`: starts the real `idp`, loads it over HTTP and prints what each kind of request costs (docs/benchmarks.md).
//!
//! Sends nothing but to the server it has started, on loopback; stops by itself, and takes the server and its database
//! with it.

mod argon2;
mod cpu;
mod database;
mod http;
mod key;
mod latency;
mod load;
mod person;
mod profile;
mod report;
mod run;
mod scenario;
mod seed;
mod server;
mod worker;

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Parser, ValueEnum};

use argon2::Argon2Alone;
use database::{DatabaseKind, Services};
use run::Plan;
use scenario::Scenario;

/// Measures what requests cost the real server
#[derive(Debug, Parser)]
#[command(name = "idp-bench", version)]
struct Cli {
    /// How long each scenario is measured
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Connections that are busy at the same time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    /// Scenarios to measure, with commas between them [default: all]
    #[arg(long, value_delimiter = ',', value_name = "SCENARIO")]
    only: Vec<Scenario>,
    #[arg(long, value_enum, default_value_t = Databases::Sqlite)]
    database: Databases,
    #[command(flatten)]
    services: Services,
    /// Write the figures into this file too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The server's program [default: `idp` beside this one]
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Record each scenario with perf into this folder
    #[arg(long, value_name = "FOLDER")]
    profile: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Databases {
    Sqlite,
    Postgres,
    Both,
}

impl Databases {
    const fn kinds(self) -> &'static [DatabaseKind] {
        match self {
            Self::Sqlite => &[DatabaseKind::Sqlite],
            Self::Postgres => &[DatabaseKind::Postgres],
            Self::Both => &[DatabaseKind::Sqlite, DatabaseKind::Postgres],
        }
    }
}

/// One thread: the load generator leaves the other cores to the server.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match bench(Cli::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("idp-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything was answered as expected.
async fn bench(cli: Cli) -> Result<bool> {
    let program = cli.server.map_or_else(beside_this_program, Ok)?;
    let all = Scenario::value_variants().to_vec();
    let scenarios = if cli.only.is_empty() { all } else { cli.only };
    let argon2 = if scenarios.contains(&Scenario::LogIn) {
        let alone = Argon2Alone::measure()?;
        say(&format!("{alone}\n"))?;
        Some(alone.cpu)
    } else {
        None
    };
    let plan = Plan {
        program,
        services: cli.services,
        scenarios,
        seconds: cli.seconds,
        workers: cli.workers.into(),
        profiles: cli.profile,
        argon2,
    };
    let mut reports = Vec::new();
    for &kind in cli.database.kinds() {
        let report = plan.run(kind).await?;
        say(&report.to_string())?;
        reports.push(report);
    }
    if let Some(file) = cli.json {
        let json = serde_json::to_string_pretty(&reports)?;
        fs::write(&file, json).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(reports.iter().all(report::Report::is_flawless))
}

fn beside_this_program() -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("idp");
    if !program.is_file() {
        bail!("{} is missing: build it, or say where it is with --server", program.display());
    }
    Ok(program)
}

fn say(text: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{text}")?)
}
