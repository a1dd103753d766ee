//! Saved recovery codes, as digests; at most one of an account (L8).

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, uuid};

use crate::schema::{create, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let recovery_codes = Table::create()
            .table("recovery_codes")
            .col(uuid("account").primary_key())
            .col(blob("digest"))
            .col(big_integer("made_at"))
            .foreign_key(&mut reference(("recovery_codes", "account"), "accounts"))
            .take();
        create(manager, &recovery_codes, vec![]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
