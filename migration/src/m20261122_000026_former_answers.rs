//! Answers to security questions that were replaced, and recover the account a while longer.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, uuid};

use crate::schema::{create, index, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let former_answers = Table::create()
            .table("former_answers")
            .col(uuid("account"))
            .col(text("question"))
            .col(text("hash"))
            .col(big_integer("enrolled_at"))
            .col(big_integer("replaced_at"))
            .primary_key(Index::create().col("account").col("question"))
            .foreign_key(&mut reference(("former_answers", "account"), "accounts"))
            .take();
        create(manager, &former_answers, vec![index("former_answers", &["replaced_at"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
