//! Puts one node together from its settings: the only file that names concrete adapters.
//!
//! Connects and checks, changes nothing; only [`migrate`] and, in development, [`ready_schema`] touch the schema.

use std::sync::Arc;
use std::time::Duration;

use idp_config::{
    DatabaseKind, Ephemeral as EphemeralKind, KeyChain, Mode, Settings, Smtp, SmtpTls, Transport,
};
use idp_domain::ports::{Ephemeral, EphemeralError, Geography, Postman, StoreError};
use idp_domain::{Clock, Entropy, Secret};
use idp_keys::{
    ClientEncrypter, ClientJwtVerifier, MasterKey, MasterKeyError, MasterKeys, ProofVerifier, Ring,
};
use idp_migration::{SchemaError, SchemaState};
use idp_service::Env;
use idp_service::client_keys::KeyCache;
use idp_service::endpoint::Issuer;
use idp_service::env::Bell;
use idp_service::mail::Typist;
use idp_storage::{DatabaseOptions, MemoryEphemeral, RedisEphemeral, SqlStore};
use url::Url;

use crate::adapter::certificate::CertificateError;
use crate::adapter::geography::LocationFileError;
use crate::adapter::outbound::GuardedClientError;
use crate::adapter::password::HasherError;
use crate::adapter::smtp::SmtpError;
use crate::adapter::{
    Argon2Hasher, CertificateFiles, Cost, FolderPostman, GuardedClient, HasherOptions, LocationFile,
    NoGeography, Pepper, PictureReader, Sender, SmtpOptions, SmtpPostman, SmtpSecurity, SystemClock,
    SystemEntropy,
};
use crate::master_key::{self, MasterKeyFileError};
use crate::policy::policy;
use crate::worker::Doorbell;

/// How long a database or Redis may take to answer before the start is given up; less than the pools' own patience, whose
/// message says less.
const PATIENCE: Duration = Duration::from_secs(9);
/// What all keys in Redis begin with.
const REDIS_PREFIX: &str = "idp:";
/// Names the subkey that peppers passwords when the operator configured none (rule P8).
const PEPPER_LABEL: &str = "password-pepper";

