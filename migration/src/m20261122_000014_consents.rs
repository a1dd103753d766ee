//! What people allowed which client; one row for each of the two.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, uuid};

use crate::schema::{create, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let consents = Table::create()
            .table("consents")
            .col(uuid("account"))
            .col(text("client"))
            .col(text("scopes"))
            .col(text("companies"))
            .col(text("resources"))
            .col(big_integer("granted_at"))
            .primary_key(Index::create().col("account").col("client"))
            .foreign_key(&mut reference(("consents", "account"), "accounts"))
            .foreign_key(&mut reference(("consents", "client"), "clients"))
            .take();
        create(manager, &consents, vec![]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
