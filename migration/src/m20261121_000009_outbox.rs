//! The outbox. `due_at` is when a mail may be taken: its due time or the end of its lease; null once settled.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null, uuid, uuid_null};

use crate::schema::{create, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let outbox = Table::create()
            .table("outbox")
            .col(uuid("id").primary_key())
            .col(uuid_null("company"))
            .col(text("kind"))
            .col(uuid("invitation"))
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
            &outbox,
            vec![index("outbox", &["due_at"]), index("outbox", &["state", "settled_at"])],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
