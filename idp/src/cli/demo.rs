//! `idp demo`: everything on this machine, with sample people. Never reachable from elsewhere, never real mail.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::demo::{self, Options};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The sample portal's program [default: sample-portal beside this program]
    #[arg(long, value_name = "PATH")]
    portal: Option<PathBuf>,
    /// Folder for the demo's database, mails and secrets; kept from one run to the next
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    data: PathBuf,
    /// Port of the identity provider; 0: any
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,
    /// Port of the mailbox and the office's form; 0: any
    #[arg(long, value_name = "PORT", default_value_t = 8081)]
    desk_port: u16,
    /// Port of the sample portal; 0: any
    #[arg(long, value_name = "PORT", default_value_t = 8090)]
    portal_port: u16,
    /// Log what happens, not only what goes wrong
    #[arg(long, short)]
    verbose: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { portal, data, port, desk_port, portal_port, verbose } = arguments;
    let options = Options {
        portal: portal.clone(),
        folder: data.clone(),
        provider_port: *port,
        desk_port: *desk_port,
        portal_port: *portal_port,
        verbose: *verbose,
    };
    demo::run(options).await
}
