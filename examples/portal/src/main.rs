//! The sample agency portal: a small OpenID Connect relying party, its own process and port (R62).
//!
//! It is a "backend for the frontend": it keeps every token on the server and gives the browser nothing
//! but an opaque cookie. It knows the provider by its issuer URL alone, and works with any OpenID
//! Connect provider. It never sees a password.

mod brand;
mod cli;
mod cookies;
mod flow;
mod headers;
mod oidc;
mod pages;
mod routes;
mod session;
#[cfg(test)]
mod tests;

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Settings};

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sample-portal: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(cli: Cli) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let settings = Settings::try_from(cli)?;

    let listener = tokio::net::TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("cannot listen on {}; is another portal running there?", settings.listen))?;
    tracing::info!(url = %settings.public_url, issuer = settings.issuer.as_str(), "the portal is ready");

    let router = routes::router(settings)?;
    axum::serve(listener, router).with_graceful_shutdown(asked_to_stop()?).await.context("serving")?;
    tracing::info!("the portal has stopped");
    Ok(())
}

/// Resolves at Ctrl-C or SIGTERM; requests under way are then finished.
fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
