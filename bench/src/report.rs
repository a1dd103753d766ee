//! The figures of a run, as a table to read and paste (Markdown) and as JSON to compare.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::argon2::Argon2Alone;
use crate::database::DatabaseKind;

/// Goals of the server as a whole (architecture, "Cost").
const GOAL_START: Duration = Duration::from_millis(300);
const GOAL_MEMORY: u64 = 30_000_000;
const GOAL_BINARY: u64 = 30_000_000;

/// Everything measured on one database.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) database: DatabaseKind,
    pub(crate) workers: usize,
    pub(crate) seconds: u64,
    pub(crate) rows: Vec<Row>,
    #[serde(rename = "start_us", serialize_with = "as_micros_if_any")]
    pub(crate) start: Option<Duration>,
    pub(crate) idle_bytes: u64,
    pub(crate) loaded_bytes: u64,
    pub(crate) binary_bytes: u64,
    #[serde(rename = "argon2_alone_us", serialize_with = "as_micros_if_any")]
    pub(crate) argon2: Option<Duration>,
    /// Warnings and errors of the server, the last of them.
    pub(crate) server_said: String,
}

/// One scenario.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) scenario: String,
    /// Requests, or flows.
    pub(crate) count: usize,
    pub(crate) per_second: Option<f64>,
    #[serde(rename = "p50_us", serialize_with = "as_micros_if_any")]
    pub(crate) p50: Option<Duration>,
    #[serde(rename = "p99_us", serialize_with = "as_micros_if_any")]
    pub(crate) p99: Option<Duration>,
    #[serde(flatten)]
    pub(crate) cpu: Option<CpuShares>,
    #[serde(rename = "goal_cpu_us", serialize_with = "as_micros_if_any")]
    pub(crate) goal: Option<Duration>,
    /// Each fails the run.
    pub(crate) errors: Vec<String>,
}

impl Row {
    /// A scenario that could not even begin.
    pub(crate) fn failed(scenario: String, error: String) -> Self {
        let errors = vec![error];
        Self { scenario, count: 0, per_second: None, p50: None, p99: None, cpu: None, goal: None, errors }
    }
}

/// CPU time per request, or per flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct CpuShares {
    #[serde(rename = "server_cpu_us", serialize_with = "as_micros")]
    pub(crate) server: Duration,
    #[serde(rename = "database_cpu_us", serialize_with = "as_micros_if_any")]
    pub(crate) database: Option<Duration>,
    #[serde(rename = "generator_cpu_us", serialize_with = "as_micros")]
    pub(crate) generator: Duration,
}

impl CpuShares {
    /// What each of `count` requests cost between two looks at the clocks; `None` when there were none.
    pub(crate) fn between(before: Self, after: Self, count: usize) -> Option<Self> {
        let count = u32::try_from(count).ok().filter(|&count| count > 0)?;
        let share = |before: Duration, after: Duration| after.saturating_sub(before) / count;
        Some(Self {
            server: share(before.server, after.server),
            database: before.database.zip(after.database).map(|(before, after)| share(before, after)),
            generator: share(before.generator, after.generator),
        })
    }
}

impl Report {
    pub(crate) fn is_flawless(&self) -> bool {
        self.rows.iter().all(|row| row.errors.is_empty())
    }

