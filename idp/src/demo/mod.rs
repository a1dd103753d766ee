//! The demo: a provider, a sample agency, its portal, a mailbox and the office's form, all on loopback.
//!
//! Only `idp demo` comes here; a server started with `idp serve` has none of it.

mod desk;
mod folder;
mod people;
mod places;
mod portal;
mod welcome;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use idp_domain::company::CompanyRef;
use idp_domain::web_address::WebAddress;
use idp_service::{Env, Fault};

use crate::cli::Failure;
use crate::lifecycle::Lifecycle;
use crate::listener::{self, Door};
use crate::node::{Node, NodeError};
use crate::seed_file::SeedFile;
use crate::telemetry;
use desk::{Desk, Office};
use folder::Folder;
use places::Places;
use portal::Portal;

/// What the command line says.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) portal: Option<PathBuf>,
    pub(crate) folder: PathBuf,
    pub(crate) provider_port: u16,
    pub(crate) desk_port: u16,
    pub(crate) portal_port: u16,
    pub(crate) verbose: bool,
}

/// Why the demo does not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(
        "there is no sample portal at {0}; build it with `cd examples && cargo build -p sample-portal`, or name it with --portal PATH"
    )]
    NoPortal(PathBuf),
    #[error("the sample portal at {path} does not start: {why}")]
    Portal { path: PathBuf, why: io::Error },
    #[error("port {port} of this machine is in use: {why}; choose another one with {flag} PORT")]
    PortTaken { flag: &'static str, port: u16, why: io::Error },
    #[error("--data: the folder {path} cannot be used: {why}")]
    Folder { path: PathBuf, why: io::Error },
    #[error("--data: write a folder without % and ? in its path, not {0}")]
    FolderName(PathBuf),
    #[error("the office's client cannot be made: {0}")]
    Office(#[source] reqwest::Error),
}

/// Starts everything, prints where it is, and ends all of it at Ctrl-C.
///
/// # Errors
/// [`Failure`].
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let program = portal::find(options.portal.as_deref())?;
    let folder = Folder::open(&options.folder)?;
    let places = Places::take(&options).await?;
    let settings = places.settings(&folder, options.verbose)?;
    let metrics = telemetry::start(&settings.log);
    let node = Node::compose(settings, metrics).await?;
    seed(node.env(), &places, &folder).await?;

    let entropy = Arc::clone(&node.env().entropy);
    let office =
        Office::new(&places.issuer(), folder.secret("office", &*entropy)?).map_err(DemoError::Office)?;
    let office = Arc::new(office);
    let desk = Desk::new(&places, &folder, Arc::clone(&office), entropy);
    let portal = Portal::start(program, &places, folder.secret_path("portal"), options.verbose)?;
    let mut lifecycle = Lifecycle::until_signal().map_err(NodeError::Signals)?;
    let welcome = welcome::table(&places);
    let Places { provider, desk: desk_listener, .. } = places;
    lifecycle.serve("the demo desk", |stop| listener::serve(desk_listener, Door::Open, desk.router(), stop));
    lifecycle.serve("the sample portal", |stop| portal.run(stop));
    lifecycle.work("the demo's first steps", |stop| async move {
        welcome::first_steps(&office).await;
        if let Err(error) = crate::cli::console::say(welcome) {
            tracing::warn!(%error, "the table cannot be shown");
        }
        stop.cancelled().await;
    });
    Ok(node.run(provider, lifecycle).await?)
}

/// The agency, its administrator and its clients; what is there already stays.
async fn seed(env: &Env, places: &Places, folder: &Folder) -> Result<(), Failure> {
    for secret in ["portal", "office"] {
        folder.secret(secret, env.entropy())?;
    }
    let text = include_str!("seed.toml").replace("PORTAL", &places.portal_url());
    let text = text.replace("ISSUER", &places.issuer());
    let file = SeedFile::parse(&text, folder.secrets(), env.policy.password)?;
    let seed = file.resolve(env).await?;
    idp_service::seed::load(env, &seed).await?;
    let portal = WebAddress::parse(&places.portal_url()).ok();
    follow_portal(env, portal).await.map_err(|fault| Failure::Seed(fault.into()))
}

/// The portal may listen elsewhere than in an earlier run; the agency's mails should lead to it all the same.
async fn follow_portal(env: &Env, portal_url: Option<WebAddress>) -> Result<(), Fault> {
    let mut tx = env.store.write().await?;
    let Ok(code) = CompanyRef::parse("99999") else { return Ok(()) };
    match tx.companies().find_by_ref(&code).await? {
        Some(mut company) if company.contact.portal_url != portal_url => {
            company.contact.portal_url = portal_url;
            tx.companies().update(&company).await?;
            Ok(tx.commit().await?)
        }
        _ => Ok(()),
    }
}
