//! One running node: its listeners and workers, from the first check to the last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::{future, io};

use axum::Router;
use axum::routing::get;
use idp_config::{Mode, Settings};
use idp_domain::ports::Geography;
use idp_service::bulk::JobWorker;
use idp_service::{Env, Fault};
use idp_storage::SqlStore;
use idp_web::WebOptions;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::adapter::{CertificateFiles, LocationFile, NoGeography};
use crate::compose::{self, ComposeError};
use crate::handshake::Handshake;
use crate::lifecycle::{Lifecycle, StoppedEarly};
use crate::listener::{self, Door};
use crate::telemetry::{self, Metrics, RenderMetrics};
use crate::worker::{self, Doorbell, LogoutRounds, MailRounds, QueueWorker};

/// Logout tokens one node sends in a second: a company may end a thousand sessions at once, and clients are small.
const LOGOUTS_PER_SECOND: u32 = 50;

/// Why a node does not start, or stopped when it should not have.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error("{setting}: cannot listen on {address}: {why}; stop what runs there, or choose another port")]
    Listen { setting: &'static str, address: SocketAddr, why: io::Error },
    #[error("the signing keys cannot be used: {0}")]
    Keys(#[source] Fault),
    #[error("signals cannot be listened to: {0}")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    StoppedEarly(#[from] StoppedEarly),
}

/// A node that has everything it needs and does not serve yet.
pub(crate) struct Node {
    settings: Settings,
    store: SqlStore,
    env: Env,
    certificate: Option<Arc<CertificateFiles>>,
    locations: Option<Arc<LocationFile>>,
    bell: Arc<Doorbell>,
    mails: QueueWorker<MailRounds>,
    logouts: QueueWorker<LogoutRounds>,
    /// Names this process among the nodes.
    owner: String,
    metrics: Metrics,
}

/// Takes the port, so that a second server on it is refused before it touches anything.
///
/// # Errors
/// [`NodeError::Listen`], which names the setting.
pub(crate) async fn bind(setting: &'static str, address: SocketAddr) -> Result<TcpListener, NodeError> {
    TcpListener::bind(address).await.map_err(|why| NodeError::Listen { setting, address, why })
}

impl Node {
    /// Connects everything, makes sure of schema and signing keys.
    ///
    /// # Errors
    /// [`NodeError`].
    pub(crate) async fn compose(settings: Settings, metrics: Metrics) -> Result<Self, NodeError> {
        let certificate = compose::certificate(&settings)?.map(Arc::new);
        let locations = compose::locations(&settings)?.map(Arc::new);
        let store = compose::store(&settings).await?;
        compose::ready_schema(&store, settings.mode).await?;
        let bell = Arc::new(Doorbell::default());
        let geography: Arc<dyn Geography> = match &locations {
            Some(file) => file.clone(),
            None => Arc::new(NoGeography),
        };
        let env = compose::server_env(&settings, &store, Arc::clone(&bell), geography).await?;
        idp_service::keys::turn(&env).await.map_err(NodeError::Keys)?;
        let owner = owner(&env);
        let mails = QueueWorker {
            rounds: MailRounds {
                env: env.clone(),
                typist: compose::typist(),
                postman: compose::postman(&settings)?,
                owner: owner.clone(),
            },
            env: env.clone(),
            bell: Arc::clone(&bell),
            poll: settings.mail.poll,
            rate_per_second: settings.mail.rate_per_second,
        };
        let logouts = QueueWorker {
            rounds: LogoutRounds { env: env.clone(), owner: owner.clone() },
            env: env.clone(),
            bell: Arc::clone(&bell),
            poll: settings.backchannel.poll,
            rate_per_second: LOGOUTS_PER_SECOND,
        };
        Ok(Self { settings, store, env, certificate, locations, bell, mails, logouts, owner, metrics })
    }

    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    /// Serves until a signal, then ends everything in order.
    ///
    /// # Errors
    /// [`NodeError::Listen`] for the metrics listener, [`NodeError::StoppedEarly`].
    pub(crate) async fn run(self, listener: TcpListener, mut lifecycle: Lifecycle) -> Result<(), NodeError> {
        let Self { settings, store, env, certificate, locations, bell, mails, logouts, owner, metrics } =
            self;
        let options = web_options(&settings, &metrics);
        let door = door(certificate.as_ref(), &settings, &options)?;
        if let (Some(address), Some(render)) = (settings.server.metrics_listen, metrics.render()) {
            let listener = bind("server.metrics_listen", address).await?;
            lifecycle.serve("the metrics listener", |stop| {
                listener::serve(listener, Door::Open, metrics_router(render), stop)
            });
        }
        let router = telemetry::count_requests(idp_web::router(env.clone(), options));
        announce(&settings, &listener);
        lifecycle.serve("the listener", |stop| listener::serve(listener, door, router, stop));
        lifecycle.work("the mail dispatcher", |stop| mails.run(stop));
        lifecycle.work("the logout dispatcher", |stop| logouts.run(stop));
        let jobs = JobWorker::new(env.clone(), owner.clone());
        lifecycle.work("the job worker", |stop| worker::run_jobs(jobs, bell, stop));
        let ring = env.clone();
        let poll = settings.keys.poll.to_std().unwrap_or(worker::SWEEP_EVERY);
        lifecycle.work("the key ring", |stop| worker::turn_keys(ring, poll, stop));
        let log = env.clone();
        lifecycle.work("the audit log's chains", |stop| worker::chain_audit(log, owner, stop));
        if let Some(files) = certificate {
            let (clock, asked) = (Arc::clone(&env.clock), Arc::new(Notify::new()));
            lifecycle.on_hangup(Arc::clone(&asked));
            lifecycle.work("the certificate", |stop| worker::watch_certificate(files, (clock, asked), stop));
        }
        if let Some(file) = locations {
            lifecycle.work("the file of locations", |stop| worker::watch_locations(file, stop));
        }
        lifecycle.work("the sweeper", |stop| worker::sweep(env, metrics, stop));
        let ended = lifecycle.run(settings.server.shutdown_grace).await;
        compose::close(store).await;
        tracing::info!("stopped");
        Ok(ended?)
    }
}

/// How connections to the main listener begin.
fn door(
    certificate: Option<&Arc<CertificateFiles>>,
    settings: &Settings,
    options: &WebOptions,
) -> Result<Door, ComposeError> {
    let Some(files) = certificate else { return Ok(Door::Open) };
    let (issuer, is_proxy) = (&settings.issuer.issuer, Arc::clone(&options.trusted_proxy));
    Ok(Door::Tls(Arc::new(Handshake::new(Arc::clone(files) as _, issuer, is_proxy)?)))
}

fn metrics_router(render: RenderMetrics) -> Router {
    Router::new().route("/metrics", get(move || future::ready(render())))
}

fn web_options(settings: &Settings, metrics: &Metrics) -> WebOptions {
    let server = &settings.server;
    let proxies = server.trusted_proxies.clone();
    let on_main_listener = settings.mode == Mode::Development && server.metrics_listen.is_none();
    WebOptions {
        trusted_proxy: Arc::new(move |address| proxies.iter().any(|network| network.contains(address))),
        max_body: server.max_body,
        request_timeout: server.request_timeout,
        metrics: metrics.render().filter(|_| on_main_listener),
    }
}

fn announce(settings: &Settings, listener: &TcpListener) {
    let address = listener.local_addr().unwrap_or(settings.server.listen);
    let (database, ephemeral) = compose::kinds(settings);
    let (mode, issuer) = (settings.mode.word(), settings.issuer.issuer.as_str());
    let tls = settings.server.tls().is_some();
    tracing::info!(%address, tls, issuer, mode, database, ephemeral, version = env!("CARGO_PKG_VERSION"), "ready");
}

/// Names this process among the nodes.
fn owner(env: &Env) -> String {
    let drawn: [u8; 8] = env.entropy().bytes();
    format!("{}-{:016x}", std::process::id(), u64::from_be_bytes(drawn))
}
