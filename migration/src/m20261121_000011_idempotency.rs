//! Answers kept for callers that repeat a request with the same `Idempotency-Key`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text};

use crate::schema::{create, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let idempotency_answers = Table::create()
            .table("idempotency_answers")
            .col(text("caller"))
            .col(text("key"))
            .col(blob("request"))
            .col(big_integer("status"))
            .col(text("body"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("caller").col("key"))
            .take();
        create(manager, &idempotency_answers, vec![index("idempotency_answers", &["created_at"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
