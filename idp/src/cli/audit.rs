//! `idp audit verify | export`: whether the log of who did what is as it was recorded, and the log as a file.

use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use idp_domain::audit::AuditFilter;
use idp_domain::audit_chain::{Breach, Broken, ChainId, Link};
use idp_domain::scope::Scope;
use idp_domain::{Digest, Timestamp};
use idp_service::Env;
use idp_service::audit_log::{self, Export, Finding, Format, Log, Noted, Report};
use idp_service::authority::{Caller, CompanyScope};

use super::{ConfigFile, Failure, console, on_database};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look for anything that was changed, removed or moved since it was recorded
    Verify(Verification),
    /// Print an agency's log, or without --company what belongs to none, the oldest event first
    Export(Exportation),
}

#[derive(Debug, Args)]
pub(super) struct Verification {
    /// Only this agency: its company code, an older one, or its id (cmp_...)
    #[arg(long)]
    company: Option<String>,
    /// What this command said earlier, kept on another machine: then a log that was put back to an older state is found, too
    #[arg(long, value_name = "FILE")]
    noted: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Debug, Args)]
pub(super) struct Exportation {
    /// The agency: its company code, an older one, or its id (cmp_...)
    #[arg(long)]
    company: Option<String>,
    /// From then on: 2026-11-21, or 2026-11-21T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    from: Option<Timestamp>,
    /// Before then
    #[arg(long, value_name = "TIME", value_parser = instant)]
    to: Option<Timestamp>,
    #[arg(long, default_value = "ndjson")]
    format: Kind,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// One JSON object on each line
    Ndjson,
    /// For spreadsheets
    Csv,
}

fn instant(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse(text)
        .ok_or("write a date such as 2026-11-21, or an instant such as 2026-11-21T08:00:00Z")
}

pub(super) async fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Verify(asked) => on_database(&asked.config, async |env| verify(env, asked).await).await,
        Command::Export(asked) => on_database(&asked.config, async |env| export(env, asked).await).await,
    }
}

async fn company(env: &Env, named: &str) -> Result<CompanyScope, Failure> {
    let scope = Caller::of_commands().company(env, Scope::AuditRead, named).await?;
    scope.ok_or_else(|| Failure::UnknownCompany(named.to_owned()))
}

async fn verify(env: &Env, asked: &Verification) -> Result<(), Failure> {
    let only = match &asked.company {
        Some(named) => Some(ChainId::from(Some(company(env, named).await?.id()))),
        None => None,
    };
    let noted = match &asked.noted {
        Some(path) => noted(path)?,
        None => Noted::new(),
    };
    let report = audit_log::verify(env, only, &noted).await?;
    match () {
        () if report.emptied => return Err(Failure::AuditEmptied),
        () if report.is_blank() => return console::say("Nothing was recorded yet."),
        () => console::say(told(&report))?,
    }
    if report.is_intact() { Ok(()) } else { Err(Failure::AuditBroken) }
}

/// The table that this command prints: who noted it can hand it in again.
fn told(report: &Report) -> String {
    let mut lines = vec![format!("{:<36}  {:>10}  {:<20}  HEAD", "LOG", "EVENTS", "STATE")];
    for Finding { chain, events, head, broken } in &report.findings {
        let state = broken.as_ref().map_or_else(|| "intact".to_owned(), how);
        lines.push(format!("{:<36}  {events:>10}  {state:<20}  {}", chain.to_string(), written(head)));
    }
    if report.complete == Some(false) {
        lines.push(
            "\nA whole log that was begun is not there any more, or one was put beside the others."
                .to_owned(),
        );
    }
    lines.push(format!("\nEvents that wait for their place in a log: {}", report.unchained));
    lines.join("\n")
}

fn how(Broken { seq, how }: &Broken) -> String {
    match how {
        Breach::Missing => format!("missing at {seq}"),
        Breach::Changed => format!("changed at {seq}"),
        Breach::Outside => format!("foreign at {seq}"),
        Breach::Ends => format!("ends changed at {seq}"),
        Breach::RolledBack => format!("older than {seq}"),
    }
}

fn written(head: &Link) -> String {
    let hash: String = head.hash.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}:{hash}", head.seq)
}

/// The heads in what this command printed.
fn noted(path: &Path) -> Result<Noted, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|why| Failure::Noted { path: path.to_path_buf(), why: why.to_string() })?;
    let heads: Noted = text.lines().filter_map(read_line).collect();
    if heads.is_empty() {
        let why = "it is not what `idp audit verify` prints".to_owned();
        return Err(Failure::Noted { path: path.to_path_buf(), why });
    }
    Ok(heads)
}

fn read_line(line: &str) -> Option<(ChainId, Link)> {
    let mut words = line.split_whitespace();
    let (log, head) = (words.next()?, words.next_back()?);
    let chain = match log {
        "platform" => ChainId::PLATFORM,
        company => Some(company.parse().ok()?).into(),
    };
    let (seq, hash) = head.split_once(':')?;
    Some((chain, Link { seq: seq.parse().ok()?, hash: Digest::from_bytes(read_hash(hash)?) }))
}

fn read_hash(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}

async fn export(env: &Env, asked: &Exportation) -> Result<(), Failure> {
    let log: Log = match &asked.company {
        Some(named) => (&company(env, named).await?).into(),
        None => (&Caller::of_commands().operator(env, Scope::AuditRead)?).into(),
    };
    let filter = AuditFilter { from: asked.from, to: asked.to, ..AuditFilter::default() };
    let format = match asked.format {
        Kind::Ndjson => Format::Ndjson,
        Kind::Csv => Format::Csv,
    };
    let mut export = Export::begin(env, log, filter, format).await.map_err(Failure::Audit)?;
    while let Some(text) = export.next(env).await.map_err(Failure::Audit)? {
        match io::stdout().lock().write_all(text.as_bytes()) {
            // A reader that went away (`| head`) is no failure.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            written => written.map_err(Failure::Output)?,
        }
    }
    io::stdout().lock().flush().map_err(Failure::Output)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn what_is_printed_can_be_noted_and_read_again() {
        let company = ChainId::from(Some("cmp_00000000000000000000000000000007".parse().unwrap()));
        let head = |seq| Link { seq, hash: Digest::of(&[7]) };
        let finding = |chain, seq, broken| Finding { chain, events: seq, head: head(seq), broken };
        let broken = Some(Broken { seq: 3, how: Breach::Ends });
        let report = Report {
            findings: vec![finding(ChainId::PLATFORM, 12, None), finding(company, 4, broken)],
            unchained: 2,
            complete: Some(false),
            emptied: false,
        };
        let read: Noted = told(&report).lines().filter_map(read_line).collect();
        assert_eq!(read, Noted::from([(ChainId::PLATFORM, head(12)), (company, head(4))]));
        assert!(!report.is_intact());
    }
}
