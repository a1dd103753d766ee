//! Where the server keeps what it knows: an SQLite file of its own, or a database of its own on a PostgreSQL server, with
//! Redis for what may be lost.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use url::Url;

use crate::cpu;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DatabaseKind {
    Sqlite,
    Postgres,
}

impl DatabaseKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite, ephemeral state in memory",
            Self::Postgres => "PostgreSQL and Redis",
        }
    }
}

/// The servers of `scripts/test-services`, or others of the same kind.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Services {
    /// PostgreSQL server to make a database in, as a superuser
    #[arg(long, env = "IDP_TEST_POSTGRES_URL", value_name = "URL", hide_env_values = true)]
    postgres_url: Option<Url>,
    /// Redis server for ephemeral state beside PostgreSQL
    #[arg(long, env = "IDP_TEST_REDIS_URL", value_name = "URL", hide_env_values = true)]
    redis_url: Option<Url>,
}

/// A database that exists for one run.
#[derive(Debug)]
pub(crate) enum Database {
    Sqlite,
    Postgres {
        /// To make and drop databases with.
        server: String,
        name: String,
        url: String,
        redis: String,
        /// The server's first process, the parent of all others; `None` when it runs on another machine.
        postmaster: Option<u32>,
    },
}

impl Database {
    /// # Errors
    /// When PostgreSQL is wanted and cannot be reached.
    pub(crate) async fn create(kind: DatabaseKind, services: &Services) -> Result<Self> {
        if kind == DatabaseKind::Sqlite {
            return Ok(Self::Sqlite);
        }
        let hint = "is not given: run this by `scripts/test-services`";
        let server = services.postgres_url.clone().with_context(|| format!("--postgres-url {hint}"))?;
        let redis = services.redis_url.clone().with_context(|| format!("--redis-url {hint}"))?;
        let name = format!("idp_bench_{}", std::process::id());
        let mut url = server.clone();
        url.set_path(&name);
        let mut connection = PgConnection::connect(server.as_str()).await.context("PostgreSQL")?;
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
        let postmaster = u32::try_from(backend).ok().and_then(local_postmaster);
        connection.close().await?;
        Ok(Self::Postgres { server: server.into(), name, url: url.into(), redis: redis.into(), postmaster })
    }

    /// `database.url`; a file goes into `folder`.
    pub(crate) fn url(&self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}", folder.join("idp.db").display()),
            Self::Postgres { url, .. } => url.clone(),
        }
    }

    /// `ephemeral.url`.
    pub(crate) fn ephemeral(&self) -> &str {
        match self {
            Self::Sqlite => "memory",
            Self::Postgres { redis, .. } => redis,
        }
    }

    /// CPU time of PostgreSQL so far; SQLite's is the server's own.
    ///
    /// # Errors
    /// When PostgreSQL has gone.
    pub(crate) fn cpu(&self) -> Result<Option<Duration>> {
        match self {
            Self::Sqlite => Ok(None),
            Self::Postgres { postmaster, .. } => postmaster.map(cpu::of_family).transpose(),
        }
    }

    /// # Errors
    /// When PostgreSQL has gone.
    pub(crate) async fn remove(self) -> Result<()> {
        let Self::Postgres { server, name, .. } = self else { return Ok(()) };
        let mut connection = PgConnection::connect(&server).await?;
        connection.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await?;
        Ok(connection.close().await?)
    }
}

/// The parent of a backend, if the number is that of a PostgreSQL process on this machine.
fn local_postmaster(backend: u32) -> Option<u32> {
    let name = std::fs::read_to_string(format!("/proc/{backend}/comm")).ok()?;
    if name.starts_with("postgres") { cpu::parent_of(backend).ok() } else { None }
}
