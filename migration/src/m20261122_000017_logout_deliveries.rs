//! The queue of back-channel logout tokens; its last columns are those of `outbox`, and mean the same.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null, uuid};

use crate::schema::{create, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let logout_deliveries = Table::create()
            .table("logout_deliveries")
            .col(uuid("id").primary_key())
            .col(text("client"))
            .col(text("sub"))
            .col(text("sid"))
            .col(text("state"))
            .col(big_integer_null("due_at"))
            .col(text_null("owner"))
            .col(big_integer_null("settled_at"))
            .col(text_null("why"))
            .col(big_integer("attempts"))
            .col(big_integer("created_at"))
            .take();
        create(
            manager,
            &logout_deliveries,
            vec![
                index("logout_deliveries", &["due_at"]),
                index("logout_deliveries", &["state", "settled_at"]),
            ],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
