//! `idp seed FILE`: fills the database of a test rig. Safe to repeat; never in production.

use std::path::PathBuf;

use clap::Args;
use idp_config::Mode;
use idp_service::seed::{Seeded, load};

use super::{ConfigFile, Failure, console};
use crate::compose;
use crate::policy::policy;
use crate::seed_file::{EXAMPLE, SeedFile};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Companies, clients and accounts in TOML
    #[arg(required_unless_present = "example")]
    file: Option<PathBuf>,
    /// Print a file that shows everything a seed can hold
    #[arg(long, exclusive = true)]
    example: bool,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Some(file) = &arguments.file else { return console::say(EXAMPLE.trim_end()) };
    let settings = arguments.config.load()?;
    if settings.mode == Mode::Production {
        return Err(Failure::SeedInProduction);
    }
    let file = SeedFile::read(file, policy(&settings).password)?;
    let store = compose::store(&settings).await?;
    compose::ready_schema(&store, settings.mode).await?;
    let env = compose::command_env(&settings, &store)?;
    let seed = file.resolve(&env).await?;
    let Seeded { companies, clients, accounts } = load(&env, &seed).await?;
    compose::close(store).await;
    console::say(format!(
        "Added {companies} of {} companies and {accounts} of {} accounts (the others were there), set {clients} clients.",
        seed.companies.len(),
        seed.accounts.len(),
    ))
}
