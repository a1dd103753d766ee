//! `idp config check | show`: what the settings are, and whether a server could start with them. Never shows a secret.

use clap::Subcommand;
use idp_config::{DEFAULTS, Settings};
use idp_domain::Clock as _;

use super::{ConfigFile, Failure, console};
use crate::adapter::SystemClock;
use crate::adapter::certificate::Outlook;
use crate::compose;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read the settings and the files they name, and report every problem at once
    Check(ConfigFile),
    /// Print the settings as they are used, secrets hidden
    Show {
        #[command(flatten)]
        config: ConfigFile,
        /// Print every setting with its default and its meaning instead
        #[arg(long, conflicts_with = "path")]
        defaults: bool,
    },
}

pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Check(config) => console::say(verdict(&config.load()?)?),
        Command::Show { defaults: true, .. } => console::say(DEFAULTS.trim_end()),
        Command::Show { config, .. } => console::say(config.load()?.show().trim_end()),
    }
}

fn verdict(settings: &Settings) -> Result<String, Failure> {
    let (database, ephemeral) = compose::kinds(settings);
    let (mode, issuer) = (settings.mode.word(), &settings.issuer.issuer);
    let obstacles = compose::obstacles(settings);
    if !obstacles.is_empty() {
        return Err(Failure::Obstacles(obstacles));
    }
    let tls = tls(settings)?;
    let places = compose::locations(settings)?.map(|file| format!(", places from {}", file.kind()));
    let places = places.unwrap_or_default();
    Ok(format!(
        "The settings are fine: {mode}, issuer {issuer}, database {database}, ephemeral state in {ephemeral}{tls}{places}."
    ))
}

fn tls(settings: &Settings) -> Result<String, Failure> {
    let Some(files) = compose::certificate(settings)? else { return Ok(String::new()) };
    let until = files.not_after().to_rfc3339();
    match files.outlook(SystemClock.now()) {
        Outlook::Good => Ok(format!(", TLS with a certificate until {until}")),
        Outlook::EndsSoon { days } => {
            let left = match days {
                0 => "within a day".to_owned(),
                1 => "in 1 day".to_owned(),
                days => format!("in {days} days"),
            };
            Ok(format!(", TLS with a certificate that ends {left} ({until})"))
        }
        Outlook::Bad(complaint) => Err(Failure::Certificate(complaint)),
    }
}
