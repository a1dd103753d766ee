//! The port `Store` on SQLite and PostgreSQL: which kind of transaction each of them gives.

use async_trait::async_trait;
use idp_domain::ports::{Store, StoreError, Tx};
use sea_orm::{DatabaseConnection, DbBackend, EntityTrait as _, TransactionTrait as _};

use crate::connect::{self, DatabaseOptions, PATIENCE, Pools};
use crate::entity::companies;
use crate::error::Stored as _;
use crate::group::Writer;
use crate::tx::SqlTx;

type Result<T> = std::result::Result<T, StoreError>;

/// A database, opened. Clones share it.
#[derive(Debug, Clone)]
pub struct SqlStore {
    pools: Pools,
    /// SQLite only.
    group: Option<Writer>,
}

impl SqlStore {
    /// Opens the database; a SQLite file that does not exist yet is created, without a schema.
    ///
    /// # Errors
    /// `Backend` when the URL is not one of ours or the database does not answer.
    pub async fn connect(options: &DatabaseOptions) -> Result<Self> {
        let pools = connect::open(options).await?;
        let sqlite = pools.writer.get_database_backend() == DbBackend::Sqlite;
        let group = sqlite.then(|| Writer::start(pools.writer.clone(), PATIENCE));
        Ok(Self { pools, group })
    }

    /// The writing connection, for migrations before the server starts.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.pools.writer
    }

    /// Closes every connection; SQLite then folds its write-ahead log into the file.
    ///
    /// # Errors
    /// `Backend`.
    pub async fn close(self) -> Result<()> {
        let Self { pools: Pools { reader, writer }, group } = self;
        drop(group);
        reader.close().await.stored()?;
        writer.close().await.stored()
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn read(&self) -> Result<Box<dyn Tx>> {
        Ok(Box::new(SqlTx::Statements(self.pools.reader.clone())))
    }

    async fn write(&self) -> Result<Box<dyn Tx>> {
        Ok(Box::new(match &self.group {
            Some(group) => SqlTx::Unit(group.unit().await?),
            None => SqlTx::Own(self.pools.writer.begin().await.stored()?),
        }))
    }

    async fn ping(&self) -> Result<()> {
        companies::Entity::find().one(&self.pools.reader).await.stored()?;
        Ok(())
    }
}
