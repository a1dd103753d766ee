//! Access tokens without a grant that were revoked, until they would have expired.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text};

use crate::schema::{create, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let revoked_tokens = Table::create()
            .table("revoked_tokens")
            .col(text("jti").primary_key())
            .col(big_integer("expires_at"))
            .take();
        create(manager, &revoked_tokens, vec![index("revoked_tokens", &["expires_at"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
