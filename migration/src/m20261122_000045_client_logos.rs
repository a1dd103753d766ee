//! Logos of clients that registered themselves: the pictures. What pages need to know of them is in the client's row.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text};

use crate::schema::{create, reference, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let client_logos = Table::create()
            .table("client_logos")
            .col(text("client").primary_key())
            .col(blob("digest"))
            .col(blob("png"))
            .col(big_integer("width"))
            .col(big_integer("height"))
            .foreign_key(&mut reference(("client_logos", "client"), "clients"))
            .take();
        create(manager, &client_logos, vec![unique("client_logos", &["digest"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
