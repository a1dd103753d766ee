//! Guesses at accounts, counted by bucket (rules section 4). An account that does not exist is counted, too, so the column
//! references nothing. `window_started` is when the first of the failures was counted.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, uuid};

use crate::schema::{create, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let throttles = Table::create()
            .table("throttles")
            .col(uuid("account"))
            .col(text("bucket"))
            .col(big_integer("failures"))
            .col(big_integer("window_started"))
            .col(big_integer("blocked_until"))
            .col(big_integer("changed_at"))
            .primary_key(Index::create().col("account").col("bucket"))
            .take();
        create(manager, &throttles, vec![index("throttles", &["changed_at"])]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
