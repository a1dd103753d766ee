//! `idp bootstrap`: prints the link that makes the first operator, or with `--add` a further one. Shown once.

use clap::Args;
use idp_domain::scope::Scope;
use idp_service::Env;
use idp_service::authority::Caller;
use idp_service::bootstrap::{self, Link};

use super::{ConfigFile, Failure, console, on_database};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Let somebody become an operator although there is one already
    #[arg(long)]
    add: bool,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let link = on_database(&arguments.config, async |env| make(env, arguments.add).await).await?;
    let Link { address, until } = link;
    console::say(format!(
        "Open this link, or hand it to who is to be an operator. It works once, until {}, and is not shown again:\n\n{}",
        until.to_rfc3339(),
        address.expose()
    ))
}

async fn make(env: &Env, further: bool) -> Result<Link, Failure> {
    let operator = Caller::of_commands().operator(env, Scope::CompaniesWrite)?;
    Ok(bootstrap::make_link(env, &operator, further).await?)
}