    fn write_rows(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| {:34} |  per s | p50 ms | p99 ms | CPU µs | goal µs | database µs | generator µs | errors |",
            "scenario"
        )?;
        writeln!(
            f,
            "|:{:-<34}-|-------:|-------:|-------:|-------:|--------:|------------:|-------------:|-------:|",
            ""
        )?;
        for row in &self.rows {
            writeln!(
                f,
                "| {:34} | {:>6} | {:>6} | {:>6} | {:>6} | {:>7} | {:>11} | {:>12} | {:6} |",
                row.scenario,
                cell(row.per_second.map(|rate| format!("{rate:.0}"))),
                cell(row.p50.map(milliseconds)),
                cell(row.p99.map(milliseconds)),
                cell(row.cpu.map(|cpu| cpu.server.as_micros())),
                cell(row.goal.map(|goal| goal.as_micros())),
                cell(row.cpu.and_then(|cpu| cpu.database).map(|database| database.as_micros())),
                cell(row.cpu.map(|cpu| cpu.generator.as_micros())),
                row.errors.len(),
            )?;
        }
        Ok(())
    }

    fn write_server(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {:34} | measured | goal    |", "server")?;
        writeln!(f, "|:{:-<34}-|---------:|--------:|", "")?;
        let mut line = |name: &str, measured: String, goal: String| {
            writeln!(f, "| {name:34} | {measured:>8} | {goal:>7} |")
        };
        let in_ms = |time: Duration| format!("{} ms", time.as_millis());
        line("start to ready", cell(self.start.map(in_ms)), in_ms(GOAL_START))?;
        line("memory before the first log-in", megabytes(self.idle_bytes), megabytes(GOAL_MEMORY))?;
        line("memory after the last scenario", megabytes(self.loaded_bytes), cell::<String>(None))?;
        line("binary", megabytes(self.binary_bytes), megabytes(GOAL_BINARY))
    }

    fn write_errors(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for row in self.rows.iter().filter(|row| !row.errors.is_empty()) {
            writeln!(f, "\n{} failed {} times:", row.scenario, row.errors.len())?;
            let mut different = row.errors.clone();
            different.sort_unstable();
            different.dedup();
            different.iter().try_for_each(|error| writeln!(f, "  {error}"))?;
        }
        if !self.server_said.is_empty() {
            writeln!(f, "\nThe server said, last:\n{}", self.server_said)?;
        }
        Ok(())
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { database, workers, seconds, .. } = self;
        writeln!(f, "{}; {workers} workers, {seconds} s each\n", database.name())?;
        self.write_rows(f)?;
        writeln!(f)?;
        self.write_server(f)?;
        self.write_errors(f)
    }
}

impl Display for Argon2Alone {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { per_second, cpu } = self;
        write!(f, "Argon2 alone, on every core: {per_second:.0} hashes/s, {} µs of CPU each", cpu.as_micros())
    }
}

fn cell<T: Display>(figure: Option<T>) -> String {
    figure.map_or_else(|| "–".to_owned(), |figure| figure.to_string())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

/// Rounded up: nothing is shown smaller than it is.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

fn as_micros<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    time.as_micros().serialize(serializer)
}

fn as_micros_if_any<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_micros()).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(server: u64, database: Option<u64>, generator: u64) -> CpuShares {
        CpuShares {
            server: Duration::from_millis(server),
            database: database.map(Duration::from_millis),
            generator: Duration::from_millis(generator),
        }
    }

    #[test]
    fn what_a_request_costs_is_its_share_of_what_was_used_meanwhile() {
        let share = CpuShares::between(look(100, Some(50), 7), look(2_100, Some(1_050), 507), 10_000);
        let expected = CpuShares {
            server: Duration::from_micros(200),
            database: Some(Duration::from_micros(100)),
            generator: Duration::from_micros(50),
        };
        assert_eq!(share, Some(expected));
    }

    #[test]
    fn without_a_request_nothing_has_a_share() {
        assert_eq!(CpuShares::between(look(0, None, 0), look(10, None, 10), 0), None);
    }

    #[test]
    fn an_error_is_printed_once_and_spoils_the_report() {
        let row = Row {
            scenario: "refresh".to_owned(),
            count: 2,
            per_second: Some(1234.4),
            p50: Some(Duration::from_micros(1_500)),
            p99: None,
            cpu: Some(look(1, None, 1)),
            goal: Some(Duration::from_micros(400)),
            errors: vec!["status 500".to_owned(), "status 500".to_owned()],
        };
        let report = Report {
            database: DatabaseKind::Sqlite,
            workers: 2,
            seconds: 1,
            rows: vec![row],
            start: Some(Duration::from_millis(45)),
            idle_bytes: 24_910_000,
            loaded_bytes: 80_000_000,
            binary_bytes: 29_000_000,
            argon2: None,
            server_said: String::new(),
        };
        let text = report.to_string();
        assert!(!report.is_flawless());
        assert_eq!(text.matches("status 500").count(), 1, "{text}");
        assert!(text.contains("|   1234 |   1.50 |      – |   1000 |     400 |"), "{text}");
        assert!(text.contains("|  25.0 MB |") && text.contains("|    45 ms |"), "{text}");
    }
}
