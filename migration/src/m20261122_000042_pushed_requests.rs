//! Pushed authorization requests. They reference nothing, so that sweeps never wait for each other.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text, text_null, uuid, uuid_null};

use crate::schema::{create, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let pushed_requests = Table::create()
            .table("pushed_requests")
            .col(uuid("id").primary_key())
            .col(blob("digest"))
            .col(text("client"))
            .col(text_null("sealed"))
            .col(big_integer("expires_at"))
            .col(big_integer_null("answered_at"))
            .col(uuid_null("answered_by"))
            .take();
        create(manager, &pushed_requests, vec![index("pushed_requests", &["expires_at"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
