//! The command line. One file for each command; each is parsed here, run, and ends in one message or none.
//!
//! Exit codes: 0 done, 1 something outside failed, 2 the command, the configuration or a seed file has to be corrected.

mod account;
mod audit;
mod bootstrap;
mod client;
mod client_change;
mod client_check;
mod client_create;
mod client_invite;
mod client_metadata;
mod client_show;
mod company;
mod config;
pub(crate) mod console;
mod demo;
mod failure;
mod keys;
mod migrate;
mod seed;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use idp_config::{ConfigError, Settings};
use idp_service::Env;

use crate::compose;

pub use failure::Failure;

/// A standalone OpenID Connect provider for home-care agencies.
///
/// Try it out with `idp demo`. To run it for real, start from config/production.example.toml, then: `idp config check`,
/// `idp migrate`, `idp serve`, then `idp bootstrap`, each with `--config FILE`.
#[derive(Debug, Parser)]
#[command(name = "idp", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGINT or SIGTERM
    Serve(ConfigFile),
    /// Bring the database schema up to this release
    Migrate(ConfigFile),
    /// Check or show the settings
    #[command(subcommand)]
    Config(config::Command),
    /// List or rotate the signing keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Print the link that makes the first operator, with --add a further one
    Bootstrap(bootstrap::Arguments),
    /// Open, list, suspend and resume agencies
    #[command(subcommand)]
    Company(company::Command),
    /// Look at a person's account, switch it off and on
    #[command(subcommand)]
    Account(account::Command),
    /// Check the audit log, or print it
    #[command(subcommand)]
    Audit(audit::Command),
    /// Register, show, check, change and remove clients, rotate their secrets, switch them off and on
    #[command(subcommand)]
    Client(client::Command),
    /// Add companies, clients and activated test accounts from a file; refused in production
    Seed(seed::Arguments),
    /// Try everything out on this machine, with a sample agency, its portal and a mailbox
    Demo(demo::Arguments),
}

/// Where the settings come from; shared by most commands.
#[derive(Debug, Clone, Args)]
struct ConfigFile {
    /// Settings in TOML; without it, the defaults and the IDP__SECTION__KEY variables
    #[arg(long = "config", value_name = "FILE")]
    path: Option<PathBuf>,
}

impl ConfigFile {
    fn load(&self) -> Result<Settings, ConfigError> {
        idp_config::load_from_environment(self.path.as_deref())
    }
}

/// Opens the database that the settings name, acts on it, and closes it whatever came of that.
async fn on_database<T>(
    config: &ConfigFile,
    act: impl AsyncFnOnce(&Env) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let settings = config.load()?;
    let store = compose::store(&settings).await?;
    compose::ready_schema(&store, settings.mode).await?;
    let env = compose::command_env(&settings, &store)?;
    let acted = act(&env).await;
    compose::close(store).await;
    acted
}

/// Runs the program: its arguments, its command, its exit code.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    // Fails only when a provider is there already, which then is the same.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match execute(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("idp: {failure}");
            failure.exit_code()
        }
    }
}

fn execute(command: Command) -> Result<(), Failure> {
    match command {
        Command::Config(command) => config::run(command),
        Command::Serve(config) => wait_for(serve::run(&config)),
        Command::Migrate(config) => wait_for(migrate::run(&config)),
        Command::Keys(command) => wait_for(keys::run(&command)),
        Command::Bootstrap(arguments) => wait_for(bootstrap::run(&arguments)),
        Command::Company(command) => wait_for(company::run(&command)),
        Command::Account(command) => wait_for(account::run(&command)),
        Command::Audit(command) => wait_for(audit::run(&command)),
        Command::Client(command) => wait_for(client::run(&command)),
        Command::Seed(arguments) => wait_for(seed::run(&arguments)),
        Command::Demo(arguments) => wait_for(demo::run(&arguments)),
    }
}

fn wait_for(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
    runtime.block_on(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
