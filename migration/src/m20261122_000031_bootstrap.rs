//! The link of `idp bootstrap`, as a digest; at most one: `slot` is always the same.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, integer, text, uuid};

use crate::schema::create;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let bootstrap_tickets = Table::create()
            .table("bootstrap_tickets")
            .col(integer("slot").primary_key())
            .col(uuid("id"))
            .col(blob("digest"))
            .col(text("makes"))
            .col(big_integer("issued_at"))
            .col(big_integer("expires_at"))
            .col(big_integer_null("used_at"))
            .take();
        create(manager, &bootstrap_tickets, vec![]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