/// Why a node cannot be put together; each message names the setting and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    #[error("the database {place} cannot be used: {why}; check database.url, and that the database is there")]
    Database { place: String, why: String },
    #[error("the database {place} does not answer within {} s; check database.url, and that its server runs", PATIENCE.as_secs())]
    DatabaseSilent { place: String },
    #[error("the database has no schema yet; run `idp migrate` with the same settings first")]
    SchemaMissing,
    #[error(
        "the database is older than this release and lacks {0} migrations; run `idp migrate` with the same settings first"
    )]
    SchemaBehind(usize),
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error("Redis at {place} cannot be used: {why}; check ephemeral.url, and that Redis runs")]
    Redis { place: String, why: String },
    #[error(
        "keys.master: PostgreSQL needs a master key of your own; write [[keys.master]] with id and secret_file"
    )]
    NoMasterKey,
    #[error("keys.master: {0}")]
    MasterKeys(#[from] MasterKeyError),
    #[error(transparent)]
    MasterKeyFile(#[from] MasterKeyFileError),
    #[error("password: {0}")]
    Hasher(#[from] HasherError),
    #[error("mail.from_address: {0}")]
    Sender(String),
    #[error("mail.smtp.{0}")]
    Smtp(#[from] SmtpError),
    #[error("outbound.{0}")]
    Outbound(#[from] GuardedClientError),
    #[error("mail.folder: {folder} cannot be made: {why}")]
    MailFolder { folder: String, why: std::io::Error },
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error("server.tls: {0}")]
    Tls(#[from] rustls::Error),
    #[error("server.mmdb: {0}")]
    Locations(#[from] LocationFileError),
    #[error("issuer.url: {0}")]
    Issuer(#[from] url::ParseError),
}

/// Opens the database; waits a little for one that is just starting.
///
/// # Errors
/// [`ComposeError::Database`], [`ComposeError::DatabaseSilent`].
pub async fn store(settings: &Settings) -> Result<SqlStore, ComposeError> {
    let database = &settings.database;
    let options =
        DatabaseOptions { url: database.url.expose().clone(), max_connections: database.max_connections };
    let place = || place(database.url.expose());
    match tokio::time::timeout(PATIENCE, SqlStore::connect(&options)).await {
        Ok(Ok(store)) => Ok(store),
        Ok(Err(StoreError::Backend(why))) => {
            Err(ComposeError::Database { place: place(), why: why.to_string() })
        }
        Ok(Err(other)) => Err(ComposeError::Database { place: place(), why: other.to_string() }),
        Err(_) => Err(ComposeError::DatabaseSilent { place: place() }),
    }
}

/// Applies what is pending; returns the names of the migrations applied.
///
/// # Errors
/// [`SchemaError`].
pub async fn migrate(store: &SqlStore) -> Result<Vec<String>, SchemaError> {
    idp_migration::migrate(store.connection()).await
}

/// Makes sure that the schema is this release's: a development database is migrated, a production one is refused.
///
/// # Errors
/// [`ComposeError::SchemaMissing`], [`ComposeError::SchemaBehind`], [`ComposeError::Schema`].
pub async fn ready_schema(store: &SqlStore, mode: Mode) -> Result<(), ComposeError> {
    match (idp_migration::status(store.connection()).await?, mode) {
        (SchemaState::Current, _) => Ok(()),
        (SchemaState::Ahead { unknown }, _) => Err(SchemaError::Ahead { unknown }.into()),
        (SchemaState::Empty, Mode::Production) => Err(ComposeError::SchemaMissing),
        (SchemaState::Behind { pending }, Mode::Production) => Err(ComposeError::SchemaBehind(pending.len())),
        (SchemaState::Empty | SchemaState::Behind { .. }, Mode::Development) => {
            let applied = migrate(store).await?;
            tracing::info!(migrations = applied.len(), "migrated the development database");
            Ok(())
        }
    }
}

/// Closes the database; SQLite then folds its log into the file. A failure is told, it loses nothing.
pub async fn close(store: SqlStore) {
    if let Err(error) = store.close().await {
        tracing::warn!(%error, "closing the database");
    }
}

/// The ports of a server.
///
/// # Errors
/// [`ComposeError`].
pub async fn server_env(
    settings: &Settings,
    store: &SqlStore,
    bell: Arc<Doorbell>,
    geography: Arc<dyn Geography>,
) -> Result<Env, ComposeError> {
    let ephemeral: Arc<dyn Ephemeral> = match &settings.ephemeral {
        EphemeralKind::Memory => Arc::new(MemoryEphemeral::new(Arc::new(SystemClock))),
        EphemeralKind::Redis { url } => Arc::new(redis(url.expose()).await?),
    };
    env(settings, store, ephemeral, (bell, geography))
}

/// The ports of a command that ends at once: it shares nothing with other nodes but the database.
///
/// # Errors
/// [`ComposeError`].
pub fn command_env(settings: &Settings, store: &SqlStore) -> Result<Env, ComposeError> {
    let ephemeral = Arc::new(MemoryEphemeral::new(Arc::new(SystemClock)));
    env(settings, store, ephemeral, (Arc::new(Doorbell::default()), Arc::new(NoGeography)))
}

fn env(
    settings: &Settings,
    store: &SqlStore,
    ephemeral: Arc<dyn Ephemeral>,
    (bell, geography): (Arc<dyn Bell>, Arc<dyn Geography>),
) -> Result<Env, ComposeError> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let masters = Arc::new(MasterKeys::new(master_keys(settings, &*entropy)?)?);
    let hasher = Argon2Hasher::new(hashing(settings, &masters), Arc::clone(&entropy))?;
    Ok(Env {
        clock: Arc::new(SystemClock),
        entropy,
        store: Arc::new(store.clone()),
        ephemeral,
        keyring: Arc::new(Ring::new(Arc::clone(&masters))),
        sealer: masters,
        hasher: Arc::new(hasher),
        client_jwts: Arc::new(ClientJwtVerifier::default()),
        client_encryption: Arc::new(ClientEncrypter),
        client_keys: Arc::new(KeyCache::default()),
        dpop_proofs: Arc::new(ProofVerifier::default()),
        outbound: Arc::new(GuardedClient::new(&settings.outbound)?),
        pictures: Arc::new(PictureReader::default()),
        geography,
        bell,
        issuer: Arc::new(Issuer::new(settings.issuer.issuer.clone())?),
        policy: Arc::new(policy(settings)),
    })
}

/// The certificate and key to end TLS with, if the operator wants that here. Behind a proxy it is the proxy's certificate that
/// has to be for the issuer's host.
///
/// # Errors
/// [`ComposeError::Certificate`].
pub fn certificate(settings: &Settings) -> Result<Option<CertificateFiles>, ComposeError> {
    let Some(paths) = settings.server.tls() else { return Ok(None) };
    let host = settings.issuer.url.host_str().filter(|_| settings.server.trusted_proxies.is_empty());
    let host = host.map(|host| host.trim_start_matches('[').trim_end_matches(']').to_owned());
    let files = CertificateFiles::open(paths.certificate.to_owned(), paths.key.to_owned(), host)?;
    Ok(Some(files))
}

/// The file that says where network addresses are, if the operator supplied one.
///
/// # Errors
/// [`ComposeError::Locations`].
pub fn locations(settings: &Settings) -> Result<Option<LocationFile>, ComposeError> {
    Ok(settings.server.mmdb().map(|path| LocationFile::open(path.to_owned())).transpose()?)
}

/// How mails leave.
///
/// # Errors
/// [`ComposeError::Sender`], [`ComposeError::Smtp`], [`ComposeError::MailFolder`].
pub fn postman(settings: &Settings) -> Result<Arc<dyn Postman>, ComposeError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let sender = sender(settings)?;
    Ok(match &settings.mail.transport {
        Transport::Folder(folder) => {
            let made = FolderPostman::new(folder.clone(), sender, clock);
            Arc::new(
                made.map_err(|why| ComposeError::MailFolder { folder: folder.display().to_string(), why })?,
            )
        }
        Transport::Smtp(smtp) => Arc::new(SmtpPostman::new(smtp_options(smtp), sender, clock)?),
    })
}

fn sender(settings: &Settings) -> Result<Sender, ComposeError> {
    Sender::parse(&settings.mail.from_address).map_err(|why| ComposeError::Sender(why.to_string()))
}

/// What would stop a server before it connects to anything; every one, and nothing is made to find out.
pub fn obstacles(settings: &Settings) -> Vec<ComposeError> {
    let mails = || match &settings.mail.transport {
        Transport::Folder(_) => sender(settings).map(drop),
        Transport::Smtp(_) => postman(settings).map(drop),
    };
    let outbound = GuardedClient::new(&settings.outbound).map(drop).map_err(ComposeError::Outbound);
    let looked = [certificate(settings).map(drop), locations(settings).map(drop), mails(), outbound];
    looked.into_iter().filter_map(Result::err).collect()
}

/// How letters are worded.
pub fn typist() -> Arc<dyn Typist> {
    Arc::new(idp_web::Letters::new())
}

async fn redis(url: &str) -> Result<RedisEphemeral, ComposeError> {
    let failed = |why: String| ComposeError::Redis { place: place(url), why };
    match tokio::time::timeout(PATIENCE, RedisEphemeral::connect(url, REDIS_PREFIX)).await {
        Ok(connected) => connected.map_err(|error| match error {
            EphemeralError::Busy(why) | EphemeralError::Backend(why) => failed(why.to_string()),
        }),
        Err(_) => Err(failed(format!("no answer within {} s", PATIENCE.as_secs()))),
    }
}

fn master_keys(settings: &Settings, entropy: &dyn Entropy) -> Result<Vec<MasterKey>, ComposeError> {
    if let Some(chain) = &settings.keys.master {
        return Ok(named(chain).map(|(id, secret)| MasterKey { id, secret }).collect());
    }
    let path = master_key::path_beside(settings.database.url.expose()).ok_or(ComposeError::NoMasterKey)?;
    Ok(vec![master_key::find_or_make(&path, entropy)?])
}

fn hashing(settings: &Settings, masters: &MasterKeys) -> HasherOptions {
    let password = &settings.password;
    let peppers: Vec<_> = match &password.pepper {
        Some(chain) => named(chain).collect(),
        None => masters.subkeys(PEPPER_LABEL),
    };
    HasherOptions {
        cost: Cost {
            memory_kib: password.argon2.memory_kib,
            iterations: password.argon2.iterations,
            parallelism: password.argon2.parallelism,
        },
        queue_limit: password.queue_limit,
        threads: None,
        peppers: peppers.into_iter().map(|(id, secret)| Pepper { id, secret }).collect(),
    }
}

fn named(chain: &KeyChain) -> impl Iterator<Item = (String, Secret<[u8; 32]>)> + '_ {
    let keys = std::iter::once(&chain.active).chain(&chain.older);
    keys.map(|named| (named.id.clone(), Secret::new(*named.key.expose())))
}

fn smtp_options(smtp: &Smtp) -> SmtpOptions {
    SmtpOptions {
        host: smtp.host.clone(),
        port: smtp.port,
        security: match smtp.tls {
            SmtpTls::StartTls => SmtpSecurity::StartTls,
            SmtpTls::Tls => SmtpSecurity::Tls,
            SmtpTls::None => SmtpSecurity::None,
        },
        credentials: smtp
            .credentials
            .as_ref()
            .map(|known| (known.username.clone(), Secret::new(known.password.expose().clone()))),
        timeout: smtp.timeout,
        pool_size: usize::try_from(smtp.pool_size).unwrap_or(1),
        extra_roots: smtp.extra_roots.clone(),
    }
}

/// The kinds of store, as people call them.
pub(crate) fn kinds(settings: &Settings) -> (&'static str, &'static str) {
    let database = match settings.database.kind {
        DatabaseKind::Sqlite => "SQLite",
        DatabaseKind::Postgres => "PostgreSQL",
    };
    let ephemeral = match settings.ephemeral {
        EphemeralKind::Memory => "memory",
        EphemeralKind::Redis { .. } => "Redis",
    };
    (database, ephemeral)
}

/// Where a URL leads, without whatever could be secret in it.
fn place(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) if url.has_host() => {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}{port}{}", url.host_str().unwrap_or_default(), url.path())
        }
        _ => url
            .split('?')
            .next()
            .unwrap_or_default()
            .trim_start_matches("sqlite:")
            .trim_start_matches("//")
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;

    #[test]
    fn the_file_of_extra_roots_reaches_the_smtp_transport() {
        let written = [
            ("MODE", "development"),
            ("MAIL__TRANSPORT", "smtp"),
            ("MAIL__SMTP__HOST", "mx"),
            ("MAIL__SMTP__EXTRA_ROOTS", "/nowhere/mail-ca.pem"),
        ];
        let written = written.map(|(key, value)| (format!("IDP__{key}"), value.to_owned()));
        let settings = idp_config::load(None, written.into_iter()).unwrap();
        let Err(refused) = postman(&settings) else { panic!("a file that is not there was trusted") };
        let refused = refused.to_string();
        assert!(
            refused.starts_with("mail.smtp.extra_roots: the certificates in /nowhere/mail-ca.pem"),
            "{refused}"
        );
    }
}
