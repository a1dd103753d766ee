//! The sample desktop program of a home-care agency (R56-R58): a window with Customer and Username, a log-in that happens
//! in the person's own browser, and a day's work after it.
//!
//! It knows the provider by its issuer URL alone, is a public client without a secret, keeps tokens in memory only, and
//! never sees a password.

mod browser;
mod cli;
mod login;
mod problem;
mod provider;
mod session;
mod settings;
mod terminal;
mod text;
mod window;
mod worker;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Options};
use crate::settings::Remembered;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,winit=error")),
        )
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("sample-desktop: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let options = Arc::new(Options::try_from(cli)?);
    let before = options.settings.as_deref().map(settings::load).unwrap_or_default();
    let begin_with = Remembered {
        customer: options.customer.clone().unwrap_or(before.customer),
        username: options.username.clone().unwrap_or(before.username),
    };
    if options.headless { terminal::run(options, begin_with) } else { window::run(options, begin_with) }
}
