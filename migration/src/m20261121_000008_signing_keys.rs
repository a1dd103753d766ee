//! Signing keys, sealed. Of two nodes that rotate at once the unique index lets one win.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text};

use crate::schema::{create, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let signing_keys = Table::create()
            .table("signing_keys")
            .col(text("kid").primary_key())
            .col(text("alg"))
            .col(text("sealed"))
            .col(big_integer("created_at"))
            .col(big_integer("active_from"))
            .take();
        create(manager, &signing_keys, vec![unique("signing_keys", &["alg", "active_from"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
