//! The audit log: rows are added, never changed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, text_null, uuid, uuid_null};

use crate::schema::{create, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let audit_events = Table::create()
            .table("audit_events")
            .col(uuid("id").primary_key())
            .col(big_integer("at"))
            .col(text("action"))
            .col(text("actor"))
            .col(text_null("request_id"))
            .col(text_null("address"))
            .col(text_null("user_agent"))
            .col(uuid_null("company"))
            .col(uuid_null("account"))
            .col(text_null("subject"))
            .col(text_null("reason"))
            .take();
        create(manager, &audit_events, vec![index("audit_events", &["company", "id"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
